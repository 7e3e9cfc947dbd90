"""The start page: for the public the map, for an account what waits for it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.clients.base import Document
from web.clients.indicator import IndicatorClient
from web.pages.advice import words as advice_words
from web.pages.deliveries.words import STATES as DELIVERY_STATES
from web.pages.reports.words import state_of
from web.pages.start.land import Land, read_land
from web.pages.start.roles import read_start
from web.panels import panel
from web.replies import render
from web.visit import Visit

router = APIRouter()

# The phases of an integrated strategic Sozialplanung, in their order.
PHASES = (
    ("einleitung", "Einleitung"),
    ("aufbau", "Aufbau"),
    ("umsetzung", "Umsetzung"),
    ("begleitung", "Begleitung"),
)


@router.get("/")
async def show_start(visit: Annotated[Visit, Public()]) -> Response:
    """The start page for whoever asks."""
    if visit.account is None:
        return await _public_start(visit)
    start = await read_start(visit)
    context = {"title": start.title, "start": start, "page_styles": ["css/start.css"], **_words()}
    return render(visit, f"pages/start/{start.kind}.html", context)


def _words() -> Document:
    """What the templates write states, days and addresses with."""
    return {
        "delivery_words": DELIVERY_STATES,
        "state_kind": advice_words.state_kind,
        "due_in_words": advice_words.due_in_words,
        "case_path": advice_words.case_path,
        "request_path": advice_words.request_path,
        "report_state": state_of,
        "phases": PHASES,
    }


async def _public_start(visit: Visit) -> Response:
    land = await panel(_public_land(visit.indicator), "Die Zahlen für Nordrhein-Westfalen")
    context = {"title": "Zahlen für die Sozialplanung, bis ins Quartier", "land": land}
    return render(visit, "pages/start/public.html", context)


async def _public_land(client: IndicatorClient) -> Land:
    return await read_land(client, (await client.indicators(has_figures=True)).items)
