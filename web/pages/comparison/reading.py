"""What a comparison asks of indicator_api."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from web.clients.base import Query, ServiceProblem, present
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Area, AreaDetail, AreaRef, Indicator, Observations
from web.pages.areas.profile import areas_to_compare
from web.pages.comparison.address import MOST_INDICATORS, ComparisonAddress
from web.panels import Panel, panel

USUAL_INDICATORS = 6
MOST_FOUND = 20
MOST_COMPARED = 4


@dataclass(frozen=True, slots=True)
class ComparisonReading:
    """Everything the page shows, as read; `unknown` are keys the register does not have."""

    address: ComparisonAddress
    areas: tuple[AreaDetail, ...]
    unknown: tuple[str, ...]
    compared: tuple[AreaRef, ...]
    indicators: tuple[Indicator, ...]
    chosen: tuple[Indicator, ...]
    unknown_indicators: tuple[str, ...]
    figures: Panel[Observations] | None
    found: Panel[tuple[Area, ...]] | None

    @property
    def codes(self) -> tuple[str, ...]:
        """The keys of the places, then of what they are compared with."""
        own = tuple(area.code for area in self.areas)
        return own + tuple(area.code for area in self.compared)

    @property
    def asked(self) -> Query:
        """The parameters of `GET /v1/observations` for all that is compared, over all periods."""
        indicators = [indicator.code for indicator in self.chosen]
        valid_on = self.address.valid_on
        return present(indicator=indicators, area=self.codes, valid_on=valid_on)


async def read_comparison(client: IndicatorClient, address: ComparisonAddress) -> ComparisonReading:
    """Read places, definitions and figures for an address."""
    listing, found, read = await asyncio.gather(
        client.indicators(has_figures=True),
        find_places(client, address),
        _areas(client, address),
    )
    areas = tuple(area for area in read if area is not None)
    unknown = tuple(code for code, area in zip(address.places, read, strict=True) if area is None)
    compared = _compared(areas)
    chosen = choose_indicators(listing.items, address, areas)
    known = {indicator.code for indicator in listing.items}
    reading = ComparisonReading(
        address=address,
        areas=areas,
        unknown=unknown,
        compared=compared,
        indicators=listing.items,
        chosen=chosen,
        unknown_indicators=tuple(code for code in address.indicators if code not in known),
        figures=None,
        found=found,
    )
    if not areas or not chosen:
        return reading
    return replace(reading, figures=await panel(client.figures(reading.asked), "Die Zahlen"))


async def find_places(
    client: IndicatorClient, address: ComparisonAddress
) -> Panel[tuple[Area, ...]] | None:
    """Areas by name or key; None where nothing is searched for."""
    if not address.words:
        return None
    asked = client.areas(q=address.words, valid_on=address.valid_on, limit=MOST_FOUND)
    read = await panel(asked, "Die Suche nach Gebieten")
    return Panel(read.value.items if read.value else None, read.failure)


def choose_indicators(
    indicators: Sequence[Indicator], address: ComparisonAddress, areas: Sequence[AreaDetail]
) -> tuple[Indicator, ...]:
    """Those asked for by name or by dimension, else the usual ones that most places have."""
    by_code = {indicator.code: indicator for indicator in indicators}
    if address.indicators:
        return tuple(by_code[code] for code in address.indicators if code in by_code)
    if address.dimension:
        of_dimension = (
            indicator
            for indicator in indicators
            if indicator.dimension and indicator.dimension.code == address.dimension
        )
        return tuple(item for item in of_dimension if item.coverage)[:MOST_INDICATORS]
    asked = {(area.kind, area.is_fictional) for area in areas}

    def reach(indicator: Indicator) -> tuple[int, bool, bool]:
        levels = {(item.level, item.is_fictional) for item in indicator.coverage}
        return (
            -len(asked & levels),
            not indicator.is_key_indicator,
            indicator.polarity == "context",
        )

    ordered = sorted((item for item in indicators if item.coverage), key=reach)
    return tuple(item for item in ordered if reach(item)[0] < 0)[:USUAL_INDICATORS]


def _compared(areas: Sequence[AreaDetail]) -> tuple[AreaRef, ...]:
    """Kreise and Länder around the places, the nearest first, each once."""
    chosen = {area.code for area in areas}
    above = {
        other.code: other
        for area in areas
        for other in areas_to_compare(area)
        if other.code not in chosen
    }
    order = {"kreis": 1, "land": 2, "bund": 3}
    found = sorted(above.values(), key=lambda other: order.get(other.kind, 0))
    return tuple(found[:MOST_COMPARED] if len(found) <= MOST_COMPARED else found[-MOST_COMPARED:])


async def _areas(
    client: IndicatorClient, address: ComparisonAddress
) -> tuple[AreaDetail | None, ...]:
    reading = (_area(client, code, address.valid_on or None) for code in address.places)
    return tuple(await asyncio.gather(*reading))


async def _area(client: IndicatorClient, code: str, valid_on: str | None) -> AreaDetail | None:
    """The area, dead or alive, or None where the register does not know the key."""
    try:
        return await client.area(code, valid_on)
    except ServiceProblem as problem:
        if problem.status in (404, 422):
            return None
        raise
