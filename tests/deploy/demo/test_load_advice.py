"""Requests, cases and reports after loads that were killed: each once, each on its day."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from deploy.demo import advice_plan
from deploy.demo.api import DemoError
from tests.deploy.demo.conftest import Platform


def began_at(loaded: Platform) -> datetime:
    """The moment this demo was begun to be loaded."""
    row = loaded.database.execute(
        "SELECT created_at FROM identity.organisation WHERE name = 'Stadt Musterstadt'"
    )[0]
    assert isinstance(row[0], datetime)
    return row[0]


def test_every_request_is_there_once_and_stands_as_planned(loaded: Platform) -> None:
    team = loaded.account("beratung", "consultation_api")
    found = {item["subject"]: item["state"]["code"] for item in team.items("/v1/requests")}
    plan = {request.subject: request.state for request in advice_plan.requests()}
    assert found == plan
    assert len(list(team.items("/v1/requests"))) == len(plan)


def test_cases_stand_as_planned_with_all_that_happened_in_them(loaded: Platform) -> None:
    team = loaded.account("beratung", "consultation_api")
    cases = {case["title"]: case for case in team.items("/v1/cases")}
    planned = [request for request in advice_plan.requests() if request.case]
    assert set(cases) == {request.subject for request in planned}
    for request in planned:
        assert request.case is not None
        case = cases[request.subject]
        path = f"/v1/cases/{case['id']}"
        assert case["state"]["code"] == ("vereinbart", *request.case.path)[-1]
        entries = list(team.items(f"{path}/entries"))
        written = Counter(item["title"] for item in entries if item["kind"]["code"] != "ereignis")
        assert written == Counter(entry.title for entry in request.case.entries)
        goals = {item["text"]: item["state"]["code"] for item in team.items(f"{path}/goals")}
        assert goals == {goal.text: goal.state for goal in request.case.goals}
        tasks = [item["title"] for item in team.items(f"{path}/tasks")]
        assert sorted(tasks) == sorted(task.title for task in request.case.tasks)


def test_months_of_advice_lie_behind_and_not_in_one_second(loaded: Platform) -> None:
    start = began_at(loaded)
    oldest = max(request.days_ago for request in advice_plan.requests())
    (row,) = loaded.database.execute("SELECT min(created_at) FROM consultation.request")
    assert isinstance(row[0], datetime)
    assert start - row[0] > timedelta(days=oldest - 1)
    for table, column in (
        ("request", "created_at"),
        ("request_message", "at"),
        ("agreement", "proposed_at"),
        ("agreement", "consented_at"),
        ("advice_case", "opened_at"),
        ("goal", "proposed_at"),
        ("entry", "created_at"),
        ("task", "created_at"),
    ):
        late = loaded.database.execute(
            f"SELECT count(*) FROM consultation.{table} WHERE {column} > %s", start
        )
        assert late == [(0,)], (table, column)


def test_what_waits_for_the_municipality_is_told_first_what_is_overdue(loaded: Platform) -> None:
    town = loaded.account("sozialplanung", "consultation_api")
    waiting = list(town.items("/v1/waiting"))
    assert waiting[0]["is_overdue"]
    kinds = {item["kind"] for item in waiting}
    assert kinds == {"task", "goal_to_confirm", "agreement_to_consent"}
    neighbour = loaded.account("sozialplanung-mustertal", "consultation_api")
    assert not list(neighbour.items("/v1/waiting"))
    assert {case["organisation"]["short_name"] for case in neighbour.items("/v1/cases")} == {
        "Mustertal"
    }


def test_the_ministry_reads_no_case(loaded: Platform) -> None:
    with pytest.raises(DemoError, match="403"):
        loaded.account("ministerium", "consultation_api").get("/v1/cases")


def test_each_report_is_finished_and_there_once(loaded: Platform) -> None:
    for plan in advice_plan.reports():
        found = [
            report
            for report in loaded.account(plan.by, "report_api").items("/v1/reports")
            if report["area"]["code"] == plan.area
        ]
        (report,) = found
        assert report["state"] == "finished"
        assert {file["format"] for file in report["files"]} == {"html", "pdf"}
        assert report["is_fictional"] == plan.area.startswith("99")
