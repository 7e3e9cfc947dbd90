"""All figures of an answer as rows, for documents that are made of them in Python."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations import repository
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.totals import Beside

# far more than a profile has; what has more is a file, and comes from a cursor
MAXIMUM_ROWS = 1_000_000


async def whole_rows(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice, beside: Beside | None = None
) -> list[dict[str, Any]]:
    """The rows with the columns that files have, by indicator, area and time.

    The value of `beside` comes with the first of them (see `repository.read_rows`).
    """
    rows, _ = await repository.read_rows(
        session, plan, choice, after=None, limit=MAXIMUM_ROWS, beside=beside
    )
    return rows
