"""Search over areas and indicators."""

import asyncio
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Area, Indicator
from web.panels import Panel, panel
from web.replies import render
from web.visit import Visit

router = APIRouter()

_MOST_AREAS = 25
_LONGEST = 100


@router.get("/suche")
async def search(visit: Annotated[Visit, Public()], q: str = "") -> Response:
    """Areas by name or key, indicators by what they are about."""
    words = " ".join(q.split())[:_LONGEST]
    areas: Panel[tuple[Area, ...]] = Panel(())
    indicators: Panel[tuple[Indicator, ...]] = Panel(())
    if words:
        areas, indicators = await asyncio.gather(
            panel(_areas(visit.indicator, words), "Die Gebiete"),
            panel(_indicators(visit.indicator, words), "Die Indikatoren"),
        )
    context = {
        "title": f"Suche nach „{words}“" if words else "Suche",
        "q": words,
        "areas": areas,
        "indicators": indicators,
        "most_areas": _MOST_AREAS,
    }
    return render(visit, "pages/search/page.html", context, partial="pages/search/_hits.html")


async def _areas(client: IndicatorClient, words: str) -> tuple[Area, ...]:
    found = await client.areas(q=words, limit=_MOST_AREAS)
    return found.items


async def _indicators(client: IndicatorClient, words: str) -> tuple[Indicator, ...]:
    wanted = words.casefold().split()
    return tuple(
        indicator
        for indicator in (await client.indicators()).items
        if all(word in _described(indicator) for word in wanted)
    )


def _described(indicator: Indicator) -> str:
    parts = (
        indicator.code,
        indicator.name,
        indicator.short_name,
        indicator.question,
        indicator.numerator_text,
        indicator.denominator_text,
        indicator.dimension.label if indicator.dimension else None,
    )
    return " ".join(part for part in parts if part).casefold()
