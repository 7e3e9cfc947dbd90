"""The demo's advice: a plan that fits together, and days that can have happened."""

from datetime import date, timedelta

import pytest

from deploy.demo import advice_plan
from deploy.demo.advice_plan import MARK, Entry, Goal, Request, Task
from deploy.demo.people import ACCOUNTS, TEAM
from deploy.demo.steps import day_of

REQUESTS = advice_plan.requests()
ORGANISATIONS = {account.name: account.organisation for account in ACCOUNTS}
ROLES = {account.name: account.role for account in ACCOUNTS}


def parts_of(request: Request) -> list[Goal | Entry | Task]:
    """All that happens in the case of a request."""
    case = request.case
    return [] if case is None else [*case.goals, *case.entries, *case.tasks]


def test_there_is_a_request_in_every_state_and_a_case_in_most() -> None:
    assert {request.state for request in REQUESTS} == {
        "eingegangen",
        "angeboten",
        "angenommen",
        "abgelehnt",
        "zurueckgezogen",
    }
    last = {request.case.path[-1:] for request in REQUESTS if request.case}
    assert last == {(), ("laufend",), ("ruhend",), ("abgeschlossen",)}


def test_requests_come_in_the_order_of_their_days() -> None:
    days = [request.days_ago for request in REQUESTS]
    assert days == sorted(days, reverse=True)
    assert len({request.subject for request in REQUESTS}) == len(REQUESTS)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: str(request.key))
def test_nothing_happens_before_it_can_or_after_today(request_: Request) -> None:
    days = [request_.agreed_after, request_.consented_after, request_.decided_after]
    known = [day for day in days if day is not None]
    assert known == sorted(known)
    assert all(0 <= day <= request_.days_ago for day in known)
    assert all(0 < message.after <= request_.days_ago for message in request_.messages)
    if request_.case is None:
        return
    consented = request_.consented_after or 0
    parts = parts_of(request_)
    assert all(consented < part.after <= request_.days_ago for part in parts)
    if request_.case.path[-1:] == ("abgeschlossen",):
        assert all(part.after < request_.case.ended_after for part in parts)
    for goal in request_.case.goals:
        steps = [goal.after, goal.confirmed_after, goal.reached_after]
        assert [day for day in steps if day is not None] == sorted(
            day for day in steps if day is not None
        )
        assert (goal.confirmed_after is None) == (goal.state == "vorgeschlagen")
        assert (goal.reached_after is None) == (goal.state != "erreicht")


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: str(request.key))
def test_only_the_two_sides_speak(request_: Request) -> None:
    assert ROLES[request_.by] in ("sozialplanung", "kreis")
    sides = {ORGANISATIONS[request_.by], TEAM}
    parts = parts_of(request_)
    speakers = {message.by for message in request_.messages} | {part.by for part in parts}
    internal = [
        part for part in parts if not isinstance(part, Goal) and part.visibility == "intern"
    ]
    assert {ORGANISATIONS[part.by] for part in internal} <= {TEAM}
    advisor = request_.case.advisor if request_.case else ""
    assert not advisor or ORGANISATIONS[advisor] == TEAM
    assert {ORGANISATIONS[name] for name in speakers} <= sides


def test_every_request_says_that_it_is_invented() -> None:
    assert all(request.marked_text.endswith(MARK) for request in REQUESTS)
    assert all(request.area_codes == [] or request.areas for request in REQUESTS)


def test_days_are_working_days_and_keep_their_order() -> None:
    monday = date(2026, 11, 23)
    days = [day_of(monday, ago) for ago in range(14, 0, -1)]
    assert days == sorted(days)
    assert all(day.weekday() < 5 for day in days)
    assert day_of(monday, 1) == monday - timedelta(days=3)
    assert day_of(monday, 7) == monday - timedelta(days=7)
