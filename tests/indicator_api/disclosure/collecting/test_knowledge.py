"""What readers know of a release's cells from other releases, earlier and of other datasets."""

from typing import Any

import polars as pl

from services.indicator_api.disclosure.collecting.area_sums import AreaSums, Place
from services.indicator_api.disclosure.collecting.assembling import relations_of
from services.indicator_api.disclosure.collecting.knowledge import Known, KnownCells, known_cells
from services.indicator_api.disclosure.collecting.relations import HeldTo
from services.indicator_api.periods.rules import parse_period

_PERIOD = parse_period("2024")
assert _PERIOD is not None
YEAR = _PERIOD
TOWN, NORTH, SOUTH = 1, 11, 12
POOR, RESIDENTS = 1, 2
NEVER = 2**31 - 1
OWN_DATASET, OTHER_DATASET = 1, 2
JANUARY, MARCH = "2026-01-01 00:00:00+00", "2026-03-01 00:00:00+00"


def _frame(rows: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
    defaults = {"measure_id": POOR, "period_id": YEAR.id, "breakdown_id": 0}
    return pl.DataFrame([defaults | row for row in rows], schema=schema)


_IDS = dict.fromkeys(["measure_id", "period_id", "breakdown_id", "area_id"], pl.Int32)


def facts(*rows: dict[str, Any]) -> pl.DataFrame:
    return _frame(
        [{"status": 0, "quality": 0, "known_from": JANUARY} | row for row in rows],
        _IDS | {"status": pl.Int8, "quality": pl.Int16, "value": pl.Float64}
        | {"known_from": pl.String},
    )  # fmt: skip


def earlier(*rows: dict[str, Any]) -> pl.DataFrame:
    return _frame(
        [{"known_from": JANUARY, "known_to": MARCH} | row for row in rows],
        _IDS | {"value": pl.Float64, "known_from": pl.String, "known_to": pl.String},
    )


def shown(*rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {
        "series_id": 1,
        "dataset_id": OWN_DATASET,
        "audience": "public",
        "released_from": 1,
        "released_to": NEVER,
        "status": 0,
    }
    return _frame(
        [defaults | row for row in rows],
        _IDS
        | {"series_id": pl.Int32, "dataset_id": pl.Int32, "audience": pl.String}
        | {"released_from": pl.Int32, "released_to": pl.Int32}
        | {"status": pl.Int8, "value": pl.Float64},
    )


def known(**changes: Any) -> Known:
    def place(number: int, lineage: tuple[int, ...], kind: str, rank: int) -> Place:
        return Place(number, kind, rank, lineage, None, None, None, None)

    values: dict[str, Any] = {
        "dataset_id": OWN_DATASET,
        "facts": facts(),
        "earlier": earlier(),
        "shown": shown(),
        "publications": [],
        "sums": AreaSums(
            [
                place(TOWN, (TOWN,), "gemeinde", 50),
                place(NORTH, (TOWN, NORTH), "stadtteil", 70),
                place(SOUTH, (TOWN, SOUTH), "stadtteil", 70),
            ]
        ),
        "held": HeldTo("exact", 1.0),
        "codes": {0: ""},
        "periods": {YEAR.id: YEAR},
        "kinds": {POOR: "count", RESIDENTS: "count"},
        "shares": pl.DataFrame(
            {
                "measure_id": [POOR],
                "breakdown_id": [0],
                "whole_measure_id": [RESIDENTS],
                "whole_breakdown_id": [0],
            },
            schema=dict.fromkeys(
                ["measure_id", "breakdown_id", "whole_measure_id", "whole_breakdown_id"], pl.Int32
            ),
        ),
    }
    return Known(**(values | changes))


def told(found: KnownCells) -> list[tuple[int, int, float, str, bool, bool]]:
    """(measure, place, value, origin, is shown, was hidden) by cell."""
    columns = ["measure_id", "area_id", "value", "origin", "is_shown", "was_hidden"]
    return found.cells.sort("cell").select(columns).rows()


def test_what_readers_have_seen_as_it_is_stays_known_even_after_a_withdrawal() -> None:
    found = known_cells(
        known(
            facts=facts({"area_id": TOWN, "value": 9.0}, {"area_id": NORTH, "value": 2.0}),
            shown=shown(
                {"area_id": TOWN, "value": 9.0, "released_to": 2},
                {"area_id": NORTH, "value": 2.0, "audience": "kreis"},
            ),
        ),
        ["public"],
    )
    assert told(found) == [
        (POOR, TOWN, 9.0, "own", True, False),
        (POOR, NORTH, 2.0, "own", False, False),
    ]


def test_totals_and_denominators_of_other_datasets_are_known() -> None:
    everything = known(
        facts=facts({"area_id": NORTH, "value": 2.0}, {"area_id": SOUTH, "value": 7.0}),
        shown=shown(
            {"area_id": TOWN, "value": 9.0, "dataset_id": OTHER_DATASET},
            {"area_id": NORTH, "value": 50.0, "measure_id": RESIDENTS}
            | {"dataset_id": OTHER_DATASET},
            {"area_id": NORTH, "value": 70.0, "measure_id": 3, "dataset_id": OTHER_DATASET},
        ),
    )
    found = known_cells(everything, ["public"])
    assert told(found) == [
        (POOR, NORTH, 2.0, "own", False, False),
        (POOR, SOUTH, 7.0, "own", False, False),
        (POOR, TOWN, 9.0, "foreign", True, False),
        (RESIDENTS, NORTH, 50.0, "foreign", True, False),
    ]
    relations = relations_of(everything, found)
    assert relations.matrix(4).toarray().tolist() == [[1, 1, -1, 0], [1, 0, 0, -1]]
    assert relations.upper.tolist() == [0, 0]


def test_a_figure_that_was_revised_is_two_cells_and_the_older_release_still_tells() -> None:
    everything = known(
        facts=facts(
            {"area_id": TOWN, "value": 20.0, "known_from": MARCH},
            {"area_id": NORTH, "value": 13.0, "known_from": MARCH},
            {"area_id": SOUTH, "value": 7.0},
        ),
        earlier=earlier({"area_id": TOWN, "value": 9.0}, {"area_id": NORTH, "value": 2.0}),
        shown=shown(
            {"area_id": TOWN, "value": 9.0},
            {"area_id": NORTH, "value": None, "status": 7},
            {"area_id": SOUTH, "value": None, "status": 7},
        ),
        publications=[(1, 1, "2026-02-01 00:00:00+00")],
    )
    found = known_cells(everything, ["public"])
    assert told(found) == [
        (POOR, TOWN, 20.0, "own", False, False),
        (POOR, NORTH, 13.0, "own", False, False),
        (POOR, SOUTH, 7.0, "own", False, False),
        (POOR, TOWN, 9.0, "earlier", True, False),
        (POOR, NORTH, 2.0, "earlier", False, True),
    ]
    relations = relations_of(everything, found)
    # the unchanged figure of the south ties the two states: shown now, it tells the older north
    assert relations.matrix(5).toarray().tolist() == [[-1, 1, 1, 0, 0], [0, 0, 1, -1, 1]]


def test_figures_revised_before_anything_was_published_tell_nothing() -> None:
    found = known_cells(
        known(
            facts=facts({"area_id": TOWN, "value": 20.0, "known_from": MARCH}),
            earlier=earlier({"area_id": TOWN, "value": 9.0}),
            shown=shown({"area_id": TOWN, "value": 20.0}),
            publications=[(1, 1, "2026-04-01 00:00:00+00")],
        ),
        ["public"],
    )
    assert told(found) == [(POOR, TOWN, 20.0, "own", True, False)]
