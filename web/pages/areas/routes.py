"""The register of areas, and what is known about each."""

import asyncio
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.area_kinds import PLURALS
from web.clients.report_types import Template
from web.handing_on import asked_headers, hand_on
from web.pages.areas.listing import ListAddress, read_list
from web.pages.areas.profile import read_area
from web.pages.areas.view import make_view
from web.panels import panel
from web.replies import render
from web.visit import Visit

router = APIRouter()


@router.get("/gebiete")
async def list_areas(visit: Annotated[Visit, Public()]) -> Response:
    """The register: from the Land down, by kind, by name or key."""
    address = ListAddress.read(visit.request.query_params)
    reading = await read_list(visit.indicator, address)
    title = f"Gebiete in {reading.within.name}" if reading.within else "Gebiete"
    context = {
        "title": title,
        "crumbs": [("Start", "/"), ("Gebiete", "/gebiete")] if reading.within else [("Start", "/")],
        "page_styles": ["css/areas.css"],
        "reading": reading,
        "kinds": [(code, label) for code, label in PLURALS.items() if code != "bund"],
        "next_path": address.url(cursor=reading.listing.next) if reading.listing.next else None,
        "first_path": address.url() if address.cursor else None,
    }
    return render(visit, "pages/areas/list.html", context, partial="pages/areas/found.html")


@router.get("/gebiete/{code}")
async def show_area(visit: Annotated[Visit, Public()], code: str) -> Response:
    """One area: headline, key figures, chapters, gaps, sources, place."""
    reading, templates = await asyncio.gather(
        read_area(visit.indicator, code), _report_templates(visit)
    )
    area = reading.area
    crumbs = [("Gebiete", "/gebiete")] + [
        (other.name, f"/gebiete/{quote(other.code, safe='')}")
        for other in area.ancestors
        if other.kind != "bund"
    ]
    context = {
        "title": area.name,
        "crumbs": crumbs,
        "reading": reading,
        "area": area,
        "view": make_view(reading),
        "report_template": next((item for item in templates if area.kind in item.kinds), None),
        "page_styles": ["css/figures.css", "css/areas.css"],
        "page_class": "area-page",
    }
    return render(visit, "pages/areas/profile.html", context)


async def _report_templates(visit: Visit) -> tuple[Template, ...]:
    """The kinds of reports the visitor may make; none where report_api does not answer."""
    if not visit.may("reports:create"):
        return ()
    return (await panel(visit.reports.templates(), "Die Vorlagen für Berichte")).value or ()


@router.get("/gebiete/{code}/grenzen.geojson")
async def download_borders(visit: Annotated[Visit, Public()], code: str) -> Response:
    """The borders of an area in full detail."""
    name = "".join(sign for sign in code if sign.isalnum() or sign in "_-")
    stream = visit.indicator.area_geojson(code, asked_headers(visit.request))
    return await hand_on(stream, {"content-disposition": f'attachment; filename="{name}.geojson"'})
