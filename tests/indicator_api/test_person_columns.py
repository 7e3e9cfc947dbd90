"""Columns about persons are recognised by name and by contents, and nothing else is."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from services.indicator_api.deliveries.persons.contents import (
    is_health_number,
    is_iban,
    is_insurance_number,
    is_tax_number,
    trait_of_values,
)
from services.indicator_api.deliveries.persons.headers import PersonTrait, trait_of
from services.indicator_api.deliveries.persons.searching import (
    PersonDataError,
    find_person_data,
    refuse_person_data,
)
from services.indicator_api.deliveries.reading.unreadable import UnreadableError
from tests.indicator_api.real_files import opened

_STREETS = ("Hauptstr.", "Am Ring", "Marktplatz", "Gartenweg", "Bahnhofstraße")
_REAL = (
    "genesis/new/*.csv",
    "genesis/new/*.zip",
    "genesis/old/*.csv",
    "genesis/datencsv/*.csv",
    "tables/*",
    "gemeindeverzeichnis/*",
)


@pytest.mark.parametrize(
    ("header", "trait"),
    [
        ("Vorname", PersonTrait.NAME),
        ("Nachname, Vorname", PersonTrait.NAME),
        ("Vor- und Nachname", PersonTrait.NAME),
        ("Name des Kindes", PersonTrait.NAME),
        ("firstName", PersonTrait.NAME),
        ("LAST_NAME", PersonTrait.NAME),
        ("Mädchenname", PersonTrait.NAME),
        ("Geb.-Datum", PersonTrait.BIRTH_DATE),
        ("Geburtsdatum Kind 1", PersonTrait.BIRTH_DATE),
        ("geb. am", PersonTrait.BIRTH_DATE),
        ("date of birth", PersonTrait.BIRTH_DATE),
        ("Kunden-Nr.", PersonTrait.NUMBER),
        ("KdNr", PersonTrait.NUMBER),
        ("BG-Nummer", PersonTrait.NUMBER),
        ("Nummer der Bedarfsgemeinschaft", PersonTrait.NUMBER),
        ("SV-Nr.", PersonTrait.NUMBER),
        ("Steuer-ID", PersonTrait.NUMBER),
        ("customer_id", PersonTrait.NUMBER),
        ("IBAN", PersonTrait.ACCOUNT),
        ("Kontonr.", PersonTrait.ACCOUNT),
        ("E-Mail", PersonTrait.CONTACT),
        ("Tel.-Nr.", PersonTrait.CONTACT),
        ("Handynummer", PersonTrait.CONTACT),
        ("Wohnanschrift", PersonTrait.HOME_ADDRESS),
        ("Adresse der Klientin", PersonTrait.HOME_ADDRESS),
        ("Straße", PersonTrait.STREET),
        ("Hausnr.", PersonTrait.HOUSE_NUMBER),
        # figures and names of areas
        ("Name", None),
        ("Gemeindename", None),
        ("Raumeinheit", None),
        ("Stadtteil", None),
        ("Name der Schule", None),
        ("Anzahl Bedarfsgemeinschaften", None),
        ("BG", None),
        ("Geburten", None),
        ("Geburtsjahr", None),
        ("Geburtenrate", None),
        ("Kinder", None),
        ("Kunden", None),
        ("Personen", None),
        ("ID-Nr.", None),
        ("Nummer", None),
        ("Anzahl Kundennummern", None),
        ("1_variable_attribute_label", None),
        ("value_unit", None),
    ],
)
def test_headers(header: str, trait: PersonTrait | None) -> None:
    """What a column's name says of persons."""
    assert trait_of(header) == trait


def test_numbers_with_check_digits() -> None:
    """Published examples are recognised, one wrong digit is not."""
    assert is_iban("DE89 3704 0044 0532 0130 00")
    assert not is_iban("DE88370400440532013000")
    assert is_insurance_number("15070649C103")
    assert not is_insurance_number("15070649C104")
    assert is_health_number("A123456780")
    assert not is_health_number("A123456781")
    assert is_tax_number("47036892816")
    assert not is_tax_number("47036892815")


def _column(values: Sequence[object]) -> pl.Series:
    return pl.Series([str(value) for value in values], dtype=pl.String)


