"""Which linear relations are found among cells: places, breakdowns, sets, periods, shares."""

from datetime import date

import numpy as np
import polars as pl

from services.indicator_api.disclosure.collecting.area_sums import AreaSums, Place
from services.indicator_api.disclosure.collecting.breakdown_sums import nested_among, sums_among
from services.indicator_api.disclosure.collecting.period_sums import add_period_sums, tiled
from services.indicator_api.disclosure.collecting.relations import (
    HeldTo,
    RelationKind,
    Relations,
    add_area_sums,
    add_breakdown_sums,
    add_shares,
    blocks_of,
    with_units,
)
from services.indicator_api.periods.rules import parse_period

DAY = date(2024, 12, 31)
EXACT = HeldTo("exact", 1.0)
TOWN, NORTH, SOUTH, EAST, AREA_A, AREA_B = 1, 11, 12, 13, 21, 22


def place(
    number: int,
    lineage: tuple[int, ...],
    *,
    kind: str = "quartier",
    rank: int = 90,
    parts: tuple[tuple[int, float], ...] | None = None,
) -> Place:
    partition = 7 if rank == 90 and parts is None else None
    return Place(number, kind, rank, lineage, partition, None, None, None, parts)


def town(*sets: Place) -> AreaSums:
    """A town of three quarters, and sets of them."""
    return AreaSums(
        [
            place(TOWN, (TOWN,), kind="gemeinde", rank=50),
            *(place(quarter, (TOWN, quarter)) for quarter in (NORTH, SOUTH, EAST)),
            *sets,
        ]
    )


def cells(rows: list[tuple[int, str, int, float | None]]) -> pl.DataFrame:
    """Cells of one measure from (period, breakdown code, place, value)."""
    codes = {code: number for number, code in enumerate(sorted({row[1] for row in rows}))}
    return pl.DataFrame(
        [(1, period, codes[code], area, value) for period, code, area, value in rows],
        schema=["measure_id", "period_id", "breakdown_id", "area_id", "value"],
        orient="row",
    ).with_columns(cell=pl.int_range(pl.len(), dtype=pl.Int64))


