"""HTTP of the timeline."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.consultation_api.base import SCHEMA
from services.consultation_api.entries import service
from services.consultation_api.entries.rules import EntryKind
from services.consultation_api.entries.schemas import EntryChange, EntryCreate, EntryRead
from services.consultation_api.sides import Visibility
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Verlauf")
Reader = Annotated[Principal, Requires("cases:read")]
Writer = Annotated[Principal, Requires("cases:write")]


@router.get("/cases/{case_id}/entries")
async def list_entries(
    principal: Reader,
    session: ReadSession,
    request: Request,
    response: Response,
    case_id: UUID,
    kind: Annotated[list[EntryKind] | None, Query(description="Art; mehrfach")] = None,
    visibility: Visibility | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[EntryRead]:
    """The timeline of a case, the latest first."""
    page = await service.list_entries(
        session,
        principal,
        case_id,
        kinds=kind or [],
        visibility=visibility,
        cursor=cursor,
        limit=limit,
    )
    link_next(request, response, page.next)
    return page


@router.post("/cases/{case_id}/entries", status_code=201, response_model=EntryRead)
async def write_entry(
    principal: Writer,
    session: WriteSession,
    request: Request,
    case_id: UUID,
    wanted: EntryCreate,
    key: IdempotencyKey,
) -> Response:
    """Put something on the timeline, for both sides or for the team alone."""

    async def act() -> Outcome:
        entry = await service.write(session, principal, case_id, wanted)
        return Outcome(
            201,
            entry.model_dump(mode="json"),
            {
                "Location": f"/v1/cases/{case_id}/entries/{entry.id}",
                "ETag": etag_of(entry.version),
            },
        )

    return await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)


@router.get("/cases/{case_id}/entries/{entry_id}")
async def read_entry(
    principal: Reader, session: ReadSession, response: Response, case_id: UUID, entry_id: UUID
) -> EntryRead:
    """One entry; its `ETag` is needed to change it."""
    entry = await service.read(session, principal, case_id, entry_id)
    response.headers["ETag"] = etag_of(entry.version)
    return entry


@router.patch("/cases/{case_id}/entries/{entry_id}")
async def change_entry(
    principal: Writer,
    session: WriteSession,
    request: Request,
    response: Response,
    case_id: UUID,
    entry_id: UUID,
    wanted: EntryChange,
) -> EntryRead:
    """Change what one has written oneself (`If-Match` with the ETag last read)."""
    entry = await service.change(session, principal, case_id, entry_id, wanted, request)
    response.headers["ETag"] = etag_of(entry.version)
    return entry
