"""The steps of a release over HTTP: confirm, publish, discard, withdraw."""

from typing import Annotated
from uuid import UUID

from fastapi import Body, Request, Response

from services.indicator_api.releases import steps
from services.indicator_api.releases.schemas import LettingOut, ReleaseRead, Withdrawal
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import WriteSession

router = feature_router("Freigaben")
Releaser = Annotated[Principal, Requires("releases:write")]


@router.post("/releases/{release_id}/confirm", status_code=202)
async def confirm_release(
    release_id: UUID,
    request: Request,
    response: Response,
    principal: Releaser,
    session: WriteSession,
    wanted: Annotated[LettingOut, Body(default_factory=LettingOut)],
) -> ReleaseRead:
    """Let a checked draft out, at once or at `embargo_until` (`If-Match` with the ETag last read).

    Where the dataset wants a second person, who prepared it cannot confirm it.
    """
    release, version = await steps.confirm_release(
        session, request.app.state.jobs, principal, release_id, wanted, request
    )
    return _answered(response, release, version)


@router.post("/releases/{release_id}/publish", status_code=202)
async def publish_release(
    release_id: UUID,
    request: Request,
    response: Response,
    principal: Releaser,
    session: WriteSession,
) -> ReleaseRead:
    """Publish a checked draft at once where one person is enough (`If-Match` as last read)."""
    release, version = await steps.publish_release(
        session, request.app.state.jobs, principal, release_id, request
    )
    return _answered(response, release, version)


@router.post("/releases/{release_id}/discard")
async def discard_release(
    release_id: UUID,
    request: Request,
    response: Response,
    principal: Releaser,
    session: WriteSession,
) -> ReleaseRead:
    """Give up a release that is not out yet (`If-Match` with the ETag last read)."""
    release, version = await steps.discard_release(
        session, request.app.state.jobs, principal, release_id, request
    )
    return _answered(response, release, version)


@router.post("/releases/{release_id}/withdraw")
async def withdraw_release(
    release_id: UUID,
    withdrawal: Withdrawal,
    request: Request,
    response: Response,
    principal: Releaser,
    session: WriteSession,
) -> ReleaseRead:
    """Take a release back (`If-Match` with the ETag last read)."""
    release, version = await steps.withdraw_release(
        session, principal, release_id, withdrawal, request
    )
    return _answered(response, release, version)


def _answered(response: Response, release: ReleaseRead, version: int) -> ReleaseRead:
    response.headers["ETag"] = etag_of(version)
    response.headers["Location"] = f"/v1/releases/{release.id}"
    return release
