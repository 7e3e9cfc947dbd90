"""Advice with many records: few statements, by index, and no request breaks the service."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from deploy.openapi import document_path
from tests.consultation_api.advice_world import Advice
from tests.consultation_api.service_role import as_service, principal_of
from tests.contract.test_openapi import answers_of, cases_of

COPIED = ("request", "request_message", "agreement", "advice_case", "goal", "entry", "task")
LISTS = {
    "/requests": "request_of_team",
    "/cases": "advice_case_of_team",
    "/cases?q=Sozialbericht&topic=datenmanagement&state=vereinbart": "advice_case_of_team",
    "/cases?f=csv": "advice_case_of_team",
    "/tasks?state=offen": "task_of_team",
    "/waiting": "goal_proposed_of_team",
    "/cases/{case_id}/entries": "entry_of_case",
    "/cases/{case_id}/goals": "goal_of_case",
    "/cases/{case_id}/tasks": "task_of_case",
}
Statement = tuple[str, Any]


@contextmanager
def noted(advice: Advice) -> Iterator[list[Statement]]:
    """The statements that the service sends meanwhile, with their values."""
    statements: list[Statement] = []
    engine = advice.world.app.state.database.engine.sync_engine

    def note(*arguments: Any) -> None:
        statements.append((arguments[2], arguments[3]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def something_of_everything(advice: Advice) -> str:
    """A case with all there can be in one, and a request that waits; the case's id."""
    case = await advice.case()
    for person in (advice.planner, advice.advisor):
        await advice.goal(person, case["id"])
        await advice.entry(person, case["id"])
        await advice.task(person, case["id"])
    waiting = await advice.request()
    await advice.create(advice.planner, f"/requests/{waiting['id']}/messages", {"text": "x"})
    return str(case["id"])


def multiply(advice: Advice, times: int, *, is_foreign: bool) -> None:
    """Copy every record under new ids, as the administrator; the copies may be of other sides."""
    database = advice.world.database
    # the same id becomes the same other id in every table, so that copies belong together
    moved = "(left({0}::text, 24) || substr(md5({0}::text || n), 1, 12))::uuid"
    replaced = dict.fromkeys(("id", "request_id", "case_id", "agreement_id"), moved)
    replaced["reference"] = "{0} || '-" + ("f" if is_foreign else "e") + "-' || n"
    if is_foreign:
        replaced |= dict.fromkeys(_SIDES, "md5({0}::text || n % 40)::uuid")
    for table in COPIED:
        columns = [
            str(name)
            for (name,) in database.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attgenerated = ''",
                f"consultation.{table}",
            )
        ]
        chosen = ", ".join(replaced.get(name, "{0}").format(name) for name in columns)
        for statement in (
            f"ALTER TABLE consultation.{table} DISABLE TRIGGER ALL",
            f"CREATE TABLE original AS SELECT * FROM consultation.{table}",
            f"INSERT INTO consultation.{table} ({', '.join(columns)}) SELECT {chosen}"
            f" FROM original, generate_series(1, {times}) AS n",
            "DROP TABLE original",
            f"ALTER TABLE consultation.{table} ENABLE TRIGGER ALL",
        ):
            database.execute(statement)
    database.execute("ANALYZE")


_SIDES = ("organisation_id", "team_organisation_id")


@pytest.mark.parametrize("path", [path for path in LISTS if "csv" not in path])
async def test_a_long_list_takes_the_statements_of_a_short_one(advice: Advice, path: str) -> None:
    case_id = await something_of_everything(advice)
    path = f"{path.format(case_id=case_id)}{'&' if '?' in path else '?'}limit=100"
    taken = []
    for times in (0, 199):
        if times:
            multiply(advice, times, is_foreign=False)
            for table in ("goal", "entry", "task") if "/cases/" in path else ():
                advice.world.database.execute(
                    f"UPDATE consultation.{table} SET case_id = %s", case_id
                )
        await advice.get(advice.advisor, path)  # a new connection asks things of its own
        with noted(advice) as statements:
            page = await advice.get(advice.advisor, path)
        taken.append((len(statements), len(page["items"])))
    (short, few), (long, many) = taken
    assert few < 5
    assert many == 100
    assert long == short <= 8, "the caller, the settings, the list, and what belongs to it"


@pytest.mark.parametrize(("path", "index"), LISTS.items())
async def test_lists_are_read_by_index_under_the_policies(
    advice: Advice, path: str, index: str
) -> None:
    case_id = await something_of_everything(advice)
    multiply(advice, 2000, is_foreign=True)
    with noted(advice) as statements:
        answer = await advice.call(advice.advisor, "GET", path.format(case_id=case_id))
    assert answer.status_code == 200, answer.text
    plans = []
    with as_service(advice.world.database, principal_of(advice, advice.advisor)) as connection:
        for statement, values in statements:
            if "consultation." in statement:
                rows = connection.execute(f"EXPLAIN {statement}".encode(), values)
                plans.append("\n".join(str(row[0]) for row in rows))
    whole = "\n\n".join(plans)
    assert index in whole, whole
    for table in COPIED:
        assert f"Seq Scan on {table}" not in whole, whole


async def test_no_request_made_from_the_document_breaks_the_service(advice: Advice) -> None:
    case = await advice.case()
    known = {"case_id": case["id"], "request_id": (await advice.request())["id"]}
    document = json.loads(document_path("consultation").read_text())
    document["paths"] = {
        path: operations
        for path, operations in document["paths"].items()
        if path.split("/")[2] in ("requests", "cases", "tasks", "waiting", "topics", "phases")
    }
    made = await asyncio.to_thread(cases_of, document, 3)
    for item in made:
        for name in known.keys() & (item.path_parameters or {}).keys():
            item.path_parameters[name] = known[name]
    assert len({(item.method, item.path) for item in made}) == 33
    for person in (advice.planner, advice.advisor):
        headers = await advice.world.headers(person)
        for item, answer in await answers_of(advice.world.client, made, headers):
            assert answer.status_code < 500, (item, answer.request.content, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["Content-Type"] == "application/problem+json", item
