"""SQL of partitions and their units."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.partitions.cutting import Unit

_PARTITION = """
    SELECT p.id, p.code, p.name, p.municipality_code, m.name AS municipality_name, p.kind,
        k.label AS kind_label, k.plural AS kind_plural, k.rank, p.valid_from, p.valid_to,
        p.holder_organisation_id, o.name AS holder_name, m.is_fictional, p.source, p.attribution,
        p.addresses_at, p.row_version,
        (SELECT count(*) FROM indicator.area AS a WHERE a.partition_id = p.id) AS units
    FROM indicator.partition AS p
    JOIN indicator.area_kind AS k ON k.code = p.kind
    LEFT JOIN identity.organisation_public AS o ON o.id = p.holder_organisation_id
    JOIN LATERAL (
        SELECT a.name, a.is_fictional FROM indicator.area AS a WHERE a.code = p.municipality_code
        ORDER BY a.valid_to DESC NULLS FIRST LIMIT 1
    ) AS m ON true
"""


async def list_partitions(
    session: AsyncSession,
    *,
    municipality: str | None,
    valid_on: date | None,
    after: str | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Partitions of the municipalities the principal acts for, by code."""
    rows = await session.execute(
        text(
            f"""
            {_PARTITION}
            WHERE indicator.principal_covers(p.municipality_code)
                AND (CAST(:municipality AS text) IS NULL OR p.municipality_code = :municipality)
                AND (CAST(:valid_on AS date) IS NULL
                    OR daterange(p.valid_from, p.valid_to) @> CAST(:valid_on AS date))
                AND (CAST(:after AS text) IS NULL OR p.code > :after)
            ORDER BY p.code LIMIT :limit
            """
        ),
        {"municipality": municipality, "valid_on": valid_on, "after": after, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


async def find_partition(
    session: AsyncSession, code: str, *, is_to_change: bool = False
) -> dict[str, Any] | None:
    """A partition of a municipality the principal acts for; locked if it is to change."""
    locking = "FOR UPDATE OF p" if is_to_change else ""
    rows = await session.execute(
        text(
            f"{_PARTITION} WHERE p.code = :code AND indicator.principal_covers(p.municipality_code)"
            f" {locking}"
        ),
        {"code": code},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def partition_on(
    session: AsyncSession, municipality: str, day: date
) -> dict[str, Any] | None:
    """The partition of a municipality that holds on a day."""
    rows = await session.execute(
        text(
            f"{_PARTITION} WHERE p.municipality_code = :municipality"
            " AND daterange(p.valid_from, p.valid_to) @> CAST(:day AS date)"
        ),
        {"municipality": municipality, "day": day},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def covers(session: AsyncSession, code: str) -> bool:
    """Whether an area lies in one of those the principal acts for."""
    row = await session.execute(text("SELECT indicator.principal_covers(:code)"), {"code": code})
    return bool(row.scalar_one())


async def find_municipality(session: AsyncSession, code: str, day: date) -> dict[str, Any] | None:
    """The municipality valid on a day, else its latest version."""
    rows = await session.execute(
        text(
            "SELECT a.id, a.code, a.name, a.kind, a.lineage, a.is_fictional,"
            " ST_Area(a.geometry) / 1e6 AS km2 FROM indicator.area AS a WHERE a.code = :code"
            " ORDER BY daterange(a.valid_from, a.valid_to) @> CAST(:day AS date) DESC,"
            " a.valid_to DESC NULLS FIRST LIMIT 1"
        ),
        {"code": code, "day": day},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def find_kind(session: AsyncSession, code: str) -> dict[str, Any] | None:
    """A level of the register with its rank."""
    rows = await session.execute(
        text("SELECT code, label, plural, rank FROM indicator.area_kind WHERE code = :code"),
        {"code": code},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def insert_partition(session: AsyncSession, values: dict[str, Any]) -> int:
    """Add a partition; its id."""
    row = await session.execute(
        text(
            "INSERT INTO indicator.partition (code, name, municipality_code, kind, valid_from,"
            " valid_to, holder_organisation_id, source, attribution) VALUES (:code, :name,"
            " :municipality, :kind, :valid_from, :valid_to, :holder, :source, :attribution)"
            " RETURNING id"
        ),
        values,
    )
    return int(row.scalar_one())


async def take_units(session: AsyncSession, partition_id: int) -> int:
    """Make the register's areas of its kind the units of a partition; how many."""
    row = await session.execute(text("SELECT indicator.take_units(:id)"), {"id": partition_id})
    return int(row.scalar_one())


async def update_partition(
    session: AsyncSession, partition_id: int, fields: dict[str, Any]
) -> None:
    """Write changed fields and let the version rise."""
    assignments = "".join(f"{name} = :{name}, " for name in sorted(fields))
    await session.execute(
        text(
            f"UPDATE indicator.partition SET {assignments}row_version = row_version + 1"
            " WHERE id = :id"
        ),
        {**fields, "id": partition_id},
    )


async def end_own_units(session: AsyncSession, partition_id: int, holder: UUID, day: date) -> None:
    """Close the validity of the units that the holder itself keeps."""
    await session.execute(
        text(
            "UPDATE indicator.area SET valid_to = :day WHERE partition_id = :id"
            " AND holder_organisation_id = :holder AND (valid_to IS NULL OR valid_to > :day)"
            " AND (valid_from IS NULL OR valid_from < :day)"
        ),
        {"id": partition_id, "holder": holder, "day": day},
    )


async def units_with_counts(session: AsyncSession, partition_id: int) -> list[dict[str, Any]]:
    """Units by key, with the number of addresses that the principal may see."""
    rows = await session.execute(
        text(
            """
            SELECT a.code, a.name, COALESCE(ST_Area(a.geometry) / 1e6, a.area_km2) AS area_km2,
                a.geometry IS NOT NULL AS has_geometry, COALESCE(c.addresses, 0) AS addresses
            FROM indicator.area AS a
            LEFT JOIN (
                SELECT d.unit_area_id, count(*) AS addresses
                FROM indicator.partition_address AS d WHERE d.partition_id = :id
                GROUP BY d.unit_area_id
            ) AS c ON c.unit_area_id = a.id
            WHERE a.partition_id = :id
            ORDER BY a.code, a.valid_from
            """
        ),
        {"id": partition_id},
    )
    return [dict(row) for row in rows.mappings()]


async def address_counts(session: AsyncSession, partition_ids: Sequence[int]) -> dict[int, int]:
    """How many addresses each partition has, as far as the principal may see them."""
    rows = await session.execute(
        text(
            "SELECT partition_id, count(*) FROM indicator.partition_address"
            " WHERE partition_id = ANY(:ids) GROUP BY partition_id"
        ),
        {"ids": list(partition_ids)},
    )
    return dict(rows.all())


async def units_of(session: AsyncSession, partition_id: int, day: date | None) -> list[Unit]:
    """The units of a partition that are valid on a day, or all of them."""
    rows = await session.execute(
        text(
            "SELECT a.id, a.code, a.name, ST_AsBinary(a.geometry) FROM indicator.area AS a"
            " WHERE a.partition_id = :id AND (CAST(:day AS date) IS NULL"
            " OR daterange(a.valid_from, a.valid_to) @> CAST(:day AS date)) ORDER BY a.code"
        ),
        {"id": partition_id, "day": day},
    )
    return [
        Unit(id_, code, name, None if wkb is None else shapely.from_wkb(bytes(wkb)))
        for id_, code, name, wkb in rows
    ]


async def rebuild_compositions(session: AsyncSession) -> None:
    """Bring what counts into each area up to date, in the transaction of the change."""
    await session.execute(text("SELECT indicator.rebuild_compositions()"))
