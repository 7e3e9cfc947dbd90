"""Figures that were read once are handed out again only as long as nothing has changed them."""

from typing import Any

from tests.indicator_api.world import World, areas, create, import_areas
from tests.support.stack import as_bearer

FILE = """area;period;measure;breakdown;value
99001001;2023;lb;;120
99001001;2023;lb;GES=GESW;70
99001001;2023;ew;;1000
99001002;2023;lb;;200
99001002;2023;lb;GES=GESW;80
99001002;2023;ew;;900
"""
QUESTION = {"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001"}


async def read(
    world: World, key: str | None = None, **changes: str
) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The items by area, the entity tag, and the whole document."""
    answer = await world.stack.indicator.get(
        "/v1/observations",
        params=QUESTION | changes,
        headers={} if key is None else as_bearer(key),
    )
    assert answer.status_code == 200, answer.text
    document = answer.json()
    return {item["area"]: item for item in document["items"]}, answer.headers["ETag"], document


async def release(world: World, file: str, audience: str = "public") -> None:
    await world.stack.deliver(world.office, "sgb2", file)
    await world.stack.release(world.office, "sgb2", audience)


async def test_the_same_question_has_the_same_answer(world: World) -> None:
    await release(world, FILE)
    first, again = await read(world), await read(world)
    assert first == again
    assert first[0]["99001001"]["value"] == 12.0


async def test_a_new_release_is_seen_at_once(world: World) -> None:
    await release(world, FILE)
    before, before_tag, _ = await read(world)
    await release(world, FILE.replace(";;120", ";;130"))
    after, after_tag, _ = await read(world)
    assert (before["99001001"]["value"], after["99001001"]["value"]) == (12.0, 13.0)
    assert before_tag != after_tag


async def test_a_renamed_area_is_seen_at_once(world: World) -> None:
    await release(world, FILE)
    _, before_tag, _ = await read(world)
    renamed = [
        item | {"name": "Neustadt"} if item["code"] == "99001001" else item for item in areas()
    ]
    assert (await import_areas(world.stack, world.office, renamed))["state"] == "accepted"
    after, after_tag, _ = await read(world)
    assert after["99001001"]["name"] == "Neustadt"
    assert before_tag != after_tag


async def test_a_breakdown_is_not_answered_with_another(world: World) -> None:
    await release(world, FILE)
    total, total_tag, in_all = await read(world)
    women, women_tag, by_sex = await read(world, breakdown="GES=GESW")
    assert total["99001001"]["value"] == 12.0
    assert women["99001001"]["value"] == 7.0
    assert in_all["classes"] != by_sex["classes"]
    assert total_tag != women_tag


async def test_a_measure_is_not_answered_with_an_indicator_of_its_name(world: World) -> None:
    await create(
        world.stack,
        world.office,
        "/v1/measures",
        {"code": "sgb2_quote", "name": "Gleichnamig", "unit": "Anzahl", "kind": "count"},
    )
    await release(world, FILE)
    await read(world)
    answer = await world.stack.indicator.get(
        "/v1/observations",
        params={"measure": "sgb2_quote", "level": "gemeinde", "within": "99001"},
    )
    assert answer.json()["items"] == []


async def test_what_the_office_has_read_is_not_handed_to_the_public(world: World) -> None:
    await release(world, FILE, "administration")
    seen, _, _ = await read(world, world.office)
    assert seen["99001001"]["value"] == 12.0
    for _ in range(2):
        hidden, _, document = await read(world)
        assert hidden == {}
        assert document["reason"]["code"] == "nothing_released"


async def test_what_a_withdrawal_takes_from_a_later_release_is_not_remembered(
    world: World,
) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    first = await world.stack.release(world.office, "sgb2")
    await world.stack.deliver(world.office, "sgb2", FILE.replace(";;200", ";;210"))
    second = await world.stack.release(world.office, "sgb2")
    for key in (None, world.office):
        shown, _, _ = await read(world, key)
        assert shown["99001001"]["value"] == 12.0
        shown, _, _ = await read(world, key, release=second["id"])
        assert shown["99001001"]["value"] == 12.0
    path = f"/v1/releases/{first['id']}"
    current = await world.stack.indicator.get(path, headers=as_bearer(world.office))
    withdrawn = await world.stack.indicator.post(
        f"{path}/withdraw",
        json={"reason": "disclosure"},
        headers=as_bearer(world.office) | {"If-Match": current.headers["ETag"]},
    )
    assert withdrawn.status_code == 200, withdrawn.text
    for changes in ({}, {"release": second["id"]}):
        for key in (world.office, None):
            left, _, _ = await read(world, key, **changes)
            seen = left.get("99001001", {}).get("value")
            assert seen is None or key is not None, (changes, left)
