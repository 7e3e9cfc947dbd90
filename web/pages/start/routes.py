"""The start page: for the public the map, for an account what waits for it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.pages.start.land import read_land
from web.pages.start.work import DELIVERY_WORDS, read_work
from web.panels import panel
from web.replies import render
from web.visit import Visit

router = APIRouter()


@router.get("/")
async def show_start(visit: Annotated[Visit, Public()]) -> Response:
    """The start page for whoever asks."""
    if visit.account is None:
        return await _public_start(visit)
    work = await read_work(visit)
    title = "Was ansteht" if work.land is None else "Auf einen Blick"
    context = {"title": title, "work": work, "delivery_words": DELIVERY_WORDS}
    return render(visit, "pages/start/work.html", context)


async def _public_start(visit: Visit) -> Response:
    land = await panel(read_land(visit.indicator), "Die Zahlen für Nordrhein-Westfalen")
    context = {"title": "Zahlen für die Sozialplanung, bis ins Quartier", "land": land}
    return render(visit, "pages/start/public.html", context)
