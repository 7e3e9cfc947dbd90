"""An answer is confirmed (304) as long as it holds, in every format, and no longer."""

from tests.indicator_api.world import World

EXITS = (
    "/v1/observations?indicator=sgb2_quote&level=gemeinde&within=99001",
    "/v1/observations?indicator=sgb2_quote&level=gemeinde&within=99001&f=csv",
    "/v1/observations?indicator=sgb2_quote&level=gemeinde&within=99001&f=csv&dialect=comma",
    "/v1/observations?indicator=sgb2_quote&level=gemeinde&within=99001&f=xlsx",
    "/v1/observations?indicator=sgb2_quote&level=gemeinde&within=99001&f=parquet",
    "/v1/observations?indicator=sgb2_quote&level=gemeinde&within=99001&f=geojson",
    "/v1/tiles/sgb2_quote/2023/7/66/42.mvt?level=gemeinde&within=99001",
    "/v1/maps/sgb2_quote/2023.svg?level=gemeinde&within=99001",
)


async def test_an_answer_is_confirmed_until_a_new_release_changes_it(world: World) -> None:
    stack = world.stack
    body = "area;period;measure;value\n99001001;2023;lb;10\n99001001;2023;ew;100\n"
    await stack.deliver(world.office, "sgb2", body)
    await stack.release(world.office, "sgb2")
    held = {exit: await stack.indicator.get(exit) for exit in EXITS}
    for exit, answer in held.items():
        sent = {"If-None-Match": answer.headers["ETag"]}
        again = await stack.indicator.get(exit, headers=sent)
        assert (again.status_code, again.content) == (304, b""), exit
        assert again.headers["ETag"] == answer.headers["ETag"]
        weak = {"If-None-Match": f'"other", W/{answer.headers["ETag"]}'}
        assert (await stack.indicator.get(exit, headers=weak)).status_code == 304, exit
    assert len({answer.headers["ETag"] for answer in held.values()}) == len(EXITS)
    await stack.deliver(world.office, "sgb2", body.replace(";10\n", ";11\n"))
    for exit, answer in held.items():
        sent = {"If-None-Match": answer.headers["ETag"]}
        assert (await stack.indicator.get(exit, headers=sent)).status_code == 304, "not released"
    await stack.release(world.office, "sgb2")
    for exit, answer in held.items():
        now = await stack.indicator.get(exit, headers={"If-None-Match": answer.headers["ETag"]})
        assert now.status_code == 200, exit
        assert now.headers["ETag"] != answer.headers["ETag"]
        assert now.content != answer.content, exit


async def test_a_source_told_anew_is_not_confirmed_as_the_old_one(world: World) -> None:
    stack = world.stack
    body = "area;period;measure;value\n99001001;2023;lb;10\n99001001;2023;ew;100\n"
    await stack.deliver(world.office, "sgb2", body)
    await stack.release(world.office, "sgb2")
    first = await stack.indicator.get(EXITS[0])
    changed = await stack.indicator.patch(
        "/v1/datasets/sgb2",
        json={"attribution": "Neues Amt"},
        headers={"Authorization": f"Bearer {world.office}", "If-Match": "*"},
    )
    assert changed.status_code == 200
    now = await stack.indicator.get(EXITS[0], headers={"If-None-Match": first.headers["ETag"]})
    assert (now.status_code, now.json()["sources"][0]["attribution"]) == (200, "Neues Amt")
