"""Requests over HTTP: asking, talking, offering, declining, withdrawing."""

from typing import Any

import httpx
import pytest

from tests.consultation_api.advice_world import AGREEMENT, REQUEST, Advice
from tests.consultation_api.world import Person, assert_problem, once

# What a careless program would run, cut or translate.
NASTY = (
    '<script>alert("x")</script> & <b>fett</b>\n#set page(fill: red)\n$x^2$ @quelle #import "a"\r\n'
    "= Überschrift\t'; DROP TABLE request; -- % _ \\ ünïcødé 👩‍👧 \u00ad Ende"
)


async def test_a_request_says_what_was_asked_and_what_can_be_done(advice: Advice) -> None:
    asked = await advice.request()
    assert asked["subject"] == REQUEST["subject"]
    assert [topic["label"] for topic in asked["topics"]] == ["Datenmanagement", "Planungsmethoden"]
    assert asked["area_codes"] == ["99001001"], "the caller's, as none was named"
    assert asked["organisation"]["name"] == "Stadt Musterstadt"
    assert asked["team"]["name"] == "Landesberatung"
    assert asked["created_by"] == "Test planung"
    assert asked["my_side"] == "kommune"
    assert (asked["agreement"], asked["messages"], asked["decision"]) == (None, [], None)
    assert (asked["case_id"], asked["version"]) == (None, 1)
    seen = await advice.get(advice.advisor, f"/requests/{asked['id']}")
    assert seen["my_side"] == "beratung"
    assert seen["may"] == ["propose_agreement", "decline", "message"]
    assert seen | {"my_side": "kommune", "may": asked["may"]} == asked


async def test_references_are_counted_by_year_without_gaps(advice: Advice) -> None:
    first, second = await advice.request(), await advice.request(advice.other_planner)
    refused = await advice.call(
        advice.planner, "POST", "/requests", REQUEST | {"topics": ["nichts"]}, Idempotency_Key="k"
    )
    assert refused.status_code == 422
    third = await advice.request()
    year = first["created_at"][:4]
    references = [item["reference"] for item in (first, second, third)]
    assert references == [f"A-{year}-{number:04}" for number in (1, 2, 3)]


