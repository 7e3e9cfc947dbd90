"""The append-only record of who did what, written in the same transaction as the change."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.shared.ids import new_id
from services.shared.principal import Principal


async def record(
    session: AsyncSession,
    schema: str,
    principal: Principal,
    action: str,
    record_kind: str,
    record_id: UUID | str,
    fields: Sequence[str] = (),
) -> None:
    """Add one row to `<schema>.audit`: ids and field names, never a personal value."""
    await session.execute(
        text(
            f"INSERT INTO {schema}.audit (id, subject_id, organisation_id, action, record_kind,"
            " record_id, fields) VALUES (:id, :subject_id, :organisation_id, :action,"
            " :record_kind, :record_id, :fields)"
        ),
        {
            "id": new_id(),
            "subject_id": principal.subject_id,
            "organisation_id": principal.organisation_id,
            "action": action,
            "record_kind": record_kind,
            "record_id": str(record_id),
            "fields": list(fields),
        },
    )
