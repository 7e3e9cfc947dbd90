"""What is proposed for small tables of towns, and what is asked."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.indicator_api.deliveries.checking.registers import MeasureEntry, Registers
from services.indicator_api.deliveries.mapping.proposing import Hints, propose
from tests.indicator_api.test_mapped_tables import cells, opened, read

TOWN = "05315000"
AREAS = [
    (TOWN, "Köln, Stadt", "gemeinde", True),
    ("05111000", "Düsseldorf, Stadt", "gemeinde", False),
    (f"{TOWN}5", "Nippes", "stadtbezirk", True),
    (f"{TOWN}501", "Nippes", "stadtteil", True),
    (f"{TOWN}502", "Mauenheim", "stadtteil", True),
    (f"{TOWN}503", "Riehl", "stadtteil", True),
]
MEASURES = {
    "EW": MeasureEntry(1, "EW", "Einwohner", "count"),
    "AL": MeasureEntry(2, "AL", "Arbeitslose", "count"),
    "ERW032": MeasureEntry(2, "AL", "Arbeitslose", "count"),
    "EW_U15": MeasureEntry(3, "EW_U15", "Einwohner unter 15 Jahren", "count"),
}
REGISTERS = Registers(
    pl.DataFrame(
        AREAS, schema=["area_key", "area_name", "area_kind", "is_allowed"], orient="row"
    ).with_row_index("area_id", 1),
    MEASURES,
    {},
    (TOWN,),
)
Proposed = tuple[dict[str, Any], list[str]]


def proposed(folder: Path, rows: list[list[str]], **hints: Any) -> Proposed:
    """The proposal for a table without what is empty in it, and which parts are asked about."""
    proposal = propose(opened(folder, rows), REGISTERS, Hints(**hints))
    document = proposal.mapping.model_dump(exclude_defaults=True)
    return document, [question.field for question in proposal.questions]


def test_names_of_quarters_and_the_line_of_totals(tmp_path: Path) -> None:
    """Nippes is a district and a quarter: the level of the other names decides."""
    rows = [
        ["Stadtteil", "Einwohner 2022", "Einwohner weiblich 2022"],
        ["Nippes", "10", "5"],
        ["Mauenheim", "20", "9"],
        ["Riehl", "30", "16"],
        ["insgesamt", "60", "30"],
    ]
    document, asked = proposed(tmp_path, rows)
    assert asked == []
    assert document["area"] == {"column": "Stadtteil", "by_name": True, "kind": "stadtteil"}
    assert [row[0] for row in cells(read(opened(tmp_path, rows), document, REGISTERS))[::2]] == [
        TOWN, f"{TOWN}501", f"{TOWN}502", f"{TOWN}503",
    ]  # fmt: skip
    assert document["period"] == {"fixed": "2022"}
    assert document["measure"] == {"fixed": "EW"}
    assert document["values"][1]["breakdown"] == {"GES": "GESW"}


def test_a_rule_for_names_reads_names_that_were_not_there_before(tmp_path: Path) -> None:
    """What was proposed for one file holds for the next; single texts may be said otherwise."""
    rows = [["Stadtteil", "Einwohner 2022"], ["Mauenheim", "20"], ["Riehl", "30"]]
    document, _ = proposed(tmp_path, rows)
    later = [rows[0], ["Nippes", "10"], ["Stadt Riehl", "31"], ["Ried", "1"], ["Rhiel", "2"]]
    document["area"]["codes"] = {"Rhiel": f"{TOWN}503"}
    found = {row[4]: row[0] for row in cells(read(opened(tmp_path, later), document, REGISTERS))}
    assert found == {"10": f"{TOWN}501", "31": f"{TOWN}503", "1": "Ried", "2": f"{TOWN}503"}


@pytest.mark.parametrize(
    ("head", "texts", "kind", "periods"),
    [
        ("Monat", ["1", "02", "12", "insgesamt"], "month",
         ["2023-01", "2023-02", "2023-12", "2023"]),
        ("Berichtsmonat", ["Januar", "Mrz", "Dez.", ""], "month",
         ["2023-01", "2023-03", "2023-12", "2023"]),
        ("Quartal", ["1", "2. Quartal", "Q3", "IV"], "quarter",
         ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4"]),
    ],
)  # fmt: skip
def test_year_and_month_in_two_columns_are_one_period(
    tmp_path: Path, head: str, texts: list[str], kind: str, periods: list[str]
) -> None:
    """The part of the year is no breakdown, and not asked about."""
    rows = [
        ["AGS", "Jahr", head, "Einwohner"],
        *([TOWN, "2023", text, str(value)] for value, text in enumerate(texts, 100)),
    ]
    document, asked = proposed(tmp_path, rows)
    assert asked == []
    assert document["period"] == {"column": "Jahr", "part": {"column": head, "kind": kind}}
    assert "breakdowns" not in document
    found = cells(read(opened(tmp_path, rows), document, REGISTERS))
    assert sorted(period for _, period, *_ in found) == sorted(periods)
    assert {value: period for _, period, _, _, value in found} == {
        str(value): period for value, period in enumerate(periods, 100)
    }


def test_numbers_are_parts_of_a_year_only_under_a_head_that_says_so(tmp_path: Path) -> None:
    """A column of small figures stays what it is; a text that is no month stays to be seen."""
    rows = [["AGS", "Jahr", "Einwohner"], [TOWN, "2022", "7"], [TOWN, "2023", "8"]]
    document, _ = proposed(tmp_path, rows)
    assert document["period"] == {"column": "Jahr"}
    document["period"]["part"] = {"column": "Einwohner", "kind": "quarter"}
    found = cells(read(opened(tmp_path, rows), document, REGISTERS))
    assert [period for _, period, *_ in found] == ["2022 7", "2023 8"]


def test_own_numbers_and_a_measure_by_its_source_code(tmp_path: Path) -> None:
    rows = [
        ["Nr", "Bezeichnung", "Stichtag", "Merkmal", "Wert"],
        ["501", "Nippes", "31.12.2022", "ERW032", "5"],
        ["502", "Mauenheim", "31.12.2022", "ERW032", "6"],
        ["501", "Nippes", "31.12.2023", "EW", "7"],
    ]
    document, asked = proposed(tmp_path, rows)
    assert asked == []
    assert document["area"] == {"column": "Nr", "prefix": TOWN}
    assert document["period"] == {"column": "Stichtag"}
    assert document["measure"] == {"column": "Merkmal", "codes": {"ERW032": "AL"}}
    assert document["left_out"] == ["Bezeichnung"]


def test_keys_without_their_zero_and_figures_in_thousands(tmp_path: Path) -> None:
    rows = [
        ["AGS", "Jahr", "Bevölkerung in Tsd."],
        ["5315000", "2022", "1.084,8"],
        ["5111000", "2022", "629,0"],
    ]
    document, asked = proposed(tmp_path, rows)
    assert document["area"] == {"column": "AGS"}
    assert document["period"] == {"column": "Jahr"}
    assert asked in ([], ["measure"])


@pytest.mark.parametrize(
    ("rows", "hints", "expected"),
    [
        ([["Jahr", "Einwohner"], ["2022", "1"], ["2023", "2"]], {}, ["area"]),
        ([["Jahr", "Einwohner"], ["2022", "1"], ["2023", "2"]], {"area": TOWN}, []),
        ([["Stadtteil", "Einwohner"], ["Nippes", "1"], ["Riehl", "2"]], {}, ["period"]),
        (
            [["Stadtteil", "2022"], ["Nippes", "1"], ["Riehl", "2"]],
            {"filename": "arbeitslose_stadtteile.xlsx"},
            [],
        ),
        ([["Stadtteil", "2022"], ["Nippes", "1"], ["Riehl", "2"]], {}, ["measure"]),
        (
            [["Stadtteil", "Einwohner 2022"], ["Nippes", "1"], ["Riehl", "2"], ["Anderswo", "3"]],
            {},
            ["area"],
        ),
        (
            [["Stadtteil", "Einwohner 2022"], ["Riehl", "1"], ["Riehl", "2"]],
            {},
            ["breakdowns"],
        ),
    ],
)
def test_what_cannot_be_decided_is_asked(
    tmp_path: Path, rows: list[list[str]], hints: dict[str, Any], expected: list[str]
) -> None:
    assert proposed(tmp_path, rows, **hints)[1] == expected
