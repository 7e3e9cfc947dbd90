"""Rules of protection in the database; the database itself keeps what they were."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_COLUMNS = """
    r.id, r.dataset_id, r.source, r.measure_id, r.kind, r.parameters, r.source_text, r.is_active,
    r.row_version, r.changed_by, r.changed_at, d.code AS dataset, d.holder_organisation_id,
    m.code AS measure, m.name AS measure_name
"""
_FROM = """
    FROM indicator.protection_rule AS r
    LEFT JOIN indicator.dataset AS d ON d.id = r.dataset_id
    LEFT JOIN indicator.measure AS m ON m.id = r.measure_id
"""


async def list_for(session: AsyncSession, dataset_id: int) -> list[dict[str, Any]]:
    """The rules of a dataset, then those for all."""
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} {_FROM} WHERE r.dataset_id = :dataset OR r.dataset_id IS NULL"
            " ORDER BY r.dataset_id NULLS LAST, r.kind, m.code NULLS FIRST, r.source NULLS LAST"
        ),
        {"dataset": dataset_id},
    )
    return [dict(row) for row in rows.mappings()]


async def find(
    session: AsyncSession, rule_id: UUID, *, is_to_change: bool = False
) -> dict[str, Any] | None:
    """One rule, or None; `is_to_change` keeps others from changing it."""
    locking = " FOR UPDATE OF r" if is_to_change else ""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} {_FROM} WHERE r.id = :id{locking}"), {"id": rule_id}
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def add(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Add a rule; False if there is one of this kind for the same figures."""
    added = await session.execute(
        text(
            "INSERT INTO indicator.protection_rule (id, dataset_id, measure_id, kind, parameters,"
            " source_text, is_active, changed_by, changed_subject) VALUES (:id, :dataset_id,"
            " :measure_id, :kind, CAST(:parameters AS jsonb), :source_text, :is_active, :by,"
            " :subject) ON CONFLICT ON CONSTRAINT protection_rule_once DO NOTHING RETURNING id"
        ),
        values | {"parameters": orjson.dumps(values["parameters"]).decode()},
    )
    return added.first() is not None


async def find_same(
    session: AsyncSession, dataset_id: int, measure_id: int | None, kind: str
) -> UUID:
    """The id of the dataset's rule of this kind for these figures."""
    rows = await session.execute(
        text(
            "SELECT id FROM indicator.protection_rule WHERE dataset_id = :dataset AND kind = :kind"
            " AND measure_id IS NOT DISTINCT FROM CAST(:measure AS integer)"
        ),
        {"dataset": dataset_id, "measure": measure_id, "kind": kind},
    )
    found: UUID = rows.scalar_one()
    return found


async def change(session: AsyncSession, rule_id: UUID, values: dict[str, Any]) -> None:
    """Change a rule; the database raises its version and keeps what it was."""
    await session.execute(
        text(
            "UPDATE indicator.protection_rule SET parameters = CAST(:parameters AS jsonb),"
            " source_text = :source_text, is_active = :is_active, changed_by = :by,"
            " changed_subject = :subject WHERE id = :id"
        ),
        values | {"id": rule_id, "parameters": orjson.dumps(values["parameters"]).decode()},
    )


async def history(session: AsyncSession, rule_id: UUID) -> list[dict[str, Any]]:
    """What a rule was, newest first."""
    rows = await session.execute(
        text(
            "SELECT row_version, parameters, source_text, is_active, changed_by, changed_at"
            " FROM indicator.protection_rule_history WHERE rule_id = :id"
            " ORDER BY row_version DESC"
        ),
        {"id": rule_id},
    )
    return [dict(row) for row in rows.mappings()]


async def measure_ids(session: AsyncSession, codes: list[str]) -> dict[str, int]:
    """The ids of the measures with these codes; those that there are not are missing."""
    rows = await session.execute(
        text("SELECT code, id FROM indicator.measure WHERE code = ANY(:codes)"), {"codes": codes}
    )
    return {row.code: row.id for row in rows}
