"""Areas over HTTP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from services.indicator_api.areas import service
from services.indicator_api.areas.repository import AreaFilter
from services.indicator_api.areas.schemas import AreaDetail, AreaRead, Detail
from services.shared.auth import Requires
from services.shared.paging import Cursor, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

MAXIMUM_AREAS = 5000

router = feature_router("Gebiete")


@router.get("/areas", response_model=Page[AreaRead])
async def list_areas(
    request: Request,
    response: Response,
    _principal: Annotated[Principal, Requires("areas:read")],
    session: ReadSession,
    kind: Annotated[str | None, Query(description="Ebene, z. B. gemeinde")] = None,
    parent: Annotated[str | None, Query(description="Schlüssel des Gebiets darüber")] = None,
    within: Annotated[str | None, Query(description="Schlüssel eines Gebiets darüber")] = None,
    q: Annotated[str | None, Query(description="Name oder Anfang des Schlüssels")] = None,
    code: Annotated[list[str] | None, Query(description="Schlüssel, mehrfach möglich")] = None,
    valid_on: Annotated[date | None, Query(description="Gebietsstand; sonst heute")] = None,
    is_set: Annotated[bool | None, Query(description="Nur oder keine Gebiete aus Teilen")] = None,
    detail: Annotated[Detail, Query(description="Genauigkeit der GeoJSON-Grenzen")] = "mid",
    f: Annotated[Literal["json", "geojson"], Query(description="Format")] = "json",
    limit: Annotated[int, Query(ge=1, le=MAXIMUM_AREAS)] = 100,
    cursor: Cursor = None,
) -> Page[AreaRead] | Response:
    """List areas by level, parent or name; with `f=geojson` their borders."""
    wanted = AreaFilter(
        valid_on=valid_on or service.today(),
        kind=kind,
        parent=parent,
        within=within,
        query=q or None,
        codes=code or (),
        is_set=is_set,
    )
    if f == "geojson":
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
