"""Vector tiles straight from PostGIS, over shapes that were simplified as a coverage."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations.classes import class_of
from services.indicator_api.observations.figures import (
    STATUS_NAME,
    figure_query,
)
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import AreaChoice


def detail_of(zoom: int) -> str:
    """How detailed the shapes of a zoom level are."""
    if zoom <= 7:
        return "low"
    return "mid" if zoom <= 10 else "full"


async def read_tile(
    session: AsyncSession,
    plan: FigurePlan,
    choice: AreaChoice,
    breaks: tuple[float, ...],
    place: tuple[int, int, int],
) -> bytes:
    """The tile at zoom, column, row; empty where no area lies.

    Shapes and figures are each found once and then meet, whatever the planner expects of them.
    """
    figures, values = figure_query(plan, choice)
    rows = await session.execute(
        text(
            f"""
            WITH near AS MATERIALIZED (
                SELECT s.area_id, ST_AsMVTGeom(s.geometry, e.box, 4096, 64) AS geometry
                FROM indicator.area_shape AS s
                CROSS JOIN (SELECT ST_TileEnvelope(:z, :x, :y) AS box) AS e
                WHERE s.detail = :detail AND s.geometry && ST_Expand(e.box, :margin)
            ),
            q AS MATERIALIZED ({figures})
            SELECT ST_AsMVT(t, 'areas', 4096, 'geometry', 'area_id') FROM (
                SELECT q.area_id, q.code, q.name, q.value, {STATUS_NAME} AS status,
                    {class_of("q.value")} AS class,
                    near.geometry
                FROM q JOIN near ON near.area_id = q.area_id
            ) AS t WHERE t.geometry IS NOT NULL
            """
        ),
        values
        | {
            "z": place[0],
            "x": place[1],
            "y": place[2],
            "detail": detail_of(place[0]),
            "margin": 40_075_016.68 / 2 ** place[0] / 4096 * 64,
            "breaks": list(breaks),
        },
    )
    return bytes(rows.scalar_one() or b"")
