"""Delegations of raw facts in the database; the policies of the facts read them."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_SELECT = """
    SELECT r.id, r.organisation_id, o.name AS organisation_name, r.until, r.reason, r.granted_by,
        r.granted_at, r.revoked_by, r.revoked_at, r.row_version, d.code AS dataset,
        d.title AS dataset_title, d.holder_organisation_id,
        r.revoked_at IS NULL AND r.until >= (now() AT TIME ZONE 'Europe/Berlin')::date AS is_valid
    FROM indicator.raw_delegation AS r
    JOIN indicator.dataset AS d ON d.id = r.dataset_id
    LEFT JOIN identity.organisation_public AS o ON o.id = r.organisation_id
"""


async def list_newest(session: AsyncSession, dataset_id: int | None) -> list[dict[str, Any]]:
    """The delegations that the principal may see, of one dataset or of all, newest first."""
    rows = await session.execute(
        text(
            f"{_SELECT} WHERE CAST(:dataset AS integer) IS NULL OR r.dataset_id = :dataset"
            " ORDER BY r.granted_at DESC, r.id"
        ),
        {"dataset": dataset_id},
    )
    return [dict(row) for row in rows.mappings()]


async def find(session: AsyncSession, delegation_id: UUID) -> dict[str, Any] | None:
    """One delegation, or None if there is none that the principal may see."""
    rows = await session.execute(text(f"{_SELECT} WHERE r.id = :id"), {"id": delegation_id})
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def has_valid(session: AsyncSession, dataset_id: int, organisation_id: UUID) -> bool:
    """Whether an organisation may read a dataset's raw facts today by delegation."""
    rows = await session.execute(
        text(
            "SELECT EXISTS (SELECT FROM indicator.raw_delegation WHERE dataset_id = :dataset"
            " AND organisation_id = :organisation AND revoked_at IS NULL"
            " AND until >= (now() AT TIME ZONE 'Europe/Berlin')::date)"
        ),
        {"dataset": dataset_id, "organisation": organisation_id},
    )
    return bool(rows.scalar_one())


async def organisation_kind(session: AsyncSession, organisation_id: UUID) -> str | None:
    """The kind of an organisation, or None if there is none."""
    rows = await session.execute(
        text("SELECT kind FROM identity.organisation_public WHERE id = :id"),
        {"id": organisation_id},
    )
    found: str | None = rows.scalar()
    return found


async def add(session: AsyncSession, values: dict[str, Any]) -> None:
    """Add a delegation."""
    await session.execute(
        text(
            "INSERT INTO indicator.raw_delegation (id, dataset_id, organisation_id, until, reason,"
            " granted_by, granted_subject) VALUES (:id, :dataset_id, :organisation_id, :until,"
            " :reason, :by, :subject)"
        ),
        values,
    )


async def revoke(session: AsyncSession, delegation_id: UUID, version: int, by: str) -> bool:
    """End a delegation now; False if somebody changed it since the version was read."""
    done = await session.execute(
        text(
            "UPDATE indicator.raw_delegation SET revoked_at = now(), revoked_by = :by,"
            " row_version = row_version + 1"
            " WHERE id = :id AND row_version = :version AND revoked_at IS NULL RETURNING id"
        ),
        {"id": delegation_id, "version": version, "by": by},
    )
    return done.first() is not None
