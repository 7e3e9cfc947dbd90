"""Periods in the database."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.periods.rules import Period


async def ensure_periods(session: AsyncSession, periods: Iterable[Period]) -> None:
    """Add the periods that are not known yet."""
    rows = [
        {
            "id": period.id,
            "code": period.code,
            "kind": period.kind,
            "start_on": period.start_on,
            "end_on": period.end_on,
            "label": period.label,
        }
        for period in periods
    ]
    if rows:
        await session.execute(
            text(
                "INSERT INTO indicator.period (id, code, kind, start_on, end_on, label)"
                " VALUES (:id, :code, :kind, :start_on, :end_on, :label) ON CONFLICT DO NOTHING"
            ),
            rows,
        )
