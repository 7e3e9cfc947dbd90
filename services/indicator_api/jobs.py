"""What this service's background jobs work with."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from obstore.store import ObjectStore
from sqlalchemy import text

from services.shared.database import Database
from services.shared.jobs import JobQueue
from services.shared.principal import Principal


@dataclass(frozen=True, slots=True)
class JobContext:
    """The parts a job uses: the database under the service's role, the files, and the queue for
    what is to be done next."""

    database: Database
    objects: ObjectStore
    jobs: JobQueue


async def principal_of(context: JobContext, record_kind: str, record_id: UUID) -> Principal | None:
    """In whose name a job runs: whoever handed the record in; None if there is no such record."""
    async with context.database.bare_connection() as session:
        row = await session.execute(
            text("SELECT indicator.acting_principal(:kind, :id)"),
            {"kind": record_kind, "id": record_id},
        )
        values: dict[str, Any] | None = row.scalar_one()
    return None if values is None else Principal.from_job(values)


async def refresh_statistics(context: JobContext) -> None:
    """Tell the planner of what was just written, so that the next map is planned well."""
    async with context.database.bare_connection() as session:
        await session.execute(text("SELECT indicator.refresh_statistics()"))
