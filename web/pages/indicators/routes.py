"""Indicators: the catalogue as a page and as a file, and the page of each."""

from typing import Annotated, Literal

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.handing_on import asked_headers, hand_on
from web.pages.indicators.figure_routes import router as figure_routes
from web.pages.indicators.listing import CHECKS, FIGURES, LEVELS, CatalogueAddress, read_catalogue
from web.replies import render
from web.visit import Visit

router = APIRouter()


@router.get("/indikatoren")
async def list_indicators(visit: Annotated[Visit, Public()]) -> Response:
    """The catalogue by dimension, or what of it fits the filters."""
    address = CatalogueAddress.read(visit.request.query_params)
    context = {
        "title": "Indikatoren",
        "crumbs": [("Start", "/")],
        "page_styles": ["css/catalogue.css"],
        "view": await read_catalogue(visit.indicator, address),
        "options": {"figures": FIGURES, "checks": CHECKS, "levels": LEVELS},
    }
    return render(
        visit, "pages/indicators/list.html", context, partial="pages/indicators/found.html"
    )


@router.get("/indikatoren.{form}")
async def download_catalogue(
    visit: Annotated[Visit, Public()], form: Literal["csv", "json"]
) -> Response:
    """The definitions of an address as a file, as the service writes it."""
    address = CatalogueAddress.read(visit.request.query_params)
    headers = asked_headers(visit.request)
    stream = visit.indicator.catalogue_file(form, address.filters(), headers)
    name = f"indikatorenkatalog.{form}"
    return await hand_on(stream, {"content-disposition": f'attachment; filename="{name}"'})


router.include_router(figure_routes)
