"""Goals over HTTP: proposed by one side, confirmed by the other."""

from typing import Any

import pytest

from tests.consultation_api.advice_world import Advice
from tests.consultation_api.world import Person, assert_problem


@pytest.fixture
async def case_id(advice: Advice) -> str:
    """A case."""
    return str((await advice.case())["id"])


async def answer_goal(
    advice: Advice, person: Person, case_id: str, goal_id: str, state: str, **more: Any
) -> Any:
    """Try to give a goal a state, from its present version."""
    return await advice.act(
        person, f"/cases/{case_id}/goals/{goal_id}/state", {"state": state, **more}
    )


async def test_a_goal_waits_for_the_other_side(advice: Advice, case_id: str) -> None:
    goal = await advice.goal(advice.advisor, case_id, "Quartiersprofile für alle sechs Quartiere")
    assert goal["state"] == {"code": "vorgeschlagen", "label": "Vorgeschlagen"}
    assert (goal["proposed_by_side"], goal["proposed_by"]) == ("beratung", "Test beratung")
    assert (goal["waiting_for"], goal["may"], goal["version"]) == ("kommune", ["aufgegeben"], 1)
    seen = await advice.get(advice.planner, f"/cases/{case_id}/goals")
    assert seen["items"][0]["may"] == ["vereinbart", "abgelehnt"]
    answer = await answer_goal(advice, advice.planner, case_id, goal["id"], "vereinbart")
    agreed = answer.json()
    assert agreed["state"]["code"] == "vereinbart"
    assert agreed["confirmed_by"] == "Test planung"
    assert (agreed["waiting_for"], agreed["may"]) == (None, ["erreicht", "aufgegeben"])
    entries = (await advice.get(advice.advisor, f"/cases/{case_id}/entries"))["items"]
    assert entries[0]["title"] == "Ziel vereinbart"
    assert entries[0]["side"] == "kommune"


@pytest.mark.parametrize("proposer", ["planner", "advisor"])
@pytest.mark.parametrize("state", ["vereinbart", "abgelehnt"])
async def test_nobody_answers_the_proposal_of_their_own_side(
    advice: Advice, case_id: str, proposer: str, state: str
) -> None:
    goal = await advice.goal(getattr(advice, proposer), case_id)
    for person in (advice.planner, advice.colleague, advice.advisor, advice.leader):
        own = (person in (advice.advisor, advice.leader)) == (proposer == "advisor")
        if own:
            answer = await answer_goal(advice, person, case_id, goal["id"], state)
            problem = assert_problem(answer, 403, "goal_own_proposal")
            assert problem["title"] == "Ein Ziel bestätigt die andere Seite"
    assert (await advice.get(advice.planner, f"/cases/{case_id}/goals/{goal['id']}")) == (
        goal | {"may": goal["may"] if proposer == "planner" else ["vereinbart", "abgelehnt"]}
    )


async def test_nobody_answers_what_they_proposed_while_working_for_the_other_side(
    advice: Advice, case_id: str
) -> None:
    goal = await advice.goal(advice.advisor, case_id)
    advice.world.database.execute(
        "INSERT INTO identity.membership (id, account_id, organisation_id, role, created_at)"
        " VALUES (gen_random_uuid(), %s, %s, 'sozialplanung', now())",
        advice.advisor.id,
        advice.planner.organisation_id,
    )
    town = {"organisation_id": str(advice.planner.organisation_id)}
    switched = await advice.call(advice.advisor, "PATCH", "/sessions/current", town, If_Match="*")
    assert switched.status_code == 200, switched.text
    answer = await answer_goal(advice, advice.advisor, case_id, goal["id"], "vereinbart")
    assert "Sie selbst" in assert_problem(answer, 403, "goal_own_proposal")["detail"]
    agreed = await answer_goal(advice, advice.colleague, case_id, goal["id"], "vereinbart")
    assert agreed.status_code == 200


async def test_a_changed_text_is_proposed_anew_by_who_changed_it(
    advice: Advice, case_id: str
) -> None:
    goal = await advice.goal(advice.advisor, case_id, "Erste Fassung")
    path = f"/cases/{case_id}/goals/{goal['id']}"
    assert (
        await answer_goal(advice, advice.planner, case_id, goal["id"], "vereinbart")
    ).status_code == 200
    answer = await advice.act(advice.planner, path, {"text": "Zweite Fassung"}, "PATCH")
    changed = answer.json()
    assert changed["state"]["code"] == "vorgeschlagen"
    assert (changed["proposed_by_side"], changed["waiting_for"]) == ("kommune", "beratung")
    assert (changed["confirmed_by"], changed["confirmed_at"]) == (None, None)
    own = await answer_goal(advice, advice.planner, case_id, goal["id"], "vereinbart")
    assert_problem(own, 403, "goal_own_proposal")
    entries = (await advice.get(advice.advisor, f"/cases/{case_id}/entries"))["items"]
    assert entries[0]["title"] == "Vereinbartes Ziel neu gefasst"
    assert entries[0]["text"] == "Bisher: Erste Fassung\nNeu vorgeschlagen: Zweite Fassung"
    same = await advice.act(advice.advisor, path, {"text": "Zweite Fassung"}, "PATCH")
    assert same.json()["proposed_by_side"] == "kommune", "the same words propose nothing"
    assert same.json()["version"] == changed["version"]


