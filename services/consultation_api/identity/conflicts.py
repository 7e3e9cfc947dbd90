"""From violated constraints of the database to problems a client understands."""

from collections.abc import Mapping

from psycopg.errors import IntegrityError as DriverIntegrityError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.shared.problems import Problem


async def flush_or_refuse(session: AsyncSession, refusals: Mapping[str, Problem]) -> None:
    """Write what is pending; raise the problem that belongs to a violated constraint's name."""
    try:
        await session.flush()
    except IntegrityError as error:
        if isinstance(error.orig, DriverIntegrityError):
            refusal = refusals.get(error.orig.diag.constraint_name or "")
            if refusal is not None:
                raise refusal from error
        raise
