"""A release through the whole service: what it hides, why, and what an attack on it finds."""

import asyncio
from typing import Any
from uuid import UUID

from deploy.audit import audit, in_words
from services.indicator_api.disclosure.certificate import fingerprint
from tests.indicator_api.test_releases import act, prepare, state
from tests.indicator_api.world import World

KREIS, FIRST, SECOND, THIRD = "99001", "99001001", "99001002", "99001003"
HIDDEN = 7


async def deliver(world: World, figures: dict[str, int]) -> None:
    """Figures of one measure and year, in a dataset whose figures add up to the last unit."""
    world.stack.database.execute("UPDATE indicator.dataset SET additivity = 'exact'")
    lines = [f"{area};2024;lb;{value}" for area, value in figures.items()]
    await world.stack.deliver(
        world.office,
        "sgb2",
        "area;period;measure;value\n" + "\n".join(lines) + "\n",
        confirm="Erfundene Zahlen",
    )


async def release(world: World) -> str:
    """Prepare and publish; the release's path."""
    path = await prepare(world)
    draft = await state(world, path)
    assert draft["state"] == "draft", draft["refusals"]
    await act(world, f"{path}/publish")
    return path


async def hidden(world: World, path: str) -> dict[str, str]:
    """Why which place is hidden, as the holder is told."""
    found = await state(world, f"{path}/hidden")
    return {cell["area"]: cell["reason"] for cell in found["items"]}


def attack(world: World, path: str) -> Any:
    """The release attacked with the released tables alone."""
    identifier = UUID(path.rpartition("/")[2])
    return asyncio.to_thread(audit, world.stack.database.admin_url, identifier, "public")


async def test_what_a_total_would_give_away_is_hidden_as_well(world: World) -> None:
    await deliver(world, {KREIS: 60, FIRST: 2, SECOND: 20, THIRD: 38})
    path = await release(world)
    reasons = await hidden(world, path)
    assert reasons.pop(FIRST) == "minimum_count"
    assert list(reasons.values()) == ["secondary"]
    found, named = await attack(world, path)
    assert found.is_passed, named
    assert (found.cells, found.hidden) == (4, 2)
    assert in_words(found, named)[-1].startswith("Keine verborgene Zahl")
    told = await state(world, path)
    assert {rule["code"]: rule["hidden"] for rule in told["check"]["rules"]} == {
        "minimum_count": 1,
        "secondary": 1,
    }


async def test_outside_nobody_can_tell_why_a_cell_is_hidden(world: World) -> None:
    await deliver(world, {KREIS: 60, FIRST: 2, SECOND: 20, THIRD: 38})
    path = await release(world)
    rows = world.stack.database.execute(
        "SELECT a.code, c.status, c.value FROM indicator.released_cell AS c"
        " JOIN indicator.area AS a ON a.id = c.area_id ORDER BY 1"
    )
    assert [row for row in rows if row[0] in (KREIS, FIRST)] == [
        (KREIS, 0, 60),
        (FIRST, HIDDEN, None),
    ]
    assert (HIDDEN, None) in [row[1:] for row in rows if row[0] in (SECOND, THIRD)]
    answer = await world.stack.indicator.get(path)
    assert "secondary" not in answer.text
    told = (await world.stack.indicator.get(f"{path}/certificate")).json()
    assert told["certificate"]["hidden"] == 2
    # what was lost would tell how large the hidden figures are
    assert not {"loss", "gap", "bound"} & set(told["certificate"])
    assert fingerprint(told["certificate"]) == told["sha256"]


async def test_a_cell_let_out_by_hand_is_found_by_the_attack(world: World) -> None:
    await deliver(world, {KREIS: 60, FIRST: 2, SECOND: 20, THIRD: 38})
    path = await release(world)
    world.stack.database.execute(
        "UPDATE indicator.released_cell AS c SET status = 0,"
        " value = CASE a.code WHEN '99001002' THEN 20 ELSE 38 END FROM indicator.area AS a"
        " WHERE a.id = c.area_id AND c.status = 7 AND a.code <> '99001001'"
    )
    found, named = await attack(world, path)
    assert not found.is_passed
    assert not found.are_cells_whole
    assert found.is_certificate_whole
    (line,) = named
    assert line.startswith(f"{FIRST} Stadt 1, Leistungsberechtigte")
    assert line.endswith("2 bis 2")


async def test_what_cannot_be_protected_is_refused_and_says_what_would_help(world: World) -> None:
    # whoever knows that a hidden one is 1 or 2 knows the other one, too
    await deliver(world, {KREIS: 3, FIRST: 1, SECOND: 2, THIRD: 0})
    draft = await state(world, await prepare(world))
    assert draft["state"] == "refused"
    assert draft["refusals"][0]["code"] == "cannot_be_protected"
    assert draft["refusals"][0]["remedy"]
    cells = world.stack.database.execute("SELECT count(*) FROM indicator.released_cell")
    assert cells == [(0,)]


async def test_a_later_release_does_not_give_away_what_an_earlier_one_hid(world: World) -> None:
    await deliver(world, {KREIS: 60, FIRST: 2, SECOND: 20, THIRD: 38})
    (other,) = set(await hidden(world, await release(world))) - {FIRST}
    # the other town is as before: shown now, it would tell what the first one had been
    await deliver(world, {KREIS: 70, FIRST: 12, SECOND: 20, THIRD: 38})
    path = await release(world)
    assert other in await hidden(world, path)
    found, named = await attack(world, path)
    assert found.is_passed, named


async def test_a_figure_of_no_sum_tells_no_more_than_its_rule(world: World) -> None:
    world.stack.database.execute("UPDATE indicator.dataset SET additivity = 'not_additive'")
    lines = [f"{FIRST};2024;lb;1", f"{FIRST};2024;ew;50", f"{SECOND};2024;lb;7"]
    file = "area;period;measure;value\n" + "\n".join(lines) + "\n"
    await world.stack.deliver(world.office, "sgb2", file, confirm="Erfundene Zahlen")
    path = await release(world)
    assert await hidden(world, path) == {FIRST: "minimum_count"}
    found, named = await attack(world, path)
    assert found.is_passed, named
