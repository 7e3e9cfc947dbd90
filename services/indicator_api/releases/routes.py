"""Releases over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from services.indicator_api.releases import service
from services.indicator_api.releases.schemas import (
    HiddenCell,
    ReleaseRead,
    ReleaseState,
    ReleaseWrite,
)
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Freigaben")


@router.post("/releases", status_code=202, response_model=ReleaseRead)
async def create_release(
    request: Request,
    wanted: ReleaseWrite,
    principal: Annotated[Principal, Requires("releases:write")],
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Prepare a release; it is checked in the background and becomes a draft."""

    async def act() -> Outcome:
        release, version = await service.create_release(
            session, request.app.state.jobs, principal, wanted
        )
        headers = {"Location": f"/v1/releases/{release.id}", "ETag": etag_of(version)}
        return Outcome(202, release.model_dump(mode="json"), headers)

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)


@router.get("/releases")
async def list_releases(
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    dataset: Annotated[str | None, Query(description="Code des Datenbestands")] = None,
    state: ReleaseState | None = None,
    own: Annotated[bool, Query(description="Nur die der eigenen Organisation")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ReleaseRead]:
    """Releases one may see, newest first; drafts are their holder's alone."""
    page = await service.list_releases(
        session, principal, dataset=dataset, state=state, own=own, cursor=cursor, limit=limit
    )
    link_next(request, response, page.next)
    return page


@router.get("/releases/{release_id}")
async def read_release(
    release_id: UUID,
    response: Response,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
) -> ReleaseRead:
    """One release; its `ETag` is needed to publish or withdraw it."""
    release, version = await service.read_release(session, principal, release_id)
    response.headers["ETag"] = etag_of(version)
    return release


@router.get("/releases/{release_id}/certificate")
async def read_certificate(
    release_id: UUID,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
) -> dict[str, Any]:
    """What the release was checked for; `quartierblick audit` checks it again."""
    return await service.read_certificate(session, principal, release_id)


@router.get("/releases/{release_id}/hidden")
async def list_hidden(
    release_id: UUID,
    principal: Annotated[Principal, Requires("facts:read_raw")],
    session: ReadSession,
) -> Page[HiddenCell]:
    """The first cells that the release hides; for the office that holds the facts."""
    return Page(items=await service.list_hidden(session, principal, release_id))
