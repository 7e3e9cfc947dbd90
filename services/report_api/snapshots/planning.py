"""Which released slices answer all indicators, and how they meet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.report_api.figures.rules import Day, meet, narrowest_first
from services.report_api.snapshots import repository
from services.report_api.snapshots.repository import WantedSlice
from services.report_api.snapshots.rules import AUDIENCE_ORDER


@dataclass(slots=True)
class Plan:
    """The slices that answer all indicators, each once, and the pairs that use them."""

    slices: list[dict[str, Any]] = field(default_factory=list)
    places: dict[tuple[int, int, int, int], int] = field(default_factory=dict)
    pairs: list[list[tuple[int, int | None]]] = field(default_factory=list)

    def add(self, row: dict[str, Any]) -> int:
        """The slice's number."""
        key = (row["series_id"], row["measure_id"], row["breakdown_id"], row["period_id"])
        if key not in self.places:
            self.places[key] = len(self.slices)
            self.slices.append(row)
        return self.places[key]

    def wanted(self, indexes: Iterable[int]) -> list[WantedSlice]:
        """The slices with these numbers, to be read."""
        return [
            WantedSlice(
                index=index,
                series_id=self.slices[index]["series_id"],
                number=self.slices[index]["number"],
                measure_id=self.slices[index]["measure_id"],
                breakdown_id=self.slices[index]["breakdown_id"],
                period_id=self.slices[index]["period_id"],
            )
            for index in sorted(set(indexes))
        ]


async def plan_slices(session: AsyncSession, indicators: Sequence[dict[str, Any]]) -> Plan:
    """For each indicator the pairs of slices, as `GET /v1/observations` would meet them."""
    parts = {
        (item[f"{part}_measure_id"], item[f"{part}_breakdown_id"])
        for item in indicators
        for part in ("numerator", "denominator")
        if item[f"{part}_measure_id"] is not None
    }
    by_part: dict[tuple[int, int], list[dict[str, Any]]] = {part: [] for part in parts}
    for row in await repository.read_slices(session, sorted(parts)):
        by_part[row["measure_id"], row["breakdown_id"]].append(row)
    plan = Plan()
    for item in indicators:
        numerators = _of_part(by_part, item, "numerator")
        if item["denominator_measure_id"] is None:
            plan.pairs.append([(plan.add(row), None) for row in numerators])
            continue
        denominators = _of_part(by_part, item, "denominator")
        met = meet(
            _days(numerators),
            _days(denominators),
            takes_nearest=item["denominator_period_rule"] == "nearest",
        )
        plan.pairs.append(
            [(plan.add(numerators[one]), plan.add(denominators[other])) for one, other in met]
        )
    return plan


def _of_part(
    by_part: Mapping[tuple[int, int], Sequence[dict[str, Any]]], item: dict[str, Any], part: str
) -> list[dict[str, Any]]:
    rows = by_part[item[f"{part}_measure_id"], item[f"{part}_breakdown_id"]]
    dataset = item[f"{part}_dataset_id"]
    fitting = [row for row in rows if dataset is None or row["dataset_id"] == dataset]
    return [dict(row) for row in narrowest_first(fitting, AUDIENCE_ORDER)]


def _days(rows: Sequence[Mapping[str, Any]]) -> list[Day]:
    return [Day(index, row["period"], row["end_on"].toordinal()) for index, row in enumerate(rows)]
