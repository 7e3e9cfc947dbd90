"""The start page, by what the visitor may do."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.replies import render
from web.visit import Visit

router = APIRouter()


@router.get("/")
async def show_start(visit: Annotated[Visit, Public()]) -> Response:
    """What is waiting, and the way to the map."""
    return render(visit, "pages/start/page.html", {"title": "Start"})
