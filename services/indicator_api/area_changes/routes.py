"""Changes of areas and official directories over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

import obstore
from fastapi import Path, Query, Request, Response

from services.indicator_api.area_changes import directories, service
from services.indicator_api.area_changes.events_file import events_file
from services.indicator_api.area_changes.rehearsing import rehearse_event
from services.indicator_api.area_changes.schemas import (
    DirectoryRead,
    EventKind,
    EventRead,
    EventWrite,
    History,
)
from services.shared.auth import Requires
from services.shared.database import DatabaseDependency
from services.shared.idempotency import (
    IdempotencyKey,
    Outcome,
    fingerprint,
    fingerprint_of_body,
    once,
)
from services.shared.ids import new_id
from services.shared.list_files import CSV_ANSWER, CsvWanted, ListFilesDependency
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.problems import UnsupportedMediaType
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession
from services.shared.uploads import store_body

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = feature_router("Gebietsänderungen")


@router.get("/areas/{code}/history")
async def read_history(
    code: str,
    _principal: Annotated[Principal, Requires("areas:read")],
    session: ReadSession,
) -> History:
    """What an area came from and became, with day and law."""
    return await service.history_of(session, code)


@router.get("/area-events", response_model=Page[EventRead], responses=CSV_ANSWER)
async def list_events(
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("areas:read")],
    session: ReadSession,
    files: ListFilesDependency,
    csv: CsvWanted,
    kind: Annotated[EventKind | None, Query(description="Art der Änderung")] = None,
    area: Annotated[str | None, Query(description="Schlüssel eines beteiligten Gebiets")] = None,
    within: Annotated[str | None, Query(description="Schlüssel eines Gebiets darüber")] = None,
    since: Annotated[date | None, Query(description="Erster Tag")] = None,
    until: Annotated[date | None, Query(description="Letzter Tag")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EventRead] | Response:
    """Changes of areas, the latest first; as CSV all of them."""
    conditions = {"kind": kind, "area": area, "within": within, "since": since, "until": until}
    if csv is not None:
        return files.csv(principal, events_file(conditions), csv)
    page = await service.list_events(session, conditions, cursor, limit)
    link_next(request, response, page.next)
    return page


@router.get("/area-events/{event_id}")
async def read_event(
    event_id: Annotated[int, Path(ge=1, lt=2**31)],
    _principal: Annotated[Principal, Requires("areas:read")],
    session: ReadSession,
) -> EventRead:
    """One change with all its links."""
    return await service.read_event(session, event_id)


@router.post("/area-events", status_code=201, response_model=EventRead)
async def create_event(
    request: Request,
    wanted: EventWrite,
    principal: Annotated[Principal, Requires("areas:write", "partitions:write")],
    session: WriteSession,
    key: IdempotencyKey,
    dry_run: Annotated[
        bool, Query(description="Nur prüfen: Nichts wird verzeichnet, die Antwort ist 200")
    ] = False,
) -> Response:
    """Record a change: the areas named end and begin with it."""
    if dry_run:
        event = await rehearse_event(session, principal, wanted)
        return Response(
            event.model_dump_json(by_alias=True, exclude={"id"}), media_type="application/json"
        )

    async def act() -> Outcome:
        event = await service.record_event(session, principal, wanted)
        headers = {"Location": f"/v1/area-events/{event.id}"}
        return Outcome(201, event.model_dump(mode="json", by_alias=True), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.post("/area-directories", status_code=202, response_model=DirectoryRead)
async def create_directory(
    request: Request,
    principal: Annotated[Principal, Requires("areas:write")],
    database: DatabaseDependency,
    key: IdempotencyKey,
    filename: Annotated[str | None, Query(description="Name der Datei", max_length=255)] = None,
) -> Response:
    """Hand in the official directory of municipalities (XLSX); it is read in the background."""
    if request.headers.get("content-type", "").split(";")[0].strip() != XLSX:
        raise UnsupportedMediaType(
            "content_type_unsupported", f"Gemeindeverzeichnisse werden als „{XLSX}“ angenommen."
        )
    directory_id = new_id()
    body = await store_body(
        request,
        request.app.state.objects,
        f"area-directories/{directory_id}.xlsx",
        request.app.state.settings.max_body_bytes,
    )
    is_new = False

    async def act() -> Outcome:
        nonlocal is_new
        directory = await directories.receive(
            session, request.app.state.jobs, principal, directory_id, body.path, filename
        )
        is_new = True
        headers = {"Location": f"/v1/area-directories/{directory_id}"}
        return Outcome(202, directory.model_dump(mode="json"), headers)

    try:
        async with database.write_session(principal) as session:
            return await once(
                session, "indicator", principal, key, fingerprint(request, body.sha256), act
            )
    finally:
        if not is_new:
            await obstore.delete_async(request.app.state.objects, body.path)


@router.get("/area-directories")
async def list_directories(
    request: Request,
    response: Response,
    _principal: Annotated[Principal, Requires("areas:write")],
    session: ReadSession,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DirectoryRead]:
    """The directories that were handed in, newest first."""
    page = await directories.list_directories(session, cursor, limit)
    link_next(request, response, page.next)
    return page


@router.get("/area-directories/{directory_id}")
async def read_directory(
    directory_id: UUID,
    _principal: Annotated[Principal, Requires("areas:write")],
    session: ReadSession,
) -> DirectoryRead:
    """What became of a directory."""
    return await directories.read(session, directory_id)
