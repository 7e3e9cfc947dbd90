"""What areas are compared by: of each indicator the newest period that is common to them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.indicator_api.observations.plan import FigurePlan


@dataclass(frozen=True, slots=True)
class Likeness:
    """Values by area and indicator, the period of each indicator, and its sources."""

    table: dict[str, dict[str, float]]
    periods: dict[str, str]
    sources: dict[str, set[int]]


class Gathering:
    """Takes rows of figures as they come, and keeps their values alone.

    Sums to which parts are missing are no values to compare by.
    """

    def __init__(self, plan: FigurePlan, peers: Mapping[str, str]) -> None:
        self._plan = plan
        self._peers = peers
        self._values: dict[str, dict[str, dict[str, float]]] = {}
        self._sources: dict[tuple[str, str], set[int]] = defaultdict(set)

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take rows as `streamed_rows` gives them."""
        for row in rows:
            expected = row["parts_expected"]
            is_part = expected is not None and (row["parts"] or 0) < expected
            area, indicator, period = row["area"], row["indicator"], row["period"]
            if row["value"] is None or is_part or area not in self._peers:
                continue
            self._values.setdefault(indicator, {}).setdefault(period, {})[area] = row["value"]
            self._sources[indicator, period].update(self._plan.pair_sources[row["pair"]])

    @property
    def likeness(self) -> Likeness:
        """Of each indicator the newest common period, with its values.

        Common is one in which at least half as many areas have a value as in the best one.
        """
        ends: dict[str, date] = {
            pair.numerator.period: pair.numerator.end_on for pair in self._plan.pairs
        }
        table: dict[str, dict[str, float]] = defaultdict(dict)
        periods = {}
        for code, by_period in self._values.items():
            best = max(len(areas) for areas in by_period.values())
            common = [period for period, areas in by_period.items() if 2 * len(areas) >= best]
            periods[code] = max(common, key=lambda period: ends[period])
            for area, value in by_period[periods[code]].items():
                table[area][code] = value
        used = {code: self._sources[code, period] for code, period in periods.items()}
        return Likeness(dict(table), periods, used)
