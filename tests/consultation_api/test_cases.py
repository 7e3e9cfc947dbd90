"""Cases over HTTP: read, listed, changed, led from state to state, and taken away."""

import asyncio
import csv
import io
from typing import Any

import pytest

from tests.consultation_api.advice_world import Advice, in_days
from tests.consultation_api.world import Person, assert_problem

PATHS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "vereinbart": [],
    "laufend": [("advisor", {"state": "laufend"})],
    "ruhend": [("planner", {"state": "ruhend", "reason": "Haushaltssperre bis Juni"})],
    "abgeschlossen": [("advisor", {"state": "abgeschlossen", "reason": "Bericht beschlossen"})],
    "zurueckgezogen": [("planner", {"state": "zurueckgezogen"})],
}


async def case_in(advice: Advice, state: str) -> dict[str, Any]:
    """A case that was led to a state."""
    case = await advice.case()
    for who, wish in PATHS[state]:
        answer = await advice.act(getattr(advice, who), f"/cases/{case['id']}/state", wish)
        assert answer.status_code == 200, answer.text
        case = answer.json()
    return case


async def test_the_whole_way_from_a_request_to_a_goal_and_a_task(advice: Advice) -> None:
    case = await advice.consent(await advice.offer((await advice.request())["id"]))
    path = f"/cases/{case['id']}"
    goal = await advice.goal(advice.advisor, case["id"])
    answer = await advice.act(
        advice.planner, f"{path}/goals/{goal['id']}/state", {"state": "vereinbart"}
    )
    assert answer.status_code == 200, answer.text
    await advice.entry(advice.advisor, case["id"])
    task = await advice.task(advice.advisor, case["id"])
    case = await advice.get(advice.planner, path)
    assert case["counts"] == {
        "goals_agreed": 1,
        "goals_waiting": 0,
        "open_tasks": 1,
        "overdue_tasks": 0,
        "entries": 3,
    }
    assert case["next_step"] == {
        "task_id": task["id"],
        "title": task["title"],
        "due_on": task["due_on"],
        "side": "kommune",
    }
    assert case["last_activity_at"] == task["changed_at"]


@pytest.mark.parametrize("state", PATHS)
async def test_a_case_names_the_states_it_can_be_led_to(advice: Advice, state: str) -> None:
    case = await case_in(advice, state)
    both = {
        "vereinbart": ["laufend", "ruhend", "abgeschlossen"],
        "laufend": ["ruhend", "abgeschlossen"],
        "ruhend": ["laufend", "abgeschlossen"],
    }.get(state, [])
    for person, extra in ((advice.advisor, []), (advice.planner, ["zurueckgezogen"])):
        allowed = (await advice.get(person, f"/cases/{case['id']}"))["allowed_states"]
        assert [item["code"] for item in allowed] == (both + extra if both else [])
        needs = {item["code"] for item in allowed if item["needs_reason"]}
        assert needs == {"ruhend", "abgeschlossen"} & {item["code"] for item in allowed}
        assert all(item["label"] and item["hint"] for item in allowed)


@pytest.mark.parametrize("state", PATHS)
@pytest.mark.parametrize("who", ["planner", "advisor"])
async def test_a_change_of_state_is_made_or_refused_with_the_allowed_ones(
    advice: Advice, state: str, who: str
) -> None:
    person: Person = getattr(advice, who)
    kept = await case_in(advice, state)
    kept = await advice.get(person, f"/cases/{kept['id']}")
    allowed = [item["code"] for item in kept["allowed_states"]]
    for wanted in PATHS:
        case = await case_in(advice, state) if wanted in allowed else kept
        answer = await advice.act(
            person, f"/cases/{case['id']}/state", {"state": wanted, "reason": "Ein Grund"}
        )
        if wanted in allowed:
            assert answer.status_code == 200, answer.text
            assert answer.json()["state"]["code"] == wanted
            continue
        ended = state in ("abgeschlossen", "zurueckgezogen")
        problem = assert_problem(answer, 409, "case_closed" if ended else "state_change_forbidden")
        assert problem["from"] == state
        assert [item["code"] for item in problem["allowed"]] == allowed
        if not ended:
            assert problem["to"] == wanted
            assert all(item["label"] in problem["detail"] for item in problem["allowed"])
    assert await advice.get(person, f"/cases/{kept['id']}") == kept


