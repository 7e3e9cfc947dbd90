"""What this service's background jobs work with."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from obstore.store import ObjectStore
from sqlalchemy import text

from services.shared.database import Database
from services.shared.principal import Principal


@dataclass(frozen=True, slots=True)
class JobContext:
    """The parts a job uses: the database under the service's role, and the files."""

    database: Database
    objects: ObjectStore


async def principal_of(context: JobContext, report_id: UUID) -> Principal | None:
    """In whose name a report is made: whoever asked for it; None if there is no such report."""
    async with context.database.bare_connection() as session:
        row = await session.execute(text("SELECT report.acting_principal(:id)"), {"id": report_id})
        values: dict[str, Any] | None = row.scalar_one()
    return None if values is None else Principal.from_job(values)
