"""NRW's official areas with Quartiere below them, written straight into the register."""

import random
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from deploy.demo.areas import NRW, nrw_boundaries, read_register
from services.indicator_api.areas.shapes import rebuild_shapes
from tests.performance.figures_shape import Shape

Connection = psycopg.Connection[tuple[Any, ...]]
_SETS = 200
_UNITS_OF_A_SET = 6
_CITY_WEIGHT = 8.0

_STAGE = """
    CREATE TEMPORARY TABLE staged_area (
        place integer, code text, ars text, kind text, name text, parent text, area_km2 float8,
        geometry bytea
    ) ON COMMIT DROP
"""
_ADD = """
    INSERT INTO indicator.area (code, ars, kind, name, search_name, area_km2, source,
        attribution, holder_organisation_id, geometry)
    SELECT code, ars, kind, name, lower(name), area_km2, 'Register', 'Register',
        CASE WHEN kind = 'quartier' THEN %(holder)s::uuid END,
        public.ST_Multi(public.ST_SetSRID(public.ST_GeomFromWKB(geometry), 25832))
    FROM staged_area ORDER BY place
"""
_SET_PARENTS = """
    UPDATE indicator.area AS a SET parent_id = p.id
    FROM staged_area AS s JOIN indicator.area AS p ON p.code = s.parent
    WHERE s.code = a.code
"""
_SET_LINEAGES = """
    WITH RECURSIVE tree AS (
        SELECT id, ARRAY[id] AS lineage FROM indicator.area WHERE parent_id IS NULL
        UNION ALL
        SELECT a.id, t.lineage || a.id FROM indicator.area AS a JOIN tree AS t ON t.id = a.parent_id
    )
    UPDATE indicator.area AS a SET lineage = tree.lineage FROM tree WHERE tree.id = a.id
"""
_ADD_PARTITIONS = """
    INSERT INTO indicator.partition
        (code, name, municipality_code, kind, holder_organisation_id, source, attribution)
    SELECT a.code || '-quartiere', 'Quartiere von ' || a.name, a.code, 'quartier', %(holder)s,
        'Register', 'Register'
    FROM indicator.area AS a WHERE a.kind = 'gemeinde' ORDER BY a.code
"""
_JOIN_PARTITIONS = """
    UPDATE indicator.area AS a SET partition_id = p.id
    FROM indicator.area AS g JOIN indicator.partition AS p ON p.municipality_code = g.code
    WHERE a.parent_id = g.id AND a.kind = 'quartier'
"""
# Neighbours in the order of keys, six to a set, the last one with half its residents.
_ADD_SETS = """
    WITH unit AS (
        SELECT q.id, q.parent_id, g.code, g.name,
            (row_number() OVER town - 1) / %(units)s AS number,
            (row_number() OVER town - 1) %% %(units)s AS place
        FROM indicator.area AS q JOIN indicator.area AS g ON g.id = q.parent_id
        WHERE q.kind = 'quartier'
        WINDOW town AS (PARTITION BY q.parent_id ORDER BY q.code)
    ),
    chosen AS (
        SELECT code, name, number, parent_id FROM unit GROUP BY 1, 2, 3, 4
        HAVING count(*) = %(units)s ORDER BY 1, 3 LIMIT %(sets)s
    ),
    added AS (
        INSERT INTO indicator.area (code, kind, name, search_name, parent_id, is_set,
            holder_organisation_id, source, attribution)
        SELECT format('%%s-S%%s', code, number), 'sozialraum',
            format('%%s, Sozialraum %%s', name, number), lower(name), parent_id, true,
            %(holder)s, 'Register', 'Register'
        FROM chosen ORDER BY code, number
        RETURNING id, code
    )
    INSERT INTO indicator.area_set_part (set_area_id, part_area_id, weight, basis)
    SELECT a.id, u.id, CASE WHEN u.place = %(units)s - 1 THEN 0.5 ELSE 1 END,
        CASE WHEN u.place = %(units)s - 1 THEN 'residents' ELSE 'whole' END
    FROM added AS a JOIN unit AS u ON a.code = format('%%s-S%%s', u.code, u.number)
"""


