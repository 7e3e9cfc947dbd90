"""SQL of sets of units."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.rules import fold
from services.indicator_api.partitions.composing import Composed

_SET = """
    SELECT a.id, a.code, a.name, a.kind, k.label AS kind_label, p.code AS municipality_code,
        p.name AS municipality_name, a.valid_from, a.valid_to, a.holder_organisation_id,
        o.name AS holder_name, a.is_fictional, a.area_km2, a.geometry IS NOT NULL AS has_geometry,
        a.note, a.attribution, x.parts_count, x.is_estimated
    FROM indicator.area AS a
    JOIN indicator.area_kind AS k ON k.code = a.kind
    JOIN indicator.area AS p ON p.id = a.parent_id
    LEFT JOIN identity.organisation_public AS o ON o.id = a.holder_organisation_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS parts_count, COALESCE(bool_or(s.basis <> 'whole'), false) AS is_estimated
        FROM indicator.area_set_part AS s WHERE s.set_area_id = a.id
    ) AS x
    WHERE a.is_set
"""


async def list_sets(
    session: AsyncSession,
    *,
    municipality: str | None,
    unit: str | None,
    kind: str | None,
    holder: UUID | None,
    valid_on: date | None,
    after: list[Any] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Sets by key and beginning."""
    rows = await session.execute(
        text(
            f"""
            {_SET}
                AND (CAST(:municipality AS text) IS NULL OR p.code = :municipality)
                AND (CAST(:kind AS text) IS NULL OR a.kind = :kind)
                AND (CAST(:holder AS uuid) IS NULL OR a.holder_organisation_id = :holder)
                AND (CAST(:valid_on AS date) IS NULL
                    OR daterange(a.valid_from, a.valid_to) @> CAST(:valid_on AS date))
                AND (CAST(:unit AS text) IS NULL OR EXISTS (
                    SELECT FROM indicator.area_set_part AS s
                    JOIN indicator.area AS u ON u.id = s.part_area_id
                    WHERE s.set_area_id = a.id AND u.code = :unit))
                AND (CAST(:after AS text) IS NULL OR (a.code, a.id) > (:after, :after_id))
            ORDER BY a.code, a.id LIMIT :limit
            """
        ),
        {
            "municipality": municipality,
            "unit": unit,
            "kind": kind,
            "holder": holder,
            "valid_on": valid_on,
            "after": None if after is None else after[0],
            "after_id": 0 if after is None else after[1],
            "limit": limit,
        },
    )
    return [dict(row) for row in rows.mappings()]


