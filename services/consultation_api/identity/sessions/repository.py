"""SQL of sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.organisations.models import Organisation
from services.consultation_api.identity.sessions.models import Session


@dataclass(frozen=True, slots=True)
class UsedSession:
    """A session found by its token; `state` is `active`, `expired`, `revoked` or `inactive`."""

    id: UUID
    account_id: UUID
    state: str


async def add(session: AsyncSession, new: Session) -> None:
    """Write a new session of the principal."""
    session.add(new)
    await session.flush()


async def last_place(session: AsyncSession, account_id: UUID) -> UUID | None:
    """The organisation of the account's newest session, or None."""
    query = (
        select(Session.organisation_id)
        .where(Session.account_id == account_id)
        .order_by(Session.id.desc())
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def use(session: AsyncSession, secret_hash: bytes) -> UsedSession | None:
    """The session with this token, its use noted; needs no principal."""
    row = (
        await session.execute(
            text(
                "SELECT used.id, used.account_id,"
                " CASE WHEN used.state = 'active' THEN who.state ELSE used.state END"
                " FROM identity.use_session(:hash) used,"
                " LATERAL identity.session_principal(used.id) who"
            ),
            {"hash": secret_hash},
        )
    ).one_or_none()
    return None if row is None else UsedSession(*row)


async def list_open(
    session: AsyncSession, account_id: UUID, *, before: UUID | None, limit: int
) -> Sequence[tuple[Session, Organisation]]:
    """Up to `limit` open sessions of the account, the newest first, older than `before`."""
    query = (
        select(Session, Organisation)
        .join(Organisation, Organisation.id == Session.organisation_id)
        .where(
            Session.account_id == account_id,
            Session.revoked_at.is_(None),
            Session.expires_at > func.now(),
            Session.last_used_at + Session.idle_limit > func.now(),
        )
        .order_by(Session.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Session.id < before)
    return list((await session.execute(query)).all())


async def get_own_for_change(
    session: AsyncSession, account_id: UUID, session_id: UUID
) -> Session | None:
    """This session of this account, held until the end of the transaction, or None."""
    query = (
        select(Session)
        .where(Session.id == session_id, Session.account_id == account_id)
        .with_for_update()
    )
    return (await session.scalars(query)).one_or_none()


async def revoke_all(
    session: AsyncSession, account_id: UUID, keep: UUID | None, now: datetime
) -> Sequence[UUID]:
    """Revoke the account's sessions but `keep`; their ids."""
    query = (
        update(Session)
        .where(Session.account_id == account_id, Session.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(Session.id)
    )
    if keep is not None:
        query = query.where(Session.id != keep)
    return (await session.scalars(query)).all()


async def remove_expired(session: AsyncSession, kept: timedelta) -> int:
    """Remove what has been of no use for that long; how many rows. Needs no principal."""
    return int(
        await session.scalar(
            text("SELECT identity.remove_expired_credentials(:kept)"), {"kept": kept}
        )
        or 0
    )
