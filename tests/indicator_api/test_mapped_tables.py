"""A mapped wide table says exactly what the plain long form of it says."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicator_api.deliveries.checking.registers import Registers
from services.indicator_api.deliveries.mapping.applying import apply_mapping
from services.indicator_api.deliveries.mapping.document import Mapping
from services.indicator_api.deliveries.mapping.period_texts import period_in
from services.indicator_api.deliveries.reading.delivered import COLUMNS
from services.indicator_api.deliveries.reading.opening import open_table
from services.indicator_api.deliveries.reading.raw import RawTable
from services.indicator_api.deliveries.reading.unreadable import UnreadableError

Cell = tuple[str, str, str, str, str]
NOWHERE = Registers(pl.DataFrame(), {}, {})


def opened(folder: Path, rows: list[list[str]]) -> RawTable:
    """A CSV file of these rows, opened."""
    target = io.StringIO()
    csv.writer(target, delimiter=";").writerows(rows)
    path = folder / "table.csv"
    path.write_text(target.getvalue(), encoding="utf-8")
    return open_table(path, "text/csv", "table.csv", header_rows=1, skip_rows=0)


def read(
    table: RawTable, document: dict[str, Any], registers: Registers | None = None
) -> pl.DataFrame:
    """All rows of a table as its mapping says; without registers no area has a name."""
    mapping = Mapping.model_validate(document)
    batches = list(apply_mapping(table, mapping, registers or NOWHERE).batches())
    return pl.concat(batches) if batches else pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))


def cells(frame: pl.DataFrame) -> list[Cell]:
    """Area, period, measure, breakdown (its parts sorted) and value of each row, sorted."""
    found = frame.select("area_key", "period_raw", "measure_key", "breakdown", "value_raw").rows()
    return sorted(
        (area, period, measure, "|".join(sorted(breakdown.split("|"))), value)
        for area, period, measure, breakdown, value in found
    )


keys = st.lists(st.integers(1, 999), min_size=1, max_size=5, unique=True)
years = st.lists(st.integers(1990, 2030), min_size=1, max_size=3, unique=True)
measures = st.lists(st.sampled_from(["EW", "AL", "HH"]), min_size=1, max_size=3, unique=True)
sexes = st.lists(st.sampled_from(["", "GESM", "GESW"]), min_size=1, max_size=3, unique=True)
values = st.sampled_from(["", "0", "-", ".", "1234", "5,5", "(7)", "..."])
dimensions = ("period", "measure", "sex")


@given(
    numbers=keys,
    years=years,
    names=measures,
    sexes=sexes,
    across=st.sets(st.sampled_from(dimensions)),
    order=st.permutations(range(5)),
    data=st.data(),
)
def test_wide_or_long_or_between_a_table_says_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    numbers: list[int],
    years: list[int],
    names: list[str],
    sexes: list[str],
    across: set[str],
    order: list[int],
    data: st.DataObject,
) -> None:
    """Whichever of period, measure and sex runs across: in all shapes the same cells are told."""
    attributes: dict[str, list[str]] = {
        "period": [str(year) for year in years],
        "measure": names,
        "sex": sexes,
    }
    expected: list[Cell] = []
    figures: dict[tuple[int, str, str, str], str] = {}
    for number in numbers:
        for year in attributes["period"]:
            for name in names:
                for sex in sexes:
                    value = data.draw(values)
                    figures[number, year, name, sex] = value
                    if value:
                        breakdown = f"GES={sex}" if sex else ""
                        expected.append((f"05315{number:03}", year, name, breakdown, value))
    heads = _combined(attributes, [name for name in dimensions if name in across])
    down = [name for name in dimensions if name not in across]
    table = [["Nr", *down, *(" ".join(("Werte", *head.values())) + "." for head in heads)]]
    for number in numbers:
        for line in _combined(attributes, down):
            found = [figures[_key(number, line | head)] for head in heads]
            table.append([str(number), *(line[name] for name in down), *found])
    columns = [order[place % 5] for place in range(len(table[0]))]
    places = sorted(range(len(table[0])), key=lambda place: (columns[place], place))
    shuffled = [[row[place] for place in places] for row in table]
    raw = opened(tmp_path_factory.mktemp("wide"), shuffled)
    document: dict[str, Any] = {
        "area": {"column": "Nr", "prefix": "05315", "digits": 3},
        "values": [
            _value_column(name, head)
            for name, head in zip(table[0][1 + len(down) :], heads, strict=True)
        ],
    }
    if "period" in down:
        document["period"] = {"column": "period"}
    if "measure" in down:
        document["measure"] = {"column": "measure"}
    if "sex" in down:
        document["breakdowns"] = [{"column": "sex", "variable": "GES"}]
    assert cells(read(raw, document)) == sorted(expected)
    told = Counter(finding.code for finding in raw.faults.items)
    assert told["nothing_delivered"] == (0 if expected else 1)
    assert told["cells_empty"] == (1 if len(expected) < len(figures) else 0)


def _combined(attributes: dict[str, list[str]], names: list[str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = [{}]
    for name in names:
        found = [one | {name: text} for one in found for text in attributes[name]]
    return found


def _key(number: int, line: dict[str, str]) -> tuple[int, str, str, str]:
    return number, line["period"], line["measure"], line["sex"]


def _value_column(name: str, head: dict[str, str]) -> dict[str, Any]:
    sex = head.get("sex")
    return {
        "column": name,
        "period": head.get("period"),
        "measure": head.get("measure"),
        "breakdown": {"GES": sex} if sex else {},
    }


TABLE = [
    ["Ort", "Thema", "Jahr", "Gruppe", "Anzahl", "Zeichen"],
    ["Nord", "Einwohner", "Stand 31.12.2022", "gesamt", "1,5", ""],
    ["Nord", "Einwohner", "Stand 31.12.2022", "weiblich", "0,7", "p"],
    ["05315101", "Haushalte", "2022", "0|3=4", "3", ""],
    ["Nord", "Autos", "2022", "gesamt", "9", ""],
    ["", "Einwohner", "2023", "gesamt", "", "."],
]
MAPPING: dict[str, Any] = {
    "area": {"column": "Ort", "codes": {"Nord": "05315001"}},
    "period": {"column": "Jahr"},
    "measure": {"column": "Thema", "codes": {"Einwohner": "EW"}},
    "values": [{"column": "Anzahl"}],
    "breakdowns": [
        {"column": "Gruppe", "variable": "X", "codes": {"weiblich": "GES=GESW"},
         "totals": ["gesamt"]}
    ],
    "status": {"column": "Zeichen"},
    "only": [{"column": "Thema", "equals": ["Einwohner", "Haushalte"]}],
    "unit_factor": {"EW": 1000},
}  # fmt: skip


def test_codes_totals_signs_units_and_the_rows_that_count(tmp_path: Path) -> None:
    frame = read(opened(tmp_path, TABLE), MAPPING)
    assert frame.columns == [*COLUMNS, "factor"]
    told = ("row", "area_key", "period_raw", "measure_key", "breakdown", "value_raw", "factor")
    assert frame.select(told).rows() == [
        (2, "05315001", "2022-12-31", "EW", "", "1,5", 1000.0),
        (3, "05315001", "2022-12-31", "EW", "GES=GESW", "0,7", 1000.0),
        (4, "05315101", "2022", "Haushalte", "X=0/3-4", "3", 1.0),
        (6, "", "2023", "EW", "", "", 1000.0),
    ]
    assert frame["status_raw"].to_list() == ["", "p", "", "."]
    assert frame["breakdown_label"].to_list() == ["", "Gruppe: weiblich", "Gruppe: 0|3=4", ""]


def test_a_mapping_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    table = opened(tmp_path, TABLE)
    with pytest.raises(UnreadableError) as fault:
        read(table, MAPPING | {"period": {"column": "Zeit"}})
    assert fault.value.finding.code == "mapping_column_missing"
    assert "fehlt: „Zeit“. Ihre Spalten sind: „Ort“, „Thema“" in str(fault.value)
    with pytest.raises(UnreadableError) as fault:
        read(table, MAPPING | {"values": [], "measure": None})
    assert fault.value.finding.code == "mapping_incomplete"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022", ("2022", "")),
        ("Einwohner 2022", ("2022", "Einwohner")),
        ("Arbeitslose / 1998", ("1998", "Arbeitslose")),
        ("Einwohner am 31.12.2022", ("2022-12-31", "Einwohner")),
        ("Stand: 1. März 2021", ("2021-03-01", "")),
        ("Schuljahr 2022/23", ("2022/23", "")),
        ("Schüler 2022/2023", ("2022/23", "Schüler")),
        ("4. Quartal 2022", ("2022-Q4", "")),
        ("Quartal 2/2022", ("2022-Q2", "")),
        ("Q3 2022", ("2022-Q3", "")),
        ("1. Halbjahr 2022", ("2022-H1", "")),
        ("Dez. 2022", ("2022-12", "")),
        ("12/2022", ("2022-12", "")),
        ("2022-12-31 00:00:00", ("2022-12-31", "")),
        ("2022.0", ("2022", "")),
        ("15 bis unter 65 Jahre / 2001", ("2001", "15 bis unter 65 Jahre")),
        ("Insgesamt", None),
        ("5111000", None),
        ("05315000", None),
        ("2005-2010", None),
        ("2005 bis 2010", None),
        ("31.02.2022", None),
    ],
)
def test_periods_as_people_write_them(text: str, expected: tuple[str, str] | None) -> None:
    assert period_in(text) == expected