@pytest.mark.parametrize("wanted", ["ruhend", "abgeschlossen"])
async def test_pausing_and_closing_need_a_reason(advice: Advice, wanted: str) -> None:
    case = await advice.case()
    answer = await advice.act(advice.planner, f"/cases/{case['id']}/state", {"state": wanted})
    problem = assert_problem(answer, 422, "reason_missing")
    assert problem["errors"][0]["pointer"] == "/reason"
    answer = await advice.act(
        advice.planner, f"/cases/{case['id']}/state", {"state": wanted, "reason": "  "}
    )
    assert_problem(answer, 422, "invalid_request")


async def test_every_change_of_state_is_on_the_timeline_and_in_the_export(advice: Advice) -> None:
    case = await case_in(advice, "ruhend")
    entries = (await advice.get(advice.advisor, f"/cases/{case['id']}/entries"))["items"]
    assert entries[0]["title"] == "Stand: Ruhend"
    assert entries[0]["text"] == "Haushaltssperre bis Juni"
    assert entries[0]["author"] == "Test planung"
    exported = await advice.get(advice.advisor, f"/cases/{case['id']}/export")
    (change,) = exported["state_changes"]
    assert (change["from_state"], change["to_state"]) == ("vereinbart", "ruhend")
    assert (change["side"], change["changed_by"]) == ("kommune", "Test planung")
    assert change["reason"] == "Haushaltssperre bis Juni"


@pytest.mark.parametrize("state", ["abgeschlossen", "zurueckgezogen"])
async def test_an_ended_case_is_read_and_not_written(advice: Advice, state: str) -> None:
    case = await advice.case()
    path = f"/cases/{case['id']}"
    goal = await advice.goal(advice.advisor, case["id"])
    entry = await advice.entry(advice.planner, case["id"])
    task = await advice.task(advice.planner, case["id"])
    who, wish = PATHS[state][0]
    assert (await advice.act(getattr(advice, who), f"{path}/state", wish)).status_code == 200
    attempts: list[tuple[str, str, Any]] = [
        ("PATCH", path, {"title": "x"}),
        ("POST", f"{path}/goals", {"text": "x"}),
        ("PATCH", f"{path}/goals/{goal['id']}", {"text": "x"}),
        ("POST", f"{path}/goals/{goal['id']}/state", {"state": "vereinbart"}),
        ("PATCH", f"{path}/entries/{entry['id']}", {"text": "x"}),
        ("PATCH", f"{path}/tasks/{task['id']}", {"title": "x"}),
        ("POST", f"{path}/tasks/{task['id']}/state", {"state": "erledigt"}),
        (
            "POST",
            f"{path}/entries",
            {"kind": "notiz", "occurred_on": "2026-01-01", "text": "x", "visibility": "gemeinsam"},
        ),
        ("POST", f"{path}/tasks", {"title": "x", "side": "kommune", "visibility": "gemeinsam"}),
    ]
    for person in (advice.planner, advice.advisor):
        before = await advice.get(person, f"{path}/export")
        for number, (method, place, body) in enumerate(attempts):
            answer = await advice.call(
                person, method, place, body, If_Match="*", Idempotency_Key=f"{number}"
            )
            assert_problem(answer, 409, "case_closed")
        after = await advice.get(person, f"{path}/export")
        assert after | {"exported_at": before["exported_at"]} == before
    assert (await advice.get(advice.planner, "/waiting"))["items"] == []


async def test_both_sides_change_what_is_both_sides(advice: Advice) -> None:
    case = await advice.case()
    path = f"/cases/{case['id']}"
    change = {
        "title": "Neuer Titel",
        "phase": "aufbau",
        "topics": ["beteiligung"],
        "area_codes": ["9900100101"],
    }
    answer = await advice.act(advice.planner, path, change, "PATCH")
    changed = answer.json()
    assert changed["title"] == "Neuer Titel"
    assert changed["phase"]["label"] == "Aufbau"
    assert changed["topics"] == [{"code": "beteiligung", "label": "Beteiligung"}]
    assert changed["area_codes"] == ["9900100101"]
    assert changed["version"] == 2
    same = await advice.act(advice.advisor, path, change, "PATCH")
    assert same.json()["version"] == 2, "what does not change is no change"
    entries = (await advice.get(advice.advisor, f"{path}/entries"))["items"]
    assert entries[0]["title"] == "Phase: Aufbau"
    rows = advice.world.database.execute(
        "SELECT fields FROM consultation.audit WHERE action = 'case.changed'"
    )
    assert rows == [(["area_codes", "phase", "title", "topics"],)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"area_codes": ["99001002"]}, "area_outside"),
        ({"area_codes": []}, "invalid_request"),
        ({"topics": ["nichts"]}, "topic_unknown"),
        ({"phase": "ende"}, "invalid_request"),
        ({"title": ""}, "invalid_request"),
        ({"title": None}, "invalid_request"),
        ({"state": "laufend"}, "invalid_request"),
        ({"advisor_id": "00000000-0000-7000-8000-000000000000"}, "advisor_unknown"),
    ],
)
async def test_what_is_wrong_with_a_change_is_said(
    advice: Advice, change: dict[str, Any], code: str
) -> None:
    case = await advice.case()
    answer = await advice.act(advice.advisor, f"/cases/{case['id']}", change, "PATCH")
    assert_problem(answer, 422, code)


