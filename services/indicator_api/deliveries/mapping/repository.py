"""Saved mappings in the database, and what is known beside a table that is to be read."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_COLUMNS = (
    "id, name, document, subject_name AS changed_by, row_version AS version, created_at, changed_at"
)


@dataclass(frozen=True, slots=True)
class SavedMapping:
    """A mapping as it is saved: its name and the document."""

    name: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """What an organisation has said before: the mapping asked for by name, if there is, its
    mappings by the hash of the columns they are made for, and the names of measures that the
    dataset has been given."""

    named: SavedMapping | None = None
    by_columns: dict[bytes, SavedMapping] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()


async def known_before(
    session: AsyncSession, *, dataset_id: int, mapping_name: str | None
) -> KnownBefore:
    """What helps to read a delivery's table."""
    rows = await session.execute(
        text(
            "SELECT name, document, header_sha256 FROM indicator.delivery_mapping"
            " ORDER BY changed_at, id"
        )
    )
    saved = [(SavedMapping(row.name, row.document), row.header_sha256) for row in rows]
    measures = await session.execute(
        text(
            "SELECT DISTINCT jsonb_array_elements_text(d.understood -> 'measures') AS name FROM ("
            " SELECT understood FROM indicator.delivery"
            " WHERE dataset_id = :dataset AND state IN ('accepted', 'withdrawal_approving')"
            " AND jsonb_typeof(understood -> 'measures') = 'array'"
            " ORDER BY number DESC LIMIT 20) AS d"
        ),
        {"dataset": dataset_id},
    )
    return KnownBefore(
        named=next((item for item, _ in saved if item.name == mapping_name), None),
        # of several for the same columns the one changed last
        by_columns={bytes(sha256): item for item, sha256 in saved if sha256 is not None},
        names=tuple(sorted(item.name for item, _ in saved)),
        measures=tuple(measures.scalars()),
    )


async def list_mappings(
    session: AsyncSession, *, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` saved mappings by name, behind the one named."""
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} FROM indicator.delivery_mapping"
            " WHERE CAST(:after AS text) IS NULL OR name > :after ORDER BY name LIMIT :limit"
        ),
        {"after": after, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


async def find_mapping(
    session: AsyncSession, mapping_id: UUID, *, is_to_change: bool = False
) -> dict[str, Any] | None:
    """One saved mapping; `is_to_change` keeps others from changing it meanwhile."""
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} FROM indicator.delivery_mapping WHERE id = :id"
            + (" FOR UPDATE" if is_to_change else "")
        ),
        {"id": mapping_id},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def find_by_name(session: AsyncSession, name: str) -> dict[str, Any] | None:
    """The saved mapping with this name."""
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} FROM indicator.delivery_mapping WHERE name = :name"),
        {"name": name},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def add_mapping(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Save a mapping; false if its name is taken. Waits for others who are saving it."""
    rows = await session.execute(
        text(
            "INSERT INTO indicator.delivery_mapping"
            " (id, organisation_id, name, document, header_sha256, subject_name)"
            " VALUES (:id, :organisation_id, :name, CAST(:document AS jsonb), :header_sha256,"
            " :subject_name) ON CONFLICT (organisation_id, name) DO NOTHING RETURNING id"
        ),
        values | {"document": orjson.dumps(values["document"]).decode()},
    )
    return rows.first() is not None


async def change_mapping(session: AsyncSession, mapping_id: UUID, values: dict[str, Any]) -> None:
    """Write a saved mapping anew; the caller has made sure that its name is free."""
    await session.execute(
        text(
            "UPDATE indicator.delivery_mapping SET name = :name,"
            " document = CAST(:document AS jsonb), header_sha256 = :header_sha256,"
            " subject_name = :subject_name, row_version = row_version + 1, changed_at = now()"
            " WHERE id = :id"
        ),
        values | {"id": mapping_id, "document": orjson.dumps(values["document"]).decode()},
    )


async def remove_mapping(session: AsyncSession, mapping_id: UUID) -> None:
    """Forget a saved mapping."""
    await session.execute(
        text("DELETE FROM indicator.delivery_mapping WHERE id = :id"), {"id": mapping_id}
    )
