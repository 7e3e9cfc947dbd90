"""Raw cells that were taken away stand among the revisions, for those who may see raw figures."""

from typing import Any

from tests.indicator_api.world import RAW_RIGHTS, World
from tests.support.stack import as_bearer

HEAD = "area;period;measure;value\n"
REASON = {"reason": "Die Datei war die falsche."}


async def deliver(world: World, body: str, **options: str) -> dict[str, Any]:
    delivery = await world.stack.deliver(
        world.office, "sgb2", HEAD + body, confirm=REASON["reason"], **options
    )
    assert delivery["state"] == "accepted", delivery
    return delivery


async def withdraw(world: World, delivery: dict[str, Any]) -> None:
    path = f"/v1/deliveries/{delivery['id']}"
    current = await world.stack.indicator.get(path, headers=as_bearer(world.office))
    answer = await world.stack.indicator.post(
        f"{path}/withdraw",
        json=REASON,
        headers=as_bearer(world.office) | {"If-Match": current.headers["ETag"]},
    )
    assert answer.status_code == 202, answer.text
    await world.stack.run_jobs()


async def revisions(world: World, key: str | None = None, **asked: Any) -> list[dict[str, Any]]:
    """All of them, a page of one after the other."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await world.stack.indicator.get(
            "/v1/revisions", params={"limit": 1} | asked, headers=as_bearer(key or world.office)
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if not page["next"]:
            return found
        asked["cursor"] = page["next"]


def in_short(item: dict[str, Any]) -> tuple[Any, ...]:
    new = item["new"]
    return (
        item["change"],
        item["area"]["code"],
        item["old"]["value"],
        None if new is None else new["value"],
        item["delivery"]["number"],
    )


async def test_what_was_replaced_or_taken_back_is_told_with_who_did_it(world: World) -> None:
    await deliver(world, "99001001;2023;lb;120\n99001002;2023;lb;90\n")
    third = "99001001;2023;lb;130\n99001003;2023;lb;70\n"
    replacing = await deliver(world, third, mode="replace")
    assert [in_short(item) for item in await revisions(world)] == [
        ("changed", "99001001", 120.0, 130.0, 2),
        ("removed", "99001002", 90.0, None, 2),
    ]
    await withdraw(world, replacing)
    newest = [in_short(item) for item in await revisions(world)][:2]
    # the first delivery's figure is back, and one that nobody else delivered is gone
    assert newest == [
        ("changed", "99001001", 130.0, 120.0, 1),
        ("withdrawn", "99001003", 70.0, None, 2),
    ]
    assert len(await revisions(world)) == 4
    answer = await world.stack.indicator.get(
        "/v1/revisions",
        params={"f": "csv", "area": "99001003"},
        headers=as_bearer(world.office),
    )
    assert "99001003" in answer.text


async def test_nobody_else_sees_them(world: World) -> None:
    delivery = await deliver(world, "99001001;2023;lb;120\n")
    await withdraw(world, delivery)
    assert len(await revisions(world)) == 1
    without = world.stack.people.api_key(
        world.office_id, tuple(set(RAW_RIGHTS) - {"facts:read_raw"})
    )
    assert await revisions(world, without) == []
    assert await revisions(world, world.other_office) == []
