"""The life of a release: draft, released, superseded, withdrawn; and what each of them shows."""

from typing import Any

import httpx

from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import DATASET, World, create
from tests.support.stack import as_bearer, new_key

QUESTION = {"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001"}


async def prepare(world: World, audience: str = "public") -> str:
    """A checked draft; its path."""
    answer = await world.stack.indicator.post(
        "/v1/releases",
        json={"dataset": "sgb2", "audience": audience},
        headers=as_bearer(world.office) | new_key(),
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "checking"
    await world.stack.run_jobs()
    return answer.headers["Location"]


async def act(world: World, path: str, **body: str) -> httpx.Response:
    """Publish or withdraw from the state that is there now."""
    headers = as_bearer(world.office)
    now = await world.stack.indicator.get(path.rpartition("/")[0], headers=headers)
    answer = await world.stack.indicator.post(
        path, json=body or None, headers=headers | {"If-Match": now.headers["ETag"]}
    )
    await world.stack.run_jobs()
    return answer


async def state(world: World, path: str) -> dict[str, Any]:
    """The release as its holder sees it."""
    return await world.stack.read(world.office, path)


async def shown(world: World, key: str | None = None, **more: str) -> dict[str, Any]:
    """Value of each town as the public sees it (or whoever holds the key); hidden: its status."""
    answer = await world.stack.indicator.get(
        "/v1/observations", params=QUESTION | more, headers=as_bearer(key) if key else {}
    )
    items = answer.json().get("items", answer.json().get("code"))
    if isinstance(items, str):
        return {"": items}
    return {item["area"]: item["value"] or item["status"] for item in items}


async def test_the_check_counts_what_would_be_shown_hidden_and_different(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    draft = await state(world, await prepare(world))
    check = draft["check"]
    assert draft["state"] == "draft"
    counted = {
        name: check[name] for name in check if name not in ("rules", "limits", "already_seen")
    }
    assert counted == {
        "cells": 8,
        "hidden": 1,
        # an area that holds only „-“ has no figure; here one of its two cells holds a value
        "missing": 0,
        "new": 8,
        "changed": 0,
        "removed": 0,
        "unchanged": 0,
        "beyond_terms": 0,
    }
    assert check["rules"] == [
        {"code": "minimum_count", "hidden": 1, "text": check["rules"][0]["text"]}
    ]
    assert "Mindestfallzahl 3" in check["rules"][0]["text"]
    assert "Nicht geprüft" in check["limits"]


async def test_the_hidden_cells_are_those_above_zero_and_below_the_minimum(world: World) -> None:
    lines = [f"9900100{town};{year};lb;{value}" for town, year, value in (
        (1, 2020, 0), (2, 2020, 1), (3, 2020, 2), (1, 2021, 3), (2, 2021, 4),
    )]  # fmt: skip
    # the rule protects counts: an amount or a denominator above the minimum stays
    await world.stack.deliver(
        world.office, "sgb2", "area;period;measure;value\n" + "\n".join(lines) + "\n"
    )
    path = await prepare(world)
    hidden = await state(world, f"{path}/hidden")
    assert [(cell["area"], cell["value"]) for cell in hidden["items"]] == [
        ("99001002", 1),
        ("99001003", 2),
    ]
    await act(world, f"{path}/publish")
    rows = world.stack.database.execute(
        "SELECT a.code, c.period_id / 10000, c.status, c.value FROM indicator.released_cell AS c"
        " JOIN indicator.area AS a ON a.id = c.area_id ORDER BY 2, 1"
    )
    assert rows == [
        ("99001001", 2020, 0, 0.0),
        ("99001002", 2020, 7, None),
        ("99001003", 2020, 7, None),
        ("99001001", 2021, 0, 3.0),
        ("99001002", 2021, 0, 4.0),
    ]


async def test_a_draft_shows_nothing_and_a_new_draft_discards_it(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    first = await prepare(world)
    assert await shown(world) == {}
    second = await prepare(world)
    assert (await state(world, first))["state"] == "discarded"
    answer = await act(world, f"{first}/publish")
    assert (answer.status_code, answer.json()["code"]) == (409, "release_not_draft")
    assert (await act(world, f"{second}/publish")).status_code == 202
    assert (await state(world, second))["number"] == 1
    # a draft for one readership leaves that for another alone
    third, fourth = await prepare(world), await prepare(world, "ministry")
    states = [(await state(world, path))["state"] for path in (third, fourth)]
    assert states == ["draft", "draft"]


async def test_a_release_is_published_once(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    path = await prepare(world)
    assert (await act(world, f"{path}/publish")).status_code == 202
    again = await act(world, f"{path}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "release_not_draft")
    assert again.json()["state"] == "released"
    assert (await state(world, path))["number"] == 1


async def test_a_draft_is_stale_once_other_facts_were_delivered(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    path = await prepare(world)
    await world.stack.deliver(world.office, "sgb2", FILE)
    assert (await state(world, path))["is_stale"] is False
    await world.stack.deliver(world.office, "sgb2", FILE.replace(";120", ";121"))
    assert (await state(world, path))["is_stale"] is True
    answer = await act(world, f"{path}/publish")
    assert (answer.status_code, answer.json()["code"]) == (409, "release_stale")
    assert await shown(world) == {}


async def test_a_draft_is_stale_once_another_minimum_holds(world: World) -> None:
    """What is published is what was checked: a lower minimum would show what it said it hid."""
    await world.stack.deliver(world.office, "sgb2", FILE)
    path = await prepare(world)
    answer = await world.stack.indicator.patch(
        "/v1/datasets/sgb2",
        json={"minimum_count": 0},
        headers=as_bearer(world.office) | {"If-Match": "*"},
    )
    assert answer.status_code == 200
    assert (await state(world, path))["is_stale"] is True
    answer = await act(world, f"{path}/publish")
    assert (answer.status_code, answer.json()["code"]) == (409, "release_stale")


async def test_a_delivery_between_publishing_and_writing_sends_the_release_back(
    world: World,
) -> None:
    stack = world.stack
    await stack.deliver(world.office, "sgb2", FILE)
    path = await prepare(world)
    changed = FILE.replace(";120", ";121").encode()
    sent = as_bearer(world.office) | new_key() | {"Content-Type": "text/csv"}
    # both jobs wait: the delivery's was deferred first, and jobs of a dataset keep their order
    read = await stack.indicator.get(path, headers=sent)
    assert (
        await stack.indicator.post(
            "/v1/deliveries", params={"dataset": "sgb2"}, content=changed, headers=sent
        )
    ).status_code == 202
    published = await stack.indicator.post(
        f"{path}/publish", headers=as_bearer(world.office) | {"If-Match": read.headers["ETag"]}
    )
    assert published.json()["state"] == "publishing"
    await stack.run_jobs()
    release = await state(world, path)
    assert (release["state"], release["is_stale"], release["number"]) == ("draft", True, None)
    assert await shown(world) == {}


async def test_a_release_withdrawn_for_an_error_is_gone_and_its_number_is_not_used_again(
    world: World,
) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    first = await prepare(world)
    await act(world, f"{first}/publish")
    before = await shown(world)
    assert before["99001001"] == 12.0
    withdrawn = await act(world, f"{first}/withdraw", reason="error", note="falsche Datei")
    assert (withdrawn.json()["state"], withdrawn.json()["note"]) == ("withdrawn", "falsche Datei")
    assert await shown(world) == {}
    indicator = await world.stack.indicator.get("/v1/indicators/sgb2_quote")
    assert indicator.json()["coverage"] == []
    # what was seen stays reproducible: nobody was endangered by it
    assert await shown(world, release=first.rpartition("/")[2]) == before
    again = await act(world, f"{first}/withdraw", reason="error")
    assert (again.status_code, again.json()["code"]) == (409, "release_not_released")
    second = await prepare(world)
    await act(world, f"{second}/publish")
    release = await state(world, second)
    assert (release["number"], release["check"]["new"], await shown(world)) == (2, 8, before)


async def test_the_holder_may_still_read_what_was_withdrawn_for_disclosure(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    path = await prepare(world)
    await act(world, f"{path}/publish")
    before = await shown(world)
    await act(world, f"{path}/withdraw", reason="disclosure")
    pinned = {"release": path.rpartition("/")[2]}
    assert await shown(world, **pinned) == {"": "release_withdrawn"}
    assert await shown(world, world.other_office, **pinned) == {"": "release_withdrawn"}
    assert await shown(world, world.office, **pinned) == before
    assert await shown(world, world.office) == {}
    listed = (await world.stack.indicator.get("/v1/releases")).json()["items"]
    assert [(item["state"], item["withdrawn_reason"]) for item in listed] == [("withdrawn", None)]


async def test_a_disclosure_found_late_is_taken_out_of_all_later_releases(world: World) -> None:
    stack = world.stack
    await stack.deliver(world.office, "sgb2", FILE)
    first = await prepare(world)
    await act(world, f"{first}/publish")
    await stack.deliver(
        world.office, "sgb2", FILE.replace("99001001;2023;lb;120", "99001001;2023;lb;130")
    )
    second = await prepare(world)
    await act(world, f"{second}/publish")
    pinned = {"release": second.rpartition("/")[2]}
    tags = {
        str(more): (await stack.indicator.get("/v1/observations", params=QUESTION | more)).headers[
            "ETag"
        ]
        for more in ({}, pinned)
    }
    await act(world, f"{first}/withdraw", reason="disclosure")
    # the denominators were first shown in the withdrawn release; the new numerator was not
    for reader in (None, world.office):
        assert await shown(world, reader) in ({}, {"99001001": "not_available"})
    for more in ({}, pinned):
        answer = await stack.indicator.get(
            "/v1/observations", params=QUESTION | more, headers={"If-None-Match": tags[str(more)]}
        )
        assert answer.status_code == 200, "a held copy must not be confirmed any more"
    rows = stack.database.execute("SELECT sum(cells)::int FROM indicator.released_slice")
    assert rows == [(1,)]
    # once it is released anew, it is seen again
    third = await prepare(world)
    assert (await state(world, third))["check"]["new"] == 7
    await act(world, f"{third}/publish")
    assert (await shown(world))["99001001"] == 13.0
    assert await shown(world, release=first.rpartition("/")[2]) == {"": "release_withdrawn"}


async def test_a_part_pinned_to_a_release_meets_the_part_of_another_dataset(world: World) -> None:
    """Numerator and denominator come from two datasets; the release asked for has but one."""
    stack = world.stack
    await create(stack, world.office, "/v1/datasets", DATASET | {"code": "bevoelkerung"})
    lines = FILE.splitlines()
    parts = {
        code: "\n".join(line for line in lines if f";{code};" in line) for code in ("lb", "ew")
    }
    for dataset, code in (("sgb2", "lb"), ("bevoelkerung", "ew")):
        await stack.deliver(world.office, dataset, f"{lines[0]}\n{parts[code]}\n")
    first = await stack.release(world.office, "sgb2")
    await stack.release(world.office, "bevoelkerung")
    now = await shown(world)
    assert now["99001001"] == 12.0
    assert await shown(world, release=first["id"]) == now


async def test_a_dataset_without_a_figure_cannot_be_released(world: World) -> None:
    answer = await world.stack.indicator.post(
        "/v1/releases",
        json={"dataset": "sgb2", "audience": "public"},
        headers=as_bearer(world.office) | new_key(),
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "dataset_empty")


async def test_a_release_for_a_kreis_needs_its_organisation(world: World) -> None:
    await world.stack.deliver(world.office, "sgb2", FILE)
    answer = await world.stack.indicator.post(
        "/v1/releases",
        json={"dataset": "sgb2", "audience": "kreis"},
        headers=as_bearer(world.office) | new_key(),
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "audience_missing")


async def test_of_several_releases_a_reader_sees_the_one_meant_most_closely_for_it(
    world: World,
) -> None:
    stack = world.stack
    await stack.deliver(world.office, "sgb2", FILE)
    await stack.release(world.office, "sgb2", "public")
    await stack.deliver(world.office, "sgb2", FILE.replace(";120", ";140"))
    await stack.release(world.office, "sgb2", "ministry")
    ministry = stack.people.organisation("Ministerium", "ministerium", ("05",))
    key = stack.people.api_key(ministry, ("datasets:read",))
    assert (await shown(world))["99001001"] == 12.0
    assert (await shown(world, key))["99001001"] == 14.0