def fill_register(connection: Connection, shape: Shape, holder: UUID) -> None:
    """Add the areas, one partition a municipality and sets of Quartiere, in one transaction."""
    rows = _official_rows(shape)
    rows += _quarter_rows(shape, [row for row in rows if row["kind"] == "gemeinde"])
    connection.execute(_STAGE)
    with connection.cursor().copy("COPY staged_area FROM STDIN") as copy:
        for place, row in enumerate(rows):
            geometry = row["geometry"]
            copy.write_row(
                (
                    place,
                    row["code"],
                    row["ars"] or None,
                    row["kind"],
                    row["name"],
                    row["parent"] or None,
                    row["area_km2"] or None,
                    None if geometry is None else shapely.to_wkb(geometry),
                )
            )
    values = {"holder": holder, "sets": _SETS, "units": _UNITS_OF_A_SET}
    connection.execute(_ADD, values)
    connection.execute(_SET_PARENTS)
    connection.execute(_ADD_PARTITIONS, values)
    connection.execute(_JOIN_PARTITIONS)
    connection.execute(_ADD_SETS, values)
    connection.execute(_SET_LINEAGES)
    connection.execute("SELECT indicator.rebuild_compositions()")


async def fill_shapes(async_url: str) -> int:
    """Simplify all geometry for the map, as an import of areas does; how many shapes there are."""
    engine = create_async_engine(async_url)
    try:
        async with AsyncSession(engine) as session, session.begin():
            return await rebuild_shapes(session)
    finally:
        await engine.dispose()


def _official_rows(shape: Shape) -> list[dict[str, Any]]:
    boundaries = nrw_boundaries() if shape.has_geometry else {}
    rows: list[dict[str, Any]] = []
    for row in read_register():
        kreis = shape.kreis or row["code"][:5]
        is_wanted = row["code"] == "DG" or row["code"] == kreis[: len(row["code"])]
        is_wanted = is_wanted or row["code"][:5] == kreis
        if is_wanted and not row["valid_to"] and row["code"][:2] in ("DG", NRW):
            rows.append(row | {"geometry": boundaries.get(row["code"])})
    return rows


def _quarter_rows(shape: Shape, municipalities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Quartiere of all municipalities, more of them in large towns; keys begin with theirs."""
    chance = random.Random(shape.seed)  # noqa: S311 - invented areas, no secret
    rows = []
    counts = _shares(shape.quarters, _weights(municipalities, chance))
    for municipality, count in zip(municipalities, counts, strict=True):
        cells = _cells(municipality["geometry"], count, chance)
        for number in range(count):
            geometry = cells[number]
            rows.append(
                {
                    "code": f"{municipality['code']}{number + 1:03}",
                    "ars": None,
                    "kind": "quartier",
                    "name": f"{municipality['name']}, Quartier {number + 1}",
                    "parent": municipality["code"],
                    "area_km2": 1.0 if geometry is None else geometry.area / 1e6,
                    "geometry": geometry,
                }
            )
    return rows


def _weights(municipalities: list[dict[str, Any]], chance: random.Random) -> list[float]:
    # a city without a Kreis has a key that ends in 000
    return [
        chance.uniform(0.5, 1.5) * (_CITY_WEIGHT if item["code"].endswith("000") else 1.0)
        for item in municipalities
    ]


def _shares(whole: int, weights: list[float]) -> list[int]:
    """`whole` things shared by weight, by largest remainder, in whole numbers."""
    exact = [whole * weight / sum(weights) for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: shares[place] - exact[place])
    for place in by_remainder[: whole - sum(shares)]:
        shares[place] += 1
    return shares


def _cells(
    geometry: BaseGeometry | None, count: int, chance: random.Random
) -> list[BaseGeometry | None]:
    """A municipality divided among points in it, each getting what lies nearest to it."""
    if geometry is None or count == 0:
        return [None] * count
    if count == 1:
        return [geometry]
    left, low, right, high = geometry.bounds
    points: list[tuple[float, float]] = []
    while len(points) < count:
        point = (chance.uniform(left, right), chance.uniform(low, high))
        if shapely.contains_xy(geometry, *point):
            points.append(point)
    sites = shapely.MultiPoint(points)
    cells = np.array(shapely.voronoi_polygons(sites, extend_to=geometry, ordered=True).geoms)
    return [_polygons(item) for item in shapely.intersection(cells, geometry)]


def _polygons(geometry: BaseGeometry) -> BaseGeometry:
    """Without the points and lines that cutting along a border may leave."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)
