"""The timeline over HTTP: what is written, for whom, and who may change it."""

import asyncio
from typing import Any

import pytest

from tests.consultation_api.advice_world import Advice
from tests.consultation_api.world import assert_problem

ENTRY = {
    "kind": "schulung",
    "occurred_on": "2026-03-02",
    "title": "Schulung",
    "text": "Drei Ämter waren dabei.",
    "visibility": "gemeinsam",
    "topics": ["qualifizierung"],
}


@pytest.fixture
async def case_id(advice: Advice) -> str:
    """A case."""
    return str((await advice.case())["id"])


async def test_an_entry_says_what_it_is_and_whose(advice: Advice, case_id: str) -> None:
    written = await advice.entry(advice.advisor, case_id, **ENTRY)
    assert written["kind"] == {"code": "schulung", "label": "Schulung"}
    assert written["visibility"] == {"code": "gemeinsam", "label": "Gemeinsam"}
    assert written["topics"] == [{"code": "qualifizierung", "label": "Qualifizierung"}]
    assert (written["side"], written["author"]) == ("beratung", "Test beratung")
    assert (written["is_mine"], written["version"]) == (True, 1)
    path = f"/cases/{case_id}/entries/{written['id']}"
    assert await advice.get(advice.planner, path) == written | {"is_mine": False}
    assert await advice.get(advice.leader, path) == written | {"is_mine": False}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "ereignis"}, "invalid_request"),
        ({"kind": "x"}, "invalid_request"),
        ({"occurred_on": "gestern"}, "invalid_request"),
        ({"occurred_on": "1989-12-31"}, "invalid_request"),
        ({"occurred_on": "2101-01-01"}, "invalid_request"),
        ({"text": ""}, "invalid_request"),
        ({"text": "x" * 20_001}, "invalid_request"),
        ({"title": "a\nb"}, "invalid_request"),
        ({"topics": ["nichts"]}, "topic_unknown"),
        ({"visibility": "intern"}, "visibility_forbidden"),
        ({"visibility": "alle"}, "invalid_request"),
        ({"hours": 3}, "invalid_request"),
    ],
)
async def test_what_is_wrong_with_an_entry_is_said(
    advice: Advice, case_id: str, change: dict[str, Any], code: str
) -> None:
    answer = await advice.call(
        advice.planner, "POST", f"/cases/{case_id}/entries", ENTRY | change, Idempotency_Key="k"
    )
    assert_problem(answer, 422, code)


async def test_who_may_see_it_must_be_said(advice: Advice, case_id: str) -> None:
    without = {name: value for name, value in ENTRY.items() if name != "visibility"}
    answer = await advice.call(
        advice.advisor, "POST", f"/cases/{case_id}/entries", without, Idempotency_Key="k"
    )
    problem = assert_problem(answer, 422, "invalid_request")
    assert problem["errors"][0]["pointer"] == "/visibility"


async def test_only_who_wrote_it_changes_an_entry(advice: Advice, case_id: str) -> None:
    written = await advice.entry(advice.advisor, case_id)
    path = f"/cases/{case_id}/entries/{written['id']}"
    for person in (advice.planner, advice.leader):
        answer = await advice.act(person, path, {"text": "x"}, "PATCH")
        problem = assert_problem(answer, 403, "entry_not_yours")
        assert "Test beratung" in problem["detail"]
    answer = await advice.act(advice.advisor, path, ENTRY, "PATCH")
    changed = answer.json()
    assert changed["version"] == 2
    assert changed["title"] == "Schulung"
    assert changed["changed_at"] > changed["created_at"]
    same = await advice.act(advice.advisor, path, {"title": "Schulung"}, "PATCH")
    assert same.json() == changed


async def test_events_are_nobodys_to_change(advice: Advice, case_id: str) -> None:
    (event,) = (await advice.get(advice.planner, f"/cases/{case_id}/entries"))["items"]
    assert event["is_mine"] is False
    answer = await advice.act(
        advice.planner, f"/cases/{case_id}/entries/{event['id']}", {"text": "x"}, "PATCH"
    )
    assert_problem(answer, 409, "entry_is_event")


