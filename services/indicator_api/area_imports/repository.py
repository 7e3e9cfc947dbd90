"""All SQL of area imports but for writing the register."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
import shapely
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_imports.registers import KnownArea, KnownPartition
from services.indicator_api.areas.service import today
from services.shared.database import driver_connection

_READ = """
    SELECT i.id, i.format, i.filename, i.size_bytes, i.source, i.municipality_code, i.intention,
        i.mapping, i.understood, i.state, i.progress, i.counts, i.findings, i.failure,
        i.register_version, i.row_version, i.attempts, i.object_path, i.subject_name,
        i.created_at, i.finished_at, m.name AS municipality_name, k.label AS kind_label
    FROM indicator.area_import AS i
    LEFT JOIN indicator.area_kind AS k ON k.code = i.intention ->> 'kind'
    LEFT JOIN LATERAL (
        SELECT a.name FROM indicator.area AS a WHERE a.code = i.municipality_code
        ORDER BY a.valid_to DESC NULLS FIRST LIMIT 1
    ) AS m ON true
"""
_JSON = frozenset({"acting", "intention", "mapping", "understood", "progress", "counts",
                   "findings", "failure"})  # fmt: skip


def _bound(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: orjson.dumps(value).decode() if name in _JSON and value is not None else value
        for name, value in values.items()
    }


def _placeholder(name: str) -> str:
    return f"CAST(:{name} AS jsonb)" if name in _JSON else f":{name}"


async def add(session: AsyncSession, values: Mapping[str, Any]) -> None:
    """Add an import."""
    names = ", ".join(values)
    slots = ", ".join(_placeholder(name) for name in values)
    await session.execute(
        text(f"INSERT INTO indicator.area_import ({names}) VALUES ({slots})"), _bound(values)
    )


async def find(session: AsyncSession, import_id: UUID) -> dict[str, Any] | None:
    """An import's row; None if there is none that the principal may see."""
    rows = await session.execute(text(f"{_READ} WHERE i.id = :id"), {"id": import_id})
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def lock(session: AsyncSession, import_id: UUID) -> dict[str, Any] | None:
    """An import's row, held until the transaction ends."""
    await session.execute(
        text("SELECT FROM indicator.area_import WHERE id = :id FOR UPDATE"), {"id": import_id}
    )
    return await find(session, import_id)


