"""SQL of passwords and attempts, through the owner functions that need no principal."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Credential:
    """What a password is checked against."""

    account_id: UUID
    password_hash: str
    is_active: bool


async def find(session: AsyncSession, name: str) -> Credential | None:
    """The credential of the account with this login name, or None."""
    row = (
        await session.execute(
            text("SELECT id, password_hash, is_active FROM identity.login_credential(:name)"),
            {"name": name},
        )
    ).one_or_none()
    return None if row is None else Credential(*row)


async def begin_attempt(
    session: AsyncSession, name_digest: bytes, within: timedelta, maximum: int
) -> bool:
    """Count an attempt for this name; False if there were `maximum` within that time already."""
    return bool(
        await session.scalar(
            text("SELECT identity.begin_login_attempt(:digest, :within, :maximum)"),
            {"digest": name_digest, "within": within, "maximum": maximum},
        )
    )


async def clear_attempts(session: AsyncSession, name_digest: bytes) -> None:
    """Forget the attempts for this name."""
    await session.execute(
        text("SELECT identity.clear_login_attempts(:digest)"), {"digest": name_digest}
    )


async def store_hash(session: AsyncSession, account_id: UUID, password_hash: str) -> None:
    """Replace the account's hash by one of the same password; the principal is the account."""
    await session.execute(
        update(Account).where(Account.id == account_id).values(password_hash=password_hash)
    )
