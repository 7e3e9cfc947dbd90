"""The map, its tiles and images, and the figures behind it as a file."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from web.access import HandedOn, Public
from web.clients.base import present
from web.handing_on import asked_headers, hand_on
from web.pages.map.address import MapAddress
from web.pages.map.reading import read_map
from web.pages.map.view import make_view
from web.replies import render
from web.visit import Visit

router = APIRouter()

PAGE = "pages/map/page.html"
PART = "pages/map/result.html"
SCRIPTS = ["js/map.js", "js/combobox.js"]
STYLES = ["vendor/maplibre-gl/maplibre-gl.css", "css/figures.css", "css/map.css"]


@router.get("/karte")
async def show_map(visit: Annotated[Visit, Public()]) -> Response:
    """Map, table and series for an address; htmx gets the part that changes."""
    reading = await read_map(visit.indicator, MapAddress.read(visit.request.query_params))
    view = make_view(reading)
    title = view.title if view else "Karte"
    context = {
        "title": title,
        "view": view,
        "reason": reading.reason,
        "page_scripts": SCRIPTS,
        "page_styles": STYLES,
        "page_class": "qb-main--wide",
    }
    headers = {"HX-Push-Url": reading.address.url()} if visit.wants_fragment else None
    return render(visit, PAGE, context, partial=PART, headers=headers)


@router.get("/karte/zahlen.csv")
async def download_figures(
    visit: Annotated[Visit, Public()],
    indikator: str,
    zeitraum: str,
    ebene: str,
    gebiet: str,
) -> Response:
    """The figures of one map as CSV, as indicator_api writes it."""
    stream = visit.indicator.observations_csv(
        indicator=indikator, period=zeitraum, level=ebene, within=gebiet
    )
    name = "".join(
        sign for sign in f"{indikator}_{zeitraum}_{ebene}" if sign.isalnum() or sign in "_-"
    )
    return await hand_on(stream, {"content-disposition": f'attachment; filename="{name}.csv"'})


@router.get("/karte/bild/{indicator}/{period}.svg")
async def show_image(
    visit: Annotated[Visit, HandedOn()],
    indicator: str,
    period: str,
    ebene: str,
    gebiet: str,
    breite: Annotated[int, Query(ge=100, le=2000)] = 900,
) -> Response:
    """The map as an image drawn by the service: without JavaScript, on paper, as an inset."""
    params = present(level=ebene, within=gebiet, width=breite)
    return await hand_on(
        visit.indicator.map_svg(indicator, period, params, asked_headers(visit.request))
    )


@router.get("/kacheln/{indicator}/{period}/{z}/{x}/{y}.mvt")
async def show_tile(
    visit: Annotated[Visit, HandedOn()],
    indicator: str,
    period: str,
    z: int,
    x: int,
    y: int,
    ebene: str,
    gebiet: str,
) -> Response:
    """A vector tile for the live map."""
    params = present(level=ebene, within=gebiet)
    return await hand_on(
        visit.indicator.tile(indicator, period, (z, x, y), params, asked_headers(visit.request))
    )
