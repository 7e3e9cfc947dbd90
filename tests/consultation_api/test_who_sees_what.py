"""Everybody at every exit of advice: the routes are taken from the application itself."""

from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from services.shared.app import demanded_rights
from tests.consultation_api.advice_world import Advice, in_days
from tests.consultation_api.world import Person, World

SHARED = "Kastanienallee"  # stands in everything that both sides may read
INTERNAL = "Fliederweg"  # stands in everything that the team keeps to itself
LISTS = ("/v1/requests", "/v1/cases", "/v1/tasks", "/v1/waiting")
OPEN_LISTS = ("/v1/topics", "/v1/phases")

BODIES: dict[str, Any] = {
    "POST /v1/requests": {"subject": "x", "text": "x"},
    "POST /v1/requests/{request_id}/messages": {"text": "x"},
    "POST /v1/requests/{request_id}/agreement": {"text": "x"},
    "POST /v1/requests/{request_id}/consent": {"agreement_version": 1},
    "POST /v1/requests/{request_id}/decline": {"reason": "x"},
    "POST /v1/requests/{request_id}/withdraw": {},
    "PATCH /v1/cases/{case_id}": {"title": "x"},
    "POST /v1/cases/{case_id}/state": {"state": "ruhend", "reason": "x"},
    "POST /v1/cases/{case_id}/goals": {"text": "x"},
    "PATCH /v1/cases/{case_id}/goals/{goal_id}": {"text": "x"},
    "POST /v1/cases/{case_id}/goals/{goal_id}/state": {"state": "vereinbart"},
    "POST /v1/cases/{case_id}/entries": {
        "kind": "notiz",
        "occurred_on": "2026-01-01",
        "text": "x",
        "visibility": "gemeinsam",
    },
    "PATCH /v1/cases/{case_id}/entries/{entry_id}": {"text": "x"},
    "POST /v1/cases/{case_id}/tasks": {"title": "x", "side": "kommune", "visibility": "gemeinsam"},
    "PATCH /v1/cases/{case_id}/tasks/{task_id}": {"title": "x"},
    "POST /v1/cases/{case_id}/tasks/{task_id}/state": {"state": "erledigt"},
}


def exits(world: World) -> dict[str, str]:
    """Every route of advice and the right it demands."""
    return {
        f"{method} {context.path}": demanded_rights(context.original_route)[0]
        for context in iter_route_contexts(world.app.routes)
        if isinstance(context.original_route, APIRoute)
        for method in context.methods or ()
        if demanded_rights(context.original_route)[0].startswith(("cases:", "requests:"))
    }


@pytest.fixture
async def records(advice: Advice) -> dict[str, str]:
    """The ids of a case with something shared and something internal in every place for it."""
    request = await advice.request(subject=SHARED, text=SHARED)
    await advice.create(advice.advisor, f"/requests/{request['id']}/messages", {"text": SHARED})
    case = await advice.consent(await advice.offer(request["id"]))
    ids = {"request_id": request["id"], "case_id": case["id"]}
    ids["goal_id"] = (await advice.goal(advice.advisor, case["id"], SHARED))["id"]
    ids["entry_id"] = (await advice.entry(advice.advisor, case["id"], text=SHARED, title=SHARED))[
        "id"
    ]
    ids["task_id"] = (await advice.task(advice.advisor, case["id"], title=SHARED))["id"]
    ids["internal_entry_id"] = (
        await advice.entry(
            advice.advisor,
            case["id"],
            text=INTERNAL,
            title=INTERNAL,
            visibility="intern",
            occurred_on=in_days(0),
        )
    )["id"]
    ids["internal_task_id"] = (
        await advice.task(
            advice.advisor,
            case["id"],
            title=INTERNAL,
            text=INTERNAL,
            side="beratung",
            visibility="intern",
            due_on=in_days(-3),
        )
    )["id"]
    # a request that is still open, so that there is something to wait for
    ids["open_request_id"] = (await advice.request(subject=SHARED, text=SHARED))["id"]
    return ids


