"""SQL of goals. The policies of the database decide which rows there are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.goals.models import Goal


async def list_goals(
    session: AsyncSession, case_id: UUID, *, after: UUID | None, limit: int | None
) -> Sequence[Goal]:
    """Up to `limit` goals of a case in the order in which they were first proposed."""
    query = select(Goal).where(Goal.case_id == case_id).order_by(Goal.id).limit(limit)
    if after is not None:
        query = query.where(Goal.id > after)
    return (await session.scalars(query)).all()


async def find(
    session: AsyncSession, case_id: UUID, goal_id: UUID, *, for_change: bool = False
) -> Goal | None:
    """A goal as it is now, or None if the case has none with this id."""
    query = (
        select(Goal)
        .where(Goal.case_id == case_id, Goal.id == goal_id)
        .execution_options(populate_existing=True)
    )
    if for_change:
        query = query.with_for_update()
    found: Goal | None = await session.scalar(query)
    return found


async def add(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write a new goal."""
    await session.execute(insert(Goal).values(**values))


async def change(session: AsyncSession, goal_id: UUID, changes: dict[str, Any]) -> None:
    """Write a change of a goal, as its next version."""
    await session.execute(
        update(Goal)
        .where(Goal.id == goal_id)
        .values(**changes, row_version=Goal.row_version + 1)
        .execution_options(synchronize_session=False)
    )