async def test_the_team_is_the_one_that_advises_there(advice: Advice) -> None:
    second = advice.world.organisation("Drittes Team", "landesberatung", ("99001001",))
    answer = await advice.call(
        advice.planner, "POST", "/requests", REQUEST, Idempotency_Key="several"
    )
    problem = assert_problem(answer, 422, "team_needed")
    assert str(second) in problem["detail"]
    chosen = await advice.request(team_id=str(second))
    assert chosen["team"]["id"] == str(second)
    advice.world.database.execute(
        "UPDATE identity.organisation SET is_active = false WHERE id = %s", second
    )
    assert (await advice.request())["team"]["name"] == "Landesberatung"
    for wrong in (str(second), str(advice.planner.organisation_id)):
        answer = await advice.call(
            advice.planner, "POST", "/requests", REQUEST | {"team_id": wrong}, Idempotency_Key=wrong
        )
        assert_problem(answer, 422, "team_unknown")
    advice.world.database.execute(
        "UPDATE identity.organisation SET is_active = false WHERE kind = 'landesberatung'"
    )
    answer = await advice.call(advice.planner, "POST", "/requests", REQUEST, Idempotency_Key="none")
    assert_problem(answer, 422, "team_unknown")


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"topics": ["nichts"]}, "topic_unknown", "/topics"),
        ({"area_codes": ["99001002"]}, "area_outside", "/area_codes"),
        ({"area_codes": ["05"]}, "area_outside", "/area_codes"),
        ({"area_codes": []}, "invalid_request", "/area_codes"),
        ({"area_codes": ["x"]}, "invalid_request", "/area_codes/0"),
        ({"subject": ""}, "invalid_request", "/subject"),
        ({"subject": "x" * 121}, "invalid_request", "/subject"),
        ({"subject": "a\nb"}, "invalid_request", "/subject"),
        ({"text": ""}, "invalid_request", "/text"),
        ({"text": " \n "}, "invalid_request", "/text"),
        ({"text": "x" * 5001}, "invalid_request", "/text"),
        ({"text": "a\u0000b"}, "invalid_request", "/text"),
        ({"text": "a\u001bb"}, "invalid_request", "/text"),
        ({"topics": "x"}, "invalid_request", "/topics"),
        ({"team_id": "x"}, "invalid_request", "/team_id"),
        ({"budget": 5}, "invalid_request", "/budget"),
    ],
)
async def test_what_is_wrong_with_a_request_is_said_with_its_place(
    advice: Advice, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await advice.call(
        advice.planner, "POST", "/requests", REQUEST | change, Idempotency_Key="k"
    )
    problem = assert_problem(answer, 422, code)
    assert problem["errors"][0]["pointer"] == pointer
    assert problem["errors"][0]["detail"].endswith((".", "erwartet (JJJJ-MM-TT)."))


async def test_texts_are_kept_as_they_were_typed(advice: Advice) -> None:
    asked = await advice.request(subject="<i>Bericht</i> #let x = 1", text=NASTY)
    assert asked["text"] == NASTY
    said = await advice.create(advice.advisor, f"/requests/{asked['id']}/messages", {"text": NASTY})
    assert said["messages"][0]["text"] == NASTY
    answer = await advice.act(advice.advisor, f"/requests/{asked['id']}/agreement", {"text": NASTY})
    assert answer.json()["agreement"]["text"] == NASTY
    case = await advice.consent(answer.json())
    assert case["title"] == "<i>Bericht</i> #let x = 1"
    assert case["agreement"]["text"] == NASTY
    assert (await advice.goal(advice.planner, case["id"], NASTY[:2000]))["text"] == NASTY
    assert (await advice.entry(advice.planner, case["id"], text=NASTY))["text"] == NASTY
    assert (await advice.task(advice.planner, case["id"], text=NASTY))["text"] == NASTY
    exported = await advice.get(advice.advisor, f"/cases/{case['id']}/export")
    assert exported["request"]["text"] == NASTY
    assert NASTY in [entry["text"] for entry in exported["entries"]]


async def test_both_sides_talk_until_the_request_is_decided(advice: Advice) -> None:
    asked = await advice.request()
    path = f"/requests/{asked['id']}"
    for person, side in ((advice.advisor, "beratung"), (advice.colleague, "kommune")):
        answered = await advice.create(person, f"{path}/messages", {"text": "Rückfrage"})
        last = answered["messages"][-1]
        assert (last["side"], last["author"]) == (side, f"Test {person.name}")
        assert answered["version"] == 1, "talking changes no state"
    answer = await advice.act(advice.planner, f"{path}/withdraw", {})
    assert answer.json()["state"]["code"] == "zurueckgezogen"
    late = await advice.call(
        advice.advisor, "POST", f"{path}/messages", {"text": "x"}, Idempotency_Key="late"
    )
    assert_problem(late, 409, "request_closed")


async def test_the_draft_is_written_from_the_request(advice: Advice) -> None:
    asked = await advice.request()
    draft = await advice.get(advice.advisor, f"/requests/{asked['id']}/agreement-draft")
    for words in ("Stadt Musterstadt", "Landesberatung", REQUEST["subject"], "Datenmanagement"):
        assert str(words) in draft["text"]
    assert (await advice.get(advice.planner, f"/requests/{asked['id']}"))["agreement"] is None


async def test_a_new_version_replaces_an_agreement_without_consent(advice: Advice) -> None:
    asked = await advice.request()
    first = await advice.offer(asked["id"])
    assert first["state"]["code"] == "angeboten"
    assert first["agreement"]["text"] == AGREEMENT
    answer = await advice.act(
        advice.leader, f"/requests/{asked['id']}/agreement", {"text": "Zweite Fassung"}
    )
    second = answer.json()
    assert second["agreement"]["version"] == 2
    assert second["agreement"]["proposed_by"] == "Test leitung"
    late = await advice.call(
        advice.planner,
        "POST",
        f"/requests/{asked['id']}/consent",
        {"agreement_version": 1},
        If_Match=f'"{second["version"]}"',
        Idempotency_Key="old",
    )
    problem = assert_problem(late, 409, "agreement_changed")
    assert problem["agreement_version"] == 2
    assert advice.world.database.execute("SELECT count(*) FROM consultation.advice_case") == [(0,)]


async def test_the_team_declines_with_a_reason(advice: Advice) -> None:
    asked = await advice.request()
    path = f"/requests/{asked['id']}/decline"
    answer = await advice.act(advice.advisor, path, {})
    assert_problem(answer, 422, "invalid_request")
    answer = await advice.act(advice.advisor, path, {"reason": "Keine Zeit bis Herbst"})
    declined = answer.json()
    assert declined["state"]["code"] == "abgelehnt"
    assert declined["decision"]["reason"] == "Keine Zeit bis Herbst"
    assert declined["decision"]["by"] == "Test beratung"
    assert declined["may"] == []


async def test_a_withdrawal_needs_no_reason_but_may_have_one(advice: Advice) -> None:
    for body, reason in (({}, None), ({"reason": "Anders gelöst"}, "Anders gelöst")):
        asked = await advice.request()
        answer = await advice.act(advice.colleague, f"/requests/{asked['id']}/withdraw", body)
        assert answer.json()["decision"]["reason"] == reason


STEPS = {
    "agreement": ("advisor", {"text": "x"}, "angeboten"),
    "decline": ("advisor", {"reason": "x"}, "abgelehnt"),
    "consent": ("planner", {"agreement_version": 1}, "angenommen"),
    "withdraw": ("planner", {}, "zurueckgezogen"),
}


async def _step(advice: Advice, request_id: str, name: str) -> httpx.Response:
    who, body, _ = STEPS[name]
    person: Person = getattr(advice, who)
    return await advice.call(
        person,
        "POST",
        f"/requests/{request_id}/{name}",
        body,
        If_Match="*",
        Idempotency_Key=once()["Idempotency-Key"],
    )


@pytest.mark.parametrize("path", [(), ("agreement",), ("decline",), ("withdraw",)])
async def test_a_forbidden_step_is_refused_with_its_code_and_the_allowed_ones(
    advice: Advice, path: tuple[str, ...]
) -> None:
    asked = await advice.request()
    for name in path:
        assert (await _step(advice, asked["id"], name)).status_code == 200
    state = STEPS[path[-1]][2] if path else "eingegangen"
    allowed = {
        "eingegangen": {"advisor": ["angeboten", "abgelehnt"], "planner": ["zurueckgezogen"]},
        "angeboten": {
            "advisor": ["angeboten", "abgelehnt"],
            "planner": ["angenommen", "zurueckgezogen"],
        },
    }.get(state, {"advisor": [], "planner": []})
    for name, (who, _, to) in STEPS.items():
        if to in allowed[who]:
            continue
        problem = assert_problem(
            await _step(advice, asked["id"], name), 409, "state_change_forbidden"
        )
        assert (problem["from"], problem["to"]) == (state, to)
        assert [item["code"] for item in problem["allowed"]] == allowed[who]
        assert all(item["label"] for item in problem["allowed"])
    assert (await advice.get(advice.planner, f"/requests/{asked['id']}"))["state"]["code"] == state


async def test_a_step_from_an_old_version_is_refused_with_what_is_there_now(
    advice: Advice,
) -> None:
    asked = await advice.request()
    await advice.offer(asked["id"])
    path = f"/requests/{asked['id']}/withdraw"
    missing = await advice.call(advice.planner, "POST", path, {})
    assert_problem(missing, 428, "precondition_required")
    stale = await advice.call(advice.planner, "POST", path, {}, If_Match='"1"')
    problem = assert_problem(stale, 412, "precondition_failed")
    assert stale.headers["ETag"] == '"2"'
    assert problem["current"] == await advice.get(advice.planner, f"/requests/{asked['id']}")


async def test_the_same_request_sent_twice_is_one_request(advice: Advice) -> None:
    answers = [
        await advice.call(advice.planner, "POST", "/requests", REQUEST, Idempotency_Key="same")
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    other = await advice.call(
        advice.planner, "POST", "/requests", REQUEST | {"subject": "x"}, Idempotency_Key="same"
    )
    assert_problem(other, 422, "idempotency_key_reused")
    keyless = await advice.call(advice.planner, "POST", "/requests", REQUEST)
    assert_problem(keyless, 400, "idempotency_key_missing")
    message = {"text": "Einmal gesagt"}
    path = f"/requests/{answers[0].json()['id']}/messages"
    for _ in range(2):
        said = await advice.call(advice.planner, "POST", path, message, Idempotency_Key="said")
        assert len(said.json()["messages"]) == 1


async def test_requests_are_listed_newest_first_page_by_page(advice: Advice) -> None:
    asked = [(await advice.request(subject=f"Nr. {number}"))["id"] for number in range(5)]
    await advice.act(advice.planner, f"/requests/{asked[0]}/withdraw", {})
    found: list[str] = []
    path = "/requests?limit=2"
    for _ in range(3):
        answer = await advice.call(advice.advisor, "GET", path)
        page = answer.json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is not None:
            assert 'rel="next"' in answer.headers["Link"]
        path = f"/requests?limit=2&cursor={page['next']}"
    assert found == asked[::-1]
    assert page["next"] is None
    some = await advice.get(advice.advisor, "/requests?state=zurueckgezogen&state=abgelehnt")
    assert [item["id"] for item in some["items"]] == [asked[0]]
    none = await advice.get(advice.advisor, "/requests?state=abgelehnt")
    assert none["reason"]["code"] == "none_match"
    for empty, person in (("angefragt", advice.kreis), ("eingegangen", advice.other_advisor)):
        page = await advice.get(person, "/requests")
        assert page["reason"]["code"] == "no_request"
        assert empty in page["reason"]["detail"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("state=offen", "invalid_request"),
        ("stand=offen", "unknown_parameter"),
        ("limit=0", "invalid_request"),
        ("limit=501", "invalid_request"),
        ("cursor=x", "cursor_invalid"),
        ("cursor=WyJ4Il0", "cursor_invalid"),
    ],
)
async def test_filters_that_do_not_exist_are_refused(advice: Advice, query: str, code: str) -> None:
    for path in ("/requests", "/cases"):
        answer = await advice.call(advice.planner, "GET", f"{path}?{query}")
        assert_problem(answer, 422, code)


async def test_topics_and_phases_are_listed(advice: Advice) -> None:
    topics = (await advice.get(advice.planner, "/topics"))["items"]
    assert [topic["code"] for topic in topics] == [
        "planungsorganisation",
        "planungsmethoden",
        "datenmanagement",
        "qualifizierung",
        "sozialraumkonferenz",
        "handlungskonzept",
        "beteiligung",
        "foerderantrag",
    ]
    phases = (await advice.get(advice.advisor, "/phases"))["items"]
    assert [phase["label"] for phase in phases] == [
        "Einleitung",
        "Aufbau",
        "Umsetzung",
        "Begleitung",
    ]
    assert all(item["description"] for item in (*topics, *phases))
