"""Cases over HTTP: from a request to a case, and what both sides do with it."""

from tests.consultation_api.advice_world import Advice


async def test_the_whole_way_from_a_request_to_a_case(advice: Advice) -> None:
    request = await advice.request()
    assert request["state"] == {"code": "eingegangen", "label": "Eingegangen"}
    assert request["reference"].startswith("A-20")
    assert request["may"] == ["withdraw", "message"]
    offered = await advice.offer(request["id"])
    case = await advice.consent(offered)
    assert case["reference"].startswith("B-20")
    assert case["state"]["code"] == "vereinbart"
    goal = await advice.goal(advice.advisor, case["id"])
    answer = await advice.act(
        advice.planner, f"/cases/{case['id']}/goals/{goal['id']}/state", {"state": "vereinbart"}
    )
    assert answer.status_code == 200, answer.text
    await advice.entry(advice.advisor, case["id"])
    await advice.task(advice.advisor, case["id"])
    waiting = await advice.get(advice.planner, "/waiting")
    assert [item["kind"] for item in waiting["items"]] == ["task"]
    case = await advice.get(advice.planner, f"/cases/{case['id']}")
    assert case["counts"] == {
        "goals_agreed": 1,
        "goals_waiting": 0,
        "open_tasks": 1,
        "overdue_tasks": 0,
        "entries": 3,
    }
    exported = await advice.get(advice.planner, f"/cases/{case['id']}/export")
    assert len(exported["entries"]) == 3
