"""The map, its tiles and images, and the figures behind it as a file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from web.access import HandedOn, Public
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


@router.get("/karte/zahlen.{form}")
async def download_figures(
    visit: Annotated[Visit, Public()], form: Literal["csv", "xlsx", "parquet", "geojson"]
) -> Response:
    """The figures of one map as a file, as indicator_api writes it."""
    address = MapAddress.read(visit.request.query_params)
    stream = visit.indicator.figures_file(address.figures(), form, asked_headers(visit.request))
    parts = (address.indicator, address.period, address.level, address.valid_on)
    name = "".join(sign for sign in "_".join(filter(None, parts)) if sign.isalnum() or sign in "_-")
    return await hand_on(stream, {"content-disposition": f'attachment; filename="{name}.{form}"'})


@router.get("/karte/bild/{indicator}/{period}.svg")
async def show_image(
    visit: Annotated[Visit, HandedOn()],
    indicator: str,
    period: str,
    breite: Annotated[int, Query(ge=100, le=2000)] = 900,
) -> Response:
    """The map as an image drawn by the service: without JavaScript, on paper, as an inset."""
    asked = MapAddress.read(visit.request.query_params).drawn()
    return await hand_on(
        visit.indicator.map_svg(
            indicator, period, {**asked, "width": breite}, asked_headers(visit.request)
        )
    )


@router.get("/kacheln/{indicator}/{period}/{z}/{x}/{y}.mvt")
async def show_tile(
    visit: Annotated[Visit, HandedOn()], indicator: str, period: str, z: int, x: int, y: int
) -> Response:
    """A vector tile for the live map."""
    asked = MapAddress.read(visit.request.query_params).drawn()
    return await hand_on(
        visit.indicator.tile(indicator, period, (z, x, y), asked, asked_headers(visit.request))
    )
