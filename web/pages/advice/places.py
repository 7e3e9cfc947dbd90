"""The areas a request or case is about: their names, a small map, and which one may choose."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from web.clients.indicator import WHOLE_LIST_LIMIT, IndicatorClient
from web.clients.indicator_types import Area
from web.locator import location_map
from web.pages.areas.profile import read_outlines
from web.panels import Panel, panel
from web.visit import Visit

_PARTS_OF = {"gemeinde": "quartier", "kreis": "gemeinde"}
_MOST_OWN = 20


@dataclass(frozen=True, slots=True)
class Places:
    """The areas by name, and where they lie; `picture` is empty where there are no borders."""

    areas: tuple[Area, ...]
    picture: Markup

    def unknown(self, codes: Sequence[str]) -> list[str]:
        """Those of `codes` that the register does not know."""
        known = {area.code for area in self.areas}
        return [code for code in codes if code not in known]


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """An own area that may be chosen as a whole, and its parts."""

    area: Area
    parts: tuple[Area, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The keys of all that can be chosen."""
        return (self.area.code, *(part.code for part in self.parts))


async def read_places(client: IndicatorClient, codes: Sequence[str]) -> Panel[Places]:
    """The areas with these keys, in the order of the register, with a small map."""
    return await panel(_places(client, codes), "Die Gebiete")


async def read_case_choices(client: IndicatorClient, codes: Sequence[str]) -> tuple[Area, ...]:
    """What a case with these areas can be about: they themselves, what is around and in them."""
    areas = await _areas(client, codes)
    towns = [area for area in areas if area.kind in _PARTS_OF]
    above = {area.parent for area in areas if area.kind not in _PARTS_OF and area.parent}
    missing = [code for code in above if code not in {area.code for area in areas}]
    towns += await _areas(client, missing)
    parts = await asyncio.gather(*(_parts(client, town) for town in towns))
    found = {area.code: area for area in (*areas, *towns, *(one for some in parts for one in some))}
    return tuple(found[code] for code in sorted(found))


async def read_choices(visit: Visit) -> tuple[AreaChoice, ...]:
    """The visitor's own areas with their parts: the Quartiere of a town, the towns of a Kreis."""
    codes = visit.account.area_codes[:_MOST_OWN] if visit.account else ()
    own = await _areas(visit.indicator, codes)
    parts = await asyncio.gather(*(_parts(visit.indicator, area) for area in own))
    return tuple(AreaChoice(area, below) for area, below in zip(own, parts, strict=True))


async def _areas(client: IndicatorClient, codes: Sequence[str]) -> tuple[Area, ...]:
    if not codes:
        return ()
    return (await client.areas(code=list(codes), limit=WHOLE_LIST_LIMIT)).items


async def _parts(client: IndicatorClient, area: Area) -> tuple[Area, ...]:
    kind = _PARTS_OF.get(area.kind)
    if kind is None:
        return ()
    return (await client.areas(parent=area.code, kind=kind, limit=WHOLE_LIST_LIMIT)).items


async def _places(client: IndicatorClient, codes: Sequence[str]) -> Places:
    areas = await _areas(client, codes)
    drawn = [area for area in areas if area.has_geometry]
    if not drawn:
        return Places(areas, Markup())
    # The smallest areas are drawn among their neighbours; a whole town among other towns.
    first = max(drawn, key=lambda area: len(area.code))
    outlines = await read_outlines(client, await client.area(first.code))
    if outlines is None or outlines.value is None:
        return Places(areas, Markup())
    text = f"Lage von {', '.join(area.name for area in areas)} unter den Nachbarn"
    here = [area.code for area in drawn if area.kind == first.kind]
    if len(here) < len(drawn) and any(area.code == first.parent for area in drawn):
        features = outlines.value.get("features", [])
        here = [str(feature["properties"]["code"]) for feature in features]
    return Places(areas, location_map(outlines.value, here, text=text))
