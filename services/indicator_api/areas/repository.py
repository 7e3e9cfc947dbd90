"""Reading the area register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.rules import fold

# what an area was called on the day: the first later renaming tells the name before it
_NAME = """
    COALESCE((
        SELECT l.from_name FROM indicator.area_event_link AS l
        JOIN indicator.area_event AS e ON e.id = l.event_id
        WHERE l.from_area_id = a.id AND l.to_area_id = a.id AND e.kind = 'rename'
            AND e.effective_on > :valid_on AND l.from_name <> ''
        ORDER BY e.effective_on, e.id LIMIT 1
    ), a.name)
"""
_COLUMNS = f"""
    a.code, a.ars, {_NAME} AS name, a.kind, k.label AS kind_label, p.code AS parent, a.valid_from,
    a.valid_to, a.area_km2, a.is_fictional, a.geometry IS NOT NULL AS has_geometry, a.is_set,
    n.code AS partition, a.attribution
"""
_FROM = """
    FROM indicator.area AS a
    JOIN indicator.area_kind AS k ON k.code = a.kind
    LEFT JOIN indicator.area AS p ON p.id = a.parent_id
    LEFT JOIN indicator.partition AS n ON n.id = a.partition_id
"""
_VALID = """
    (a.valid_from IS NULL OR a.valid_from <= :valid_on)
    AND (a.valid_to IS NULL OR a.valid_to > :valid_on)
"""


@dataclass(frozen=True, slots=True)
class AreaFilter:
    """Which areas to list; `parent` is one level up, `within` any number of levels."""

    valid_on: date
    kind: str | None = None
    parent: str | None = None
    within: str | None = None
    query: str | None = None
    codes: Sequence[str] = ()
    is_set: bool | None = None


def _conditions(wanted: AreaFilter) -> tuple[str, dict[str, Any]]:
    conditions = [_VALID]
    values: dict[str, Any] = {"valid_on": wanted.valid_on}
    if wanted.kind is not None:
        conditions.append("a.kind = :kind")
        values["kind"] = wanted.kind
    if wanted.parent is not None:
        conditions.append("p.code = :parent")
        values["parent"] = wanted.parent
    if wanted.within is not None:
        # ARRAY(...) && is what the index on lineage answers, for every version of the key
        conditions.append(
            "a.lineage && ARRAY(SELECT w.id FROM indicator.area AS w WHERE w.code = :within)"
        )
        values["within"] = wanted.within
    if wanted.is_set is not None:
        conditions.append("a.is_set = :is_set")
        values["is_set"] = wanted.is_set
    if wanted.codes:
        conditions.append("(a.code = ANY(:codes) OR a.ars = ANY(:codes))")
        values["codes"] = list(wanted.codes)
    if wanted.query is not None:
        # a query of signs alone folds to nothing, which would be found in every name
        words = fold(wanted.query)
        conditions.append(
            "(a.search_name LIKE NULLIF(:words, '%%') OR starts_with(a.code, :code_start)"
            " OR starts_with(a.ars, :code_start))"
        )
        values["words"] = f"%{words}%"
        values["code_start"] = wanted.query.strip()
    return " AND ".join(conditions), values


async def lock_register(session: AsyncSession) -> None:
    """Wait until nobody else writes the register; held until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('indicator.area'))"))


