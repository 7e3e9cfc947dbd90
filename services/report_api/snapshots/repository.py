"""Reading what a snapshot freezes: released cells, and the register and catalogue around them.

Everything is read under the caller's row-level policies; blocked cells are left out for their
holder as well, because a report is handed on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_IS_VALID = """
    ((a.valid_from IS NULL OR a.valid_from <= current_date)
     AND (a.valid_to IS NULL OR a.valid_to > current_date))
"""
_MARGIN = 4


async def find_area(session: AsyncSession, code: str) -> dict[str, Any] | None:
    """The area with this key as it is now, else as it was last; None if it is unknown."""
    rows = await session.execute(
        text(
            f"""
            SELECT a.id, a.code, a.name, a.kind, k.label AS kind_label, k.plural AS kind_plural,
                a.is_fictional, a.lineage, a.valid_to, {_IS_VALID} AS is_valid
            FROM indicator.area AS a JOIN indicator.area_kind AS k ON k.code = a.kind
            WHERE a.code = :code
            ORDER BY {_IS_VALID} DESC, a.valid_to DESC NULLS FIRST LIMIT 1
            """
        ),
        {"code": code},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def read_lineage(session: AsyncSession, lineage: Sequence[int]) -> list[dict[str, Any]]:
    """The areas with these ids, from the root down, each with how many of which kind lie in it."""
    rows = await session.execute(
        text(
            """
            SELECT a.id, a.code, a.name, a.kind, a.is_fictional,
                (SELECT COALESCE(jsonb_object_agg(c.kind, c.number), '{}') FROM (
                    SELECT x.kind, count(*) AS number FROM indicator.current_area AS x
                    WHERE x.lineage @> ARRAY[a.id] AND x.id <> a.id
                        AND a.kind NOT IN ('bund', 'land', 'regierungsbezirk')
                    GROUP BY x.kind) AS c) AS below
            FROM indicator.area AS a
            WHERE a.id = ANY(:ids) ORDER BY array_position(CAST(:ids AS integer[]), a.id)
            """
        ),
        {"ids": list(lineage)},
    )
    return [dict(row) for row in rows.mappings()]


async def read_areas_within(session: AsyncSession, within: str, level: str) -> list[dict[str, Any]]:
    """The areas of a level in an area, by key."""
    rows = await session.execute(
        text(
            "SELECT a.id, a.code, a.name, a.kind, a.is_fictional FROM indicator.current_area AS a"
            " WHERE a.kind = :level AND a.lineage &&"
            " ARRAY(SELECT w.id FROM indicator.area AS w WHERE w.code = :within) ORDER BY a.code"
        ),
        {"within": within, "level": level},
    )
    return [dict(row) for row in rows.mappings()]


async def read_indicators(session: AsyncSession) -> list[dict[str, Any]]:
    """All current definitions in the order of the catalogue: what can be judged comes first."""
    rows = await session.execute(
        text(
            """
            SELECT i.*, nm.code AS numerator_measure, nb.code AS numerator_breakdown,
                dm.code AS denominator_measure, db.code AS denominator_breakdown
            FROM indicator.indicator AS i
            JOIN indicator.measure AS nm ON nm.id = i.numerator_measure_id
            JOIN indicator.breakdown AS nb ON nb.id = i.numerator_breakdown_id
            LEFT JOIN indicator.measure AS dm ON dm.id = i.denominator_measure_id
            LEFT JOIN indicator.breakdown AS db ON db.id = i.denominator_breakdown_id
            WHERE i.is_current AND i.retired_on IS NULL
            ORDER BY i.polarity = 'context', i.position, i.id
            """
        )
    )
    return [dict(row) for row in rows.mappings()]


async def read_slices(
    session: AsyncSession, parts: Sequence[tuple[int, int]]
) -> list[dict[str, Any]]:
    """What is released of the parts (measure, breakdown) to the caller, newest first."""
    rows = await session.execute(
        text(
            """
            SELECT l.measure_id, l.breakdown_id, l.period_id, l.series_id, s.dataset_id,
                s.audience, s.audience_key, s.holder_organisation_id, r.id AS release_id,
                r.number, r.published_at, d.code AS dataset, d.title, d.publisher, d.attribution,
                d.licence, d.is_fictional, d.is_sample, d.additivity, d.denominator_basis,
                p.code AS period, p.label AS period_label, p.start_on, p.end_on,
                array_agg(l.kind) AS kinds
            FROM unnest(CAST(:measures AS integer[]), CAST(:breakdowns AS integer[]))
                AS w (measure_id, breakdown_id)
            JOIN indicator.released_slice AS l
                ON l.measure_id = w.measure_id AND l.breakdown_id = w.breakdown_id
            JOIN indicator.release_series AS s ON s.id = l.series_id
            JOIN indicator.release AS r ON r.series_id = s.id AND r.number = s.current_number
            JOIN indicator.dataset AS d ON d.id = s.dataset_id
            JOIN indicator.period AS p ON p.id = l.period_id
            GROUP BY l.measure_id, l.breakdown_id, l.period_id, l.series_id, s.id, r.id, d.id, p.id
            ORDER BY p.end_on DESC, p.id DESC, d.id, s.id
            """
        ),
        {"measures": [part[0] for part in parts], "breakdowns": [part[1] for part in parts]},
    )
    return [dict(row) for row in rows.mappings()]


@dataclass(frozen=True, slots=True)
class WantedSlice:
    """Cells to read: `index` is the caller's number of the slice."""

    index: int
    series_id: int
    number: int
    measure_id: int
    breakdown_id: int
    period_id: int


