"""Indicators: what each figure means, where it comes from, and what is there of it."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.pages.indicators.view import describe, find_indicators
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


@router.get("/indikatoren/{code}")
async def show_indicator(visit: Annotated[Visit, Public()], code: str) -> Response:
    """One definition in words, with its sources and what is released of it."""
    indicator = await visit.indicator.indicator(code)
    context = {
        "title": indicator.name,
        "crumbs": [("Indikatoren", "/indikatoren")],
        "indicator": indicator,
        "view": describe(indicator),
    }
    return render(visit, "pages/indicators/definition.html", context)