@pytest.mark.parametrize(
    ("path", "who", "wanted", "allowed"),
    [
        ([], "planner", "erreicht", ["vereinbart", "abgelehnt"]),
        ([], "planner", "aufgegeben", ["vereinbart", "abgelehnt"]),
        ([], "advisor", "erreicht", ["aufgegeben"]),
        (["vereinbart"], "planner", "vereinbart", ["erreicht", "aufgegeben"]),
        (["vereinbart"], "advisor", "abgelehnt", ["erreicht", "aufgegeben"]),
        (["abgelehnt"], "planner", "vereinbart", []),
        (["vereinbart", "erreicht"], "planner", "aufgegeben", []),
        (["vereinbart", "aufgegeben"], "advisor", "erreicht", []),
    ],
)
async def test_a_forbidden_state_is_refused_with_the_allowed_ones(
    advice: Advice, case_id: str, path: list[str], who: str, wanted: str, allowed: list[str]
) -> None:
    goal = await advice.goal(advice.advisor, case_id)
    for state in path:
        answer = await answer_goal(advice, advice.planner, case_id, goal["id"], state)
        assert answer.status_code == 200, answer.text
    answer = await answer_goal(advice, getattr(advice, who), case_id, goal["id"], wanted)
    problem = assert_problem(answer, 409, "state_change_forbidden")
    assert problem["to"] == wanted
    assert problem["from"] == (path[-1] if path else "vorgeschlagen")
    assert [item["code"] for item in problem["allowed"]] == allowed


async def test_what_is_reached_is_not_reworded_and_what_was_declined_may_be(
    advice: Advice, case_id: str
) -> None:
    goal = await advice.goal(advice.advisor, case_id)
    path = f"/cases/{case_id}/goals/{goal['id']}"
    answer = await answer_goal(
        advice, advice.planner, case_id, goal["id"], "abgelehnt", reason="Zu groß"
    )
    assert answer.json()["reason"] == "Zu groß"
    again = await advice.act(advice.advisor, path, {"text": "Kleiner"}, "PATCH")
    assert (again.json()["state"]["code"], again.json()["reason"]) == ("vorgeschlagen", None)
    for state in ("vereinbart", "erreicht"):
        await answer_goal(advice, advice.planner, case_id, goal["id"], state)
    late = await advice.act(advice.advisor, path, {"text": "Noch kleiner"}, "PATCH")
    assert_problem(late, 409, "state_change_forbidden")


async def test_a_stale_answer_shows_the_goal_as_it_is_now(advice: Advice, case_id: str) -> None:
    goal = await advice.goal(advice.advisor, case_id, "Erste Fassung")
    path = f"/cases/{case_id}/goals/{goal['id']}"
    await advice.act(advice.advisor, path, {"text": "Zweite Fassung"}, "PATCH")
    for method, place, body in (
        ("POST", f"{path}/state", {"state": "vereinbart"}),
        ("PATCH", path, {"text": "Dritte Fassung"}),
    ):
        stale = await advice.call(advice.planner, method, place, body, If_Match='"1"')
        problem = assert_problem(stale, 412, "precondition_failed")
        assert problem["current"] == await advice.get(advice.planner, path)
        assert problem["current"]["text"] == "Zweite Fassung"
        missing = await advice.call(advice.planner, method, place, body)
        assert_problem(missing, 428, "precondition_required")


async def test_goals_are_listed_page_by_page(advice: Advice, case_id: str) -> None:
    empty = await advice.get(advice.planner, f"/cases/{case_id}/goals")
    assert empty["reason"]["code"] == "no_goal"
    proposed = [(await advice.goal(advice.planner, case_id, f"{n}"))["id"] for n in range(3)]
    first = await advice.get(advice.planner, f"/cases/{case_id}/goals?limit=2")
    rest = await advice.get(
        advice.planner, f"/cases/{case_id}/goals?limit=2&cursor={first['next']}"
    )
    assert [item["id"] for page in (first, rest) for item in page["items"]] == proposed
    assert rest["next"] is None
