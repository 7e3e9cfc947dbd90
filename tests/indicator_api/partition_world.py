"""A town of four square quarters, one of them with blocks, and offices that keep partitions."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.indicator_api.world import ALL_RIGHTS, RAW_RIGHTS, areas, create, import_areas, square
from tests.support.stack import Stack, as_bearer, new_key

TOWN = "99001001"
WEST, SOUTH, HALF = 310_000, 5_700_000, 5_000
PARTITION: dict[str, Any] = {
    "code": f"{TOWN}-q",
    "name": "Quartiere von Stadt 1",
    "municipality": TOWN,
    "kind": "quartier",
    "source": "Eigene Gliederung",
    "attribution": "Stadt 1",
}
KEEPING = (*RAW_RIGHTS, "partitions:write")
A, B, C, D = (f"{TOWN}0{number}" for number in (1, 2, 3, 4))


def quarters() -> list[dict[str, Any]]:
    """A and B in the south, C and D in the north; the squares fill the town."""
    corners = ((0, 0), (HALF, 0), (0, HALF), (HALF, HALF))
    return [
        {
            "code": code,
            "kind": "quartier",
            "name": f"Quartier {code[-1]}",
            "parent": TOWN,
            "is_fictional": True,
            "geometry": square(WEST + east, SOUTH + north, HALF),
        }
        for code, (east, north) in zip((A, B, C, D), corners, strict=True)
    ]


def blocks() -> list[dict[str, Any]]:
    """Quarter B in two strips, the western one a fifth as wide as the quarter."""
    strips = ((f"{B}1", 0, HALF // 5), (f"{B}2", HALF // 5, HALF - HALF // 5))
    return [
        {
            "code": code,
            "kind": "baublock",
            "name": f"Block {code}",
            "parent": B,
            "is_fictional": True,
            "geometry": rectangle(WEST + HALF + east, SOUTH, width, HALF),
        }
        for code, east, width in strips
    ]


def rectangle(west: float, south: float, width: float, height: float) -> dict[str, Any]:
    """A rectangle as GeoJSON in EPSG:25832, metres."""
    east, north = west + width, south + height
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


@dataclass(frozen=True, slots=True)
class PartitionWorld:
    """Keys: the office that keeps the town's partition, the town hall, another town, the Kreis."""

    stack: Stack
    office: str
    town_hall: str
    elsewhere: str
    kreis: str
    ministry: str
    writer: str
    office_id: UUID

    async def send(
        self, method: str, path: str, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """A request of the office or with another key; a POST brings an Idempotency-Key."""
        headers = as_bearer(key or self.office) | more.pop("headers", {})
        if method == "POST":
            headers = new_key() | headers
        return await self.stack.indicator.request(method, f"/v1{path}", headers=headers, **more)

    async def etag(self, path: str, key: str | None = None) -> str:
        """The tag of a record as it is now."""
        answer = await self.send("GET", path, key)
        assert answer.status_code == 200, answer.text
        return answer.headers["ETag"]

    async def put_addresses(
        self, text: str | bytes, key: str | None = None, etag: str | None = None
    ) -> httpx.Response:
        """Hand in a directory for the office's partition."""
        tag = etag or await self.etag(f"/partitions/{PARTITION['code']}")
        return await self.send(
            "PUT",
            f"/partitions/{PARTITION['code']}/addresses",
            key,
            content=text.encode() if isinstance(text, str) else text,
            headers={"Content-Type": "text/csv", "If-Match": tag},
        )

    async def make_set(self, code: str, key: str | None = None, **more: Any) -> dict[str, Any]:
        """Set up a set; the set as answered."""
        answer = await self.send("POST", "/area-sets", key, json=set_of(code, **more))
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document


def set_of(code: str, **more: Any) -> dict[str, Any]:
    """A Sozialraum of the town, to be sent."""
    return {
        "code": f"{TOWN}-{code}",
        "name": f"Sozialraum {code}",
        "kind": "sozialraum",
        "municipality": TOWN,
        **more,
    }


def whole(*units: str) -> list[dict[str, Any]]:
    """Parts that are whole units."""
    return [{"unit": unit} for unit in units]


async def make_partition_world(stack: Stack) -> PartitionWorld:
    """Fill an empty stack: areas, a partition with its units, no address, no set."""
    add = stack.people.organisation
    town_id = add("Stadt 1", "kommune", (TOWN,))
    office_id = add("Statistikstelle 1", "statistikstelle", (TOWN,), town_id)
    writer_id = add("Betrieb", "betrieb", ("DG",))
    writer = stack.people.api_key(writer_id, ALL_RIGHTS)
    await import_areas(stack, writer, [*areas(), *quarters(), *blocks()])
    world = PartitionWorld(
        stack=stack,
        office=stack.people.api_key(office_id, KEEPING),
        town_hall=stack.people.api_key(town_id, KEEPING),
        elsewhere=stack.people.api_key(add("Stadt 2", "kommune", ("99001002",)), KEEPING),
        kreis=stack.people.api_key(add("Kreis", "kreis", ("99001",)), KEEPING),
        ministry=stack.people.api_key(add("Ministerium", "ministerium", ("99001",)), RAW_RIGHTS),
        writer=writer,
        office_id=office_id,
    )
    await create(stack, world.office, "/v1/partitions", PARTITION)
    return world
