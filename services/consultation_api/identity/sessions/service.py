"""Use cases of sessions and tokens."""

from datetime import UTC, datetime
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import OKPKey
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.base import SCHEMA
from services.consultation_api.identity.credentials import service as credentials
from services.consultation_api.identity.credentials.hashing import Passwords
from services.consultation_api.identity.memberships import service as memberships
from services.consultation_api.identity.organisations import service as organisations
from services.consultation_api.identity.organisations.models import Organisation
from services.consultation_api.identity.organisations.schemas import OrganisationBrief
from services.consultation_api.identity.principals import acting_as
from services.consultation_api.identity.sessions import repository, rules
from services.consultation_api.identity.sessions.models import Session
from services.consultation_api.identity.sessions.schemas import (
    LoginRead,
    PasswordGrant,
    SessionRead,
    TokenRead,
)
from services.consultation_api.settings import ConsultationSettings
from services.shared import audit
from services.shared.auth import (
    TOKEN_ALGORITHM,
    TOKEN_AUDIENCE,
    TOKEN_ISSUER,
    hash_secret,
    unauthorised,
)
from services.shared.database import Database
from services.shared.ids import new_id
from services.shared.principal import Principal
from services.shared.problems import Forbidden, NotFound, Unauthorised

USER_AGENT_LENGTH = 200


async def log_in(
    database: Database,
    settings: ConsultationSettings,
    passwords: Passwords,
    grant: PasswordGrant,
    user_agent: str | None,
) -> LoginRead:
    """Open a session for a name and its password.

    Raises `Unauthorised` (`credentials_invalid`), `TooManyRequests`, and `Forbidden` for an
    account that works nowhere.
    """
    account_id = await credentials.check(database, settings, passwords, grant.name, grant.password)
    if account_id is None:
        raise Unauthorised(
            "credentials_invalid",
            "Name oder Passwort stimmen nicht.",
            title="Anmeldung nicht möglich",
            headers={"WWW-Authenticate": 'Bearer realm="quartierblick"'},
        )
    token = rules.new_session_token()
    async with database.write_session(acting_as(account_id)) as session:
        place = rules.choose_place(
            await memberships.list_places(session, account_id),
            await repository.last_place(session, account_id),
        )
        if place is None:
            raise Forbidden(
                "no_membership",
                "Ihr Konto gehört zurzeit zu keiner Organisation. Wenden Sie sich an die "
                "Verwaltung der Plattform.",
            )
        opened = await _open(session, settings, account_id, place, token, user_agent)
    access = _mint(settings, account_id, opened.id)
    return LoginRead(
        access_token=access.access_token,
        expires_in=access.expires_in,
        session_token=token,
        session_expires_at=opened.expires_at,
    )


async def _open(
    session: AsyncSession,
    settings: ConsultationSettings,
    account_id: UUID,
    place: UUID,
    token: str,
    user_agent: str | None,
) -> Session:
    now = datetime.now(UTC)
    opened = Session(
        id=new_id(),
        account_id=account_id,
        organisation_id=place,
        secret_hash=hash_secret(token),
        created_at=now,
        last_used_at=now,
        idle_limit=settings.session_idle_limit,
        expires_at=now + settings.session_lifetime,
        revoked_at=None,
        user_agent=None if user_agent is None else user_agent[:USER_AGENT_LENGTH],
    )
    await repository.add(session, opened)
    await audit.record(
        session, SCHEMA, acting_as(account_id, place), "session.created", "session", opened.id
    )
    return opened


async def renew(database: Database, settings: ConsultationSettings, token: str) -> TokenRead:
    """A new access token for an open session, whose use is noted.

    Raises `Unauthorised` for one that is unknown, revoked, expired or of an inactive account.
    """
    async with database.bare_connection() as session:
        used = await repository.use(session, hash_secret(token))
    if used is None or used.state == "revoked":
        raise unauthorised("session_revoked")
    if used.state != "active":
        raise unauthorised("session_expired" if used.state == "expired" else "account_inactive")
    return _mint(settings, used.account_id, used.id)


def _mint(settings: ConsultationSettings, account_id: UUID, session_id: UUID) -> TokenRead:
    claims = rules.access_claims(
        issuer=TOKEN_ISSUER,
        audience=TOKEN_AUDIENCE,
        account_id=account_id,
        session_id=session_id,
        now=datetime.now(UTC),
        lifetime=settings.access_token_lifetime,
    )
    key = OKPKey.import_key(settings.token_signing_key.get_secret_value())
    token = jwt.encode({"alg": TOKEN_ALGORITHM}, claims, key, algorithms=[TOKEN_ALGORITHM])
    return TokenRead(
        access_token=token, expires_in=int(settings.access_token_lifetime.total_seconds())
    )


async def list_own(
    session: AsyncSession, principal: Principal, *, before: UUID | None, limit: int
) -> list[SessionRead]:
    """Up to `limit` of the principal's open sessions, the newest first."""
    if principal.subject_id is None:
        return []
    rows = await repository.list_open(session, principal.subject_id, before=before, limit=limit)
    return [_read(row, place, principal) for row, place in rows]


async def revoke(session: AsyncSession, principal: Principal, session_id: UUID | None) -> None:
    """End one of the principal's sessions; ending it again changes nothing.

    Raises `NotFound` for a session of somebody else.
    """
    own = await _require_own(session, principal, session_id)
    if own.revoked_at is None:
        own.revoked_at = datetime.now(UTC)
        await session.flush()
        await audit.record(session, SCHEMA, principal, "session.revoked", "session", own.id)


async def revoke_all(
    session: AsyncSession, principal: Principal, account_id: UUID, keep: UUID | None = None
) -> None:
    """End all sessions of an account but `keep`."""
    now = datetime.now(UTC)
    for session_id in await repository.revoke_all(session, account_id, keep, now):
        await audit.record(session, SCHEMA, principal, "session.revoked", "session", session_id)


async def switch_place(
    session: AsyncSession, principal: Principal, organisation_id: UUID
) -> SessionRead:
    """Work for another of the own organisations from now on; raises `NotFound` for others."""
    own = await _require_own(session, principal, principal.session_id)
    if organisation_id not in await memberships.list_places(session, own.account_id):
        raise NotFound("organisation_not_found", "Für diese Organisation arbeiten Sie nicht.")
    place = await organisations.require(session, organisation_id)
    if own.organisation_id != organisation_id:
        own.organisation_id = organisation_id
        await session.flush()
        await audit.record(
            session,
            SCHEMA,
            principal,
            "session.changed",
            "session",
            own.id,
            ["organisation_id"],
        )
    return _read(own, place, principal)


async def _require_own(
    session: AsyncSession, principal: Principal, session_id: UUID | None
) -> Session:
    own = None
    if principal.subject_id is not None and session_id is not None:
        own = await repository.get_own_for_change(session, principal.subject_id, session_id)
    if own is None:
        raise NotFound("session_not_found", "Diese Sitzung gibt es nicht.")
    return own


def _read(row: Session, place: Organisation, principal: Principal) -> SessionRead:
    return SessionRead(
        id=row.id,
        organisation=OrganisationBrief.model_validate(place),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        user_agent=row.user_agent,
        is_current=row.id == principal.session_id,
    )
