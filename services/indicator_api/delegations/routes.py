"""Delegations of raw facts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from services.indicator_api.delegations import service
from services.indicator_api.delegations.schemas import DelegationRead, DelegationWrite
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import Page
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Überlassene Rohdaten")


@router.get("/delegations")
async def list_all_delegations(
    _principal: Annotated[Principal, Requires("datasets:read")], session: ReadSession
) -> Page[DelegationRead]:
    """All that one's organisation granted or was granted, newest first."""
    return await service.list_delegations(session, None)


@router.get("/datasets/{code}/delegations")
async def list_delegations(
    code: str,
    _principal: Annotated[Principal, Requires("datasets:read")],
    session: ReadSession,
) -> Page[DelegationRead]:
    """Who may or might read a dataset's raw facts; for its holder and for whom they were given."""
    return await service.list_delegations(session, code)


@router.post("/datasets/{code}/delegations", status_code=201, response_model=DelegationRead)
async def grant_delegation(
    code: str,
    wanted: DelegationWrite,
    request: Request,
    principal: Annotated[Principal, Requires("releases:write")],
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Let another office read the raw facts until a day; it can never write them."""

    async def act() -> Outcome:
        delegation, version = await service.grant(session, principal, code, wanted)
        headers = {"Location": f"/v1/delegations/{delegation.id}", "ETag": etag_of(version)}
        return Outcome(201, delegation.model_dump(mode="json"), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.get("/delegations/{delegation_id}")
async def read_delegation(
    delegation_id: UUID,
    response: Response,
    _principal: Annotated[Principal, Requires("datasets:read")],
    session: ReadSession,
) -> DelegationRead:
    """One delegation; its `ETag` is needed to end it."""
    delegation, version = await service.read_delegation(session, delegation_id)
    response.headers["ETag"] = etag_of(version)
    return delegation


@router.delete("/delegations/{delegation_id}")
async def revoke_delegation(
    delegation_id: UUID,
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("releases:write")],
    session: WriteSession,
) -> DelegationRead:
    """End a delegation at once (`If-Match` with the ETag last read)."""
    delegation, version = await service.revoke(session, principal, delegation_id, request)
    response.headers["ETag"] = etag_of(version)
    return delegation