_WANTED = """
    unnest(CAST(:indexes AS integer[]), CAST(:series AS integer[]), CAST(:numbers AS integer[]),
        CAST(:measures AS integer[]), CAST(:breakdowns AS integer[]), CAST(:periods AS integer[]))
        AS w (index, series_id, number, measure_id, breakdown_id, period_id)
"""
_CELL_OF_SLICE = """
    c.measure_id = w.measure_id AND c.period_id = w.period_id
    AND c.breakdown_id = w.breakdown_id AND c.series_id = w.series_id
    AND c.released_from <= w.number AND c.released_to > w.number AND NOT c.is_blocked
"""


def _bound(slices: Sequence[WantedSlice]) -> dict[str, Any]:
    return {
        "indexes": [item.index for item in slices],
        "series": [item.series_id for item in slices],
        "numbers": [item.number for item in slices],
        "measures": [item.measure_id for item in slices],
        "breakdowns": [item.breakdown_id for item in slices],
        "periods": [item.period_id for item in slices],
    }


async def read_cells(
    session: AsyncSession, slices: Sequence[WantedSlice], codes: Sequence[str]
) -> list[dict[str, Any]]:
    """The slices' cells in the areas with these keys: `index, area, value, status, quality,
    released_from`. An ended version of an area gives values only, as elsewhere.
    """
    rows = await session.execute(
        text(
            f"""
            SELECT DISTINCT ON (w.index, a.code) w.index, a.code AS area, c.value, c.status,
                c.quality, c.released_from
            FROM {_WANTED}
            CROSS JOIN indicator.area AS a
            JOIN indicator.released_cell AS c ON {_CELL_OF_SLICE} AND c.area_id = a.id
            WHERE a.code = ANY(:codes) AND (a.valid_to IS NULL OR c.value IS NOT NULL)
            ORDER BY w.index, a.code, a.valid_to DESC NULLS FIRST
            """
        ),
        _bound(slices) | {"codes": list(codes)},
    )
    return [dict(row) for row in rows.mappings()]


async def count_covered(
    session: AsyncSession, slices: Sequence[WantedSlice], area_ids: Sequence[int]
) -> dict[int, int]:
    """In how many of the areas each of the slices has a cell, by index; none is left out."""
    rows = await session.execute(
        text(
            f"""
            SELECT w.index, count(*) FROM {_WANTED}
            JOIN indicator.released_cell AS c ON {_CELL_OF_SLICE}
            WHERE c.area_id = ANY(:areas) GROUP BY w.index
            """
        ),
        _bound(slices) | {"areas": list(area_ids)},
    )
    return dict(rows.all())


async def read_paths(
    session: AsyncSession, area_ids: Sequence[int], detail: str, width: int, height: int
) -> tuple[dict[str, str], float, float]:
    """SVG paths by area key, scaled into `width` by `height` pixels, and the size they fill."""
    rows = await session.execute(
        text(
            """
            WITH shown AS (
                SELECT a.code, s.geometry FROM indicator.area AS a
                JOIN indicator.area_shape AS s ON s.area_id = a.id AND s.detail = :detail
                WHERE a.id = ANY(:areas)
            ),
            frame AS (
                SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east,
                    ST_YMax(box) AS north,
                    LEAST(
                        CAST(:inner_width AS double precision)
                            / NULLIF(ST_XMax(box) - ST_XMin(box), 0),
                        CAST(:inner_height AS double precision)
                            / NULLIF(ST_YMax(box) - ST_YMin(box), 0)
                    ) AS scale
                FROM (SELECT ST_Extent(geometry) AS box FROM shown) AS b
            )
            SELECT shown.code,
                ST_AsSVG(ST_TransScale(shown.geometry, -f.west + :margin / f.scale,
                    -f.north - :margin / f.scale, f.scale, f.scale), 1, 1) AS path,
                (f.east - f.west) * f.scale + 2 * :margin AS width,
                (f.north - f.south) * f.scale + 2 * :margin AS height
            FROM shown CROSS JOIN frame AS f ORDER BY shown.code
            """
        ),
        {
            "areas": list(area_ids),
            "detail": detail,
            "inner_width": width - 2 * _MARGIN,
            "inner_height": height - 2 * _MARGIN,
            "margin": _MARGIN,
        },
    )
    found = rows.all()
    if not found:
        return {}, 0.0, 0.0
    paths = {row.code: row.path for row in found}
    return paths, round(found[0].width, 1), round(found[0].height, 1)
