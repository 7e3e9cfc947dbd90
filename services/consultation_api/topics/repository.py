"""SQL of topics."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.topics.models import Topic


async def list_topics(session: AsyncSession) -> Sequence[Topic]:
    """All topics in their order."""
    return (await session.scalars(select(Topic).order_by(Topic.position))).all()
