"""One indicator's figures as a page, its map as a picture, and the same figures as files."""

from typing import Annotated, Literal

from fastapi import APIRouter
from starlette.responses import Response

from web.access import HandedOn, Public
from web.errors import PageNotFound
from web.handing_on import asked_headers, file_name, hand_on
from web.pages.indicators.address import IndicatorAddress
from web.pages.indicators.definition import describe
from web.pages.indicators.page import make_page
from web.pages.indicators.reading import read_indicator
from web.replies import render
from web.visit import Visit

router = APIRouter()

PAGE = "pages/indicators/page.html"
PART = "pages/indicators/result.html"
FileForm = Literal["csv", "xlsx", "parquet", "geojson", "json"]


@router.get("/indikatoren/{code}")
async def show_indicator(visit: Annotated[Visit, Public()], code: str) -> Response:
    """One indicator: map, spread, course and order of areas, and what the figures mean."""
    address = IndicatorAddress.read(code, visit.request.query_params)
    reading = await read_indicator(visit.indicator, address)
    context = {
        "title": reading.indicator.name,
        "crumbs": [("Indikatoren", "/indikatoren")],
        "indicator": reading.indicator,
        "definition": describe(reading.indicator),
        "view": make_page(reading),
        "page_styles": ["css/figures.css", "css/indicator.css", "css/catalogue.css"],
        "page_class": "indicator-page",
    }
    headers = {"HX-Push-Url": reading.address.url()} if visit.wants_fragment else None
    return render(visit, PAGE, context, partial=PART, headers=headers)


@router.get("/indikatoren/{code}/karte.svg")
async def show_picture(
    visit: Annotated[Visit, HandedOn()], code: str, breite: int = 900
) -> Response:
    """The map for an address, drawn by the service."""
    address = IndicatorAddress.read(code, visit.request.query_params)
    if not address.period or not address.level:
        raise PageNotFound("Die Adresse dieser Karte nennt keinen Zeitraum und keine Ebene.")
    asked = {**address.figures(), **address.classes(), "width": min(max(breite, 200), 2000)}
    params = {name: value for name, value in asked.items() if name not in ("indicator", "period")}
    stream = visit.indicator.map_svg(code, address.period, params, asked_headers(visit.request))
    return await hand_on(stream)


@router.get("/indikatoren/{code}/zahlen.{form}")
async def download_figures(
    visit: Annotated[Visit, Public()], code: str, form: FileForm
) -> Response:
    """The figures of an address as a file, as the service writes it.

    `?umfang=verlauf&orte=05,05111` are those of some areas over all periods, `?umfang=gruppen`
    those of the region and the period by every group of people.
    """
    query = visit.request.query_params
    address = IndicatorAddress.read(code, query)
    asked, name = address.figures(), file_name(code, address.period, address.level)
    scope = query.get("umfang")
    if scope == "verlauf":
        codes = [part.strip() for part in query.get("orte", "").split(",") if part.strip()]
        if not codes:
            raise PageNotFound("Die Adresse dieser Datei nennt keine Gebiete.")
        every = address.change(level="", region="", period="").figures()
        asked, name = {**every, "area": codes}, file_name(code, "verlauf")
    elif scope == "gruppen":
        if not address.region or not address.period:
            raise PageNotFound("Die Adresse dieser Datei nennt kein Gebiet und keinen Zeitraum.")
        asked = address.of_every_group()
        name = file_name(code, "gruppen", address.region, address.period)
    stream = visit.indicator.figures_file(asked, form, asked_headers(visit.request))
    return await hand_on(stream, {"content-disposition": f'attachment; filename="{name}.{form}"'})
