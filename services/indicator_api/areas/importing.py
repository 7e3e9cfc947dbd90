"""Checking an import of areas and writing it to the register, all or nothing."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from pydantic import ValidationError
from shapely.geometry import MultiPolygon, Polygon, shape
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.areas.rules import (
    cycle_in,
    fold,
    outside_germany,
    period_in_words,
    periods_overlap,
)
from services.indicator_api.areas.schemas import AreaImportWrite, AreaWrite, ImportFinding
from services.shared.database import driver_connection
from services.shared.validation_words import fault_in_words

MAXIMUM_FINDINGS = 200


@dataclass(frozen=True, slots=True)
class CheckedArea:
    """An area without a fault; `geometry` is a MultiPolygon in the import's CRS, or None."""

    area: AreaWrite
    geometry: MultiPolygon | None


def parse_import(body: bytes) -> AreaImportWrite | list[ImportFinding]:
    """The import in a JSON body, or what is wrong with its form."""
    try:
        return AreaImportWrite.model_validate_json(body)
    except ValidationError as error:
        return [
            ImportFinding(
                area=None,
                code=str(item["type"]),
                detail=f"{'/'.join(str(part) for part in item['loc'])}: {fault_in_words(item)}",
            )
            for item in error.errors(include_url=False)[:MAXIMUM_FINDINGS]
        ]


def check_import(
    wanted: AreaImportWrite, kinds: dict[str, int], known_codes: set[str]
) -> tuple[list[CheckedArea], list[ImportFinding]]:
    """The areas ordered from the root down, and every fault found.

    `kinds` maps each level to its rank, `known_codes` are the keys already registered.
    """
    findings: list[ImportFinding] = []
    checked: list[CheckedArea] = []
    announced = {area.code for area in wanted.areas} | known_codes
    doubles = Counter((area.code, area.valid_from) for area in wanted.areas)
    for area in wanted.areas:
        findings += _faults(area, kinds, announced)
        if doubles[area.code, area.valid_from] > 1:
            findings.append(_fault(area, "duplicate", "steht mehrfach im Import."))
        geometry = _geometry(area, findings)
        if geometry is not None:
            misplaced = outside_germany(geometry.bounds, wanted.crs)
            if misplaced is not None:
                findings.append(_fault(area, "geometry_elsewhere", misplaced))
        checked.append(CheckedArea(area, geometry))
    checked.sort(key=lambda item: (kinds.get(item.area.kind, 0), item.area.code))
    return checked, findings


def _fault(area: AreaWrite, code: str, detail: str) -> ImportFinding:
    return ImportFinding(area=area.code, code=code, detail=f"{area.code} {area.name}: {detail}")


def _faults(area: AreaWrite, kinds: dict[str, int], announced: set[str]) -> list[ImportFinding]:
    faults = []
    if area.kind not in kinds:
        faults.append(_fault(area, "kind_unknown", f"Die Ebene „{area.kind}“ gibt es nicht."))
    if area.parent is not None and area.parent not in announced:
        faults.append(
            _fault(area, "parent_unknown", f"Das übergeordnete Gebiet „{area.parent}“ fehlt.")
        )
    if area.parent == area.code:
        faults.append(_fault(area, "parent_self", "liegt nicht in sich selbst."))
    if area.valid_from and area.valid_to and area.valid_to <= area.valid_from:
        faults.append(_fault(area, "validity_reversed", "endet, bevor es beginnt."))
    return faults


def _geometry(area: AreaWrite, findings: list[ImportFinding]) -> MultiPolygon | None:
    if area.geometry is None:
        return None
    try:
        geometry = shape(area.geometry)
    except (ValueError, TypeError, KeyError, AttributeError, shapely.errors.ShapelyError):
        findings.append(_fault(area, "geometry_unreadable", "Die Geometrie ist kein GeoJSON."))
        return None
    if isinstance(geometry, Polygon):
        geometry = MultiPolygon([geometry])
    if not isinstance(geometry, MultiPolygon) or geometry.is_empty:
        findings.append(
            _fault(
                area, "geometry_not_polygon", "Erwartet wird eine Fläche, keine Linie, kein Punkt."
            )
        )
        return None
    if not geometry.is_valid:
        reason = shapely.is_valid_reason(geometry)
        findings.append(_fault(area, "geometry_invalid", f"Die Fläche ist ungültig ({reason})."))
        return None
    return geometry


