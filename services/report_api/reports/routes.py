"""Reports over HTTP."""

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Query, Request, Response

from services.report_api.reports import service
from services.report_api.reports.rules import DOWNLOADS
from services.report_api.reports.schemas import ReportRead, ReportState, ReportWrite
from services.report_api.reports.service import StoredFile
from services.shared.auth import Requires
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of, not_modified
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.problems import NotFound, Problem
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Berichte")


@router.post("/reports", status_code=202, response_model=ReportRead)
async def create_report(
    request: Request,
    wanted: ReportWrite,
    principal: Annotated[Principal, Requires("reports:create")],
    database: DatabaseDependency,
    key: IdempotencyKey,
) -> Response:
    """Freeze the figures and have the report made in the background.

    200 with the report there is, if the organisation has the same one already.
    """
    # first, in a transaction of its own: a request never holds two connections at a time
    composed = await service.compose_report(database, principal, wanted)
    body = await fingerprint_of_body(request)
    async with database.write_session(principal) as session:

        async def act() -> Outcome:
            if isinstance(composed, Problem):
                raise composed
            report, is_new = await service.request_report(
                session, request.app.state.jobs, principal, composed
            )
            headers = {"Location": f"/v1/reports/{report.id}"}
            return Outcome(202 if is_new else 200, report.as_json(), headers)

        answer = await once(session, "report", principal, key, body, act)
        if "Idempotency-Replayed" in answer.headers:
            # a key is the organisation's; what it answered may rest on figures for others in it
            await service.read_report(session, UUID(orjson.loads(answer.body)["id"]))
        return answer


@router.get("/reports")
async def list_reports(
    request: Request,
    response: Response,
    _principal: Annotated[Principal, Requires("reports:read")],
    session: ReadSession,
    area: Annotated[str | None, Query(max_length=40, description="Schlüssel des Gebiets")] = None,
    template: Annotated[str | None, Query(max_length=100, description="Code der Vorlage")] = None,
    state: ReportState | None = None,
    q: Annotated[
        str | None,
        Query(min_length=1, max_length=200, description="Teil von Titel, Ort oder Zeichen"),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReportRead]:
    """The organisation's reports, newest first."""
    page = await service.list_reports(
        session, area=area, template=template, state=state, query=q, cursor=cursor, limit=limit
    )
    link_next(request, response, page.next)
    return page


@router.get("/reports/{report_id}")
async def read_report(
    report_id: UUID,
    _principal: Annotated[Principal, Requires("reports:read")],
    session: ReadSession,
) -> ReportRead:
    """One report and how far it is."""
    return await service.read_report(session, report_id)


@router.get("/reports/{report_id}/files/{file_format}", response_class=Response)
async def read_file(
    report_id: UUID,
    file_format: str,
    request: Request,
    _principal: Annotated[Principal, Requires("reports:read")],
    session: ReadSession,
) -> Response:
    """A finished file, always the same bytes."""
    if file_format not in DOWNLOADS:
        raise NotFound(
            "format_unknown",
            f"Berichte gibt es nicht als „{file_format}“. Es gibt: {', '.join(DOWNLOADS)}.",
        )
    file = await service.find_file(session, report_id, file_format)
    headers = {"Content-Disposition": f'attachment; filename="{file.filename}"'}
    return await _file(request, file, headers)


@router.get("/reports/{report_id}/article", response_class=Response)
async def read_article(
    report_id: UUID,
    request: Request,
    _principal: Annotated[Principal, Requires("reports:read")],
    session: ReadSession,
) -> Response:
    """The finished report as an HTML fragment, to be shown within a page."""
    return await _file(request, await service.find_file(session, report_id, "article"), {})


async def _file(request: Request, file: StoredFile, headers: dict[str, str]) -> Response:
    etag = etag_of(file.sha256)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    body = await service.read_object(request.app.state.objects, file)
    fresh = {"ETag": etag, "Vary": "Authorization", "Cache-Control": "no-cache"}
    return Response(body, media_type=file.media_type, headers=headers | fresh)


@router.get("/reports/{report_id}/snapshot", response_class=Response)
async def read_snapshot(
    report_id: UUID,
    request: Request,
    _principal: Annotated[Principal, Requires("reports:read")],
    session: ReadSession,
) -> Response:
    """Every figure's cells, the definitions and the outlines, as they were frozen."""
    body, fingerprint, name = await service.read_snapshot(session, report_id)
    etag = etag_of(fingerprint)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    headers = {
        "ETag": etag,
        "Vary": "Authorization",
        "Cache-Control": "no-cache",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(body, media_type="application/json", headers=headers)