def values_of(frame: pl.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return frame["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def rows_of(relations: Relations, count: int) -> list[tuple[str, dict[int, float], float, float]]:
    """Relations in a form to compare: (kind, factors by cell, lower, upper)."""
    matrix = relations.matrix(count).toarray()
    return [
        (
            RelationKind(kind).name,
            {int(cell): float(row[cell]) for cell in np.flatnonzero(row)},
            float(lower),
            float(upper),
        )
        for kind, row, lower, upper in zip(
            relations.kinds, matrix, relations.lower, relations.upper, strict=True
        )
    ]


def area_rows(
    frame: pl.DataFrame, sums: AreaSums, held: HeldTo = EXACT
) -> tuple[list[tuple[str, dict[int, float], float, float]], Relations]:
    relations = Relations()
    ((_, block),) = blocks_of(frame).items()
    add_area_sums(relations, block, values_of(frame), sums, DAY, held)
    return rows_of(relations, frame.height), relations


def test_quarters_that_tile_their_town_are_held_to_it() -> None:
    frame = cells([(1, "", TOWN, 9), (1, "", NORTH, 2), (1, "", SOUTH, 3), (1, "", EAST, 4)])
    rows, _ = area_rows(frame, town())
    assert rows == [("AREA_SUM", {0: -1, 1: 1, 2: 1, 3: 1}, 0, 0)]


def test_a_quarter_without_a_known_value_is_still_part_of_the_sum() -> None:
    frame = cells([(1, "", TOWN, 9), (1, "", NORTH, None), (1, "", SOUTH, 3), (1, "", EAST, 4)])
    rows, _ = area_rows(frame, town())
    assert rows == [("AREA_SUM", {0: -1, 1: 1, 2: 1, 3: 1}, 0, 0)]


def test_quarters_that_are_not_all_are_at_most_the_town_unless_they_add_up() -> None:
    frame = cells([(1, "", TOWN, 9), (1, "", NORTH, 2), (1, "", SOUTH, 3)])
    rows, _ = area_rows(frame, town())
    assert rows == [("AREA_SUM", {0: -1, 1: 1, 2: 1}, -np.inf, 0)]
    suspicious = cells([(1, "", TOWN, 5), (1, "", NORTH, 2), (1, "", SOUTH, 3)])
    rows, _ = area_rows(suspicious, town())
    assert rows == [("AREA_SUM", {0: -1, 1: 1, 2: 1}, 0, 0)]


def test_parts_that_do_not_add_up_are_named_with_the_difference() -> None:
    frame = cells([(1, "", TOWN, 8), (1, "", NORTH, 2), (1, "", SOUTH, 3), (1, "", EAST, 4)])
    rows, relations = area_rows(frame, town())
    assert rows == []
    (broken,) = relations.broken
    assert (broken.kind, broken.total, broken.value, broken.together) == (0, 0, 8, 9)


def test_a_rest_that_no_quarter_has_leaves_the_town_at_least_their_sum() -> None:
    frame = cells([(1, "", TOWN, 10), (1, "", NORTH, 2), (1, "", SOUTH, 3), (1, "", EAST, 4)])
    rows, relations = area_rows(frame, town(), HeldTo("exact", 1.0, may_exceed=True))
    assert rows == [("AREA_SUM", {0: -1, 1: 1, 2: 1, 3: 1}, -np.inf, 0)]
    assert relations.broken == []


def test_figures_rounded_at_source_are_not_treated_as_exact() -> None:
    frame = cells([(1, "", TOWN, 10), (1, "", NORTH, 5), (1, "", SOUTH, 5), (1, "", EAST, 5)])
    rows, relations = area_rows(frame, town(), HeldTo("rounded", 5.0))
    assert rows == [("AREA_SUM", {0: -1, 1: 1, 2: 1, 3: 1}, -10, 10)]
    assert relations.broken == []
    rows, relations = area_rows(frame, town(), HeldTo("cell_key", 1.0))
    assert (rows, relations.broken) == ([], [])


def test_sets_that_overlap_share_units_of_which_nothing_is_known() -> None:
    first = place(AREA_A, (TOWN, AREA_A), parts=((NORTH, 1.0), (SOUTH, 1.0)))
    second = place(AREA_B, (TOWN, AREA_B), parts=((SOUTH, 1.0), (EAST, 1.0)))
    sums = town(first, second)
    frame = cells([(1, "", TOWN, 9), (1, "", AREA_A, 5), (1, "", AREA_B, 7)])
    whole = with_units(frame, sums)
    assert whole.height == 6
    rows, _ = area_rows(whole, sums)
    assert rows == [
        ("AREA_SUM", {0: -1, 3: 1, 4: 1, 5: 1}, 0, 0),
        ("AREA_SUM", {1: -1, 3: 1, 4: 1}, 0, 0),
        ("AREA_SUM", {2: -1, 4: 1, 5: 1}, 0, 0),
    ]


def test_a_set_that_cuts_a_unit_lies_between_the_units_inside_and_all_it_touches() -> None:
    area = place(AREA_A, (TOWN, AREA_A), parts=((NORTH, 1.0), (SOUTH, 0.4)))
    frame = cells([(1, "", NORTH, 2), (1, "", SOUTH, 3), (1, "", AREA_A, 4)])
    rows, _ = area_rows(frame, town(area))
    assert rows == [
        ("SET_SUM", {0: 1, 1: 1, 2: -1}, 0, np.inf),
        ("SET_SUM", {0: 1, 2: -1}, -np.inf, 0),
    ]


def test_characteristics_add_up_where_known_or_shown_and_parts_are_within_the_whole() -> None:
    frame = cells(
        [
            row
            for area in (NORTH, SOUTH)
            for row in (
                (1, "", area, 10.0),
                (1, "ALT=U15", area, 2.0),
                (1, "ALT=U18", area, 4.0),
                (1, "GES=GESM", area, None),
                (1, "GES=GESW", area, 6.0),
            )
        ]
    )
    codes = {0: "", 1: "ALT=U15", 2: "ALT=U18", 3: "GES=GESM", 4: "GES=GESW"}
    relations = Relations()
    ((_, block),) = blocks_of(frame).items()
    add_breakdown_sums(relations, block, values_of(frame), codes, EXACT)
    north = [row for row in rows_of(relations, frame.height) if max(row[1]) < 5]
    assert ("BREAKDOWN_SUM", {0: -1, 3: 1, 4: 1}, 0, 0) in north
    assert ("PART_OF_WHOLE", {0: -1, 1: 1}, -np.inf, 0) in north
    assert ("PART_OF_WHOLE", {1: 1, 2: -1}, -np.inf, 0) in north
    assert len(north) == 4


def test_crossed_characteristics_are_summed_in_both_directions() -> None:
    codes = {0: "", 1: "GES=GESM", 2: "NAT=NATD", 3: "GES=GESM|NAT=NATD"}
    assert {(item.total, item.parts) for item in sums_among(codes)} == {
        (0, (1,)),
        (0, (2,)),
        (1, (3,)),
        (2, (3,)),
    }


def test_ages_within_ages_are_told_for_each_other_characteristic() -> None:
    codes = {0: "ALT=U15", 1: "ALT=U18", 2: "ALT=U15|GES=GESM", 3: "ALT=65UM", 4: "ALT=80UM"}
    assert [(item.part, item.whole) for item in nested_among(codes)] == [(0, 1), (4, 3)]


def test_numerators_are_within_their_denominators() -> None:
    relations = Relations()
    values = np.array([3.0, 10.0, 8.0, 5.0])
    add_shares(relations, values, np.array([0, 2]), np.array([1, 3]))
    # the second holds to no such rule: other sources
    assert rows_of(relations, 4) == [("NUMERATOR_OF_DENOMINATOR", {0: 1, 1: -1}, -np.inf, 0)]


def test_a_year_is_the_mean_of_its_quarters_where_the_figures_show_it() -> None:
    codes = ["2024", "2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]
    periods = {period.id: period for code in codes if (period := parse_period(code)) is not None}
    year, *quarters = periods
    rows: list[tuple[int, str, int, float | None]] = []
    for area in range(11, 19):
        parts = [area, area + 1, area + 3, area + 1]
        rows.append((year, "", area, round(sum(parts) / 4)))
        rows += [(quarter, "", area, part) for quarter, part in zip(quarters, parts, strict=True)]
    frame = cells(rows)
    relations = Relations()
    add_period_sums(relations, values_of(frame), blocks_of(frame), periods)
    found = rows_of(relations, frame.height)
    assert len(found) == 8
    assert found[0] == ("PERIOD_MEAN", {0: -4, 1: 1, 2: 1, 3: 1, 4: 1}, -2, 2)
    assert [(whole.code, len(parts)) for whole, parts in tiled(periods.values())] == [("2024", 4)]


def test_quarters_below_several_levels_tile_the_area_that_has_a_figure() -> None:
    borough, other = 5, 6
    sums = AreaSums(
        [
            place(TOWN, (TOWN,), kind="gemeinde", rank=50),
            place(borough, (TOWN, borough), kind="stadtbezirk", rank=60),
            place(other, (TOWN, other), kind="stadtbezirk", rank=60),
            place(NORTH, (TOWN, borough, NORTH)),
            place(SOUTH, (TOWN, borough, SOUTH)),
            place(EAST, (TOWN, other, EAST)),
        ]
    )
    (found,) = sums.among([TOWN, NORTH, SOUTH, EAST], DAY)
    assert (found.total, found.is_whole, len(found.parts)) == (TOWN, True, 3)
    (found,) = sums.among([TOWN, NORTH, SOUTH], DAY)
    assert not found.is_whole
