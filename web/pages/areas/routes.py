"""The register of areas, and what is known about each."""

import asyncio
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.area_kinds import PLURALS
from web.clients.base import present
from web.clients.indicator_types import AreaDetail
from web.clients.report_types import Template
from web.errors import PageNotFound
from web.format import parse_day
from web.handing_on import asked_headers, file_name, hand_on, hand_on_list
from web.pages.areas.listing import ListAddress, read_list
from web.pages.areas.profile import read_area
from web.pages.areas.similar import router as similar_routes
from web.pages.areas.view import make_view
from web.panels import panel
from web.replies import render
from web.visit import Visit

router = APIRouter()
router.include_router(similar_routes)


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
        "file_path": address.url(path="/gebiete.csv"),
    }
    return render(visit, "pages/areas/list.html", context, partial="pages/areas/found.html")


@router.get("/gebiete.csv")
async def download_list(visit: Annotated[Visit, Public()]) -> Response:
    """All areas that an address of the list finds, as the service writes them."""
    address = ListAddress.read(visit.request.query_params)
    name = file_name("gebiete", address.within, address.kind, address.valid_on)
    return await hand_on_list(visit, "/v1/areas", address.asked(), name)


@router.get("/gebiete/{code}")
async def show_area(visit: Annotated[Visit, Public()], code: str, stand: str = "") -> Response:
    """One area: headline, key figures, chapters, gaps, sources, place, history."""
    valid_on = parse_day(stand)
    reading, templates = await asyncio.gather(
        read_area(visit.indicator, code, valid_on), _report_templates(visit)
    )
    area, view = reading.area, make_view(reading)
    context = {
        "title": area.name,
        "crumbs": crumbs_of(area, view.suffix),
        "reading": reading,
        "area": area,
        "view": view,
        "stand_failed": bool(stand) and not valid_on,
        "report_template": next((item for item in templates if area.kind in item.kinds), None),
        "page_styles": ["css/figures.css", "css/areas.css"],
        "page_class": "area-page",
    }
    return render(visit, "pages/areas/profile.html", context)


def crumbs_of(area: AreaDetail, suffix: str = "") -> list[tuple[str, str]]:
    """The areas above, from the Land down."""
    return [("Gebiete", f"/gebiete{suffix}")] + [
        (other.name, f"/gebiete/{quote(other.code, safe='')}{suffix}")
        for other in area.ancestors
        if other.kind != "bund"
    ]


async def _report_templates(visit: Visit) -> tuple[Template, ...]:
    """The kinds of reports the visitor may make; none where report_api does not answer."""
    if not visit.may("reports:create"):
        return ()
    return (await panel(visit.reports.templates(), "Die Vorlagen für Berichte")).value or ()


@router.get("/gebiete/{code}/grenzen.geojson")
async def download_borders(visit: Annotated[Visit, Public()], code: str) -> Response:
    """The borders of an area in full detail."""
    stream = visit.indicator.area_geojson(code, asked_headers(visit.request))
    disposition = f'attachment; filename="{file_name(code)}.geojson"'
    return await hand_on(stream, {"content-disposition": disposition})


@router.get("/gebiete/{code}/zahlen.{form}")
async def download_profile(
    visit: Annotated[Visit, Public()],
    code: str,
    form: Literal["csv", "xlsx", "json"],
    stand: str = "",
) -> Response:
    """All figures of the page over all periods, as the service writes them."""
    headers, valid_on = asked_headers(visit.request), parse_day(stand)
    disposition = {"content-disposition": f'attachment; filename="{file_name(code)}.{form}"'}
    if form == "json":
        stream = visit.indicator.profile_json(code, valid_on or None, headers)
        return await hand_on(stream, disposition)
    profile = await visit.indicator.profile(code, valid_on or None)
    if not profile.indicators:
        raise PageNotFound("Zu diesem Gebiet ist keine Zahl freigegeben.")
    asked = present(
        indicator=[series.indicator.code for series in profile.indicators],
        area=[code, *(other.code for other in profile.compared)],
        valid_on=valid_on,
    )
    return await hand_on(visit.indicator.figures_file(asked, form, headers), disposition)
