"""What the map page asks of indicator_api."""

import asyncio
from dataclasses import dataclass

from web.clients.base import ServiceProblem
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import AreaDetail, Indicator, Observations, Reason
from web.pages.map.address import FICTIONAL_KREIS, LAND, MapAddress
from web.pages.map.choice import Choice, choose
from web.panels import Panel, panel

OF_MUNICIPALITIES = ("bund", "land", "regierungsbezirk", "kreis", "gemeinde")
"""Levels whose areas are spread over a whole region."""


@dataclass(frozen=True, slots=True)
class MapReading:
    """Everything the page shows, as read; `choice` is None where nothing is released."""

    address: MapAddress
    indicators: tuple[Indicator, ...]
    choice: Choice | None
    reason: Reason | None = None
    observations: Observations | None = None
    region: AreaDetail | None = None
    regions: tuple[AreaDetail, ...] = ()
    closer: AreaDetail | None = None
    series: Panel[Observations] | None = None


async def read_map(client: IndicatorClient, address: MapAddress) -> MapReading:
    """Read figures, region and series for an address."""
    listing = await client.indicators(has_figures=True)
    choice = choose(listing.items, address)
    if choice is None:
        return MapReading(address, listing.items, None, listing.reason)
    settled = address.change(
        page=address.page,
        indicator=choice.indicator.code,
        period=choice.period.code,
        level=choice.level.code,
        region=choice.region,
    )
    day = settled.valid_on or None
    observations, land, kreis, other = await asyncio.gather(
        client.figures({**settled.figures(), **settled.classes()}),
        _area(client, LAND, day),
        _area(client, FICTIONAL_KREIS, day),
        _area(client, settled.region, day)
        if settled.region not in (LAND, FICTIONAL_KREIS)
        else _none(),
    )
    regions = tuple(area for area in (land, kreis, other) if area is not None)
    region = next((area for area in regions if area.code == settled.region), None)
    return MapReading(
        settled,
        listing.items,
        choice,
        observations.reason,
        observations,
        region,
        regions,
        await _closer(client, choice, observations, day),
        await _series(client, settled, observations),
    )


async def _none() -> None:
    return None


async def _area(client: IndicatorClient, code: str, day: str | None) -> AreaDetail | None:
    """The area as it stood on the day, or None where the register does not have it."""
    try:
        return await client.area(code, day)
    except ServiceProblem as problem:
        if problem.status == 404:
            return None
        raise


async def _closer(
    client: IndicatorClient, choice: Choice, shown: Observations, day: str | None
) -> AreaDetail | None:
    """The one municipality in which all shown areas lie, to bring the map close to them."""
    if choice.level.code in OF_MUNICIPALITIES or not shown.items:
        return None
    ends = [shown.items[0].area, shown.items[-1].area]
    listing = await client.areas(code=ends, valid_on=day)
    parents = {area.parent for area in listing.items}
    parent = parents.pop() if len(parents) == 1 else None
    return await _area(client, parent, day) if parent else None


async def _series(
    client: IndicatorClient, address: MapAddress, shown: Observations
) -> Panel[Observations] | None:
    """The series of the chosen places and of what they are compared with."""
    if not address.places:
        return None
    compared = [item.area for item in shown.comparison]
    asked = address.change(period="", level="", region="").figures()
    places = list(dict.fromkeys([*address.places, *compared]))
    reading = client.figures({**asked, "area": places})
    return await panel(reading, "Die Verläufe der gewählten Orte")
