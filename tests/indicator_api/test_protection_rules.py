"""Rules of protection as data: what they demand, where they come from, what they were."""

from typing import Any

import httpx
import pytest

from services.indicator_api.protection_rules.rules import in_force, parameters_for
from tests.indicator_api.release_desk import make_desk
from tests.indicator_api.world import World
from tests.support.stack import as_bearer, new_key

PATH = "/v1/datasets/sgb2/protection-rules"
SOURCE = "Dienstanweisung des Testamts, 2026"


async def add(world: World, key: str | None = None, **rule: Any) -> httpx.Response:
    """Add a rule to `sgb2`."""
    return await world.stack.indicator.post(
        PATH, json=rule, headers=as_bearer(key or world.office) | new_key()
    )


async def rules(world: World, key: str | None = None) -> list[dict[str, Any]]:
    """The rules of `sgb2` and those for all."""
    document = await world.stack.read(key or world.office, PATH)
    items: list[dict[str, Any]] = document["items"]
    return items


async def own_minimum(world: World) -> dict[str, Any]:
    """The dataset's own rule about the minimum count."""
    (found,) = (
        rule for rule in await rules(world) if rule["dataset"] and rule["kind"] == "minimum_count"
    )
    return found


async def change(world: World, rule_id: str, key: str | None = None, **body: Any) -> httpx.Response:
    """Change a rule as it stands."""
    return await world.stack.indicator.patch(
        f"/v1/protection-rules/{rule_id}",
        json=body,
        headers=as_bearer(key or world.office) | {"If-Match": "*"},
    )


async def test_a_dataset_begins_with_its_minimum_count_and_proposals(world: World) -> None:
    found = await rules(world)
    holding = [rule["kind"] for rule in found if rule["is_in_force"]]
    assert holding == ["minimum_count"]
    own = await own_minimum(world)
    assert own["parameters"] == {"threshold": 3, "width": 3}
    assert "Bundesagentur" in own["source_text"]
    assert "1 bis 2" in own["text"]
    proposals = {rule["kind"] for rule in found if rule["dataset"] is None}
    assert {"minimum_denominator", "minimum_residents", "extremes"} <= proposals


async def test_the_minimum_count_of_the_dataset_is_that_rule(world: World) -> None:
    """Read and written from both sides; a width that was chosen stays."""
    own = await own_minimum(world)
    answer = await change(
        world, own["id"], parameters={"threshold": 5, "width": 8}, source_text="§"
    )
    assert answer.status_code == 422, "too short to say where it comes from"
    answer = await change(
        world, own["id"], parameters={"threshold": 5, "width": 8}, source_text=SOURCE
    )
    assert answer.status_code == 200, answer.text
    assert (await world.stack.read(world.office, "/v1/datasets/sgb2"))["minimum_count"] == 5
    for number, is_active, parameters in (
        (6, True, {"threshold": 6, "width": 8}),
        (0, False, {"threshold": 6, "width": 8}),
    ):
        answer = await world.stack.indicator.patch(
            "/v1/datasets/sgb2",
            json={"minimum_count": number},
            headers=as_bearer(world.office) | {"If-Match": "*"},
        )
        assert answer.json()["minimum_count"] == number
        now = await own_minimum(world)
        assert (now["is_active"], now["parameters"]) == (is_active, parameters)
    listed = await world.stack.read(world.office, "/v1/datasets")
    assert listed["items"][0]["minimum_count"] == 0


async def test_what_a_rule_was_stays_readable(world: World) -> None:
    own = await own_minimum(world)
    await change(world, own["id"], parameters={"threshold": 4}, source_text=SOURCE)
    await change(world, own["id"], is_active=False)
    await change(world, own["id"], is_active=False)
    document = await world.stack.read(world.office, f"/v1/protection-rules/{own['id']}/history")
    states = document["items"]
    assert [
        (state["version"], state["parameters"]["threshold"], state["is_active"]) for state in states
    ] == [(3, 4, False), (2, 4, True), (1, 3, True)]
    assert [state["until"] is None for state in states] == [True, False, False]
    # others learn what holds, not who decided it
    told = await world.stack.read(world.other_office, f"/v1/protection-rules/{own['id']}/history")
    assert {state["changed_by"] for state in told["items"]} == {""}
    assert states[0]["changed_by"]


