"""All figures of an answer as rows, for documents that are made of them in Python."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations import repository
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.totals import Beside

# far more than a profile has; what may have more is read from a cursor (`streamed_rows`)
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


async def streamed_rows(
    session: AsyncSession, plan: FigurePlan, choice: AreaChoice
) -> AsyncGenerator[list[dict[str, Any]], None]:
    """The same rows from a cursor, some thousand at a time, however many there are."""
    async with aclosing(repository.stream_rows(session, plan, choice)) as batches:
        async for rows in batches:
            yield [dict(zip(repository.ROW_COLUMNS, row, strict=True)) for row in rows]