async def find_set(session: AsyncSession, code: str, day: date) -> dict[str, Any] | None:
    """The version of a set valid on the day, else its latest."""
    rows = await session.execute(
        text(
            f"{_SET} AND a.code = :code"
            " ORDER BY daterange(a.valid_from, a.valid_to) @> CAST(:day AS date) DESC,"
            " a.valid_to DESC NULLS FIRST LIMIT 1"
        ),
        {"code": code, "day": day},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def lock_set(session: AsyncSession, set_id: int) -> None:
    """Keep others from changing a set until the end of the transaction."""
    await session.execute(
        text("SELECT id FROM indicator.area WHERE id = :id FOR UPDATE"), {"id": set_id}
    )


async def parts_of(session: AsyncSession, set_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The parts of sets, by unit."""
    rows = await session.execute(
        text(
            "SELECT s.set_area_id, u.code AS unit, u.name, s.weight, s.basis"
            " FROM indicator.area_set_part AS s JOIN indicator.area AS u ON u.id = s.part_area_id"
            " WHERE s.set_area_id = ANY(:ids) ORDER BY u.code"
        ),
        {"ids": list(set_ids)},
    )
    return [dict(row) for row in rows.mappings()]


async def ended_parts(session: AsyncSession, set_id: int) -> list[dict[str, Any]]:
    """Units of a set that are no more, with what became of them and whether the set follows it.

    `successors` are [{"code", "name"}]; of later versions of the same key there are none.
    """
    rows = await session.execute(
        text(
            """
            SELECT u.code, u.name, u.valid_to, k.standing = 'part' AS is_followed,
                COALESCE(n.successors, '[]') AS successors
            FROM indicator.area_set_part AS p
            JOIN indicator.area AS s ON s.id = p.set_area_id
            JOIN indicator.area AS u ON u.id = p.part_area_id
            JOIN indicator.area_composition AS k
                ON k.target_area_id = s.id AND k.source_area_id = u.id
            LEFT JOIN LATERAL (
                SELECT jsonb_agg(DISTINCT jsonb_build_object('code', t.code, 'name', t.name))
                    AS successors
                FROM indicator.area_event_link AS l
                JOIN indicator.area AS t ON t.id = l.to_area_id AND t.code <> u.code
                WHERE l.from_area_id = u.id
            ) AS n ON true
            WHERE s.id = :id AND u.valid_to < COALESCE(s.valid_to, 'infinity')
            ORDER BY u.code
            """
        ),
        {"id": set_id},
    )
    return [dict(row) for row in rows.mappings()]


async def sets_beside(
    session: AsyncSession, town_id: int, kind: str, day: date, without: str
) -> list[int]:
    """The ids of the other sets of a kind in a municipality that hold on a day."""
    rows = await session.execute(
        text(
            "SELECT a.id FROM indicator.area AS a WHERE a.is_set AND a.kind = :kind"
            " AND a.parent_id = :town AND a.code <> :without"
            " AND daterange(a.valid_from, a.valid_to) @> CAST(:day AS date)"
        ),
        {"town": town_id, "kind": kind, "day": day, "without": without},
    )
    return list(rows.scalars())


async def insert_set(session: AsyncSession, values: dict[str, Any], composed: Composed) -> int:
    """Add a set as an area below its municipality; its id."""
    row = await session.execute(
        text(
            "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, valid_from,"
            " valid_to, is_fictional, note, source, attribution, holder_organisation_id, is_set,"
            " lineage)"
            " VALUES (:code, :kind, :name, :search_name, :town_id, :valid_from, :valid_to,"
            " :is_fictional, :note, :source, :attribution, :holder, true,"
            " CAST(:town_lineage AS integer[])) RETURNING id"
        ),
        {**values, "search_name": fold(values["name"])},
    )
    set_id = int(row.scalar_one())
    await session.execute(
        text("UPDATE indicator.area SET lineage = lineage || id WHERE id = :id"), {"id": set_id}
    )
    await write_parts(session, set_id, composed)
    return set_id


async def write_parts(session: AsyncSession, set_id: int, composed: Composed) -> None:
    """Put these parts and this shape in the place of those before."""
    await session.execute(
        text("DELETE FROM indicator.area_set_part WHERE set_area_id = :id"), {"id": set_id}
    )
    await session.execute(
        text(
            "INSERT INTO indicator.area_set_part (set_area_id, part_area_id, weight, basis)"
            " SELECT :id, n.* FROM unnest(CAST(:units AS integer[]), CAST(:weights AS float8[]),"
            " CAST(:bases AS text[])) AS n"
        ),
        {
            "id": set_id,
            "units": [item.unit.id for item in composed.parts],
            "weights": [item.part.weight for item in composed.parts],
            "bases": [item.part.basis for item in composed.parts],
        },
    )
    shape = composed.geometry
    await session.execute(
        text(
            "UPDATE indicator.area SET area_km2 = :km2,"
            " geometry = ST_SetSRID(ST_GeomFromWKB(CAST(:shape AS bytea)), 25832) WHERE id = :id"
        ),
        {
            "id": set_id,
            "km2": None if shape is None else round(shape.area / 1e6, 6),
            "shape": None if shape is None else shapely.to_wkb(shape),
        },
    )


async def update_set(session: AsyncSession, set_id: int, fields: dict[str, Any]) -> None:
    """Write changed fields of a set."""
    if "name" in fields:
        fields = {**fields, "search_name": fold(fields["name"])}
    assignments = ", ".join(f"{name} = :{name}" for name in sorted(fields))
    await session.execute(
        text(f"UPDATE indicator.area SET {assignments} WHERE id = :id"), {**fields, "id": set_id}
    )