FAULTS: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("minimum_count", {}, "/parameters/threshold", "parameter_missing"),
    ("minimum_count", {"threshold": "drei"}, "/parameters/threshold", "number_expected"),
    ("minimum_count", {"threshold": 0}, "/parameters/threshold", "out_of_range"),
    ("minimum_count", {"threshold": 2.5}, "/parameters/threshold", "whole_number_expected"),
    ("minimum_denominator", {"threshold": True}, "/parameters/threshold", "number_expected"),
    ("dominance", {"n": 2, "k": 120}, "/parameters/k", "out_of_range"),
    ("few_units", {"threshold": 3}, "/parameters/units_measure", "parameter_missing"),
    (
        "few_units",
        {"threshold": 3, "units_measure": "betriebe"},
        "/parameters/units_measure",
        "measure_unknown",
    ),
    ("rounding", {"base": 1}, "/parameters/base", "out_of_range"),
    ("extremes", {"threshold": 1}, "/parameters/threshold", "parameter_unknown"),
    ("insider", {"width": 0}, "/parameters/width", "out_of_range"),
    ("complement", {"threshold": None}, "/parameters/threshold", "number_expected"),
    ("minimum_residents", {"threshold": -1}, "/parameters/threshold", "out_of_range"),
)


@pytest.fixture(scope="module")
async def shared(kept_world: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One world for what changes nothing."""
    async with kept_world.opened(tmp_path_factory.mktemp("rules")) as world:
        yield world


@pytest.mark.parametrize(("kind", "parameters", "pointer", "code"), FAULTS)
async def test_a_wrong_parameter_is_named_at_its_place(
    shared: World, kind: str, parameters: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await add(shared, kind=kind, parameters=parameters, source_text=SOURCE, measure="lb")
    assert (answer.status_code, answer.json()["code"]) == (422, "parameters_invalid")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [
        (pointer, code)
    ]


async def test_a_rule_says_where_it_comes_from(shared: World) -> None:
    answer = await add(shared, kind="extremes", parameters={})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/source_text"
    own = await own_minimum(shared)
    answer = await change(shared, own["id"], parameters={"threshold": 10})
    assert (answer.status_code, answer.json()["code"]) == (422, "source_text_missing")


async def test_there_is_one_rule_of_a_kind_for_the_same_figures(world: World) -> None:
    answer = await add(world, kind="minimum_count", parameters={"threshold": 9}, source_text=SOURCE)
    assert (answer.status_code, answer.json()["code"]) == (409, "rule_exists")
    assert answer.json()["rule"] == (await own_minimum(world))["id"]
    answer = await add(
        world, kind="minimum_count", parameters={"threshold": 9}, source_text=SOURCE, measure="lb"
    )
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/v1/protection-rules/{answer.json()['id']}"


async def test_only_the_holder_changes_its_rules_and_nobody_those_for_all(shared: World) -> None:
    own = await own_minimum(shared)
    answer = await add(shared, shared.other_office, kind="extremes", source_text=SOURCE)
    assert answer.status_code == 404
    answer = await change(shared, own["id"], shared.other_office, is_active=False)
    assert (answer.status_code, answer.json()["code"]) == (404, "rule_not_yours")
    (default,) = (
        rule for rule in await rules(shared) if not rule["dataset"] and rule["kind"] == "extremes"
    )
    assert (await change(shared, default["id"], is_active=True)).status_code == 404
    answer = await shared.stack.indicator.patch(
        f"/v1/protection-rules/{own['id']}", json={}, headers=as_bearer(shared.office)
    )
    assert answer.status_code == 428


async def test_a_rule_for_a_measure_goes_before_that_for_the_dataset(world: World) -> None:
    await add(
        world, kind="minimum_count", parameters={"threshold": 50}, source_text=SOURCE, measure="lb"
    )
    desk = await make_desk(world, needs_second_person=False)
    release = await desk.read(await desk.prepare(desk.anna))
    # 2 and 40 of the numerator, nothing of the denominator
    assert release["check"]["hidden"] == 2
    snapshot = [(rule["kind"], rule["measure"]) for rule in release["rules"]]
    assert sorted(snapshot, key=str) == [("minimum_count", "lb"), ("minimum_count", None)]


def rule(kind: str, **values: Any) -> dict[str, Any]:
    """A row as `in_force` reads it."""
    row = {"dataset_id": None, "source": None, "measure_id": None, "is_active": True}
    return row | {"kind": kind, "parameters": {"threshold": 3}} | values


def test_which_rule_decides() -> None:
    general = rule("minimum_count")
    of_source = rule("minimum_count", source="BA", parameters={"threshold": 4})
    own = rule("minimum_count", dataset_id=1, parameters={"threshold": 5})
    exception = rule("minimum_count", dataset_id=1, measure_id=7, is_active=False)
    assert in_force([general, of_source], "Zensus") == [general]
    assert in_force([general, of_source], "BA") == [of_source]
    assert in_force([general, of_source, own], "BA") == [own]
    assert in_force([general, own | {"is_active": False}], "BA") == []
    found = in_force([general, own, exception], "BA")
    assert parameters_for(found, "minimum_count", 7) is None
    assert parameters_for(found, "minimum_count", 8) == {"threshold": 5}
    assert parameters_for(found, "extremes", 8) is None
