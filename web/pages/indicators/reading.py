"""What an indicator's page asks of indicator_api."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.base import ServiceProblem
from web.clients.catalogue_types import CatalogueIndicator
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Area, AreaDetail, Indicator, Listing, Observations
from web.pages.indicators.address import IndicatorAddress
from web.pages.map.address import FICTIONAL_KREIS, LAND, MapAddress
from web.pages.map.choice import Choice, choose
from web.panels import Panel, panel

EVERY_PERIOD = "1900.."
"""The range of all periods there can be, as the service reads ranges."""


@dataclass(frozen=True, slots=True)
class IndicatorReading:
    """Everything the page shows, as read; `choice` is None where nothing is released."""

    indicator: CatalogueIndicator
    address: IndicatorAddress
    choice: Choice | None = None
    figures: Panel[Observations] | None = None
    series: Panel[Observations] | None = None
    kreise: Panel[Observations] | None = None
    breakdowns: Panel[Observations] | None = None
    regions: tuple[Area, ...] = ()
    region: AreaDetail | None = None

    @property
    def shown_indicator(self) -> Indicator:
        """The definition with the unit of what was made of it: points of a share, say."""
        shown = self.figures.value if self.figures else None
        if shown is None or shown.indicator is None:
            return self.indicator
        return self.indicator.model_copy(update={"unit": shown.indicator.unit})


async def read_indicator(client: IndicatorClient, address: IndicatorAddress) -> IndicatorReading:
    """Read definition, figures and series. Raises `ServiceProblem` (404) if it is unknown."""
    indicator = await client.indicator(address.code)
    asked = MapAddress(
        indicator=address.code, period=address.period, level=address.level, region=address.region
    )
    choice = choose([indicator], asked)
    if choice is None:
        return IndicatorReading(indicator, address)
    settled = address.change(
        level=choice.level.code,
        region=choice.region,
        period=choice.period.code,
        page=address.page,
    )
    figures, series, kreise, breakdowns, regions, region = await asyncio.gather(
        panel(client.figures({**settled.figures(), **settled.classes()}), "Die Zahlen"),
        panel(client.figures(_of_region(settled)), "Der Verlauf"),
        _kreise(client, settled, choice),
        panel(client.figures(settled.of_every_group()), "Die Aufgliederungen"),
        panel(_regions(client, choice), "Die Gebiete zur Auswahl"),
        _region(client, settled),
    )
    return IndicatorReading(
        indicator,
        settled,
        choice,
        figures,
        series,
        kreise,
        breakdowns,
        regions.value or (),
        region,
    )


def _of_region(address: IndicatorAddress) -> dict[str, str | int | Sequence[str]]:
    """The region itself over all periods; what lies above it comes as the comparison."""
    asked = address.change(level="", region="", period="").figures()
    return {**asked, "area": [address.region]}


async def _kreise(
    client: IndicatorClient, address: IndicatorAddress, choice: Choice
) -> Panel[Observations] | None:
    """All Kreise of the Land over all periods, to show the spread behind its line."""
    levels = {level.code for level in choice.levels}
    if choice.is_fictional or address.region != LAND or "kreis" not in levels:
        return None
    asked = address.change(level="kreis", period=EVERY_PERIOD).figures()
    return await panel(client.figures(asked), "Die Verläufe der Kreise")


async def _regions(client: IndicatorClient, choice: Choice) -> tuple[Area, ...]:
    """The Land, its Kreise and the fictional Kreis: where the page can be narrowed to."""
    codes = [LAND]
    if any(item.is_fictional for item in choice.indicator.coverage):
        codes.append(FICTIONAL_KREIS)
    roots, kreise = await asyncio.gather(
        client.areas(code=codes), client.areas(kind="kreis", within=LAND, limit=100)
    )
    if choice.level.code in ("kreis", "regierungsbezirk", "land"):
        kreise = Listing[Area](items=())
    return (*roots.items, *kreise.items)


async def _region(client: IndicatorClient, address: IndicatorAddress) -> AreaDetail | None:
    try:
        return await client.area(address.region)
    except ServiceProblem as problem:
        if problem.status == 404:
            return None
        raise
