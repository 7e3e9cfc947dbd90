"""Reading a place for its profile: one statement for the area, what it is compared with, and the
catalogue of what could be known about it.
"""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_VALID = """
    (a.valid_from IS NULL OR a.valid_from <= :valid_on)
    AND (a.valid_to IS NULL OR a.valid_to > :valid_on)
"""
_REFERENCE = "jsonb_build_object('code', x.code, 'name', x.name, 'kind', x.kind)"
_PLACE = f"""
    SELECT a.id, a.lineage, a.is_fictional, a.code, a.kind, a.name, {_VALID} AS is_valid,
        jsonb_build_object('code', a.code, 'ars', a.ars, 'name', a.name, 'kind', a.kind,
            'kind_label', k.label, 'parent', p.code, 'valid_from', a.valid_from,
            'valid_to', a.valid_to, 'area_km2', a.area_km2, 'is_fictional', a.is_fictional,
            'has_geometry', a.geometry IS NOT NULL, 'is_set', a.is_set, 'partition', n.code)
            AS area
    FROM indicator.area AS a
    JOIN indicator.area_kind AS k ON k.code = a.kind
    LEFT JOIN indicator.area AS p ON p.id = a.parent_id
    LEFT JOIN indicator.partition AS n ON n.id = a.partition_id
    WHERE a.code = :code OR a.ars = :code
    ORDER BY ({_VALID}) DESC, a.code = :code DESC,
        (a.valid_from IS NULL OR a.valid_from <= :valid_on) DESC, a.valid_to DESC NULLS FIRST
    LIMIT 1
"""
_CATALOGUE = """
    SELECT jsonb_agg(jsonb_build_object('code', i.code, 'version', i.version, 'name', i.name,
        'short_name', i.short_name, 'question', i.question, 'kind', i.kind, 'unit', i.unit,
        'decimals', i.decimals, 'polarity', i.polarity, 'is_checked', i.is_checked,
        'is_key_indicator', i.is_key_indicator, 'usual_source', i.usual_source,
        'is_retired', COALESCE(i.retired_on <= :valid_on, false),
        'dimension', jsonb_build_object('code', i.dimension_code, 'label', i.dimension_label))
        ORDER BY i.position, i.dimension_code, i.code)
    FROM indicator.indicator AS i
    WHERE i.is_current
"""


async def read_place(session: AsyncSession, code: str, valid_on: date) -> dict[str, Any] | None:
    """The area valid on the day, else its latest version that had begun; None if unknown.

    `area` is the document, `compared` the areas above it from the nearest, `catalogue` all
    current definitions in the catalogue's order, `levels` the names of levels by code, `root` the
    key of the uppermost area above it.
    """
    rows = await session.execute(
        text(
            f"""
            WITH place AS MATERIALIZED ({_PLACE})
            SELECT a.code, a.name, a.kind, a.is_fictional, a.is_valid,
                a.area || jsonb_build_object(
                    'ancestors', COALESCE((
                        SELECT jsonb_agg({_REFERENCE} ORDER BY array_position(a.lineage, x.id))
                        FROM indicator.area AS x
                        WHERE x.id = ANY(a.lineage) AND x.id <> a.id), '[]'),
                    'children_count', COALESCE((
                        SELECT jsonb_object_agg(c.kind, c.areas) FROM (
                            SELECT x.kind, count(*) AS areas FROM indicator.area AS x
                            WHERE x.lineage @> ARRAY[a.id] AND x.id <> a.id
                                AND (x.valid_from IS NULL OR x.valid_from <= :valid_on)
                                AND (x.valid_to IS NULL OR x.valid_to > :valid_on)
                            GROUP BY x.kind) AS c), '{{}}'),
                    'bbox', (
                        SELECT jsonb_build_array(ST_XMin(b.box), ST_YMin(b.box), ST_XMax(b.box),
                            ST_YMax(b.box))
                        FROM (SELECT ST_Envelope(ST_Transform(ST_Envelope(g.geometry), 4326))
                              AS box FROM indicator.area AS g WHERE g.id = a.id) AS b
                        WHERE b.box IS NOT NULL)
                ) AS area,
                COALESCE((
                    SELECT jsonb_agg({_REFERENCE} ORDER BY cardinality(x.lineage) DESC)
                    FROM indicator.area AS x
                    WHERE x.id = ANY(a.lineage) AND x.code <> a.code), '[]') AS compared,
                COALESCE(({_CATALOGUE}), '[]') AS catalogue,
                (SELECT jsonb_object_agg(k.code, k.plural ORDER BY k.rank)
                 FROM indicator.area_kind AS k) AS levels,
                (SELECT r.code FROM indicator.area AS r WHERE r.id = a.lineage[1]) AS root
            FROM place AS a
            """
        ),
        {"code": code, "valid_on": valid_on},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def read_peers(
    session: AsyncSession, kind: str, root: str | None, valid_on: date
) -> dict[str, str]:
    """Names of all areas of a level by key: the real ones, or those below a fictional `root`."""
    rows = await session.execute(
        text(
            f"""
            SELECT a.code, a.name FROM indicator.area AS a
            WHERE a.kind = :kind AND {_VALID} AND CASE
                WHEN CAST(:root AS text) IS NULL THEN NOT a.is_fictional
                ELSE a.is_fictional AND a.lineage && ARRAY(
                    SELECT r.id FROM indicator.area AS r WHERE r.code = :root) END
            ORDER BY a.code
            """
        ),
        {"kind": kind, "root": root, "valid_on": valid_on},
    )
    return dict(rows.all())
