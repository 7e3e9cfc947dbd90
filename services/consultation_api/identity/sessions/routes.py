"""HTTP of tokens and sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from services.consultation_api.identity.cursors import newest_before
from services.consultation_api.identity.dependencies import (
    PasswordsDependency,
    SettingsDependency,
)
from services.consultation_api.identity.sessions import service
from services.consultation_api.identity.sessions.schemas import (
    Grant,
    LoginRead,
    PasswordGrant,
    PlaceChange,
    SessionRead,
    TokenRead,
)
from services.shared.auth import Public, Requires
from services.shared.database import DatabaseDependency
from services.shared.paging import (
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    Page,
    cut,
    encode_cursor,
    link_next,
)
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Anmeldung")
Self = Annotated[Principal, Requires("account:self")]


@router.post("/tokens", status_code=201)
async def create_token(
    _principal: Annotated[Principal, Public()],
    request: Request,
    response: Response,
    database: DatabaseDependency,
    settings: SettingsDependency,
    passwords: PasswordsDependency,
    grant: Grant,
) -> LoginRead | TokenRead:
    """Log in with name and password, or renew the access token of an open session."""
    response.headers["Cache-Control"] = "no-store"
    if isinstance(grant, PasswordGrant):
        user_agent = request.headers.get("user-agent")
        return await service.log_in(database, settings, passwords, grant, user_agent)
    return await service.renew(database, settings, grant.session_token)


@router.get("/sessions")
async def list_own_sessions(
    principal: Self,
    session: ReadSession,
    request: Request,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[SessionRead]:
    """The own open sessions, the newest first."""
    rows = await service.list_own(session, principal, before=newest_before(cursor), limit=limit + 1)
    items, has_more = cut(rows, limit)
    following = encode_cursor(str(items[-1].id)) if has_more else None
    link_next(request, response, following)
    return Page(items=items, next=following)


@router.delete("/sessions/current", status_code=204)
async def log_out(principal: Self, session: WriteSession) -> None:
    """End the session behind this request; its tokens stop working at once."""
    await service.revoke(session, principal, principal.session_id)


@router.patch("/sessions/current")
async def switch_place(principal: Self, session: WriteSession, wanted: PlaceChange) -> SessionRead:
    """Work for another of the own organisations; takes effect at the next request."""
    return await service.switch_place(session, principal, wanted.organisation_id)


@router.delete("/sessions/{session_id}", status_code=204)
async def revoke_session(principal: Self, session: WriteSession, session_id: UUID) -> None:
    """End one of the own sessions, on another device for example."""
    await service.revoke(session, principal, session_id)
