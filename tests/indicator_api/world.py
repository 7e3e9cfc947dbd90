"""A small world for the tests of indicator_api: three towns of an invented Kreis, two offices."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.support.stack import Stack, as_bearer, new_key

RAW_RIGHTS = (
    "datasets:read",
    "datasets:write",
    "deliveries:create",
    "deliveries:read",
    "facts:read_raw",
    "releases:read",
    "releases:write",
)
ALL_RIGHTS = (*RAW_RIGHTS, "areas:write", "measures:write", "indicators:write")
# where a second person is not the subject, one is enough
ONE_PERSON: dict[str, Any] = {
    "releases_need_second_person": False,
    "second_person_reason": "In diesem Test gibt es nur eine Person.",
}
DATASET: dict[str, Any] = {
    "code": "sgb2",
    "title": "Leistungen nach dem SGB II",
    "publisher": "Testamt",
    "source": "Testregister",
    "licence": "dl-de/by-2-0",
    "attribution": "Testamt",
    # tests change single figures: no total is held to its parts unless a test asks for it
    "additivity": "cell_key",
    "minimum_count": 3,
    "area_code": "99001",
    **ONE_PERSON,
}
INDICATOR: dict[str, Any] = {
    "code": "sgb2_quote",
    "name": "SGB II-Quote",
    "short_name": "SGB II",
    "kind": "rate",
    "numerator_text": "Leistungsberechtigte",
    "denominator_text": "Einwohner unter der Regelaltersgrenze",
    "unit": "%",
    "factor": 100,
    "polarity": "worse",
    "dimension": {"code": "mindestsicherung", "label": "Mindestsicherung"},
    "numerator": {"measure": "lb"},
    "denominator": {"measure": "ew"},
}


def square(west: float, south: float, size: float = 10_000) -> dict[str, Any]:
    """A square as GeoJSON in EPSG:25832, coordinates in metres."""
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def areas() -> list[dict[str, Any]]:
    """A Kreis, three towns side by side, and a real Land with one town of its own."""
    towns = [
        {
            "code": f"9900100{number}",
            "kind": "gemeinde",
            "name": f"Stadt {number}",
            "parent": "99001",
            "is_fictional": True,
            "geometry": square(300_000 + number * 10_000, 5_700_000),
        }
        for number in (1, 2, 3)
    ]
    return [
        {"code": "DG", "kind": "bund", "name": "Deutschland"},
        {"code": "05", "kind": "land", "name": "Nordrhein-Westfalen", "parent": "DG"},
        {
            "code": "05999000",
            "ars": "059990000000",
            "kind": "gemeinde",
            "name": "Köln am Test",
            "parent": "05",
            "geometry": square(400_000, 5_600_000),
        },
        {"code": "99001", "kind": "kreis", "name": "Kreis", "is_fictional": True},
        *towns,
    ]


@dataclass(frozen=True, slots=True)
class World:
    """The services with areas, measures, a dataset and an indicator in them.

    `office` and `other_office` are API keys with all rights of an office that holds raw facts;
    the first holds the dataset `sgb2`.
    """

    stack: Stack
    office: str
    other_office: str
    office_id: UUID
    other_office_id: UUID


async def make_world(stack: Stack) -> World:
    """Fill an empty stack."""
    office_id = stack.people.organisation("Amt", "statistikstelle", ("99001", "DG"))
    other_id = stack.people.organisation("Anderes Amt", "statistikstelle", ("99001003",))
    office = stack.people.api_key(office_id, ALL_RIGHTS)
    other = stack.people.api_key(other_id, RAW_RIGHTS)
    await import_areas(stack, office, areas())
    measures = (
        ("lb", "Leistungsberechtigte", "count", ["LB001"]),
        ("ew", "Einwohner", "count", ["EW001"]),
    )
    for code, name, kind, source_codes in measures:
        await create(
            stack,
            office,
            "/v1/measures",
            {
                "code": code,
                "name": name,
                "unit": "Anzahl",
                "kind": kind,
                "source_codes": source_codes,
            },
        )
    await create(stack, office, "/v1/datasets", DATASET)
    await create(stack, office, "/v1/indicators", INDICATOR)
    return World(stack, office, other, office_id, other_id)


async def create(stack: Stack, key: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Create a record; the record as answered."""
    answer = await stack.indicator.post(path, json=body, headers=as_bearer(key) | new_key())
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def import_areas(stack: Stack, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Import areas and have them taken; the import as it ended."""
    answer = await stack.indicator.post(
        "/v1/area-imports",
        json={"source": "Test", "attribution": "Test", "areas": items},
        headers=as_bearer(key) | new_key(),
    )
    assert answer.status_code == 202, answer.text
    await stack.run_jobs()
    return await stack.read(key, answer.headers["Location"])
