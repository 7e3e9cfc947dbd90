"""SQL of the timeline. The policies of the database decide which rows there are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.cases.models import Entry


async def list_latest(
    session: AsyncSession,
    case_id: UUID,
    *,
    kinds: Sequence[str],
    visibility: str | None,
    before: Sequence[Any] | None,
    limit: int | None,
) -> Sequence[Entry]:
    """Up to `limit` entries of a case by the day they are about, the latest first.

    They come behind the given (day, id).
    """
    query = (
        select(Entry)
        .where(Entry.case_id == case_id)
        .order_by(Entry.occurred_on.desc(), Entry.id.desc())
        .limit(limit)
    )
    if kinds:
        query = query.where(Entry.kind.in_(kinds))
    if visibility is not None:
        query = query.where(Entry.visibility == visibility)
    if before is not None:
        query = query.where(tuple_(Entry.occurred_on, Entry.id) < tuple(before))
    return (await session.scalars(query)).all()


async def find(session: AsyncSession, case_id: UUID, entry_id: UUID) -> Entry | None:
    """An entry as it is now, or None if the case has none with this id that may be seen."""
    query = (
        select(Entry)
        .where(Entry.case_id == case_id, Entry.id == entry_id)
        .execution_options(populate_existing=True)
    )
    found: Entry | None = await session.scalar(query)
    return found


async def hold(session: AsyncSession, entry: Entry) -> None:
    """Read the entry again, kept from others' changes until the end of the transaction."""
    await session.refresh(entry, with_for_update=True)


async def change(session: AsyncSession, entry_id: UUID, changes: dict[str, Any]) -> None:
    """Write changed fields of an entry, as its next version."""
    await session.execute(
        update(Entry)
        .where(Entry.id == entry_id)
        .values(**changes, row_version=Entry.row_version + 1)
        .execution_options(synchronize_session=False)
    )