async def knock(
    advice: Advice, person: Person | None, route: str, ids: dict[str, str]
) -> httpx.Response:
    """Call a route in somebody's name, or in nobody's."""
    method, path = route.split()
    headers = {"Idempotency-Key": f"{person and person.name} {route}", "If-Match": "*"}
    if person is not None:
        headers |= await advice.world.headers(person)
    return await advice.world.client.request(
        method, path.format(**ids), json=BODIES.get(route), headers=headers
    )


def rights_of(advice: Advice, person: Person) -> set[str]:
    """What somebody's roles allow."""
    return {
        str(right)
        for (right,) in advice.world.database.execute(
            "SELECT r.right_code FROM identity.membership m JOIN identity.role_right r"
            " ON r.role = m.role WHERE m.account_id = %s",
            person.id,
        )
    }


def snapshot(advice: Advice) -> list[tuple[object, ...]]:
    """All there is of the case and its request, to see that nothing was changed."""
    return [
        row
        for table in ("request", "agreement", "advice_case", "goal", "entry", "task")
        for row in advice.world.database.execute(
            f"SELECT t::text FROM consultation.{table} AS t ORDER BY id"
        )
    ] + advice.world.database.execute("SELECT count(*) FROM consultation.request_message")


async def test_every_exit_is_closed_to_everybody_who_is_no_side(
    advice: Advice, records: dict[str, str]
) -> None:
    routes = exits(advice.world)
    assert len(routes) == 33
    assert set(BODIES) == {route for route in routes if not route.startswith("GET ")}
    others = [advice.other_planner, advice.other_advisor, advice.kreis, *advice.outsiders.values()]
    before = snapshot(advice)
    for person in others:
        rights = rights_of(advice, person)
        for route, right in routes.items():
            if route == "POST /v1/requests":
                continue  # whoever may ask, may ask for themselves
            answer = await knock(advice, person, route, records)
            place = (person.name, route, answer.text)
            assert SHARED not in answer.text, place
            assert INTERNAL not in answer.text, place
            path = route.split()[1]
            if right not in rights:
                assert answer.status_code == 403, place
                assert answer.json()["code"] == "right_missing", place
            elif path in LISTS:
                assert answer.status_code == 200, place
                assert answer.json()["items"] == [], place
            elif path not in OPEN_LISTS:
                assert answer.status_code == 404, place
    assert snapshot(advice) == before


async def test_every_exit_asks_who_is_there(advice: Advice, records: dict[str, str]) -> None:
    for route in exits(advice.world):
        answer = await knock(advice, None, route, records)
        assert answer.status_code == 401, route
        assert SHARED not in answer.text


async def test_both_sides_get_in_where_their_role_allows(
    advice: Advice, records: dict[str, str]
) -> None:
    for person in (advice.planner, advice.colleague, advice.advisor, advice.leader):
        rights = rights_of(advice, person)
        for route, right in exits(advice.world).items():
            if not route.startswith("GET "):
                continue
            answer = await knock(advice, person, route, records)
            expected = 200 if right in rights else 403
            assert answer.status_code == expected, (person.name, route, answer.text)


async def test_search_filters_and_files_are_no_side_doors(
    advice: Advice, records: dict[str, str]
) -> None:
    doors = [
        f"/v1/cases?q={SHARED}",
        "/v1/cases?q=B-",
        "/v1/cases?q=Musterstadt",
        "/v1/cases?topic=datenmanagement",
        "/v1/cases?state=vereinbart&state=laufend",
        "/v1/cases?f=csv",
        f"/v1/cases?f=csv&q={SHARED}",
        "/v1/requests?state=eingegangen",
        "/v1/tasks?side=mine",
        "/v1/tasks?side=other",
        "/v1/tasks?due=overdue",
        "/v1/tasks?due=week",
        "/v1/tasks?state=offen",
        "/v1/waiting?limit=1",
    ]
    for person in (advice.other_planner, advice.other_advisor, advice.kreis):
        headers = await advice.world.headers(person)
        for door in doors:
            answer = await advice.world.client.get(door, headers=headers)
            assert answer.status_code == 200, answer.text
            assert SHARED not in answer.text, (person.name, door)
            assert records["case_id"] not in answer.text, (person.name, door)
    found = await advice.get(advice.planner, f"/cases?q={SHARED}")
    assert [case["id"] for case in found["items"]] == [records["case_id"]]


