"""What is known about one area: its figures beside those of the areas around it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import AreaDetail, AreaRef, Indicator, Observation, Source
from web.panels import Panel, panel

AT_ONCE = 6
"""Requests under way for one page; more would only queue at the service."""


@dataclass(frozen=True, slots=True)
class IndicatorReading:
    """The series of one indicator for the area and those it is compared with."""

    indicator: Indicator
    figures: dict[tuple[str, str], Observation]
    periods: tuple[str, ...]
    sources: tuple[Source, ...]
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class AreaReading:
    """Everything the area page shows, as read."""

    area: AreaDetail
    compared: tuple[AreaRef, ...]
    series: tuple[IndicatorReading, ...]
    uncovered: tuple[Indicator, ...]
    outlines: Panel[dict[str, Any]] | None
    is_ended: bool


async def read_area(client: IndicatorClient, code: str) -> AreaReading:
    """Read an area with all figures released for it. Raises `ServiceProblem` (404) if unknown."""
    area, listing = await asyncio.gather(client.area(code), client.indicators())
    compared = areas_to_compare(area)
    own, others = _by_coverage(listing.items, area)
    gate = asyncio.Semaphore(AT_ONCE)

    async def read_one(indicator: Indicator) -> IndicatorReading:
        async with gate:
            return await _read_series(client, indicator, [area.code, *(a.code for a in compared)])

    *series, outlines = await asyncio.gather(
        *(read_one(indicator) for indicator in own), read_outlines(client, area)
    )
    today = datetime.now(UTC).date()
    return AreaReading(
        area=area,
        compared=compared,
        series=tuple(item for item in series if isinstance(item, IndicatorReading)),
        uncovered=others,
        outlines=outlines if isinstance(outlines, Panel) else None,
        is_ended=area.valid_to is not None and area.valid_to <= today,
    )


def areas_to_compare(area: AreaDetail) -> tuple[AreaRef, ...]:
    """The two nearest areas above that say something: not the Regierungsbezirk, not itself.

    A kreisfreie Stadt stands in the register twice, as Kreis and as its only municipality.
    """
    above = [
        other
        for other in reversed(area.ancestors)
        if other.kind != "regierungsbezirk" and f"{other.code}000" != area.code
    ]
    return tuple(above[:2])


def _by_coverage(
    indicators: Sequence[Indicator], area: AreaDetail
) -> tuple[tuple[Indicator, ...], tuple[Indicator, ...]]:
    """Indicators with figures for areas of this kind, and those without."""
    own, others = [], []
    for indicator in indicators:
        coverage = [item for item in indicator.coverage if item.is_fictional == area.is_fictional]
        if any(item.level == area.kind for item in coverage):
            own.append(indicator)
        elif coverage:
            others.append(indicator)
    return tuple(own), tuple(others)


async def _read_series(
    client: IndicatorClient, indicator: Indicator, codes: Sequence[str]
) -> IndicatorReading:
    read = await panel(
        client.observations(indicator=indicator.code, areas=codes), f"Zahlen zu „{indicator.name}“"
    )
    if read.value is None:
        return IndicatorReading(indicator, {}, (), (), read.failure)
    figures = {(item.area, item.period or ""): item for item in read.value.items}
    periods = tuple(sorted({period for _, period in figures}))
    return IndicatorReading(indicator, figures, periods, read.value.sources)


async def read_outlines(client: IndicatorClient, area: AreaDetail) -> Panel[dict[str, Any]] | None:
    """The area among its neighbours; a kreisfreie Stadt among the Kreise of the Land."""
    if not area.has_geometry:
        return None
    land = next((other.code for other in area.ancestors if other.kind == "land"), None)
    stands_alone = area.parent is not None and f"{area.parent}000" == area.code
    if land and (area.kind == "kreis" or stands_alone):
        reading = client.shapes(within=land, kind="kreis")
    elif area.parent:
        reading = client.shapes(parent=area.parent, kind=area.kind)
    else:
        reading = client.shapes(within=area.code, kind=area.kind)
    return await panel(reading, "Die Lage auf der Karte")