async def test_the_team_says_who_advises(advice: Advice) -> None:
    case = await advice.case()
    path = f"/cases/{case['id']}"
    offered = (await advice.get(advice.leader, f"{path}/advisors"))["items"]
    assert [item["name"] for item in offered] == ["Test beratung", "Test leitung"]
    wish = {"advisor_id": offered[0]["id"]}
    refused = await advice.act(advice.planner, path, wish, "PATCH")
    assert_problem(refused, 403, "advisor_by_team")
    answer = await advice.act(advice.leader, path, wish, "PATCH")
    assert answer.json()["advisor"] == offered[0]
    assert (await advice.get(advice.planner, path))["advisor"] == offered[0]
    foreign = await advice.act(
        advice.leader, path, {"advisor_id": str(advice.other_advisor.id)}, "PATCH"
    )
    assert_problem(foreign, 422, "advisor_unknown")
    mine = await advice.get(advice.advisor, "/cases?advisor=me")
    assert [item["id"] for item in mine["items"]] == [case["id"]]
    assert (await advice.get(advice.leader, "/cases?advisor=me"))["items"] == []
    nobody = await advice.act(advice.leader, path, {"advisor_id": None}, "PATCH")
    assert nobody.json()["advisor"] is None


async def test_a_stale_change_shows_the_case_as_it_is_now(advice: Advice) -> None:
    case = await advice.case()
    path = f"/cases/{case['id']}"
    await advice.act(advice.advisor, path, {"title": "Vom Team"}, "PATCH")
    for method, place, body in (
        ("PATCH", path, {"title": "Von der Kommune"}),
        ("POST", f"{path}/state", {"state": "laufend"}),
    ):
        stale = await advice.call(advice.planner, method, place, body, If_Match='"1"')
        problem = assert_problem(stale, 412, "precondition_failed")
        assert problem["current"] == await advice.get(advice.planner, path)
        assert problem["current"]["title"] == "Vom Team"
        assert_problem(
            await advice.call(advice.planner, method, place, body), 428, "precondition_required"
        )


