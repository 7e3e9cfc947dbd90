"""Writing checked areas to the register: within the caller's one transaction, all or nothing."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_imports.registers import Intention
from services.indicator_api.areas.shapes import TOLERANCES, simplified
from services.shared.database import driver_connection

_HOLDS = (
    "({0}.valid_from IS NULL OR {0}.valid_from <= :day)"
    " AND ({0}.valid_to IS NULL OR {0}.valid_to > :day)"
)


@dataclass(frozen=True, slots=True)
class Writing:
    """What is written: by whom and as what; `day` tells which versions of areas are meant."""

    import_id: UUID
    organisation_id: UUID
    intention: Intention
    values: dict[str, Any]


async def write_import(session: AsyncSession, writing: Writing) -> dict[str, int]:
    """Write the staged areas; how many were new, brought up to date and closed."""
    await session.execute(text("SET LOCAL statement_timeout = '10min'"))
    closed: dict[str, int] = {}
    partition_id = None
    if writing.intention.partition_code is not None:
        closed = await _close_former(session, writing)
        partition_id = await _add_partition(session, writing)
    updated = 0
    if writing.intention.municipality is None:
        updated = await _update_known(session, writing)
    new = await _add_new(session, writing, partition_id)
    if closed:
        await _let_figures_follow(session, writing)
    await session.execute(text("SELECT indicator.rebuild_compositions()"))
    shapes = await _write_shapes(session, writing)
    return {"areas": new + updated, "new": new, "updated": updated, "shapes": shapes, **closed}


async def _close_former(session: AsyncSession, writing: Writing) -> dict[str, int]:
    """End the own partition that the new one follows, with its units."""
    rows = await session.execute(
        text(
            "UPDATE indicator.partition AS p SET valid_to = :begins, row_version = row_version + 1"
            " WHERE p.municipality_code = :municipality AND p.valid_to IS NULL"
            " AND (p.valid_from IS NULL OR p.valid_from < :begins) RETURNING p.id"
        ),
        writing.values,
    )
    former = list(rows.scalars())
    if not former:
        return {}
    # official areas may be units of an own partition: they end with it as well
    units = await session.execute(
        text(
            "SELECT sum(indicator.end_units(f.id)) FROM unnest(CAST(:ids AS integer[])) AS f (id)"
        ),
        {"ids": former},
    )
    return {"closed": int(units.scalar_one())}


async def _add_partition(session: AsyncSession, writing: Writing) -> int:
    row = await session.execute(
        text(
            "INSERT INTO indicator.partition (code, name, municipality_code, kind, valid_from,"
            " holder_organisation_id, source, attribution)"
            " VALUES (:partition_code, :partition_name, :municipality, :kind, :begins, :holder,"
            " :source, :attribution) RETURNING id"
        ),
        writing.values,
    )
    return int(row.scalar_one())


async def _update_known(session: AsyncSession, writing: Writing) -> int:
    """New borders for official areas that stand in the register; name and key stay."""
    rows = await session.execute(
        text(
            "UPDATE indicator.area AS a SET geometry = ST_Multi(s.geometry),"
            " area_km2 = COALESCE(a.area_km2, round((s.area_m2 / 1e6)::numeric, 4)),"
            " attribution = concat_ws('; Grenzen: ',"
            "  NULLIF(regexp_replace(a.attribution, '; Grenzen: .*$', ''), ''),"
            "  CAST(:attribution AS text))"
            " FROM indicator.area_import_shape AS s"
            f" WHERE s.import_id = :id AND s.layer = 'area' AND a.code = s.code AND NOT a.is_set"
            " AND a.holder_organisation_id IS NULL"
            f" AND {_HOLDS.format('a')} RETURNING a.id"
        ),
        writing.values,
    )
    return len(rows.all())


async def _add_new(session: AsyncSession, writing: Writing, partition_id: int | None) -> int:
    rows = await session.execute(
        text(
            "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, lineage,"
            " valid_from, area_km2, is_fictional, source, attribution, geometry,"
            " holder_organisation_id, partition_id)"
            " SELECT s.code, :kind, s.name, s.search_name, p.id, COALESCE(p.lineage, '{}'),"
            " :begins, round((s.area_m2 / 1e6)::numeric, 4), COALESCE(p.is_fictional, false),"
            " :source, :attribution, ST_Multi(s.geometry), :holder, :partition_id"
            " FROM indicator.area_import_shape AS s"
            " LEFT JOIN indicator.area AS p ON p.code = s.parent_code"
            f" AND {_HOLDS.format('p')}"
            " WHERE s.import_id = :id AND s.layer = 'area' AND NOT EXISTS ("
            "  SELECT FROM indicator.area AS a WHERE a.code = s.code"
            f"  AND CAST(:municipality AS text) IS NULL AND {_HOLDS.format('a')})"
            " ORDER BY s.code RETURNING id"
        ),
        writing.values | {"partition_id": partition_id},
    )
    ids = list(rows.scalars())
    # a row's own id is known once it stands
    await session.execute(
        text("UPDATE indicator.area SET lineage = lineage || id WHERE id = ANY(:ids)"),
        {"ids": ids},
    )
    return len(ids)


async def _let_figures_follow(session: AsyncSession, writing: Writing) -> None:
    """Figures of later periods go over to the new version of a key that goes on."""
    rows = await session.execute(
        text(
            "SELECT o.id, n.id FROM indicator.area_import_shape AS s"
            " JOIN indicator.area AS n ON n.code = s.code AND n.valid_from = :begins"
            " JOIN indicator.area AS o ON o.code = s.code AND o.valid_to = :begins"
            " WHERE s.import_id = :id AND s.layer = 'area'"
            # a version that another office keeps has figures of its own
            " AND n.holder_organisation_id IS NOT DISTINCT FROM CAST(:holder AS uuid)"
            " AND (o.holder_organisation_id IS NULL"
            "  OR o.holder_organisation_id = CAST(:holder AS uuid))"
        ),
        {
            "id": writing.import_id,
            "begins": writing.values["begins"],
            "holder": writing.values["holder"],
        },
    )
    pairs = rows.all()
    if pairs:
        await session.execute(
            text("SELECT indicator.figures_follow(:old, :new, :begins)"),
            {
                "old": [pair[0] for pair in pairs],
                "new": [pair[1] for pair in pairs],
                "begins": writing.values["begins"],
            },
        )


# What shares borders with the areas written: the same level of the same root and partition.
_GROUPS = """
    WITH written AS (
        SELECT DISTINCT a.lineage[1] AS root, a.kind, a.partition_id, a.holder_organisation_id
        FROM indicator.area_import_shape AS s
        JOIN indicator.area AS a ON a.code = s.code AND NOT a.is_set
            AND (a.valid_from IS NULL OR a.valid_from <= %(day)s)
            AND (a.valid_to IS NULL OR a.valid_to > %(day)s)
        WHERE s.import_id = %(id)s AND s.layer = 'area'
    )
    SELECT a.lineage[1], a.kind, a.partition_id, a.id, ST_AsBinary(a.geometry)
    FROM written AS w
    JOIN indicator.area AS a ON a.lineage[1] = w.root AND a.kind = w.kind AND NOT a.is_set
        AND a.partition_id IS NOT DISTINCT FROM w.partition_id
        AND a.holder_organisation_id IS NOT DISTINCT FROM w.holder_organisation_id
    WHERE a.geometry IS NOT NULL
        AND (a.valid_from IS NULL OR a.valid_from <= %(day)s)
        AND (a.valid_to IS NULL OR a.valid_to > %(day)s)
    ORDER BY 1, 2, 3 NULLS FIRST, 4
"""


async def _write_shapes(session: AsyncSession, writing: Writing) -> int:
    """Make the map's shapes anew for what was written and what shares borders with it."""
    connection = await driver_connection(session)
    written = 0
    async with connection.cursor() as cursor:
        await cursor.execute(_GROUPS, {"id": writing.import_id, "day": writing.values["day"]})
        rows = await cursor.fetchall()
        for _, group in groupby(rows, key=lambda row: row[:3]):
            members = list(group)
            geometries = [shapely.from_wkb(bytes(row[4])) for row in members]
            ids = [row[3] for row in members]
            await cursor.execute("DELETE FROM indicator.area_shape WHERE area_id = ANY(%s)", (ids,))
            for detail, tolerance in TOLERANCES.items():
                shapes = simplified(geometries, tolerance)
                await cursor.executemany(
                    "INSERT INTO indicator.area_shape (area_id, detail, geometry) VALUES (%s, %s,"
                    " ST_Multi(ST_Transform(ST_SetSRID(ST_GeomFromWKB(%s), 25832), 3857)))",
                    [
                        (area_id, detail, shapely.to_wkb(shape))
                        for area_id, shape in zip(ids, shapes, strict=True)
                    ],
                )
                written += len(ids)
    return written
