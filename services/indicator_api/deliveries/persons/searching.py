"""Data of single persons in a delivered file: found before anything of it is kept or shown.

Figures by area are all that is kept here (SGB X § 67c: planning needs no data of persons). A file
that has them is refused and its content deleted; the finding names columns by their place, never
a value, nor the header, for a file without one begins with a person.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import fastexcel
import polars as pl

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.persons.contents import are_figures, trait_of_values
from services.indicator_api.deliveries.persons.headers import PersonTrait, trait_of
from services.indicator_api.deliveries.reading.header import find_header
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.unpacking import unpack

ROWS_LOOKED_AT = 2_000
_SHEET_ROWS = 500
_PARTS = frozenset({PersonTrait.STREET, PersonTrait.HOUSE_NUMBER})
_ADDRESS_TRAITS = _PARTS | {PersonTrait.ADDRESS}
_TOLD = {
    PersonTrait.NAME: ("Namen", "names"),
    PersonTrait.BIRTH_DATE: ("Geburtsdaten", "dates of birth"),
    PersonTrait.HOME_ADDRESS: ("Wohnanschriften", "home addresses"),
    PersonTrait.NUMBER: ("Kunden-, Fall- oder Versicherungsnummern", "customer or insurance ids"),
    PersonTrait.ACCOUNT: ("Kontonummern", "bank accounts"),
    PersonTrait.CONTACT: ("E-Mail-Adressen oder Telefonnummern", "mail addresses or phone numbers"),
    PersonTrait.ADDRESS: ("Anschriften", "addresses"),
    PersonTrait.STREET: ("Straßen", "streets"),
    PersonTrait.HOUSE_NUMBER: ("Hausnummern", "house numbers"),
}


class PersonDataError(Exception):
    """The file holds data of single persons, or addresses; `finding` says so without a value."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def refuse_person_data(table: RawTable, path: Path) -> None:
    """Raise `PersonDataError` if the table, or another sheet of its workbook, is about persons.

    `path` is the file that the table was opened from.
    """
    headers = [[row[n] for row in table.header] for n in range(len(table.names))]
    finding = find_person_data(headers, table.head(ROWS_LOOKED_AT).drop("row"))
    if finding is not None:
        raise PersonDataError(finding)
    if len(table.sheets) > 1:
        for rows in _other_sheets(path, table):
            finding = _in_sheet(rows)
            if finding is not None:
                raise PersonDataError(finding)


def find_person_data(headers: Sequence[Sequence[str]], sample: pl.DataFrame) -> Finding | None:
    """What a table says of single persons, by the names of its columns and their contents.

    `headers` are the header cells of each column, `sample` a frame of texts with a column each.
    """
    traits: dict[int, PersonTrait] = {}
    for number, name in enumerate(sample.columns):
        values = sample[name]
        if not (values != "").any():
            continue
        named = next((trait for part in headers[number] if (trait := trait_of(part))), None)
        if named is PersonTrait.CONTACT and are_figures(values):
            # „Telefon“ may be what is counted
            named = None
        if named is None or named in _ADDRESS_TRAITS:
            found = trait_of_values(values) or named
        else:
            found = named
        if found is not None:
            traits[number] = found
    return _finding(traits)


def _finding(traits: dict[int, PersonTrait]) -> Finding | None:
    kinds = set(traits.values())
    is_about_persons = bool(kinds - _ADDRESS_TRAITS)
    # a street alone may be the name of an area
    if not is_about_persons and PersonTrait.ADDRESS not in kinds and not kinds >= _PARTS:
        return None
    german = [f"Spalte {n + 1}: {_TOLD[trait][0]}" for n, trait in traits.items()]
    english = [f"column {n + 1}: {_TOLD[trait][1]}" for n, trait in traits.items()]
    return Finding(
        "person_data" if is_about_persons else "address_list",
        hint=f"Gefunden: {'; '.join(german)}.",
        hint_en=f"Found: {'; '.join(english)}.",
    )


def _other_sheets(path: Path, table: RawTable) -> Iterator[pl.DataFrame]:
    unpacked = unpack(path)
    reader = fastexcel.read_excel(unpacked.path)
    for name in table.sheets:
        if name == table.sheet:
            continue
        sheet = reader.load_sheet(
            name, header_row=None, skip_rows=0, n_rows=_SHEET_ROWS, dtypes="string"
        )
        if sheet.height and sheet.width:
            yield sheet.to_polars().fill_null("")


def _in_sheet(rows: pl.DataFrame) -> Finding | None:
    cells = [list(row) for row in rows.head(100).rows()]
    place = find_header(cells)
    if place is None:
        return None
    end = place.first + place.count
    header = cells[place.first : end]
    headers = [[row[n] for row in header] for n in range(rows.width)]
    return find_person_data(headers, rows[end:])
