"""Tasks over HTTP: whose they are, when they are due, and what waits for one's own side."""

from typing import Any

import pytest

from tests.consultation_api.advice_world import Advice, in_days
from tests.consultation_api.world import assert_problem


@pytest.fixture
async def case(advice: Advice) -> dict[str, Any]:
    """A case."""
    return await advice.case()


async def test_a_task_says_whose_it_is_and_when_it_is_due(
    advice: Advice, case: dict[str, Any]
) -> None:
    given = await advice.task(advice.advisor, case["id"], due_on=in_days(-1), text="Bitte")
    assert given["case"] == {name: case[name] for name in ("id", "reference", "title")}
    assert (given["side"], given["my_side"]) == ("kommune", "beratung")
    assert given["state"] == {"code": "offen", "label": "Offen"}
    assert given["is_overdue"] is True
    assert (given["done_by"], given["done_at"], given["version"]) == (None, None, 1)
    path = f"/cases/{case['id']}/tasks/{given['id']}"
    done = (await advice.act(advice.planner, f"{path}/state", {"state": "erledigt"})).json()
    assert done["done_by"] == "Test planung"
    assert (done["is_overdue"], done["version"]) == (False, 2)
    again = (await advice.act(advice.planner, f"{path}/state", {"state": "erledigt"})).json()
    assert again == done, "done stays done"
    entries = (await advice.get(advice.advisor, f"/cases/{case['id']}/entries"))["items"]
    assert (entries[0]["title"], entries[0]["text"]) == ("Aufgabe erledigt", "Daten liefern")
    opened = (await advice.act(advice.advisor, f"{path}/state", {"state": "offen"})).json()
    assert (opened["done_by"], opened["is_overdue"]) == (None, True)


async def test_an_internal_task_done_leaves_no_trace_on_the_shared_timeline(
    advice: Advice, case: dict[str, Any]
) -> None:
    given = await advice.task(advice.advisor, case["id"], side="beratung", visibility="intern")
    path = f"/cases/{case['id']}/tasks/{given['id']}/state"
    assert (await advice.act(advice.leader, path, {"state": "erledigt"})).status_code == 200
    for person in (advice.planner, advice.advisor):
        entries = (await advice.get(person, f"/cases/{case['id']}/entries"))["items"]
        assert len(entries) == 1


@pytest.mark.parametrize(
    ("who", "change", "code"),
    [
        ("planner", {"visibility": "intern"}, "visibility_forbidden"),
        ("planner", {"visibility": "intern", "side": "beratung"}, "visibility_forbidden"),
        ("advisor", {"visibility": "intern", "side": "kommune"}, "visibility_forbidden"),
        ("advisor", {"side": "land"}, "invalid_request"),
        ("advisor", {"title": " "}, "invalid_request"),
        ("advisor", {"due_on": "30.02.2026"}, "invalid_request"),
        ("advisor", {"due_on": "0001-01-01"}, "invalid_request"),
        ("advisor", {"price": 1}, "invalid_request"),
    ],
)
async def test_what_is_wrong_with_a_task_is_said(
    advice: Advice, case: dict[str, Any], who: str, change: dict[str, Any], code: str
) -> None:
    body = {"title": "x", "side": "kommune", "visibility": "gemeinsam"} | change
    answer = await advice.call(
        getattr(advice, who), "POST", f"/cases/{case['id']}/tasks", body, Idempotency_Key="k"
    )
    assert_problem(answer, 422, code)


async def test_tasks_are_changed_by_either_side(advice: Advice, case: dict[str, Any]) -> None:
    given = await advice.task(advice.advisor, case["id"])
    path = f"/cases/{case['id']}/tasks/{given['id']}"
    change = {"title": "Anders", "text": "Neu", "due_on": None, "side": "beratung"}
    changed = (await advice.act(advice.planner, path, change, "PATCH")).json()
    assert {name: changed[name] for name in change} == change
    same = (await advice.act(advice.advisor, path, {"title": "Anders"}, "PATCH")).json()
    assert same["version"] == changed["version"] == 2
    hidden = await advice.act(advice.advisor, path, {"visibility": "intern"}, "PATCH")
    assert_problem(hidden, 409, "task_already_shared")
    stale = await advice.call(advice.advisor, "PATCH", path, {"title": "x"}, If_Match='"1"')
    problem = assert_problem(stale, 412, "precondition_failed")
    assert problem["current"] == await advice.get(advice.advisor, path)
    for method, place in (("PATCH", path), ("POST", f"{path}/state")):
        body = {"state": "offen"} if method == "POST" else {"title": "x"}
        missing = await advice.call(advice.advisor, method, place, body)
        assert_problem(missing, 428, "precondition_required")


async def test_an_internal_task_is_shared_or_given_away_only_openly(
    advice: Advice, case: dict[str, Any]
) -> None:
    given = await advice.task(advice.advisor, case["id"], side="beratung", visibility="intern")
    path = f"/cases/{case['id']}/tasks/{given['id']}"
    away = await advice.act(advice.advisor, path, {"side": "kommune"}, "PATCH")
    assert_problem(away, 422, "visibility_forbidden")
    openly = {"side": "kommune", "visibility": "gemeinsam"}
    assert (await advice.act(advice.advisor, path, openly, "PATCH")).status_code == 200
    assert (await advice.get(advice.planner, path))["side"] == "kommune"


