"""One's own areas: the list, one map of them, and what in them is worth a look."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.indicator_types import Area, Indicator
from web.pages.start.findings import LEVELS_BELOW as LEVELS_OF_FINDINGS
from web.pages.start.findings import Findings, read_findings
from web.pages.start.first_map import FirstMap, choose_first, read_first_map
from web.panels import Panel, panel
from web.visit import Visit

_MOST_AREAS = 8

# Levels a map of an area of this kind can show.
_LEVELS_OF_MAP = {
    "bund": ("kreis",),
    "land": ("gemeinde", "kreis"),
    "regierungsbezirk": ("gemeinde", "kreis"),
    **LEVELS_OF_FINDINGS,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The visitor's areas; `own_map` and `findings` are None where they were not asked for."""

    areas: Panel[tuple[Area, ...]]
    own_map: Panel[FirstMap | None] | None = None
    findings: Panel[Findings | None] | None = None


async def read_areas(visit: Visit) -> Panel[tuple[Area, ...]]:
    """The areas the visitor works for."""

    async def read() -> tuple[Area, ...]:
        codes = visit.account.area_codes[:_MOST_AREAS] if visit.account else ()
        return (await visit.indicator.areas(code=codes)).items if codes else ()

    return await panel(read(), "Ihre Gebiete")


async def read_surroundings(
    visit: Visit,
    areas: Panel[tuple[Area, ...]],
    indicators: Panel[tuple[Indicator, ...]],
    *,
    has_findings: bool,
) -> Surroundings:
    """The map of the first area with anything below it and, if wanted, what stands out there."""
    area = next((area for area in areas.value or () if area.kind in _LEVELS_OF_MAP), None)
    known = indicators.value
    if area is None or known is None:
        return Surroundings(areas)
    own_map, findings = await asyncio.gather(
        panel(_own_map(visit, area, known), "Die Karte Ihres Gebiets"),
        panel(_findings(visit, area, known if has_findings else ()), "Die Befunde"),
    )
    return Surroundings(areas, own_map, findings if has_findings else None)


async def _own_map(visit: Visit, area: Area, indicators: Sequence[Indicator]) -> FirstMap | None:
    levels = _LEVELS_OF_MAP[area.kind]
    first = choose_first(indicators, levels, is_fictional=area.is_fictional)
    if first is None:
        return None
    return await read_first_map(
        visit.indicator, first, within=area.code, levels=levels, is_fictional=area.is_fictional
    )


async def _findings(visit: Visit, area: Area, indicators: Sequence[Indicator]) -> Findings | None:
    return await read_findings(visit.indicator, area, indicators)