async def list_newest(
    session: AsyncSession, *, state: str | None, before: Sequence[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """Imports of files, the newest first, from the given (created_at, id) on."""
    conditions = ["i.format <> 'json'"]
    values: dict[str, Any] = {"limit": limit}
    if state is not None:
        conditions.append("i.state = :state")
        values["state"] = state
    if before is not None:
        conditions.append("(i.created_at, i.id) < (:created_at, :before_id)")
        values |= {"created_at": before[0], "before_id": before[1]}
    rows = await session.execute(
        text(
            f"{_READ} WHERE {' AND '.join(conditions)}"
            " ORDER BY i.created_at DESC, i.id DESC LIMIT :limit"
        ),
        values,
    )
    return [dict(row) for row in rows.mappings()]


async def change(
    session: AsyncSession, import_id: UUID, values: Mapping[str, Any], *, states: Sequence[str]
) -> bool:
    """Write values to an import that is in one of the states; whether it was."""
    changes = ", ".join(f"{name} = {_placeholder(name)}" for name in values)
    row = await session.execute(
        text(
            f"UPDATE indicator.area_import SET {changes}, row_version = row_version + 1"
            " WHERE id = :id AND state = ANY(:states) RETURNING id"
        ),
        _bound(values) | {"id": import_id, "states": list(states)},
    )
    return row.first() is not None


async def begin(
    session: AsyncSession, import_id: UUID, states: Sequence[str], label: str
) -> int | None:
    """Note that a worker begins; its how-manieth attempt it is, None if there is nothing to do."""
    row = await session.execute(
        text(
            "UPDATE indicator.area_import SET attempts = attempts + 1,"
            " state = CASE state WHEN 'received' THEN 'checking' ELSE state END,"
            " progress = jsonb_build_object('label', CAST(:label AS text)),"
            " row_version = row_version + 1"
            " WHERE id = :id AND state = ANY(:states) RETURNING attempts"
        ),
        {"id": import_id, "states": list(states), "label": label},
    )
    return row.scalar()


async def finish_now(session: AsyncSession, import_id: UUID) -> None:
    """Note the time at which an import ended."""
    await session.execute(
        text("UPDATE indicator.area_import SET finished_at = now() WHERE id = :id"),
        {"id": import_id},
    )


async def forget_shapes(session: AsyncSession, import_id: UUID) -> None:
    """Remove what the last check staged."""
    await session.execute(
        text("DELETE FROM indicator.area_import_shape WHERE import_id = :id"), {"id": import_id}
    )


async def stage(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add staged shapes: import_id, ordinal, layer, code, name, search_name, parent_code, wkb."""
    connection = await driver_connection(session)
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO indicator.area_import_shape (import_id, ordinal, layer, code, name,"
            " search_name, parent_code, area_m2, geometry) VALUES (%(import_id)s, %(ordinal)s,"
            " %(layer)s, %(code)s, %(name)s, %(search_name)s, %(parent_code)s, %(area_m2)s,"
            " ST_SetSRID(ST_GeomFromWKB(%(wkb)s), 25832))",
            list(rows),
        )


async def register_version(session: AsyncSession) -> int:
    """The register's version, as it rises with every change of areas."""
    row = await session.execute(text("SELECT indicator.area_register_version()"))
    return int(row.scalar_one())


async def read_kinds(session: AsyncSession) -> list[dict[str, Any]]:
    """The levels: code, label, rank."""
    rows = await session.execute(text("SELECT code, label, rank FROM indicator.area_kind"))
    return [dict(row) for row in rows.mappings()]


_KNOWN = """
    SELECT a.id, a.code, a.name, a.kind, k.rank, p.code AS parent, a.valid_from, a.valid_to,
        a.is_fictional, a.partition_id, a.holder_organisation_id IS NULL AS is_official,
        a.holder_organisation_id IS NOT DISTINCT FROM indicator.principal_organisation() AS is_own,
        CASE WHEN a.geometry IS NOT NULL AND {wants_geometry} THEN ST_AsBinary(a.geometry) END
            AS geometry
    FROM indicator.area AS a
    JOIN indicator.area_kind AS k ON k.code = a.kind
    LEFT JOIN indicator.area AS p ON p.id = a.parent_id
"""
_HOLDS = (
    "(a.valid_from IS NULL OR a.valid_from <= :day) AND (a.valid_to IS NULL OR a.valid_to > :day)"
)


async def known_areas(
    session: AsyncSession, *, municipality: str | None, rank: int, day: date
) -> list[KnownArea]:
    """The register as a check needs it, with the borders of what lies above `rank` on the day.

    Of a municipality: itself, what lies below, and every area with a key of its own.
    """
    wants_geometry = f"k.rank < :rank AND {_HOLDS} AND NOT a.is_set"
    where = ""
    values: dict[str, Any] = {"rank": rank, "day": day}
    if municipality is None:
        wants_geometry += " AND k.rank > 10"
    else:
        wants_geometry += " AND starts_with(a.code, :municipality)"
        where = " WHERE starts_with(a.code, :municipality)"
        values["municipality"] = municipality
    rows = await session.execute(text(_KNOWN.format(wants_geometry=wants_geometry) + where), values)
    return [_known_area(dict(row)) for row in rows.mappings()]


def _known_area(row: dict[str, Any]) -> KnownArea:
    encoded = row["geometry"]
    return KnownArea(
        **row | {"geometry": None if encoded is None else shapely.from_wkb(bytes(encoded))}
    )


async def known_partitions(session: AsyncSession, municipality: str) -> list[KnownPartition]:
    """The base partitions of a municipality."""
    rows = await session.execute(
        text(
            "SELECT p.id, p.code, p.name, p.valid_from, p.valid_to,"
            " p.holder_organisation_id = indicator.principal_organisation() AS is_own,"
            " (SELECT count(*) FROM indicator.area AS a WHERE a.partition_id = p.id) AS units"
            " FROM indicator.partition AS p WHERE p.municipality_code = :code"
        ),
        {"code": municipality},
    )
    return [KnownPartition(**row) for row in rows.mappings()]


async def is_partition_code_taken(session: AsyncSession, code: str) -> bool:
    """Whether a partition of any municipality has this code."""
    row = await session.execute(
        text("SELECT EXISTS (SELECT FROM indicator.partition AS p WHERE p.code = :code)"),
        {"code": code},
    )
    return bool(row.scalar_one())


async def municipality_kind(session: AsyncSession, code: str) -> dict[str, Any] | None:
    """Level, rank and whether the principal acts for it, of a key that holds today."""
    rows = await session.execute(
        text(
            "SELECT a.name, a.kind, k.rank, indicator.principal_covers(a.code) AS is_covered"
            " FROM indicator.area AS a JOIN indicator.area_kind AS k ON k.code = a.kind"
            " WHERE a.code = :code AND (a.valid_to IS NULL OR a.valid_to > :today) LIMIT 1"
        ),
        {"code": code, "today": today()},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)
