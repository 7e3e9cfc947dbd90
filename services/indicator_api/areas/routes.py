"""Areas over HTTP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from services.indicator_api.areas import service
from services.indicator_api.areas.register_file import register_file
from services.indicator_api.areas.repository import AreaFilter
from services.indicator_api.areas.schemas import AreaDetail, AreaListed, Detail
from services.shared.auth import Requires
from services.shared.list_files import (
    CSV_ANSWER,
    DialectChoice,
    ListFilesDependency,
)
from services.shared.negotiation import MEDIA_TYPES, Format, choose_format
from services.shared.paging import Cursor, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

MAXIMUM_AREAS = 5000
_OFFERED: dict[Format, str] = {form: MEDIA_TYPES[form] for form in ("json", "csv", "geojson")}

router = feature_router("Gebiete")


@router.get("/areas", response_model=Page[AreaListed], responses=CSV_ANSWER)
async def list_areas(
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("areas:read")],
    session: ReadSession,
    files: ListFilesDependency,
    kind: Annotated[str | None, Query(description="Ebene, z. B. gemeinde")] = None,
    parent: Annotated[str | None, Query(description="Schlüssel des Gebiets darüber")] = None,
    within: Annotated[str | None, Query(description="Schlüssel eines Gebiets darüber")] = None,
    q: Annotated[str | None, Query(description="Name oder Anfang des Schlüssels")] = None,
    code: Annotated[list[str] | None, Query(description="Schlüssel, mehrfach möglich")] = None,
    valid_on: Annotated[date | None, Query(description="Gebietsstand; sonst heute")] = None,
    is_set: Annotated[bool | None, Query(description="Nur oder keine Gebiete aus Teilen")] = None,
    detail: Annotated[Detail, Query(description="Genauigkeit der GeoJSON-Grenzen")] = "mid",
    f: Annotated[
        Literal["json", "csv", "geojson"] | None,
        Query(description="Format; CSV ohne Seiten, sonst nach dem Kopf „Accept“"),
    ] = None,
    dialect: DialectChoice = "semicolon",
    limit: Annotated[int, Query(ge=1, le=MAXIMUM_AREAS)] = 100,
    cursor: Cursor = None,
) -> Page[AreaListed] | Response:
    """List areas by level, parent or name; as GeoJSON their borders, as CSV all of them."""
    wanted = AreaFilter(
        valid_on=valid_on or service.today(),
        kind=kind,
        parent=parent,
        within=within,
        query=q or None,
        codes=code or (),
        is_set=is_set,
    )
    form = choose_format(request.headers.get("accept"), f, _OFFERED)
    if form == "csv":
        return files.csv(principal, register_file(wanted), dialect)
    if form == "geojson":
        body = await service.areas_as_geojson(session, wanted, detail, limit)
        return Response(body, media_type="application/geo+json")
    page = await service.list_areas(session, wanted, cursor, limit)
    link_next(request, response, page.next)
    return page


@router.get("/areas/{code}")
async def read_area(
    code: str,
    _principal: Annotated[Principal, Requires("areas:read")],
    session: ReadSession,
    valid_on: Annotated[date | None, Query(description="Gebietsstand; sonst heute")] = None,
) -> AreaDetail:
    """One area by AGS, ARS or own key; 404 for a day before it began."""
    if valid_on is not None:
        await service.check_begun(session, code, valid_on)
    return await service.area_detail(session, code, valid_on or service.today())
