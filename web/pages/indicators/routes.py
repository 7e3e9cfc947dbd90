"""Indicators: what each figure means, where it comes from, and what is there of it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.pages.indicators.figure_routes import router as figure_routes
from web.pages.indicators.view import find_indicators
from web.replies import render
from web.visit import Visit

router = APIRouter()


@router.get("/indikatoren")
async def list_indicators(visit: Annotated[Visit, Public()], suche: str = "") -> Response:
    """All indicators by dimension, or those that hold the words."""
    listing = await visit.indicator.indicators()
    context = {
        "title": "Indikatoren",
        "crumbs": [("Start", "/")],
        "page_styles": ["css/areas.css"],
        "words": suche.strip(),
        "groups": find_indicators(listing.items, suche),
        "total": len(listing.items),
        "reason": listing.reason,
    }
    return render(
        visit, "pages/indicators/list.html", context, partial="pages/indicators/found.html"
    )


router.include_router(figure_routes)
