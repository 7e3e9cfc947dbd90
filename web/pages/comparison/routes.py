"""Up to eight areas side by side: a table, a picture of one indicator, and the figures as files."""

from typing import Annotated, Literal

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.errors import PageNotFound
from web.handing_on import asked_headers, hand_on
from web.pages.comparison.address import ComparisonAddress
from web.pages.comparison.page import make_page
from web.pages.comparison.reading import read_comparison
from web.replies import render
from web.visit import Visit

router = APIRouter()

PAGE = "pages/comparison/page.html"
PART = "pages/comparison/result.html"


@router.get("/vergleich")
async def compare(visit: Annotated[Visit, Public()]) -> Response:
    """The comparison for an address; without places the way to choose them."""
    reading = await read_comparison(
        visit.indicator, ComparisonAddress.read(visit.request.query_params)
    )
    context = {
        "title": "Gebiete vergleichen",
        "crumbs": [("Gebiete", "/gebiete")],
        "view": make_page(reading),
        "page_styles": ["css/figures.css", "css/indicator.css", "css/comparison.css"],
        "page_class": "comparison-page",
    }
    return render(visit, PAGE, context, partial=PART)


@router.get("/vergleich/zahlen.{form}")
async def download_comparison(
    visit: Annotated[Visit, Public()], form: Literal["csv", "xlsx", "json"]
) -> Response:
    """The figures of a comparison over all periods, as the service writes them."""
    address = ComparisonAddress.read(visit.request.query_params)
    reading = await read_comparison(visit.indicator, address)
    if not reading.areas or not reading.chosen:
        raise PageNotFound("Die Adresse nennt kein Gebiet, zu dem es Zahlen gibt.")
    stream = visit.indicator.figures_file(reading.asked, form, asked_headers(visit.request))
    return await hand_on(
        stream, {"content-disposition": f'attachment; filename="vergleich.{form}"'}
    )