async def test_what_was_internal_can_be_shared_and_not_taken_back(
    advice: Advice, case_id: str
) -> None:
    written = await advice.entry(advice.advisor, case_id, visibility="intern")
    path = f"/cases/{case_id}/entries/{written['id']}"
    shared = await advice.act(advice.advisor, path, {"visibility": "gemeinsam"}, "PATCH")
    assert shared.json()["visibility"]["code"] == "gemeinsam"
    assert (await advice.get(advice.planner, path))["text"] == written["text"]
    back = await advice.act(advice.advisor, path, {"visibility": "intern"}, "PATCH")
    assert_problem(back, 409, "entry_already_shared")
    own = await advice.entry(advice.planner, case_id)
    hidden = await advice.act(
        advice.planner, f"/cases/{case_id}/entries/{own['id']}", {"visibility": "intern"}, "PATCH"
    )
    assert_problem(hidden, 422, "visibility_forbidden")


async def test_a_stale_edit_shows_both_and_loses_nothing(advice: Advice, case_id: str) -> None:
    written = await advice.entry(advice.advisor, case_id)
    path = f"/cases/{case_id}/entries/{written['id']}"
    answers = await asyncio.gather(
        *(
            advice.call(advice.advisor, "PATCH", path, {"text": f"Fassung {n}"}, If_Match='"1"')
            for n in range(3)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer.status_code == 412:
            problem = assert_problem(answer, 412, "precondition_failed")
            assert problem["current"] == won
            assert answer.headers["ETag"] == '"2"'
    missing = await advice.call(advice.advisor, "PATCH", path, {"text": "x"})
    assert_problem(missing, 428, "precondition_required")


async def test_the_same_entry_sent_twice_is_one_entry(advice: Advice, case_id: str) -> None:
    for _ in range(2):
        answer = await advice.call(
            advice.planner, "POST", f"/cases/{case_id}/entries", ENTRY, Idempotency_Key="once"
        )
        assert answer.status_code == 201
    entries = (await advice.get(advice.planner, f"/cases/{case_id}/entries?kind=schulung"))["items"]
    assert len(entries) == 1


async def test_the_timeline_is_read_by_day_page_by_page(advice: Advice, case_id: str) -> None:
    days = ["2026-01-05", "2026-01-07", "2026-01-05", "2026-01-06"]
    written = [(await advice.entry(advice.planner, case_id, occurred_on=day))["id"] for day in days]
    expected = [written[number] for number in (1, 3, 2, 0)]
    found: list[str] = []
    path = f"/cases/{case_id}/entries?kind=notiz&limit=2"
    for _ in range(2):
        page = await advice.get(advice.planner, path)
        found += [entry["id"] for entry in page["items"]]
        path = f"/cases/{case_id}/entries?kind=notiz&limit=2&cursor={page['next']}"
    assert found == expected
    assert page["next"] is None


async def test_the_timeline_is_filtered_by_kind_and_visibility(
    advice: Advice, case_id: str
) -> None:
    note = await advice.entry(advice.advisor, case_id, visibility="intern")
    training = await advice.entry(advice.advisor, case_id, **ENTRY)
    path = f"/cases/{case_id}/entries"
    for query, expected in (
        ("kind=schulung", [training["id"]]),
        ("kind=schulung&kind=notiz", [training["id"], note["id"]]),
        ("visibility=intern", [note["id"]]),
        ("kind=konferenz", []),
    ):
        page = await advice.get(advice.advisor, f"{path}?{query}")
        assert sorted(entry["id"] for entry in page["items"]) == sorted(expected), query
        assert expected or page["reason"]["code"] == "none_match"
    for query, code in (("kind=x", "invalid_request"), ("art=x", "unknown_parameter")):
        assert_problem(await advice.call(advice.advisor, "GET", f"{path}?{query}"), 422, code)
