"""What is known about one area: its figures beside those of the areas around it, its history."""

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import AreaDetail, AreaRef
from web.clients.profile_types import AreaEvent, AreaSet, Profile
from web.format import today
from web.panels import Panel, panel


@dataclass(frozen=True, slots=True)
class AreaReading:
    """Everything the area page shows, as read; `valid_on` is the Gebietsstand asked for."""

    area: AreaDetail
    profile: Panel[Profile]
    history: Panel[tuple[AreaEvent, ...]]
    outlines: Panel[dict[str, Any]] | None
    parts: Panel[AreaSet] | None
    valid_on: str

    @property
    def is_ended(self) -> bool:
        """Whether the area is no more on the day shown."""
        return is_ended(self.area) and self.later_end is None

    @property
    def later_end(self) -> date | None:
        """The last day of an area that still was on the Gebietsstand shown; None if it is today."""
        if self.area.ended is not None or not self.valid_on or not is_ended(self.area):
            return None
        end = self.area.valid_to
        return end - timedelta(days=1) if end and end.isoformat() > self.valid_on else None


async def read_area(client: IndicatorClient, code: str, valid_on: str = "") -> AreaReading:
    """Read an area with all figures released for it. Raises `ServiceProblem` (404) if unknown."""
    at = valid_on or None
    area, profile, history = await asyncio.gather(
        client.area(code, at),
        panel(client.profile(code, at), "Die Zahlen zu diesem Gebiet"),
        panel(client.area_history(code), "Die Geschichte des Gebiets"),
    )
    last_day = area.ended.last_day if area.ended and not at else None
    outlines, parts = await asyncio.gather(
        read_outlines(client, area, last_day.isoformat() if last_day else at),
        panel(client.area_set(code), "Die Teile des Gebiets") if area.is_set else _none(),
    )
    return AreaReading(area, profile, history, outlines, parts, valid_on)


async def _none() -> None:
    return None


def is_ended(area: AreaDetail) -> bool:
    """Whether the area is no more today."""
    return area.ended is not None or (area.valid_to is not None and area.valid_to <= today())


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


async def read_outlines(
    client: IndicatorClient, area: AreaDetail, valid_on: str | None = None
) -> Panel[dict[str, Any]] | None:
    """The area among its neighbours; a kreisfreie Stadt among the Kreise of the Land.

    A set of units has few neighbours of its kind or none: it is shown in its municipality.
    """
    if not area.has_geometry:
        return None
    land = next((other.code for other in area.ancestors if other.kind == "land"), None)
    stands_alone = area.parent is not None and f"{area.parent}000" == area.code
    if land and (area.kind == "kreis" or stands_alone):
        reading = client.shapes(within=land, kind="kreis", valid_on=valid_on)
    elif area.parent and area.is_set:
        reading = _within_town(client, area.parent, area, valid_on)
    elif area.parent:
        reading = client.shapes(parent=area.parent, kind=area.kind, valid_on=valid_on)
    else:
        reading = client.shapes(within=area.code, kind=area.kind, valid_on=valid_on)
    return await panel(reading, "Die Lage auf der Karte")


async def _within_town(
    client: IndicatorClient, town: str, area: AreaDetail, valid_on: str | None
) -> dict[str, Any]:
    around, beside = await asyncio.gather(
        client.shapes(codes=[town], valid_on=valid_on),
        client.shapes(parent=town, kind=area.kind, valid_on=valid_on),
    )
    return {**beside, "features": [*around.get("features", []), *beside.get("features", [])]}
