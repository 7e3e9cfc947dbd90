"""HTTP of requests."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.consultation_api.base import SCHEMA
from services.consultation_api.requests import service
from services.consultation_api.requests.rules import RequestState
from services.consultation_api.requests.schemas import (
    AgreementDraft,
    AgreementProposal,
    Decline,
    MessageCreate,
    RequestCreate,
    RequestRead,
    Withdrawal,
)
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Anfragen")
Reader = Annotated[Principal, Requires("cases:read")]
Writer = Annotated[Principal, Requires("cases:write")]
Asker = Annotated[Principal, Requires("requests:create")]
Advisor = Annotated[Principal, Requires("cases:advise")]


@router.get("/requests")
async def list_requests(
    principal: Reader,
    session: ReadSession,
    request: Request,
    response: Response,
    state: Annotated[list[RequestState] | None, Query(description="Stand; mehrfach")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RequestRead]:
    """The requests of one's own organisation, on either side; the newest first."""
    page = await service.list_requests(
        session, principal, states=state or [], cursor=cursor, limit=limit
    )
    link_next(request, response, page.next)
    return page


@router.post("/requests", status_code=201, response_model=RequestRead)
async def create_request(
    principal: Asker,
    session: WriteSession,
    request: Request,
    wanted: RequestCreate,
    key: IdempotencyKey,
) -> Response:
    """Ask the advisory team for support, in one's own words."""

    async def act() -> Outcome:
        created = await service.create(session, principal, wanted)
        return Outcome(
            201,
            created.model_dump(mode="json"),
            {"Location": f"/v1/requests/{created.id}", "ETag": etag_of(created.version)},
        )

    return await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)


@router.get("/requests/{request_id}")
async def read_request(
    principal: Reader, session: ReadSession, response: Response, request_id: UUID
) -> RequestRead:
    """One request; its `ETag` is needed for every step."""
    found = await service.read(session, principal, request_id)
    response.headers["ETag"] = etag_of(found.version)
    return found


@router.post("/requests/{request_id}/messages", status_code=201, response_model=RequestRead)
async def add_message(
    principal: Writer,
    session: WriteSession,
    request: Request,
    request_id: UUID,
    wanted: MessageCreate,
    key: IdempotencyKey,
) -> Response:
    """Say something to the other side; answers with the request."""

    async def act() -> Outcome:
        changed = await service.add_message(session, principal, request_id, wanted.text)
        return Outcome(201, changed.model_dump(mode="json"), {"ETag": etag_of(changed.version)})

    return await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)


@router.get("/requests/{request_id}/agreement-draft")
async def draft_agreement(
    principal: Advisor, session: ReadSession, request_id: UUID
) -> AgreementDraft:
    """The text of a Beratungsvereinbarung to start from, written from the request."""
    return AgreementDraft(text=await service.draft(session, principal, request_id))


@router.post("/requests/{request_id}/agreement")
async def propose_agreement(
    principal: Advisor,
    session: WriteSession,
    request: Request,
    response: Response,
    request_id: UUID,
    wanted: AgreementProposal,
) -> RequestRead:
    """Propose a Beratungsvereinbarung, or another version (`If-Match` with the ETag last read)."""
    changed = await service.propose_agreement(session, principal, request_id, wanted.text, request)
    response.headers["ETag"] = etag_of(changed.version)
    return changed


@router.post("/requests/{request_id}/decline")
async def decline_request(
    principal: Advisor,
    session: WriteSession,
    request: Request,
    response: Response,
    request_id: UUID,
    wanted: Decline,
) -> RequestRead:
    """Tell the municipality why the team cannot help (`If-Match` with the ETag last read)."""
    changed = await service.close(session, principal, request_id, "decline", wanted.reason, request)
    response.headers["ETag"] = etag_of(changed.version)
    return changed


@router.post("/requests/{request_id}/withdraw")
async def withdraw_request(
    principal: Asker,
    session: WriteSession,
    request: Request,
    response: Response,
    request_id: UUID,
    wanted: Withdrawal,
) -> RequestRead:
    """Withdraw one's own request (`If-Match` with the ETag last read)."""
    changed = await service.close(
        session, principal, request_id, "withdraw", wanted.reason, request
    )
    response.headers["ETag"] = etag_of(changed.version)
    return changed