async def test_nothing_internal_reaches_the_municipality(
    advice: Advice, records: dict[str, str]
) -> None:
    reading = [
        *(route for route in exits(advice.world) if route.startswith("GET ")),
        f"GET /v1/cases?q={INTERNAL}",
        "GET /v1/cases?f=csv",
        "GET /v1/tasks?due=overdue",
        "GET /v1/tasks?side=other",
        "GET /v1/cases/{case_id}/entries?visibility=intern",
        "GET /v1/cases/{case_id}/entries?kind=notiz",
        "GET /v1/cases/{case_id}/entries/{internal_entry_id}",
        "GET /v1/cases/{case_id}/tasks/{internal_task_id}",
    ]
    for route in reading:
        answer = await knock(advice, advice.planner, route, records)
        hidden = (INTERNAL, records["internal_entry_id"], records["internal_task_id"])
        body = answer.text.replace(route.split()[1].format(**records), "")
        assert not any(mark in body for mark in hidden), (route, answer.text)
        assert "internal" not in route or answer.status_code == 404, route
    team = [await knock(advice, advice.leader, route, records) for route in reading]
    assert sum(INTERNAL in answer.text for answer in team) >= 7, "the team sees it"


async def test_counts_next_step_and_activity_tell_nothing_of_what_is_internal(
    advice: Advice, records: dict[str, str]
) -> None:
    path = f"/cases/{records['case_id']}"
    before = await advice.get(advice.planner, path)
    assert before["counts"]["open_tasks"] == 1
    assert before["counts"]["overdue_tasks"] == 0
    assert before["next_step"]["task_id"] == records["task_id"]
    inside = await advice.get(advice.advisor, path)
    assert inside["counts"]["open_tasks"] == 2
    assert inside["counts"]["overdue_tasks"] == 1
    assert inside["counts"]["entries"] == before["counts"]["entries"] + 1
    assert inside["next_step"]["task_id"] == records["internal_task_id"]
    await advice.entry(advice.advisor, records["case_id"], text=INTERNAL, visibility="intern")
    answer = await advice.act(
        advice.advisor,
        f"{path}/tasks/{records['internal_task_id']}/state",
        {"state": "erledigt"},
    )
    assert answer.status_code == 200, answer.text
    assert await advice.get(advice.planner, path) == before
    listed = await advice.get(advice.planner, "/cases")
    assert listed["items"][0]["last_activity_at"] == before["last_activity_at"]
    later = await advice.get(advice.advisor, path)
    assert later["last_activity_at"] > before["last_activity_at"]


async def test_the_municipality_cannot_write_where_it_cannot_see(
    advice: Advice, records: dict[str, str]
) -> None:
    case = f"/cases/{records['case_id']}"
    for method, path, body in (
        ("PATCH", f"{case}/entries/{records['internal_entry_id']}", {"text": "x"}),
        ("PATCH", f"{case}/tasks/{records['internal_task_id']}", {"title": "x"}),
        ("POST", f"{case}/tasks/{records['internal_task_id']}/state", {"state": "erledigt"}),
    ):
        answer = await advice.call(advice.planner, method, path, body, If_Match="*")
        assert answer.status_code == 404, answer.text
        assert INTERNAL not in answer.text
    wish = {"kind": "notiz", "occurred_on": "2026-01-01", "text": "x", "visibility": "intern"}
    answer = await advice.call(advice.planner, "POST", f"{case}/entries", wish, Idempotency_Key="k")
    assert answer.status_code == 422
    assert answer.json()["code"] == "visibility_forbidden"


async def test_records_of_one_case_are_not_found_under_another(
    advice: Advice, records: dict[str, str]
) -> None:
    other = await advice.case(subject="Ein anderer Fall")
    for name, path in (("goal_id", "goals"), ("entry_id", "entries"), ("task_id", "tasks")):
        answer = await advice.call(
            advice.planner, "GET", f"/cases/{other['id']}/{path}/{records[name]}"
        )
        assert answer.status_code == 404, answer.text
