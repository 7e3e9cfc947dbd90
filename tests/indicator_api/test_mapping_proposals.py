"""What is proposed for small tables of towns, and what is asked."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from services.indicator_api.deliveries.checking.registers import MeasureEntry, Registers
from services.indicator_api.deliveries.mapping.proposing import Hints, propose
from tests.indicator_api.test_mapped_tables import opened

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
    assert document["area"]["codes"] == {
        "Nippes": f"{TOWN}501",
        "Mauenheim": f"{TOWN}502",
        "Riehl": f"{TOWN}503",
        "insgesamt": TOWN,
    }
    assert document["period"] == {"fixed": "2022"}
    assert document["measure"] == {"fixed": "EW"}
    assert document["values"][1]["breakdown"] == {"GES": "GESW"}


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
