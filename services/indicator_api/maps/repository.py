"""Paths of a static map, scaled to pixels by PostGIS."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.classes import class_of
from services.indicator_api.observations.figures import (
    figure_query,
)
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice

MARGIN = 4


@dataclass(frozen=True, slots=True)
class MapPaths:
    """The areas of a map with their paths; `height` in pixels follows from the width."""

    rows: list[dict[str, Any]]
    height: float


async def read_paths(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    breaks: tuple[float, ...],
    width: int,
) -> MapPaths:
    """All areas of the choice that have a shape, with figure, class and SVG path."""
    figures, values = figure_query(plan, choice)
    rows = await session.execute(
        text(
            f"""
            WITH q AS MATERIALIZED ({figures}),
            shown AS (
                SELECT q.*, s.geometry FROM q
                JOIN indicator.area_shape AS s ON s.area_id = q.area_id AND s.detail = :detail
            ),
            frame AS (
                SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_YMax(box) AS north,
                    CAST(:inner_width AS double precision) / NULLIF(ST_XMax(box) - ST_XMin(box), 0)
                        AS scale
                FROM (SELECT ST_Extent(geometry) AS box FROM shown) AS b
            )
            SELECT shown.name, shown.value, shown.status,
                {class_of("shown.value")} AS class,
                ST_AsSVG(ST_TransScale(shown.geometry, -f.west + :margin / f.scale,
                    -f.north - :margin / f.scale, f.scale, f.scale), 1, 1) AS path,
                (f.north - f.south) * f.scale + 2 * :margin AS height
            FROM shown CROSS JOIN frame AS f ORDER BY shown.code
            """
        ),
        values
        | {
            "detail": "low" if choice.level != "quartier" else "mid",
            "inner_width": width - 2 * MARGIN,
            "margin": MARGIN,
            "breaks": list(breaks),
        },
    )
    found = [dict(row) for row in rows.mappings()]
    return MapPaths(found, round(found[0]["height"], 1) if found else 0.0)
