"""SQL of what is removed without anybody asking."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def remove_old_answers(session: AsyncSession, kept: timedelta) -> int:
    """Remove the answers kept for repeated requests that are older than `kept`; how many."""
    rows = await session.execute(
        text("SELECT consultation.remove_old_answers(:kept)"), {"kept": kept}
    )
    return int(rows.scalar_one())
