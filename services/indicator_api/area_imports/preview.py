"""What an import would bring, as GeoJSON and as a picture, read from what its check staged."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.area_imports.pictures import DrawnShape, draw_preview
from services.shared.problems import NotFound

_MARGIN = 14
# a picture is at most this much higher than wide
_MAXIMUM_RATIO = 1.4


async def preview_geojson(session: AsyncSession, import_id: UUID) -> bytes:
    """The staged shapes as a FeatureCollection (RFC 7946, EPSG:4326), borders simplified.

    Properties: layer (area, repaired, gap, overlap, outside), code, name, parent, area_m2.
    """
    row = await session.execute(
        text(
            """
            WITH shown AS (
                SELECT s.*, sqrt(ST_Area(ST_Envelope(ST_Collect(s.geometry) OVER ()))) / 1500
                    AS tolerance
                FROM indicator.area_import_shape AS s WHERE s.import_id = :id
            )
            SELECT convert_to(jsonb_build_object(
                'type', 'FeatureCollection',
                'features', COALESCE(jsonb_agg(jsonb_build_object(
                    'type', 'Feature',
                    'geometry', ST_AsGeoJSON(ST_Transform(CASE s.layer WHEN 'area'
                        THEN ST_SimplifyPreserveTopology(s.geometry, s.tolerance)
                        ELSE s.geometry END, 4326), 6)::jsonb,
                    'properties', jsonb_build_object('layer', s.layer, 'code', s.code,
                        'name', s.name, 'parent', s.parent_code,
                        'area_m2', round(s.area_m2::numeric, 1))
                ) ORDER BY s.ordinal), '[]'::jsonb)
            )::text, 'UTF8') FROM shown AS s
            """
        ),
        {"id": import_id},
    )
    return bytes(row.scalar_one())


async def preview_svg(
    session: AsyncSession, import_id: UUID, municipality: str | None, width: int, title: str
) -> str:
    """The staged shapes as a picture; raises `NotFound` where nothing is staged."""
    rows = await session.execute(
        text(
            """
            WITH box AS (
                SELECT ST_XMin(b) AS west, ST_YMin(b) AS south, ST_XMax(b) AS east,
                    ST_YMax(b) AS north
                FROM (SELECT ST_Extent(s.geometry) AS b FROM indicator.area_import_shape AS s
                    WHERE s.import_id = :id) AS e
            ), frame AS (
                SELECT west, north, least(
                    (:width - 2.0 * :margin) / NULLIF(east - west, 0),
                    (:width * :ratio - 2.0 * :margin) / NULLIF(north - south, 0)) AS scale,
                    north - south AS depth
                FROM box
            ), shown AS (
                SELECT s.ordinal, s.layer, s.name, CASE s.layer WHEN 'area'
                    THEN ST_SimplifyPreserveTopology(s.geometry, 0.4 / f.scale)
                    ELSE s.geometry END AS geometry
                FROM indicator.area_import_shape AS s CROSS JOIN frame AS f
                WHERE s.import_id = :id
                UNION ALL
                SELECT -1, 'frame', m.name, ST_SimplifyPreserveTopology(m.geometry, 0.4 / f.scale)
                FROM (SELECT a.name, a.geometry FROM indicator.area AS a
                    WHERE a.code = :municipality AND a.geometry IS NOT NULL
                    ORDER BY a.valid_to DESC NULLS FIRST LIMIT 1) AS m CROSS JOIN frame AS f
            )
            SELECT s.layer, s.name, f.depth * f.scale + 2 * :margin AS height,
                ST_AsSVG(g.moved, 1, 1) AS path, ST_X(ST_Centroid(g.moved)) AS x,
                -ST_Y(ST_Centroid(g.moved)) AS y,
                greatest(ST_XMax(g.moved) - ST_XMin(g.moved), ST_YMax(g.moved) - ST_YMin(g.moved))
                    AS extent
            FROM shown AS s CROSS JOIN frame AS f CROSS JOIN LATERAL (
                SELECT ST_TransScale(s.geometry, -f.west + :margin / f.scale,
                    -f.north - :margin / f.scale, f.scale, f.scale) AS moved
            ) AS g
            WHERE f.scale IS NOT NULL ORDER BY s.ordinal
            """
        ),
        {
            "id": import_id,
            "municipality": municipality,
            "width": width,
            "margin": _MARGIN,
            "ratio": _MAXIMUM_RATIO,
        },
    )
    found = rows.mappings().all()
    if not found or all(row["layer"] == "frame" for row in found):
        raise NotFound("preview_empty", "Zu diesem Import gibt es keine Karte.")
    frame = next((row["path"] for row in found if row["layer"] == "frame"), None)
    shapes = [
        DrawnShape(row["layer"], row["name"] or "", row["path"], row["x"], row["y"], row["extent"])
        for row in found
        if row["layer"] != "frame" and row["path"]
    ]
    return draw_preview(shapes, frame, (width, round(found[0]["height"], 1)), title)
