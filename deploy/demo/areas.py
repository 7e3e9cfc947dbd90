"""The official register and NRW's boundaries, as records for `POST /v1/area-imports`."""

import csv
import gzip
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

DATA = Path(__file__).parent / "data"
NRW = "05"
CRS = "EPSG:25832"
REGISTER_SOURCE = "Gemeindeverzeichnis, Gebietsstand 30.06.2024, Statistisches Bundesamt (Destatis)"
REGISTER_ATTRIBUTION = (
    "© Statistische Ämter des Bundes und der Länder, 2024; dl-de/by-2-0; "
    "Grenzen: © GeoBasis-DE / BKG 2017 (Daten verändert), GeoNutzV"
)

AACHEN_LAW = "Städteregion Aachen Gesetz § 1 (Aachen-Gesetz vom 26.02.2008, GV. NRW. S. 162)"

AreaRecord = dict[str, Any]


def read_register() -> list[dict[str, str]]:
    """All of Germany's official areas, parents before children.

    Columns: code, ars, kind, name, designation, parent, valid_from, valid_to, area_km2, note.
    Dates are ISO and half-open (`valid_to` is the first day no longer valid); empty means
    open. `area_km2` is the official area at 31.12.2022, summed above the municipalities.
    """
    text = gzip.decompress((DATA / "areas_germany.csv.gz").read_bytes()).decode()
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@cache
def nrw_boundaries() -> dict[str, BaseGeometry]:
    """{key: geometry in EPSG:25832, whole metres} of NRW's 396 + 53 + 5 + 1 areas.

    Kreise, Regierungsbezirke and the Land are unions of the municipalities' coverage, so that
    a border is the same line on every level.
    """
    text = gzip.decompress((DATA / "nrw_gemeinden.geojson.gz").read_bytes())
    shapes = {item["id"]: shape(item["geometry"]) for item in json.loads(text)["features"]}
    boundaries = dict(shapes)
    for length in (5, 3, 2):
        groups: dict[str, list[BaseGeometry]] = {}
        for key, geometry in shapes.items():
            groups.setdefault(key[:length], []).append(geometry)
        for key, parts in groups.items():
            boundaries[key] = shapely.coverage_union_all(np.array(parts, dtype=object))
    return boundaries


def official_areas() -> list[AreaRecord]:
    """The records to import: register entries, with geometry where there is one."""
    boundaries = nrw_boundaries()
    return [
        area_record(
            {**row, "is_fictional": False},
            None if row["valid_to"] else boundaries.get(row["code"]),
        )
        for row in read_register()
    ]


def official_events() -> list[dict[str, Any]]:
    """Aachen's reform, to be recorded by `POST /v1/area-events`.

    Kreis Aachen and the Stadt Aachen became one Kreis, the Städteregion; the Stadt is one of its
    towns since, and all ten towns have new keys.
    """
    towns = sorted(
        row["code"] for row in read_register()
        if row["kind"] == "gemeinde" and row["code"].startswith("05354")
    )  # fmt: skip
    reform = {
        "effective_on": "2009-10-21",
        "legal_basis": AACHEN_LAW,
        "source": "Gemeindeverzeichnisse vom 31.12.2005 und 31.12.2009; Tag: Aachen-Gesetz",
    }
    return [
        reform
        | {
            "kind": "key_change",
            "title": "Städteregion Aachen: neue Schlüssel für 10 Gemeinden",
            "links": [
                {"from": "05313000", "to": "05334002"},
                *({"from": code, "to": f"05334{code[5:]}"} for code in towns),
            ],
        },
        reform
        | {
            "kind": "merge",
            "title": "Kreis Aachen und Stadt Aachen bilden die Städteregion Aachen",
            "links": [{"from": "05313", "to": "05334"}, {"from": "05354", "to": "05334"}],
        },
    ]


def area_record(row: dict[str, Any], geometry: BaseGeometry | None) -> AreaRecord:
    """One entry of an area import; empty texts become null."""
    return {
        "code": row["code"],
        "ars": row["ars"] or None,
        "kind": row["kind"],
        "name": row["name"],
        "parent": row["parent"] or None,
        "valid_from": row["valid_from"] or None,
        "valid_to": row["valid_to"] or None,
        "area_km2": float(row["area_km2"]) if row["area_km2"] else None,
        "is_fictional": row["is_fictional"],
        "note": row.get("note") or None,
        "geometry": None if geometry is None else mapping(geometry),
    }