async def check_against_register(
    session: AsyncSession, wanted: AreaImportWrite
) -> list[ImportFinding]:
    """Faults that show only beside what is registered: circles, and a key twice on one day."""
    rows = await session.execute(
        text(
            "SELECT a.code, p.code AS parent, a.valid_from, a.valid_to FROM indicator.area AS a"
            " LEFT JOIN indicator.area AS p ON p.id = a.parent_id"
        )
    )
    stored = rows.all()
    parents = {row.code: row.parent for row in stored}
    parents |= {area.code: area.parent for area in wanted.areas}
    findings = []
    cycle = cycle_in(parents)
    if cycle is not None:
        chain = " in ".join([*cycle, cycle[0]])
        findings.append(
            ImportFinding(
                area=cycle[0],
                code="parent_cycle",
                detail=f"Diese Gebiete lägen im Kreis, keines hätte einen Anfang: {chain}.",
            )
        )
    replaced = {(area.code, area.valid_from) for area in wanted.areas}
    versions: dict[str, list[tuple[date | None, date | None]]] = defaultdict(list)
    for row in stored:
        if (row.code, row.valid_from) not in replaced:
            versions[row.code].append((row.valid_from, row.valid_to))
    for area in wanted.areas:
        own = (area.valid_from, area.valid_to)
        for other in versions[area.code]:
            # the same beginning twice is found as a double
            if own[0] != other[0] and periods_overlap(own, other):
                findings.append(
                    _fault(
                        area,
                        "validity_overlap",
                        f"Der Schlüssel gälte zugleich {period_in_words(*own)} und "
                        f"{period_in_words(*other)}. Beenden Sie die ältere Fassung mit dem Tag, "
                        "an dem die neue beginnt.",
                    )
                )
                break
        versions[area.code].append(own)
    return findings


_INSERT = """
    INSERT INTO indicator.area (
        code, ars, kind, name, search_name, parent_id, valid_from, valid_to, area_km2,
        is_fictional, note, source, attribution, geometry
    )
    SELECT %(code)s, %(ars)s, %(kind)s, %(name)s, %(search_name)s,
        (SELECT p.id FROM indicator.area AS p WHERE p.code = %(parent)s
            ORDER BY daterange(p.valid_from, p.valid_to)
                && daterange(%(valid_from)s::date, %(valid_to)s::date) DESC,
                p.valid_to DESC NULLS FIRST LIMIT 1),
        %(valid_from)s::date, %(valid_to)s::date, %(area_km2)s, %(is_fictional)s, %(note)s,
        %(source)s, %(attribution)s,
        ST_Transform(ST_SetSRID(ST_GeomFromWKB(%(geometry)s), %(srid)s), 25832)
"""
_UPDATE = """
    UPDATE indicator.area AS a SET
        ars = %(ars)s, kind = %(kind)s, name = %(name)s, search_name = %(search_name)s,
        parent_id = (SELECT p.id FROM indicator.area AS p WHERE p.code = %(parent)s
            ORDER BY daterange(p.valid_from, p.valid_to)
                && daterange(%(valid_from)s::date, %(valid_to)s::date) DESC,
                p.valid_to DESC NULLS FIRST LIMIT 1),
        valid_to = %(valid_to)s::date, area_km2 = COALESCE(%(area_km2)s, a.area_km2),
        note = %(note)s, source = %(source)s, attribution = %(attribution)s,
        geometry = COALESCE(
            ST_Transform(ST_SetSRID(ST_GeomFromWKB(%(geometry)s), %(srid)s), 25832), a.geometry
        )
    WHERE a.code = %(code)s AND a.valid_from IS NOT DISTINCT FROM %(valid_from)s::date
"""
_LINEAGE = """
    WITH RECURSIVE tree AS (
        SELECT id, ARRAY[id] AS lineage FROM indicator.area WHERE parent_id IS NULL
        UNION ALL
        SELECT a.id, t.lineage || a.id
        FROM indicator.area AS a JOIN tree AS t ON a.parent_id = t.id
    )
    UPDATE indicator.area AS a SET lineage = tree.lineage
    FROM tree WHERE tree.id = a.id AND a.lineage <> tree.lineage
"""


def _values(item: CheckedArea, wanted: AreaImportWrite) -> dict[str, Any]:
    values = item.area.model_dump(exclude={"geometry"})
    return values | {
        "search_name": fold(item.area.name),
        "geometry": None if item.geometry is None else shapely.to_wkb(item.geometry),
        "srid": int(wanted.crs.removeprefix("EPSG:")),
        "source": wanted.source,
        "attribution": wanted.attribution,
    }


async def write_areas(
    session: AsyncSession, wanted: AreaImportWrite, areas: list[CheckedArea]
) -> dict[str, int]:
    """Add new areas and bring known versions (same key, same beginning) up to date."""
    rows = await session.execute(text("SELECT code, valid_from FROM indicator.area"))
    known = {(code, valid_from) for code, valid_from in rows}
    new = [item for item in areas if (item.area.code, item.area.valid_from) not in known]
    old = [item for item in areas if (item.area.code, item.area.valid_from) in known]
    connection = await driver_connection(session)
    async with connection.cursor() as cursor:
        # one level after the other: a parent must stand before its children look it up
        for statement, items in ((_INSERT, new), (_UPDATE, old)):
            if items:
                await cursor.executemany(statement, [_values(item, wanted) for item in items])
    await refresh_lineage(session)
    return {
        "areas": len(areas),
        "new": len(new),
        "updated": len(old),
        "with_geometry": sum(item.geometry is not None for item in areas),
    }


async def refresh_lineage(session: AsyncSession) -> None:
    """Write anew the way from the root down to each area, where it has changed."""
    await session.execute(text(_LINEAGE))
