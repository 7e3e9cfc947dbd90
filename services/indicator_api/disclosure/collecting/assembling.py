"""From what is known of a release's cells to the arrays that the engine works on."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from services.indicator_api.disclosure.collecting.demands import Rules, marks_of
from services.indicator_api.disclosure.collecting.knowledge import KEYS, Known, KnownCells, State
from services.indicator_api.disclosure.collecting.period_sums import add_period_sums
from services.indicator_api.disclosure.collecting.relations import (
    Relations,
    add_area_sums,
    add_breakdown_sums,
    add_shares,
    blocks_of,
)
from services.indicator_api.disclosure.primary import Marks, combine
from services.indicator_api.disclosure.problem import FIXED, OPEN, SENSITIVE, UNKNOWN, Problem

Bools = NDArray[np.bool_]
Numbers = NDArray[np.float64]
# Totals of a Kreis and above are what everything else is compared with: they stay, unless small.
_RANK_THAT_STAYS = 40
_RANK_OF_GEMEINDE = 50
# what hiding a cell costs, in cells
_COST_OF_MUNICIPALITY = 20.0
_COST_OF_TOTAL = 3.0
_COST_OF_PROTECTED_PLACE = 10.0


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided about cells before: shown for good, or hidden; by the four ids."""

    shown: pl.DataFrame
    hidden: pl.DataFrame

    @staticmethod
    def nothing() -> "Settled":
        """Nothing was decided yet."""
        empty = pl.DataFrame(schema=dict.fromkeys(KEYS, pl.Int32))
        return Settled(empty, empty)


