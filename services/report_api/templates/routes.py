"""Templates over HTTP."""

import asyncio
import hashlib
from typing import Annotated

from fastapi import Query, Request, Response

from services.report_api.rendering.html import render_article
from services.report_api.rendering.version import RENDERER_VERSION
from services.report_api.templates import service
from services.report_api.templates.rules import TEMPLATES
from services.report_api.templates.schemas import ChoicesRead, TemplateRead
from services.report_api.templates.service import Wanted
from services.shared.auth import Requires
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of, not_modified
from services.shared.paging import Page
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Vorlagen")
# within a page that has its own title
TITLE_LEVEL = 2
Area = Annotated[str, Query(min_length=1, max_length=40, description="Schlüssel des Gebiets")]
Indicator = Annotated[str | None, Query(max_length=100, description="Code einer Kennzahl")]


@router.get("/templates")
async def list_templates(
    _principal: Annotated[Principal, Requires("reports:read")],
) -> Page[TemplateRead]:
    """The kinds of reports there are."""
    return Page(items=[TemplateRead.of(template) for template in TEMPLATES.values()])


@router.get("/templates/{code}/choices")
async def read_choices(
    code: str,
    _principal: Annotated[Principal, Requires("reports:read")],
    session: ReadSession,
    area: Area,
) -> ChoicesRead:
    """Which indicators a report about an area can map and chart."""
    return await service.read_choices(session, code, area)


@router.get("/templates/{code}/preview", response_class=Response)
async def preview(
    code: str,
    request: Request,
    principal: Annotated[Principal, Requires("reports:read")],
    database: DatabaseDependency,
    area: Area,
    map_indicator: Indicator = None,
    chart_indicator: Indicator = None,
) -> Response:
    """The report as it would be with the present figures, as an HTML fragment; nothing is kept."""
    # a transaction of its own, ended before the drawing: that must not hold a connection
    async with database.read_session(principal) as session:
        wanted = Wanted(code, area, map_indicator, chart_indicator)
        composed = await service.compose(session, wanted)
    content = service.preview_content(composed, principal)
    marks = (content, RENDERER_VERSION)
    etag = etag_of(hashlib.sha256(repr(marks).encode()).hexdigest()[:32])
    headers = {"ETag": etag, "Vary": "Authorization", "Cache-Control": "no-cache"}
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    # drawing takes a core for a while; other requests must not wait for it
    article = await asyncio.to_thread(render_article, content, TITLE_LEVEL)
    return Response(article, media_type="text/html; charset=utf-8", headers=headers)