def test_contents_that_tell() -> None:
    """Columns under names that say nothing."""
    random.seed(5)
    births = [date(1950, 1, 1) + timedelta(days=random.randrange(20_000)) for _ in range(40)]  # noqa: S311
    assert trait_of_values(_column(births)) is PersonTrait.BIRTH_DATE
    german = [f"{day:%d.%m.%Y}" for day in births]
    assert trait_of_values(_column(german)) is PersonTrait.BIRTH_DATE
    ibans = ["DE89370400440532013000"] * 4
    assert trait_of_values(_column(ibans)) is PersonTrait.ACCOUNT
    cases = [f"33302//00123{number:02}" for number in range(10)]
    assert trait_of_values(_column(cases)) is PersonTrait.NUMBER
    mails = [f"k{number}@beispiel.de" for number in range(5)]
    assert trait_of_values(_column(mails)) is PersonTrait.CONTACT
    phones = [f"0211 / 1234{number:03}" for number in range(9)]
    assert trait_of_values(_column(phones)) is PersonTrait.CONTACT
    first = ["Peter", "Maria", "Ursula", "Mehmet", "Anna", "Thomas", "Claudia"] * 2
    assert trait_of_values(_column(first)) is PersonTrait.NAME
    streets = [f"{_STREETS[number % 5]} {number + 1}" for number in range(20)]
    assert trait_of_values(_column(streets)) is PersonTrait.ADDRESS


def test_contents_of_statistics() -> None:
    """Keys, reporting dates, names of areas and figures are none of this."""
    quarters = [date(2000 + n // 4, 1 + n % 4 * 3, 1) for n in range(80)]
    days = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
    for values in (
        [f"0511{number:04}" for number in range(400)],
        [f"05111{number:07}" for number in range(400)],
        [f"990010010{number:02}" for number in range(90)],
        quarters,
        days,
        ["31.12.2022"] * 100,
        [f"{name}, Stadt" for name in ("Köln", "Bonn", "Alsdorf", "Monschau", "Eschweiler") * 6],
        [f"{number}.{number % 10}" for number in range(100)],
        ["DEA23", "DEA22", "DEA11"],
        ["Marienburg", "Bayenthal", "Ehrenfeld", "Nippes", "Kalk", "Mülheim", "Porz"] * 5,
        [10_000_000_000 + number * 7 for number in range(100)],
    ):
        assert trait_of_values(_column(values)) is None, list(values)[:3]


def _found(columns: dict[str, list[str]]) -> str | None:
    finding = find_person_data([[name] for name in columns], pl.DataFrame(columns))
    return None if finding is None else finding.code


def test_what_is_refused_as_what() -> None:
    """Persons, address lists, and tables that are neither."""
    keys = ["05111000", "05113000", "05112000"]
    assert _found({"area": keys, "name": ["A", "B", "C"], "value": ["1", "2", "3"]}) is None
    assert _found({"AGS": keys, "Straße": ["Ring", "Markt", "Weg"], "Wert": ["1"] * 3}) is None
    assert (
        _found({"Straße": ["Ring", "Markt", "Weg"], "Hausnr.": ["1", "2", "3"]}) == "address_list"
    )
    streets = {
        "Adresse": [f"{_STREETS[number % 5]} {number + 1}" for number in range(20)],
        "Stadtteil": ["101"] * 20,
    }
    assert _found(streets) == "address_list"
    both = {"Name": ["x"] * 3, "Geb.dat.": ["1.2.1980"] * 3, "Straße": ["a"] * 3}
    assert _found(both) == "person_data"
    assert _found({"AGS": keys, "Telefon": ["120", "130", "-"]}) is None
    assert _found({"AGS": keys, "Vorname": ["", "", ""]}) is None


def test_a_finding_holds_nothing_of_the_file() -> None:
    """Neither values nor header: without a header row, the first person stands there."""
    columns = {"Klara Beispiel": ["Anna"] * 3, "x@y.de": ["a@b.de", "c@d.de", "e@f.de"]}
    finding = find_person_data([[name] for name in columns], pl.DataFrame(columns))
    assert finding is not None
    told = f"{finding} {finding.detail()} {finding.detail_en()}"
    assert all(secret not in told for secret in ("Klara", "x@y", "Anna", "a@b"))
    assert "Spalte 2" in finding.detail()
    assert "column 2" in finding.detail_en()


@pytest.mark.parametrize("pattern", _REAL)
def test_no_real_table_is_taken_for_one_of_persons(
    shared_data: Path, tmp_path: Path, pattern: str
) -> None:
    """Nothing in the files of statistical offices looks like a person."""
    for path in sorted(shared_data.glob(pattern)):
        try:
            table = opened(path, tmp_path)
        except UnreadableError:
            continue
        try:
            refuse_person_data(table, path)
        except PersonDataError as error:
            pytest.fail(f"{path.name}: {error.finding.hint}")