async def test_of_two_changes_at_once_one_is_told_to_look_again(advice: Advice) -> None:
    case = await advice.case()
    answers = await asyncio.gather(
        *(
            advice.call(
                person, "PATCH", f"/cases/{case['id']}", {"title": person.name}, If_Match='"1"'
            )
            for person in (advice.planner, advice.colleague, advice.advisor, advice.leader)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (won,) = [answer.json() for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer.status_code == 412:
            assert answer.json()["current"]["title"] == won["title"]


async def test_ending_a_case_waits_for_who_is_writing_and_stops_who_comes_later(
    advice: Advice,
) -> None:
    case = await advice.case()
    path = f"/cases/{case['id']}"
    note = {"kind": "notiz", "occurred_on": "2026-01-01", "text": "x", "visibility": "gemeinsam"}
    answers = await asyncio.gather(
        *(
            advice.call(advice.advisor, "POST", f"{path}/entries", note, Idempotency_Key=f"{n}")
            for n in range(5)
        ),
        advice.call(
            advice.planner, "POST", f"{path}/state", {"state": "zurueckgezogen"}, If_Match="*"
        ),
    )
    *written, ended = answers
    assert ended.status_code == 200, ended.text
    assert {answer.status_code for answer in written} <= {201, 409}
    exported = await advice.get(advice.planner, f"{path}/export")
    ends = [entry for entry in exported["entries"] if entry["title"] == "Stand: Zurückgezogen"]
    notes = [entry for entry in exported["entries"] if entry["kind"]["code"] == "notiz"]
    assert len(notes) == sum(answer.status_code == 201 for answer in written)
    assert all(entry["created_at"] <= ends[0]["created_at"] for entry in notes)


async def test_cases_are_found_by_what_one_remembers_of_them(advice: Advice) -> None:
    first = await advice.case(subject="Sozialraumkonferenz ÜBERMORGEN", topics=["beteiligung"])
    second = await advice.case(subject="100 % Beteiligung_neu", topics=["handlungskonzept"])
    third = await advice.case(advice.other_planner, subject="Bericht")
    everything = [third["id"], second["id"], first["id"]]
    for query, expected in (
        ("", everything),
        ("q=übermorgen", [first["id"]]),
        ("q=100 %25", [second["id"]]),
        ("q=%25", [second["id"]]),
        ("q=_", [second["id"]]),
        ("q=\\", []),
        (f"q={third['reference']}", [third["id"]]),
        (f"q={first['request']['reference'].lower()}", [first["id"]]),
        ("q=nachbarort", [third["id"]]),
        ("topic=beteiligung", [first["id"]]),
        ("state=laufend", []),
        ("state=vereinbart&state=laufend", everything),
        ("q=bericht&topic=datenmanagement&state=vereinbart", [third["id"]]),
    ):
        page = await advice.get(advice.advisor, f"/cases?{query}")
        assert [item["id"] for item in page["items"]] == expected, query
        if not expected:
            assert page["reason"]["code"] == "none_match"
            assert page["reason"]["suggestion"]
    for query, code in (("topic=nichts", "topic_unknown"), ("advisor=x", "invalid_request")):
        answer = await advice.call(advice.advisor, "GET", f"/cases?{query}")
        assert_problem(answer, 422, code)
    own = await advice.get(advice.planner, "/cases")
    assert [item["id"] for item in own["items"]] == everything[1:]
    nothing = await advice.get(advice.kreis, "/cases")
    assert nothing["reason"]["code"] == "no_case"


async def test_cases_are_listed_page_by_page_while_new_ones_begin(advice: Advice) -> None:
    old = [(await advice.case())["id"] for _ in range(4)]
    first = await advice.get(advice.planner, "/cases?limit=2")
    await advice.case()
    rest = await advice.get(advice.planner, f"/cases?limit=2&cursor={first['next']}")
    assert [item["id"] for page in (first, rest) for item in page["items"]] == old[::-1]
    assert rest["next"] is None
    assert "agreement" not in first["items"][0]
    whole = await advice.get(advice.planner, f"/cases/{old[-1]}")
    assert first["items"][0] == {key: value for key, value in whole.items() if key != "agreement"}


async def test_the_list_as_a_file_is_the_list_on_the_page(advice: Advice) -> None:
    await advice.case(subject='=HYPERLINK("http://x")')
    plain = await advice.case(subject='Mit "Anführung"; und Semikolon')
    await advice.task(advice.planner, plain["id"], title="Nächstes", due_on="2026-02-03")
    answer = await advice.call(advice.planner, "GET", "/cases?f=csv&limit=1")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "beratungsfaelle.csv" in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["Aktenzeichen"][-4:] for row in rows] == ["0002", "0001"]
    assert rows[0]["Titel"] == 'Mit "Anführung"; und Semikolon'
    assert rows[1]["Titel"] == '\'=HYPERLINK("http://x")', "no spreadsheet runs it"
    assert rows[0]["Nächster Schritt"] == "Nächstes"
    assert rows[0]["fällig am"] == "03.02.2026"
    assert rows[0]["davon überfällig"] == "1"
    assert rows[0]["Themen"] == "Datenmanagement, Planungsmethoden"
    filtered = await advice.call(advice.planner, "GET", "/cases?f=csv&q=Semikolon")
    assert filtered.text.count("\r\n") == 2


async def test_the_export_is_a_file_with_all_that_one_may_see(advice: Advice) -> None:
    case = await advice.case()
    await advice.goal(advice.planner, case["id"])
    await advice.task(advice.advisor, case["id"], due_on=in_days(-1))
    for visibility in ("gemeinsam", "intern"):
        await advice.entry(advice.advisor, case["id"], visibility=visibility)
    for person, entries in ((advice.planner, 2), (advice.advisor, 3)):
        answer = await advice.call(person, "GET", f"/cases/{case['id']}/export")
        name = f'attachment; filename="beratungsfall-{case["reference"]}.json"'
        assert answer.headers["Content-Disposition"] == name
        exported = answer.json()
        assert exported["case"] == await advice.get(person, f"/cases/{case['id']}")
        assert exported["request"]["case_id"] == case["id"]
        assert [len(exported[part]) for part in ("goals", "tasks", "entries")] == [1, 1, entries]
        assert exported["exported_by"] == f"Test {person.name}"
