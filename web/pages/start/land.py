"""The first impression: a map of the whole Land, and how far its parts lie from each other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Indicator
from web.pages.map.address import LAND
from web.pages.start.first_map import FirstMap, best_coverage, choose_first, read_first_map
from web.panels import Panel, panel

_LEVELS = ("gemeinde", "kreis")
_MOST_SPANS = 4


@dataclass(frozen=True, slots=True)
class Land:
    """What is released of the Land; both may be empty before the first release."""

    first_map: FirstMap | None
    spans: tuple[FirstMap, ...]


async def read_land(client: IndicatorClient, indicators: Sequence[Indicator]) -> Land:
    """Read the first map and the spans of other indicators of the catalogue at once."""
    fit = [item for item in indicators if _is_fit(item)]
    first = choose_first(fit, _LEVELS, is_fictional=False)
    if first is None:
        return Land(None, ())
    others = [item for item in fit if item.unit != first.unit or item.kind != first.kind]
    first_map, *spans = await asyncio.gather(
        *(_read(client, item) for item in (first, *others[:_MOST_SPANS]))
    )
    return Land(first_map.value, tuple(span.value for span in spans if span.value is not None))


def _is_fit(indicator: Indicator) -> bool:
    """Official and no sample: the ends of a span of estimates would be chance."""
    is_official = best_coverage(indicator, _LEVELS, is_fictional=False) is not None
    return is_official and not any(dataset.is_sample for dataset in indicator.datasets)


async def _read(client: IndicatorClient, indicator: Indicator) -> Panel[FirstMap | None]:
    reading = read_first_map(client, indicator, within=LAND, levels=_LEVELS, is_fictional=False)
    return await panel(reading, f"Die Zahlen zu „{indicator.name}“")