@dataclass(frozen=True, slots=True)
class Assembled:
    """A problem, its cells (by number), its relations, and which rules marked which cells.

    `is_alone`: sensitive cells that are part of no sum. Of them a reader learns what the rule
    itself says (that a count lies below the minimum), whatever else is hidden.
    """

    problem: Problem
    cells: pl.DataFrame
    relations: Relations
    marks: Mapping[str, Marks]
    is_alone: Bools


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the holder wants: places whose figures are hidden last, and which facts go out."""

    protected_places: frozenset[int] = frozenset()
    measures: frozenset[int] | None = None
    periods: frozenset[int] | None = None
    kinds: frozenset[str] | None = None

    def takes(self) -> pl.Expr:
        """Whether a cell (its ids and `kind`) is among what the release shows."""
        wanted = pl.lit(value=True)
        for column, chosen in (
            ("measure_id", self.measures),
            ("period_id", self.periods),
            ("kind", self.kinds),
        ):
            if chosen is not None:
                wanted &= pl.col(column).is_in(sorted(chosen))
        return wanted


def assemble(
    known: Known, found: KnownCells, rules: Rules, wishes: Wishes, settled: Settled
) -> Assembled:
    """The problem of protecting what a release shows, for readers who know `found`."""
    cells = _described(known, found, wishes, settled)
    values = cells["value"].to_numpy()
    relations = relations_of(known, found)
    marks = marks_of(known, found, rules)
    together = combine(list(marks.values()))
    status = _status(cells, together.is_sensitive)
    matrix = relations.matrix(len(values))
    # outside, what a rule hides and what protects it look alike: both must stay unknown
    is_to_stay_unknown = (
        np.isin(status, (OPEN, SENSITIVE))
        | ((status == UNKNOWN) & together.is_sensitive)
        | ((status == UNKNOWN) & cells["stays_hidden"].to_numpy())
    )
    is_alone = is_to_stay_unknown & (status != OPEN) & ~_in_a_sum(matrix, relations)
    demanding = is_to_stay_unknown & ~is_alone
    # of one that stands alone the rule itself tells that it is below the minimum, nothing may more
    by_rule = is_alone & (together.primary_below > 0)
    last = np.ceil(together.primary_below) - 1
    is_count = cells["is_count"].to_numpy()
    count = len(values)
    insider_width = rules.insider_width(sorted(known.facts["measure_id"].unique()))
    problem = Problem(
        values=values,
        is_integer=is_count,
        lower=np.where(_is_ever_negative(cells), -np.inf, 0.0),
        upper=np.full(count, np.inf),
        status=status,
        tolerance=np.zeros(count),
        weight=_weights(cells, wishes),
        needs_width=np.select(
            [demanding, by_rule], [together.needs_width, np.minimum(together.needs_width, last - 1)]
        ),
        needs_upper=np.select([demanding, by_rule], [together.needs_upper, last], -np.inf),
        needs_lower=np.where(demanding, together.needs_lower, np.inf),
        relations=matrix,
        row_lower=relations.lower,
        row_upper=relations.upper,
        primary_below=together.primary_below,
        withstands_insider=insider_width is not None,
        insider_width=insider_width or 1.0,
        primary_above=together.primary_above,
        primary_zero=together.primary_zero,
        hidden_otherwise=together.hidden_otherwise,
    )
    return Assembled(problem, cells, relations, marks, is_alone)


def _in_a_sum(matrix: csr_array, relations: Relations) -> Bools:
    """The cells that occur in a relation which binds from both sides."""
    binds = np.isfinite(relations.lower) & np.isfinite(relations.upper)
    found: Bools = (abs(matrix).T @ binds.astype(np.float64)) > 0
    return found


def _described(known: Known, found: KnownCells, wishes: Wishes, settled: Settled) -> pl.DataFrame:
    """The cells with what decides about them: place, whether in the release, what was settled."""
    places = known.sums.described()
    whole = known.facts.group_by("measure_id").agg(
        is_whole=((pl.col("value") == pl.col("value").round()) | pl.col("value").is_null()).all(),
        is_negative=(pl.col("value") < 0).any(),
    )
    counts = [measure for measure, kind in known.kinds.items() if kind == "count"]
    return (
        found.cells.join(places, on="area_id", how="left")
        .join(whole, on="measure_id", how="left")
        .join(_flag(settled.shown, "stays_shown"), on=KEYS, how="left")
        .join(_flag(settled.hidden, "stays_hidden"), on=KEYS, how="left")
        .sort("cell")
        .with_columns(
            is_count=pl.col("measure_id").is_in(counts) & pl.col("is_whole").fill_null(value=True),
            is_released=(pl.col("origin") == "own") & wishes.takes(),
            is_total=pl.col("breakdown_id") == 0,
            rank=pl.col("rank").fill_null(100),
            stays_shown=pl.col("stays_shown").fill_null(value=False),
            stays_hidden=pl.col("stays_hidden").fill_null(value=False),
        )
    )


def _flag(keys: pl.DataFrame, name: str) -> pl.DataFrame:
    return keys.select(KEYS).unique().with_columns(pl.lit(value=True).alias(name))


def _status(cells: pl.DataFrame, is_sensitive: Bools) -> NDArray[np.int8]:
    """What may be done with each cell."""
    origin = cells["origin"].to_numpy()
    is_own = origin == "own"
    has_value = np.isfinite(cells["value"].to_numpy())
    is_open = is_own & has_value & cells["is_released"].to_numpy()
    stays_hidden = cells["stays_hidden"].to_numpy() & is_open
    stays = is_open & (cells["rank"].to_numpy() <= _RANK_THAT_STAYS)
    status = np.full(len(origin), UNKNOWN, np.int8)
    status[is_open] = OPEN
    status[stays | (cells["stays_shown"].to_numpy() & is_open)] = FIXED
    status[(is_own & has_value & is_sensitive) | stays_hidden] = SENSITIVE
    status[cells["is_shown"].to_numpy() & has_value] = FIXED
    return status


def _weights(cells: pl.DataFrame, wishes: Wishes) -> Numbers:
    """What hiding a cell loses, in cells: totals more than parts, chosen places most.

    Nothing of a cell's own value: who tries out what the solver would do with each value that is
    possible would else learn of it by what is hidden beside.
    """
    weight = np.ones(cells.height)
    weight[cells["is_total"].to_numpy()] *= _COST_OF_TOTAL
    weight[cells["rank"].to_numpy() <= _RANK_OF_GEMEINDE] *= _COST_OF_MUNICIPALITY
    chosen = cells["area_id"].is_in(sorted(wishes.protected_places)).to_numpy()
    weight[chosen] *= _COST_OF_PROTECTED_PLACE
    return weight


def _is_ever_negative(cells: pl.DataFrame) -> Bools:
    return cells["is_negative"].fill_null(value=False).to_numpy()


def relations_of(known: Known, found: KnownCells) -> Relations:
    """All relations, now and at the times of earlier releases of figures that were revised."""
    values = found.cells.sort("cell")["value"].to_numpy()
    relations = Relations()
    for state in found.states:
        _add_state(relations, known, state, values)
    return relations


def _add_state(relations: Relations, known: Known, state: State, values: Numbers) -> None:
    blocks = blocks_of(state.cells)
    for (measure, period), block in blocks.items():
        if known.kinds.get(measure, "rate") == "rate" or period not in known.periods:
            continue
        day = known.periods[period].end_on
        add_area_sums(relations, block, values, known.sums, day, known.held)
        if known.kinds[measure] == "count":
            add_breakdown_sums(relations, block, values, known.codes, known.held)
    if known.held.additivity != "cell_key":
        counted = {key: block for key, block in blocks.items() if known.kinds.get(key[0]) != "rate"}
        add_period_sums(relations, values, counted, known.periods)
    numerators, denominators = _shares(state.cells, known.shares)
    add_shares(relations, values, numerators, denominators)


def _shares(
    cells: pl.DataFrame, shares: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells of numerators beside those of their denominators."""
    wholes = cells.rename(
        {"cell": "whole", "measure_id": "whole_measure_id", "breakdown_id": "whole_breakdown_id"}
    )
    pairs = cells.join(shares, on=["measure_id", "breakdown_id"]).join(
        wholes, on=["whole_measure_id", "whole_breakdown_id", "period_id", "area_id"]
    )
    return pairs["cell"].to_numpy(), pairs["whole"].to_numpy()
