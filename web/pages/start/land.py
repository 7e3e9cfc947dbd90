"""The first impression: a map and a few figures of the whole Land, as released for all."""

import asyncio
from dataclasses import dataclass

from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Indicator
from web.format import figure
from web.pages.map.address import LAND, MapAddress
from web.pages.start.first_map import FirstMap, read_first_map

_MOST_FIGURES = 4


@dataclass(frozen=True, slots=True)
class LandFigure:
    """An indicator's latest figure for the Land."""

    name: str
    text: str
    unit: str
    period: str
    path: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class Land:
    """What is known of the Land; both may be empty before the first release."""

    first_map: FirstMap | None
    figures: tuple[LandFigure, ...]


async def read_land(client: IndicatorClient) -> Land:
    """Read the catalogue, then the first map and the Land's figures at once."""
    indicators = [item for item in (await client.indicators()).items if _is_official(item)]
    first_map, figures = await asyncio.gather(
        read_first_map(
            client, indicators, within=LAND, levels=("gemeinde", "kreis"), is_fictional=False
        ),
        asyncio.gather(*(_land_figure(client, item) for item in indicators[:_MOST_FIGURES])),
    )
    return Land(first_map, tuple(item for item in figures if item is not None))


def _is_official(indicator: Indicator) -> bool:
    return any(not item.is_fictional for item in indicator.coverage)


async def _land_figure(client: IndicatorClient, indicator: Indicator) -> LandFigure | None:
    series = await client.observations(indicator=indicator.code, areas=[LAND])
    known = [item for item in series.items if item.value is not None and item.period]
    if not known:
        return None
    latest = max(known, key=lambda item: item.period or "")
    labels = {period.code: period.label for period in indicator.periods}
    return LandFigure(
        name=indicator.short_name or indicator.name,
        text=figure(latest, indicator.decimals),
        unit=indicator.unit,
        period=labels.get(latest.period or "") or latest.period or "",
        path=MapAddress(indicator=indicator.code).url(),
        is_sample=any(source.is_sample for source in series.sources),
    )
