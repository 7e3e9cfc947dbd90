"""The main job: deliver, release, read; and what nobody sees before."""

from tests.indicator_api.world import World
from tests.support.stack import as_bearer

FILE = """area;period;measure;value
99001001;2023;lb;120
99001001;2023;ew;1000
99001002;2023;lb;2
99001002;2023;ew;900
99001003;2023;lb;-
99001003;2023;ew;800
99001;2023;lb;122
99001;2023;ew;2700
"""


async def test_a_delivered_figure_is_seen_once_it_is_released(world: World) -> None:
    stack = world.stack
    delivery = await stack.deliver(world.office, "sgb2", FILE)
    assert delivery["state"] == "accepted", delivery
    assert delivery["counts"] == {
        "rows": 8,
        "checked_rows": 8,
        "refused": 0,
        "left_out": 0,
        "values": 8,
        "missing": 0,
        "new": 8,
        "changed": 0,
        "unchanged": 0,
        "withdrawn": 0,
    }
    question = {"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001"}
    before = (await stack.indicator.get("/v1/observations", params=question)).json()
    assert before["items"] == []
    assert before["reason"]["code"] == "nothing_released"

    release = await stack.release(world.office, "sgb2")
    assert release["state"] == "released"
    assert release["check"]["hidden"] == 1

    after = (await stack.indicator.get("/v1/observations", params=question)).json()
    items = {item["area"]: item for item in after["items"]}
    assert items["99001001"]["value"] == 12.0
    assert items["99001001"]["status"] == "value"
    assert items["99001002"]["value"] is None
    assert items["99001002"]["status"] == "hidden"
    assert items["99001002"]["numerator"] is None
    assert items["99001003"]["value"] == 0.0
    assert [item["area"] for item in after["comparison"]] == ["99001"]
    assert after["sources"][0]["release"]["number"] == 1


async def test_the_same_file_again_changes_nothing(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    again = await world.stack.deliver(world.office, "sgb2", FILE)
    assert again["counts"]["unchanged"] == 8
    assert again["counts"]["new"] == again["counts"]["changed"] == 0
    dataset = await world.stack.read(world.office, "/v1/datasets/sgb2")
    assert dataset["version"] == 1


async def test_a_revision_keeps_what_was_known(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    revised = FILE.replace("lb;120", "lb;130")
    delivery = await world.stack.deliver(world.office, "sgb2", revised)
    assert delivery["counts"]["changed"] == 1
    history = world.stack.database.execute("SELECT value FROM indicator.fact_history")
    assert history == [(120.0,)]


async def test_an_old_release_reads_as_it_was(world: World) -> None:
    stack = world.stack
    await stack.deliver(world.office, "sgb2", FILE)
    first = await stack.release(world.office, "sgb2")
    await stack.deliver(world.office, "sgb2", FILE.replace("lb;120", "lb;130"))
    second = await stack.release(world.office, "sgb2")
    assert (second["number"], second["check"]["changed"]) == (2, 1)
    question = {"indicator": "sgb2_quote", "area": "99001001", "period": "2023"}
    values = [
        (await stack.indicator.get("/v1/observations", params=question | pinned)).json()["items"][
            0
        ]["value"]
        for pinned in ({}, {"release": first["id"]})
    ]
    assert values == [13.0, 12.0]
    state = await stack.read(world.office, f"/v1/releases/{first['id']}")
    assert state["state"] == "superseded"


async def test_a_release_withdrawn_for_disclosure_is_gone_for_all_but_the_holder(
    world: World,
) -> None:
    stack = world.stack
    await stack.deliver(world.office, "sgb2", FILE)
    release = await stack.release(world.office, "sgb2")
    path = f"/v1/releases/{release['id']}"
    current = await stack.indicator.get(path, headers=as_bearer(world.office))
    answer = await stack.indicator.post(
        f"{path}/withdraw",
        json={"reason": "disclosure"},
        headers=as_bearer(world.office) | {"If-Match": current.headers["ETag"]},
    )
    assert answer.status_code == 200, answer.text
    gone = await stack.indicator.get(path)
    assert (gone.status_code, gone.json()["code"]) == (410, "release_withdrawn")
    question = {"indicator": "sgb2_quote", "area": "99001001"}
    pinned = await stack.indicator.get(
        "/v1/observations", params=question | {"release": release["id"]}
    )
    assert pinned.status_code == 410
    now = (await stack.indicator.get("/v1/observations", params=question)).json()
    assert now["items"] == []
    assert stack.database.execute(
        "SELECT count(*) FROM indicator.released_cell WHERE NOT is_blocked"
    ) == [(0,)]