async def list_areas(
    session: AsyncSession, wanted: AreaFilter, after: list[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """Up to `limit` areas ordered by level and key, after the given (rank, code)."""
    where, values = _conditions(wanted)
    if after is not None:
        where += " AND (k.rank, a.code) > (:after_rank, :after_code)"
        values |= {"after_rank": after[0], "after_code": after[1]}
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS}, k.rank {_FROM} WHERE {where} ORDER BY k.rank, a.code LIMIT :limit"
        ),
        values | {"limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


async def areas_as_geojson(
    session: AsyncSession, wanted: AreaFilter, detail: str, limit: int
) -> bytes:
    """The areas as a GeoJSON FeatureCollection (RFC 7946, EPSG:4326), made by PostgreSQL."""
    where, values = _conditions(wanted)
    row = await session.execute(
        text(
            f"""
            SELECT convert_to(jsonb_build_object(
                'type', 'FeatureCollection',
                'features', COALESCE(jsonb_agg(f.feature ORDER BY f.rank, f.code), '[]'::jsonb)
            )::text, 'UTF8')
            FROM (
                SELECT k.rank, a.code, jsonb_build_object(
                    'type', 'Feature', 'id', a.code,
                    'geometry', ST_AsGeoJSON(ST_Transform(s.geometry, 4326), 5)::jsonb,
                    'properties', jsonb_build_object(
                        'code', a.code, 'ars', a.ars, 'name', {_NAME}, 'kind', a.kind,
                        'parent', p.code, 'is_fictional', a.is_fictional, 'is_set', a.is_set,
                        'valid_from', a.valid_from, 'valid_to', a.valid_to, 'source', a.attribution
                    )
                ) AS feature
                {_FROM}
                LEFT JOIN indicator.area_shape AS s ON s.area_id = a.id AND s.detail = :detail
                WHERE {where}
                ORDER BY k.rank, a.code LIMIT :limit
            ) AS f
            """
        ),
        values | {"detail": detail, "limit": limit},
    )
    return bytes(row.scalar_one())


async def find_area(session: AsyncSession, code: str, valid_on: date) -> dict[str, Any] | None:
    """The version of an area valid on the day, else the latest that had begun, else the latest.

    None if the key is unknown.
    """
    rows = await session.execute(
        text(
            f"""
            SELECT {_COLUMNS}, a.id, a.lineage, a.note, a.source,
                ST_XMin(b.box) AS west, ST_YMin(b.box) AS south,
                ST_XMax(b.box) AS east, ST_YMax(b.box) AS north
            {_FROM}
            LEFT JOIN LATERAL (
                SELECT ST_Envelope(ST_Transform(ST_Envelope(a.geometry), 4326)) AS box
            ) AS b ON true
            WHERE a.code = :code OR a.ars = :code
            ORDER BY ({_VALID}) DESC, a.code = :code DESC,
                (a.valid_from IS NULL OR a.valid_from <= :valid_on) DESC,
                a.valid_to DESC NULLS FIRST
            LIMIT 1
            """
        ),
        {"code": code, "valid_on": valid_on},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def first_version(session: AsyncSession, code: str) -> dict[str, Any] | None:
    """The version of an area that began first; None if the key is unknown."""
    rows = await session.execute(
        text(
            """
            SELECT a.id, a.code, a.name, a.valid_from FROM indicator.area AS a
            WHERE a.code IN (
                SELECT k.code FROM indicator.area AS k WHERE k.code = :code OR k.ars = :code)
            ORDER BY a.code = :code DESC, a.valid_from NULLS FIRST LIMIT 1
            """
        ),
        {"code": code},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def ancestors_of(session: AsyncSession, lineage: Sequence[int]) -> list[dict[str, Any]]:
    """The areas above, from the root down."""
    rows = await session.execute(
        text(
            "SELECT a.code, a.name, a.kind FROM indicator.area AS a"
            " WHERE a.id = ANY(:ids) ORDER BY array_position(CAST(:ids AS integer[]), a.id)"
        ),
        {"ids": list(lineage[:-1])},
    )
    return [dict(row) for row in rows.mappings()]


async def children_count(session: AsyncSession, area_id: int, valid_on: date) -> dict[str, int]:
    """How many valid areas of each level lie below an area."""
    rows = await session.execute(
        text(
            "SELECT a.kind, count(*) FROM indicator.area AS a"
            f" WHERE a.lineage @> ARRAY[CAST(:id AS integer)] AND a.id <> :id AND {_VALID}"
            " GROUP BY a.kind"
        ),
        {"id": area_id, "valid_on": valid_on},
    )
    return dict(rows.all())


async def changes_of(session: AsyncSession, area_id: int) -> list[dict[str, Any]]:
    """The links of events that this version of an area came from or went into.

    `is_successor`: the other area is what this one became; `code` is None where the source does
    not know it. Versions of the same key are left out.
    """
    rows = await session.execute(
        text(
            """
            WITH link AS (
                SELECT l.*, l.to_area_id AS other_id, l.to_name AS other_name, true AS is_successor
                FROM indicator.area_event_link AS l WHERE l.from_area_id = :id
                UNION ALL
                SELECT l.*, l.from_area_id, l.from_name, false
                FROM indicator.area_event_link AS l
                WHERE l.to_area_id = :id AND l.from_area_id IS NOT NULL
            )
            SELECT l.is_successor, o.code, COALESCE(NULLIF(l.other_name, ''), o.name) AS name,
                o.kind,
                CASE WHEN l.is_whole THEN 1 ELSE COALESCE(l.weight_residents, l.weight_area) END
                    AS share,
                CASE WHEN l.is_whole THEN 'whole'
                    WHEN l.weight_residents IS NOT NULL THEN 'residents'
                    WHEN l.weight_area IS NOT NULL THEN 'area' END AS basis,
                e.id AS event_id, e.kind AS event_kind, e.effective_on, e.is_day_known, e.title,
                e.legal_basis
            FROM link AS l
            JOIN indicator.area_event AS e ON e.id = l.event_id
            LEFT JOIN indicator.area AS o ON o.id = l.other_id
            WHERE l.other_id IS DISTINCT FROM :id
            ORDER BY e.effective_on, e.id, o.code
            """
        ),
        {"id": area_id},
    )
    return [dict(row) for row in rows.mappings()]


async def area_kinds(session: AsyncSession) -> list[dict[str, Any]]:
    """The levels, from Bund to Baublock."""
    rows = await session.execute(
        text("SELECT code, label, plural, rank FROM indicator.area_kind ORDER BY rank")
    )
    return [dict(row) for row in rows.mappings()]
