"""Preparing and letting out releases in tests, by two people of one office."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.indicator_api.world import RAW_RIGHTS, World
from tests.support.stack import Stack, as_bearer, new_key

# 2 in one town is below the minimum; the sums of the Kreis hold
FIGURES = """area;period;measure;value
99001001;2023;lb;120
99001002;2023;lb;2
99001003;2023;lb;40
99001001;2023;ew;1000
99001002;2023;ew;900
99001003;2023;ew;800
99001;2023;lb;162
99001;2023;ew;2700
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """An office with two people, each with an account and an API key that the first made."""

    world: World
    anna: str
    bert: str
    annas_key: str

    @property
    def stack(self) -> Stack:
        """The services."""
        return self.world.stack

    async def prepare(self, who: str, audience: str = "public", **more: Any) -> str:
        """A checked release of `sgb2`; its path."""
        answer = await self.ask(who, audience, **more)
        assert answer.status_code == 202, answer.text
        await self.stack.run_jobs()
        return answer.headers["Location"]

    async def ask(self, who: str, audience: str = "public", **more: Any) -> httpx.Response:
        """Ask for a release of `sgb2`."""
        return await self.stack.indicator.post(
            "/v1/releases",
            json={"dataset": "sgb2", "audience": audience} | more,
            headers=as_bearer(who) | new_key(),
        )

    async def step(
        self, who: str, path: str, step: str, etag: str | None = None, **body: Any
    ) -> httpx.Response:
        """Take a step from the state that is there now, or from the one with this ETag."""
        if etag is None:
            now = await self.stack.indicator.get(path, headers=as_bearer(who))
            etag = now.headers["ETag"]
        return await self.stack.indicator.post(
            f"{path}/{step}", json=body or None, headers=as_bearer(who) | {"If-Match": etag}
        )

    async def read(self, path: str) -> dict[str, Any]:
        """A document as Anna sees it."""
        return await self.stack.read(self.anna, path)

    async def change_dataset(self, **change: Any) -> None:
        """Change `sgb2`."""
        answer = await self.stack.indicator.patch(
            "/v1/datasets/sgb2", json=change, headers=as_bearer(self.anna) | {"If-Match": "*"}
        )
        assert answer.status_code == 200, answer.text

    async def shown(self) -> dict[str, Any]:
        """What the public sees of the numerator: value or status of each area."""
        rows = self.stack.database.execute(
            "SELECT a.code, c.status, c.value FROM indicator.released_cell AS c"
            " JOIN indicator.release_series AS s ON s.id = c.series_id AND s.audience = 'public'"
            " JOIN indicator.measure AS m ON m.id = c.measure_id AND m.code = 'lb'"
            " JOIN indicator.area AS a ON a.id = c.area_id"
            " WHERE c.released_to = 2147483647 AND NOT c.is_blocked ORDER BY 1"
        )
        return {str(code): value if status in (0, 1) else None for code, status, value in rows}


async def make_desk(world: World, *, needs_second_person: bool = True) -> Desk:
    """The office of the world with two people; `sgb2` holds figures."""
    stack = world.stack
    anna = stack.people.account("anna", world.office_id, "statistikstelle")
    stack.people.account("bert", world.office_id, "statistikstelle")
    key = stack.people.api_key(world.office_id, RAW_RIGHTS)
    stack.database.execute(
        "UPDATE identity.api_key SET created_by = %s WHERE prefix = %s", anna, key.split("_")[1]
    )
    desk = Desk(world, await stack.token("anna"), await stack.token("bert"), key)
    await stack.deliver(desk.anna, "sgb2", FIGURES)
    if needs_second_person:
        await desk.change_dataset(releases_need_second_person=True)
    return desk
