"""Imprint, privacy, accessibility: templates for the operator to fill."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.replies import render
from web.visit import Visit

router = APIRouter()


@router.get("/impressum")
async def show_imprint(visit: Annotated[Visit, Public()]) -> Response:
    """Who answers for the platform (§ 5 DDG)."""
    return render(visit, "pages/legal/imprint.html", {"title": "Impressum"})


@router.get("/datenschutz")
async def show_privacy(visit: Annotated[Visit, Public()]) -> Response:
    """What is processed about visitors (Art. 13 GDPR)."""
    return render(visit, "pages/legal/privacy.html", {"title": "Datenschutz"})


@router.get("/barrierefreiheit")
async def show_accessibility(visit: Annotated[Visit, Public()]) -> Response:
    """The accessibility statement (§ 10b BGG NRW, § 4 BITVNRW)."""
    context = {"title": "Erklärung zur Barrierefreiheit"}
    return render(visit, "pages/legal/accessibility.html", context)
