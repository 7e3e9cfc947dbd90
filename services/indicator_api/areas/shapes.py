"""Simplified shapes for the map: each level of each root is one coverage, simplified together;
sets of units are simplified each by itself, as they may overlap.

Simplifying a coverage (Visvalingam-Whyatt on shared edges) keeps common borders common; areas
simplified one by one would overlap and gape.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from sqlalchemy.ext.asyncio import AsyncSession

from services.shared.database import driver_connection

# metres on the ground; about half a pixel at zoom 7, 10 and 13
TOLERANCES = {"low": 350.0, "mid": 45.0, "full": 0.0}


def simplified(geometries: list[Any], tolerance: float) -> list[MultiPolygon]:
    """The coverage with edges within the tolerance (metres), as MultiPolygons in EPSG:25832."""
    # what only changed its key lies there twice, and would not be simplified beside itself
    keys = [shapely.to_wkb(item) for item in geometries]
    unique = dict(zip(keys, geometries, strict=True))
    shapes = np.array(list(unique.values()), dtype=object)
    if tolerance > 0:
        # the tolerance of the algorithm is the square root of a triangle's area
        shapes = shapely.coverage_simplify(shapes, tolerance)
    made = dict(zip(unique, shapes, strict=True))
    return [_multi(made[key]) for key in keys]


def _multi(geometry: Any) -> MultiPolygon:
    return MultiPolygon([geometry]) if isinstance(geometry, Polygon) else geometry


_AREAS = """
    SELECT a.lineage[1] AS root, a.kind,
        -- sets overlap, and so do the units of a former partition and those that followed them
        CASE WHEN a.is_set THEN a.id
            WHEN a.valid_to IS NOT NULL THEN COALESCE(-a.partition_id, 0) ELSE 0 END AS apart,
        a.id, ST_AsBinary(a.geometry) AS geometry
    FROM indicator.area AS a
    WHERE a.geometry IS NOT NULL AND (%(ids)s::integer[] IS NULL OR a.id = ANY (%(ids)s))
    ORDER BY 1, 2, 3, 4
"""


async def rebuild_shapes(session: AsyncSession) -> int:
    """Make all shapes anew from the full geometry; how many were written."""
    return await _rebuild(session, None)


async def rebuild_shapes_of_sets(session: AsyncSession, area_ids: Sequence[int]) -> int:
    """Make the shapes of these sets anew; how many were written.

    Sets may overlap: each is simplified by itself, so that none needs the others.
    """
    return await _rebuild(session, list(area_ids))


async def _rebuild(session: AsyncSession, area_ids: list[int] | None) -> int:
    connection = await driver_connection(session)
    async with connection.cursor() as cursor:
        await cursor.execute(_AREAS, {"ids": area_ids})
        rows = await cursor.fetchall()
        await cursor.execute(
            "DELETE FROM indicator.area_shape"
            " WHERE %(ids)s::integer[] IS NULL OR area_id = ANY (%(ids)s)",
            {"ids": area_ids},
        )
        written = 0
        for _, group in groupby(rows, key=lambda row: row[:3]):
            members = list(group)
            geometries = [shapely.from_wkb(bytes(row[4])) for row in members]
            for detail, tolerance in TOLERANCES.items():
                shapes = simplified(geometries, tolerance)
                await cursor.executemany(
                    "INSERT INTO indicator.area_shape (area_id, detail, geometry) VALUES (%s, %s,"
                    " ST_Multi(ST_Transform(ST_SetSRID(ST_GeomFromWKB(%s), 25832), 3857)))",
                    [
                        (row[3], detail, shapely.to_wkb(item))
                        for row, item in zip(members, shapes, strict=True)
                    ],
                )
                written += len(members)
    return written
