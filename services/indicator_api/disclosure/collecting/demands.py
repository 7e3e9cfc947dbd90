"""Which rules hold for which cells: from a release's rules to marks on its cells."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.disclosure import primary
from services.indicator_api.disclosure.collecting.knowledge import Known, KnownCells
from services.indicator_api.disclosure.primary import Marks

RuleFor = Callable[[str, int], Mapping[str, Any] | None]
Numbers = NDArray[np.float64]
_NOT_A_NUMBER = float("nan")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a release: `rule_for` gives the parameters of a kind for a measure, or None.

    `units`: ids of measures by code, for rules that count units behind a figure.
    """

    rule_for: RuleFor
    units: Mapping[str, int]

    def insider_width(self, measures: list[int]) -> float | None:
        """How wide a hidden cell stays for who knows another; None: no such attacker is feared."""
        found = [
            rule["width"] for measure in measures if (rule := self.rule_for("insider", measure))
        ]
        return max(found) if found else None


def marks_of(known: Known, found: KnownCells, rules: Rules) -> dict[str, Marks]:
    """By kind of rule, which cells it hides and what it demands of them and of all hidden alike.

    Only cells that are or were ours are marked: other datasets' figures follow their own rules.
    """
    cells = found.cells.sort("cell")
    values = cells["value"].to_numpy()
    is_ours = cells["origin"].is_in(["own", "earlier"]).to_numpy()
    beside = _Beside(cells, values, known)
    measures = cells["measure_id"].to_numpy()
    marks = {kind: Marks.none(len(values)) for kind in _KINDS}
    for measure in np.unique(measures[is_ours]):
        chosen = np.flatnonzero(is_ours & (measures == measure))
        is_count = known.kinds.get(int(measure)) == "count"
        for kind, mark in _KINDS.items():
            parameters = rules.rule_for(kind, int(measure))
            if parameters is None or not (is_count or kind in _FOR_ANY):
                continue
            given = _Given(values[chosen], chosen, beside, parameters, rules.units)
            marks[kind].put(chosen, mark(given))
    return marks


@dataclass(frozen=True, slots=True)
class _Given:
    """The values of one measure's cells, and what else a rule may look at."""

    values: Numbers
    cells: NDArray[np.int64]
    beside: "_Beside"
    parameters: Mapping[str, Any]
    units: Mapping[str, int]


class _Beside:
    """Figures that stand beside a cell: denominators, residents, units."""

    def __init__(self, cells: pl.DataFrame, values: Numbers, known: Known) -> None:
        self._cells = cells.filter(pl.col("origin") != "earlier")
        self._all = cells
        self._count = len(values)
        self._shares = known.shares

    def denominators(self, chosen: NDArray[np.int64]) -> Numbers:
        """The smallest denominator that a rate of the catalogue has for a cell, or NaN."""
        wholes = self._cells.select(
            pl.col("measure_id").alias("whole_measure_id"),
            pl.col("breakdown_id").alias("whole_breakdown_id"),
            "period_id",
            "area_id",
            whole=pl.col("value"),
        )
        pairs = (
            self._all.join(self._shares, on=["measure_id", "breakdown_id"])
            .join(wholes, on=["whole_measure_id", "whole_breakdown_id", "period_id", "area_id"])
            .group_by("cell")
            .agg(pl.col("whole").min())
        )
        return self._by_cell(pairs, "whole")[chosen]

    def residents(self, chosen: NDArray[np.int64]) -> Numbers:
        """The largest denominator known of a cell's place and period: who lives there; or NaN."""
        wholes = self._cells.join(
            self._shares.select(measure_id="whole_measure_id").unique(), on="measure_id", how="semi"
        )
        most = wholes.group_by("period_id", "area_id").agg(pl.col("value").max().alias("most"))
        return self._by_cell(self._all.join(most, on=["period_id", "area_id"]), "most")[chosen]

    def units(self, chosen: NDArray[np.int64], measure: int | None) -> Numbers:
        """How many units stand behind a cell, or NaN."""
        units = self._cells.filter(pl.col("measure_id") == measure).select(
            "period_id", "breakdown_id", "area_id", units=pl.col("value")
        )
        beside = self._all.join(units, on=["period_id", "breakdown_id", "area_id"])
        return self._by_cell(beside, "units")[chosen]

    def _by_cell(self, found: pl.DataFrame, column: str) -> Numbers:
        values = np.full(self._count, _NOT_A_NUMBER)
        values[found["cell"].to_numpy()] = found[column].fill_null(_NOT_A_NUMBER).to_numpy()
        return values


def _minimum_count(given: _Given) -> Marks:
    threshold = float(given.parameters["threshold"])
    width = float(given.parameters.get("width", threshold))
    is_count = np.ones(len(given.values), bool)
    return primary.minimum_count(given.values, is_count, threshold, width)


def _complement(given: _Given) -> Marks:
    denominators = given.beside.denominators(given.cells)
    return primary.complement(given.values, denominators, float(given.parameters["threshold"]))


def _extremes(given: _Given) -> Marks:
    denominators = given.beside.denominators(given.cells)
    return primary.extremes(given.values, denominators, np.ones(len(given.values), bool))


def _minimum_denominator(given: _Given) -> Marks:
    denominators = given.beside.denominators(given.cells)
    return primary.minimum_denominator(
        given.values, denominators, float(given.parameters["threshold"])
    )


def _minimum_residents(given: _Given) -> Marks:
    residents = given.beside.residents(given.cells)
    return primary.left_out(residents < float(given.parameters["threshold"]))


def _few_units(given: _Given) -> Marks:
    measure = given.units.get(given.parameters["units_measure"])
    units = given.beside.units(given.cells, measure)
    return primary.few_units(given.values, units, float(given.parameters["threshold"]))


_KINDS: Mapping[str, Callable[[_Given], Marks]] = {
    "minimum_count": _minimum_count,
    "complement": _complement,
    "extremes": _extremes,
    "minimum_denominator": _minimum_denominator,
    "minimum_residents": _minimum_residents,
    "few_units": _few_units,
}
# the others speak of counts of persons
_FOR_ANY = frozenset({"minimum_residents", "few_units"})
