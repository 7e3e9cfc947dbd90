"""All figures of an answer as rows, for documents that are made of them in Python."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations import repository
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.totals import Beside

# far more than a profile has; what may have more is read from a cursor (`stream_rows`)
MAXIMUM_ROWS = 1_000_000


class TooManyRowsError(Exception):
    """There are more rows than are held at once; cut off they would tell a wrong story."""


async def whole_rows(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice, beside: Beside | None = None
) -> list[dict[str, Any]]:
    """The rows with the columns that files have, by indicator, area and time.

    The value of `beside` comes with the first of them (see `repository.read_rows`). Raises
    `TooManyRowsError`.
    """
    rows, following = await repository.read_rows(
        session, plan, choice, after=None, limit=MAXIMUM_ROWS, beside=beside
    )
    if following is not None:
        raise TooManyRowsError(f"more than {MAXIMUM_ROWS} rows")
    return rows
