"""SQL of API keys. No query reads a secret's hash; the role is not allowed to."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.api_keys.models import ApiKey


async def list_keys(session: AsyncSession, *, before: UUID | None, limit: int) -> Sequence[ApiKey]:
    """Up to `limit` keys that the principal may see, the newest first, older than `before`."""
    query = select(ApiKey).order_by(ApiKey.id.desc()).limit(limit)
    if before is not None:
        query = query.where(ApiKey.id < before)
    return (await session.scalars(query)).all()


async def get_for_change(session: AsyncSession, key_id: UUID) -> ApiKey | None:
    """The key, held until the end of the transaction, if it exists and may be seen."""
    return await session.get(ApiKey, key_id, with_for_update=True)


async def add(session: AsyncSession, key: ApiKey) -> None:
    """Write a new key."""
    session.add(key)
    await session.flush()
