"""How a case begins: by consent, once, and in no other way."""

import asyncio
import random
from typing import Any

import httpx
import pytest

from services.consultation_api.requests import rules
from tests.consultation_api.advice_world import AGREEMENT, Advice
from tests.consultation_api.world import Person, assert_problem, once


def case_count(advice: Advice) -> int:
    """How many cases there are."""
    return int(
        str(advice.world.database.execute("SELECT count(*) FROM consultation.advice_case")[0][0])
    )


async def consent(
    advice: Advice,
    request_id: str,
    person: Person | None = None,
    *,
    version: int = 1,
    match: str = "*",
    key: str | None = None,
) -> httpx.Response:
    """Try to consent."""
    return await advice.call(
        person or advice.planner,
        "POST",
        f"/requests/{request_id}/consent",
        {"agreement_version": version},
        If_Match=match,
        Idempotency_Key=key or once()["Idempotency-Key"],
    )


async def test_with_consent_the_case_begins(advice: Advice) -> None:
    offered = await advice.offer((await advice.request())["id"])
    answer = await consent(advice, offered["id"], match=f'"{offered["version"]}"')
    assert answer.status_code == 201
    case = answer.json()
    assert answer.headers["Location"] == f"/v1/cases/{case['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert case["reference"] == f"B-{case['opened_at'][:4]}-0001"
    assert case["title"] == offered["subject"]
    assert case["state"] == {"code": "vereinbart", "label": "Vereinbart"}
    assert case["phase"] == {"code": "einleitung", "label": "Einleitung"}
    assert case["topics"] == offered["topics"]
    assert case["area_codes"] == offered["area_codes"]
    assert case["request"] == {"id": offered["id"], "reference": offered["reference"]}
    assert case["agreement"]["text"] == AGREEMENT
    assert case["agreement"]["consented_by"] == "Test planung"
    assert case["agreement"]["consented_at"] == case["opened_at"]
    assert (case["advisor"], case["next_step"]) == (None, None)
    assert case == await advice.get(advice.planner, f"/cases/{case['id']}")
    request = await advice.get(advice.advisor, f"/requests/{offered['id']}")
    assert request["state"]["code"] == "angenommen"
    assert request["case_id"] == case["id"]
    assert request["decision"] is None
    assert request["may"] == []
    entries = (await advice.get(advice.advisor, f"/cases/{case['id']}/entries"))["items"]
    assert [(entry["kind"]["code"], entry["title"]) for entry in entries] == [
        ("ereignis", "Beratung vereinbart")
    ]


async def test_nobody_but_the_municipality_consents(advice: Advice) -> None:
    offered = await advice.offer((await advice.request())["id"])
    for person in (advice.advisor, advice.leader):
        assert_problem(await consent(advice, offered["id"], person), 403, "right_missing")
    for person in (advice.other_planner, advice.kreis):
        assert_problem(await consent(advice, offered["id"], person), 404, "request_unknown")
    assert case_count(advice) == 0
    assert (await consent(advice, offered["id"], advice.colleague)).status_code == 201


async def test_without_a_proposal_there_is_nothing_to_consent_to(advice: Advice) -> None:
    asked = await advice.request()
    problem = assert_problem(await consent(advice, asked["id"]), 409, "state_change_forbidden")
    assert [item["code"] for item in problem["allowed"]] == ["zurueckgezogen"]
    assert case_count(advice) == 0


async def test_two_consents_at_once_open_one_case(advice: Advice) -> None:
    offered = await advice.offer((await advice.request())["id"])
    people = [advice.planner, advice.colleague] * 3
    answers = await asyncio.gather(*(consent(advice, offered["id"], who) for who in people))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "state_change_forbidden")
    assert case_count(advice) == 1


async def test_the_same_consent_sent_many_times_at_once_answers_the_same(advice: Advice) -> None:
    offered = await advice.offer((await advice.request())["id"])
    answers = await asyncio.gather(
        *(consent(advice, offered["id"], key="same", match='"2"') for _ in range(5))
    )
    assert [answer.status_code for answer in answers] == [201] * 5
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert case_count(advice) == 1


async def test_consent_and_another_version_at_once_never_mix(advice: Advice) -> None:
    for number in range(4):
        offered = await advice.offer((await advice.request())["id"])
        await asyncio.gather(
            consent(advice, offered["id"]),
            advice.call(
                advice.advisor,
                "POST",
                f"/requests/{offered['id']}/agreement",
                {"text": f"Andere Fassung {number}"},
                If_Match="*",
            ),
            advice.call(
                advice.colleague, "POST", f"/requests/{offered['id']}/withdraw", {}, If_Match="*"
            ),
        )
        request = await advice.get(advice.planner, f"/requests/{offered['id']}")
        assert (request["case_id"] is not None) == (request["state"]["code"] == "angenommen")
        if request["case_id"] is not None:
            case = await advice.get(advice.planner, f"/cases/{request['case_id']}")
            assert case["agreement"]["text"] == AGREEMENT, "what was read is what was agreed"
            assert case["agreement"]["consented_at"] is not None


ATTEMPTS: dict[str, Any] = {
    "agreement": {"text": "x"},
    "decline": {"reason": "x"},
    "withdraw": {},
    "messages": {"text": "x"},
}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_both_sides_try_no_case_begins_without_consent(
    advice: Advice, seed: int
) -> None:
    """A random walk over HTTP, beside the state machine of the rules alone."""
    choice = random.Random(seed)  # noqa: S311 - to repeat a walk, not to keep a secret
    requests = [(await advice.request())["id"] for _ in range(3)]
    consents = 0
    for _ in range(30):
        request_id, name = choice.choice(requests), choice.choice([*ATTEMPTS, "consent"])
        person = choice.choice([advice.planner, advice.advisor, advice.other_planner])
        body = ATTEMPTS.get(name, {"agreement_version": choice.randint(1, 3)})
        answer = await advice.call(
            person,
            "POST",
            f"/requests/{request_id}/{name}",
            body,
            If_Match="*",
            Idempotency_Key=once()["Idempotency-Key"],
        )
        consents += name == "consent" and answer.status_code == 201
        assert case_count(advice) == consents
        assert answer.status_code in (200, 201, 403, 404, 409), answer.text
        if answer.status_code == 409 and name != "messages":
            problem = answer.json()
            if problem["code"] == "state_change_forbidden":
                side = "beratung" if person is advice.advisor else "kommune"
                allowed = [item["code"] for item in problem["allowed"]]
                assert allowed == rules.allowed_states(problem["from"], side)  # type: ignore[arg-type]
    rows = advice.world.database.execute(
        "SELECT count(*) FROM consultation.advice_case c JOIN consultation.agreement a"
        " ON a.id = c.agreement_id AND a.consented_by = %s AND a.request_id = c.request_id",
        advice.planner.id,
    )
    assert rows == [(consents,)]