async def test_tasks_come_by_due_date_page_by_page(advice: Advice, case: dict[str, Any]) -> None:
    other = await advice.case(subject="Zweiter Fall")
    days = [5, None, -2, 5]
    given = [
        await advice.task(
            advice.planner,
            (case, other)[number % 2]["id"],
            due_on=None if day is None else in_days(day),
        )
        for number, day in enumerate(days)
    ]
    done = await advice.task(advice.planner, case["id"], due_on=in_days(-9))
    await advice.act(
        advice.planner, f"/cases/{case['id']}/tasks/{done['id']}/state", {"state": "erledigt"}
    )
    expected = [given[number]["id"] for number in (2, 0, 3, 1)] + [done["id"]]
    found: list[str] = []
    path = "/tasks?limit=2"
    for _ in range(3):
        page = await advice.get(advice.advisor, path)
        found += [task["id"] for task in page["items"]]
        path = f"/tasks?limit=2&cursor={page['next']}"
    assert found == expected
    assert page["next"] is None
    within = await advice.get(advice.advisor, f"/cases/{case['id']}/tasks?state=offen")
    assert [task["id"] for task in within["items"]] == [given[2]["id"], given[0]["id"]]


async def test_tasks_are_filtered_by_side_state_and_due_date(
    advice: Advice, case: dict[str, Any]
) -> None:
    ids = {}
    for name, side, day in (
        ("late", "kommune", -1),
        ("today", "kommune", 0),
        ("week", "beratung", 7),
        ("later", "beratung", 8),
    ):
        task = await advice.task(advice.advisor, case["id"], side=side, due_on=in_days(day))
        ids[task["id"]] = name
    for person, query, expected in (
        ("planner", "side=mine", {"late", "today"}),
        ("planner", "side=other", {"week", "later"}),
        ("advisor", "side=mine", {"week", "later"}),
        ("advisor", "due=overdue", {"late"}),
        ("advisor", "due=week", {"late", "today", "week"}),
        ("planner", "due=week&side=mine&state=offen", {"late", "today"}),
        ("planner", "state=erledigt", set()),
    ):
        page = await advice.get(getattr(advice, person), f"/tasks?{query}")
        assert {ids[task["id"]] for task in page["items"]} == expected, query
        assert expected or page["reason"]["code"] == "no_task"
    for query, code in (("due=soon", "invalid_request"), ("who=me", "unknown_parameter")):
        assert_problem(await advice.call(advice.planner, "GET", f"/tasks?{query}"), 422, code)
    assert_problem(
        await advice.call(advice.planner, "GET", "/tasks?cursor=x"), 422, "cursor_invalid"
    )


async def waiting(advice: Advice, who: str) -> list[tuple[str, str]]:
    """Kind and record of what waits for somebody."""
    page = await advice.get(getattr(advice, who), "/waiting")
    assert page["items"] or page["reason"]["code"] == "nothing_waits"
    return [(item["kind"], item["record_id"]) for item in page["items"]]


async def test_a_request_waits_for_whose_turn_it_is(advice: Advice) -> None:
    assert await waiting(advice, "advisor") == []
    asked = (await advice.request())["id"]
    assert await waiting(advice, "advisor") == [("request_new", asked)]
    assert await waiting(advice, "planner") == []
    path = f"/requests/{asked}/messages"
    await advice.create(advice.leader, path, {"text": "Welche Quartiere?"})
    page = await advice.get(advice.planner, "/waiting")
    (item,) = page["items"]
    assert (item["kind"], item["detail"]) == ("request_message", "Welche Quartiere?")
    assert item["request_id"] == asked
    assert item["organisation"]["name"] == "Stadt Musterstadt"
    assert await waiting(advice, "advisor") == [("request_new", asked)]
    await advice.create(advice.planner, path, {"text": "Alle"})
    assert await waiting(advice, "planner") == []
    assert await waiting(advice, "advisor") == [("request_message", asked)]
    offered = await advice.offer(asked)
    assert await waiting(advice, "planner") == [("agreement_to_consent", asked)]
    await advice.create(advice.advisor, path, {"text": "Passt das so?"})
    assert await waiting(advice, "planner") == [("agreement_to_consent", asked)]
    await advice.consent(offered)
    assert await waiting(advice, "planner") == await waiting(advice, "advisor") == []


async def test_goals_and_tasks_wait_for_the_side_they_are_for(
    advice: Advice, case: dict[str, Any]
) -> None:
    goal = (await advice.goal(advice.advisor, case["id"]))["id"]
    own = (await advice.goal(advice.planner, case["id"]))["id"]
    soon = (await advice.task(advice.planner, case["id"]))["id"]
    late = (await advice.task(advice.advisor, case["id"], due_on=in_days(-2)))["id"]
    open_ended = (await advice.task(advice.advisor, case["id"], due_on=None))["id"]
    internal = {"side": "beratung", "visibility": "intern"}
    inside = (await advice.task(advice.advisor, case["id"], **internal))["id"]
    assert await waiting(advice, "planner") == [
        ("task", late),
        ("task", soon),
        ("goal_to_confirm", goal),
        ("task", open_ended),
    ]
    assert await waiting(advice, "colleague") == await waiting(advice, "planner")
    assert await waiting(advice, "leader") == [("task", inside), ("goal_to_confirm", own)]
    found: list[str] = []
    path = "/waiting?limit=3"
    for _ in range(2):
        page = await advice.get(advice.planner, path)
        found += [item["record_id"] for item in page["items"]]
        path = f"/waiting?limit=3&cursor={page['next']}"
    assert found == [late, soon, goal, open_ended]
    assert page["next"] is None
    assert page["items"][0]["reference"] == case["reference"]
