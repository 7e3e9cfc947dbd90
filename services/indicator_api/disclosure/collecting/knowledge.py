"""What is known of a release's cells: the holder's figures, and what readers have been shown.

A cell is a measure, period, breakdown and place at one state of knowledge. Figures that were
revised are two cells: what an earlier release told of the older one stays told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from services.indicator_api.disclosure.collecting.area_sums import AreaSums
from services.indicator_api.disclosure.collecting.relations import HeldTo, with_units
from services.indicator_api.periods.rules import Period

KEYS = ["measure_id", "period_id", "breakdown_id", "area_id"]
_HIDDEN_BY_RELEASE = 7
_NEVER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Known:
    """What was read for one batch of places.

    `facts`, `earlier` and `shown` as `collecting.repository` gives them; `is_released` tells
    which facts the release would show. `publications` are (series, number, moment), the oldest
    first; `shares` the pairs of numerator and denominator.
    """

    dataset_id: int
    facts: pl.DataFrame
    earlier: pl.DataFrame
    shown: pl.DataFrame
    publications: Sequence[tuple[int, int, str]]
    sums: AreaSums
    held: HeldTo
    codes: Mapping[int, str]
    periods: Mapping[int, Period]
    kinds: Mapping[int, str]
    shares: pl.DataFrame


@dataclass(frozen=True, slots=True)
class State:
    """The cells as a system of relations sees them at one time: the four ids and `cell`."""

    cells: pl.DataFrame
    is_present: bool


@dataclass(frozen=True, slots=True)
class KnownCells:
    """All cells: the four ids, `cell`, `value`, `origin`, `is_shown` and `was_hidden`.

    `origin`: own (the release's facts), foreign (shown from other datasets), earlier (older
    states of knowledge), unit (of sets; nothing is known of it).
    """

    cells: pl.DataFrame
    states: list[State] = field(default_factory=list)


def known_cells(known: Known, audiences: Sequence[str]) -> KnownCells:
    """The cells that readers of these audiences' releases know something of."""
    seen = known.shown.filter(pl.col("audience").is_in(list(audiences)))
    own = _own(known, seen)
    foreign = _foreign(known, seen, own)
    present = _numbered(pl.concat([own, foreign], how="diagonal"), 0)
    with_virtual = with_units(present, known.sums)
    states = [State(with_virtual.select(*KEYS, "cell"), is_present=True)]
    cells = with_virtual.with_columns(pl.col("origin").fill_null("unit"))
    older, earlier_states = _earlier(known, seen, cells)
    cells = pl.concat([cells, older], how="diagonal").with_columns(
        pl.col("is_shown", "was_hidden").fill_null(value=False),
        pl.col("value").fill_null(float("nan")),
    )
    return KnownCells(cells, states + earlier_states)


def _numbered(cells: pl.DataFrame, first: int) -> pl.DataFrame:
    return cells.with_columns(cell=pl.int_range(first, first + pl.len(), dtype=pl.Int64))


def _own(known: Known, seen: pl.DataFrame) -> pl.DataFrame:
    """The facts, and whether readers have seen each as it is, in whatever release."""
    values = seen.filter(pl.col("value").is_not_null()).select(*KEYS, "value").unique()
    facts = known.facts.select(*KEYS, "value", "known_from").with_row_index("place")
    shown = facts.join(values, on=[*KEYS, "value"], how="semi").select("place")
    return facts.with_columns(
        is_shown=pl.col("place").is_in(shown["place"].implode()),
        origin=pl.lit("own"),
        was_hidden=pl.lit(value=False),
    ).drop("place")


def _foreign(known: Known, seen: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """What other datasets have shown and bears on the facts: totals and denominators."""
    slices = own.select("measure_id", "period_id").unique()
    wholes = (
        slices.join(known.shares, on="measure_id")
        .select(pl.col("whole_measure_id").alias("measure_id"), "period_id")
        .unique()
    )
    wanted = pl.concat([slices, wholes]).unique()
    return (
        seen.filter(
            pl.col("value").is_not_null(),
            pl.col("dataset_id") != known.dataset_id,
            pl.col("released_to") == _NEVER,
        )
        .join(wanted, on=["measure_id", "period_id"], how="semi")
        .join(own, on=KEYS, how="anti")
        .unique(KEYS, keep="first", maintain_order=True)
        .sort(KEYS)
        .select(
            *KEYS,
            "value",
            is_shown=pl.lit(value=True),
            origin=pl.lit("foreign"),
            was_hidden=pl.lit(value=False),
        )
    )


def _earlier(
    known: Known, seen: pl.DataFrame, cells: pl.DataFrame
) -> tuple[pl.DataFrame, list[State]]:
    """Older states of knowledge that readers were told of, and what held together then."""
    own = seen.filter(pl.col("dataset_id") == known.dataset_id)
    series = set(own["series_id"].unique().to_list())
    told = [item for item in known.publications if item[0] in series]
    if known.earlier.is_empty() or not told:
        return cells.clear(), []
    versions = _numbered(
        known.earlier.sort(*KEYS, "known_from").with_columns(origin=pl.lit("earlier")),
        cells.height,
    )
    current = cells.filter(pl.col("origin") == "own")
    used: set[int] = set()
    notes = []
    states = []
    for series_id, number, moment in told:
        older = versions.filter(pl.col("known_from") <= moment, pl.col("known_to") > moment)
        if older.is_empty():
            continue
        at_that_time = pl.concat(
            [
                older.select(*KEYS, "cell"),
                current.filter(pl.col("known_from") <= moment).select(*KEYS, "cell"),
            ]
        )
        revised = older.select("measure_id", "period_id").unique()
        states.append(
            State(
                at_that_time.join(revised, on=["measure_id", "period_id"], how="semi"),
                is_present=False,
            )
        )
        used.update(older["cell"].to_list())
        notes.append(_told_then(own, series_id, number, older))
    older = versions.filter(pl.col("cell").is_in(sorted(used)))
    if older.is_empty():
        return cells.clear(), []
    told_of = (
        pl.concat(notes).group_by("cell").agg(pl.col("is_shown").any(), pl.col("was_hidden").any())
    )
    older = older.join(told_of, on="cell", how="left").select(
        *KEYS, "cell", "value", "origin", "is_shown", "was_hidden"
    )
    return _renumbered(older, states, cells.height)


def _told_then(own: pl.DataFrame, series_id: int, number: int, older: pl.DataFrame) -> pl.DataFrame:
    """Which of the older cells a release showed, and which it hid."""
    then = own.filter(
        pl.col("series_id") == series_id,
        pl.col("released_from") <= number,
        pl.col("released_to") > number,
    )
    return older.join(then.select(*KEYS, "status", value_shown="value"), on=KEYS).select(
        "cell",
        # an older release may have shown another state still
        is_shown=(pl.col("value_shown") == pl.col("value")).fill_null(value=False),
        was_hidden=pl.col("status") == _HIDDEN_BY_RELEASE,
    )


def _renumbered(
    older: pl.DataFrame, states: list[State], first: int
) -> tuple[pl.DataFrame, list[State]]:
    """Older cells numbered without gaps, in the states as well."""
    numbers = older.select("cell").with_columns(
        to=pl.int_range(first, first + pl.len(), dtype=pl.Int64)
    )
    kept = []
    for state in states:
        cells = (
            state.cells.join(numbers, on="cell", how="left")
            .with_columns(cell=pl.coalesce("to", "cell"))
            .drop("to")
        )
        kept.append(State(cells, is_present=False))
    renamed = older.join(numbers, on="cell").with_columns(cell=pl.col("to")).drop("to")
    return renamed, kept
