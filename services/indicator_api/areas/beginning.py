"""The day the register of areas begins; SQL that statements of other features take in."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

FIRST_DAY = """
    SELECT CASE WHEN bool_and(a.valid_from IS NOT NULL) THEN min(a.valid_from) END
    FROM indicator.area AS a JOIN indicator.area_kind AS k ON k.code = a.kind
    WHERE a.parent_id IS NULL AND NOT a.is_fictional AND k.rank = (
        SELECT min(u.rank) FROM indicator.area AS r JOIN indicator.area_kind AS u ON u.code = r.kind
        WHERE r.parent_id IS NULL AND NOT r.is_fictional
    )
"""
"""The day the register begins: that of its oldest root of the uppermost level.

What lies below a root is not older, even where its own beginning is not known. What was entered
for a day on which nothing lay above it is no root of the register.
"""


async def first_day(session: AsyncSession) -> date | None:
    """The day the register begins (see `FIRST_DAY`); None where that is open."""
    row = await session.execute(text(FIRST_DAY))
    day: date | None = row.scalar_one()
    return day
