"""Who hands in files of areas in tests, and what for."""

from typing import Any
from uuid import uuid4

from tests.indicator_api.area_files import TOWN
from tests.indicator_api.world import World
from tests.support.stack import as_bearer, new_key

AS_PARTITION = {
    "kind": "stadtteil",
    "source": "Stadt 1, Vermessungsamt",
    "attribution": "Stadt 1, dl-de/by-2-0",
    "municipality": TOWN,
    "partition_code": f"{TOWN}-2024",
    "partition_name": "Stadtteile 2024",
    "valid_from": "2024-01-01",
}
AS_REGISTER = {"kind": "gemeinde", "source": "BKG", "attribution": "GeoBasis-DE / BKG"}


class Importer:
    """Somebody who imports files, by an API key with the right to partitions."""

    def __init__(self, world: World, key: str) -> None:
        self.world = world
        self.key = key

    async def send(
        self, data: bytes, wanted: dict[str, Any], *, idempotency_key: str | None = None
    ) -> Any:
        """Hand a file in; the raw answer."""
        return await self.world.stack.indicator.post(
            "/v1/area-imports",
            params=wanted,
            content=data,
            headers=as_bearer(self.key)
            | {"Idempotency-Key": idempotency_key or str(uuid4())}
            | {"Content-Type": "application/octet-stream"},
        )

    async def check(self, data: bytes, wanted: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Hand a file in and have it checked; path and document."""
        answer = await self.send(data, wanted)
        assert answer.status_code == 202, answer.text
        await self.world.stack.run_jobs()
        path = answer.headers["Location"]
        return path, await self.world.stack.read(self.key, path)

    async def act(self, method: str, path: str, **more: Any) -> Any:
        """A change with the ETag that holds now; the raw answer."""
        place = path.removesuffix("/commit").removesuffix("/mapping")
        read = await self.world.stack.indicator.get(place, headers=as_bearer(self.key))
        headers = as_bearer(self.key) | {"If-Match": read.headers["ETag"]} | new_key()
        return await self.world.stack.indicator.request(method, path, headers=headers, **more)

    async def take(self, data: bytes, wanted: dict[str, Any]) -> dict[str, Any]:
        """Hand in, check and take; the document at the end."""
        path, document = await self.check(data, wanted)
        assert document["state"] == "checked", document["findings"]
        answer = await self.act("POST", f"{path}/commit")
        assert answer.status_code == 202, answer.text
        assert answer.json()["state"] == "committing"
        await self.world.stack.run_jobs()
        return await self.world.stack.read(self.key, path)


def codes(document: dict[str, Any]) -> set[str]:
    """The kinds of findings."""
    return {item["code"] for item in document["findings"]}


def state_of_register(world: World) -> Any:
    """All areas, partitions and shapes there are."""
    return (
        world.stack.database.execute(
            "SELECT code, kind, name, valid_from, valid_to, partition_id, ST_Area(geometry)"
            " FROM indicator.area ORDER BY code, valid_from"
        ),
        world.stack.database.execute("SELECT code, valid_to FROM indicator.partition ORDER BY id"),
        world.stack.database.execute("SELECT count(*) FROM indicator.area_shape"),
        world.stack.database.execute("SELECT indicator.area_register_version()"),
    )
