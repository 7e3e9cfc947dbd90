"""Workers killed, stores away, figures changed: a report is made once and stays the same bytes."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from services.report_api.rendering.checks import RenderingError
from services.report_api.rendering.html import render_article, render_document
from services.report_api.rendering.pdf import render_pdf
from services.report_api.reports import repository, tasks
from services.report_api.reports.tasks import ATTEMPTS, content_of, render_report
from services.report_api.worker import build_worker
from services.shared.principal import Principal
from tests.report_api.database_role import principal_of
from tests.report_api.desk import Desk
from tests.support.databases import TestDatabase
from tests.support.keys import signing_key_pair

ROOT = Path(__file__).parent.parent.parent
WAITING = (
    "SELECT 1 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
    " WHERE NOT l.granted AND a.usename = 'qb_report' AND a.query LIKE '%%{}%%'"
)


def wait_until(database: TestDatabase, query: str, seconds: float = 90) -> None:
    """Wait until a query returns a row."""
    deadline = time.monotonic() + seconds
    while not database.execute(query):
        assert time.monotonic() < deadline, f"never: {query}"
        time.sleep(0.05)


@contextlib.contextmanager
def running_worker(desk: Desk) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker as it runs in earnest, in a process of its own, ended at last."""
    environment = os.environ | {
        "QB_ENVIRONMENT": "development",
        "QB_REPORT_DATABASE_URL": desk.stack.database.service_url("report"),
        "QB_TOKEN_VERIFY_KEY": signing_key_pair()[1],
        "QB_OBJECT_STORE_URL": desk.stack.report_worker_settings.object_store_url,
        "QB_LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "deploy", "worker", "report"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def outcome(database: TestDatabase) -> list[tuple[object, ...]]:
    """All that the making of one report leaves behind."""
    return database.execute(
        "SELECT r.state, (SELECT count(*) FROM report.report_file), (SELECT count(*) FROM"
        " report.audit WHERE action = 'report.finished' AND record_id = r.id::text),"
        " (SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'render_report'"
        " AND status IN ('todo', 'doing')) FROM report.report AS r"
    )


Hold = Callable[[str], psycopg.Connection]


@pytest.fixture
def hold(desk: Desk) -> Iterator[Hold]:
    """Run a statement that takes a lock, and keep it until the connection is closed."""
    connections: list[psycopg.Connection] = []

    def take(statement: str) -> psycopg.Connection:
        connection = psycopg.connect(desk.stack.database.admin_url)
        connection.execute(statement.encode())
        connections.append(connection)
        return connection

    yield take
    for connection in connections:
        connection.close()


# Where the worker is when it dies: a lock that stops it there, and what it then waits for.
POINTS = {
    "reading": ("LOCK TABLE report.snapshot IN ACCESS EXCLUSIVE MODE", WAITING.format("snapshot")),
    "finishing": (
        "LOCK TABLE report.report_file IN ACCESS EXCLUSIVE MODE",
        WAITING.format("INSERT INTO report.report_file"),
    ),
    "drawing": (None, "SELECT 1 FROM report.report WHERE progress->>'step' = 'bilder'"),
    "setting": (None, "SELECT 1 FROM report.report WHERE progress->>'step' = 'pdf'"),
}


@pytest.mark.parametrize("point", POINTS)
async def test_what_a_killed_worker_left_is_finished_once_by_the_next(
    desk: Desk, hold: Hold, point: str
) -> None:
    database = desk.stack.database
    lock, reached = POINTS[point]
    answer = await desk.ask("99001001")
    held = hold(lock) if lock else None
    with running_worker(desk) as worker:
        await asyncio.to_thread(wait_until, database, reached)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    if held is not None:
        held.close()
    assert outcome(database) == [("rendering", 0, 0, 1)]
    # the dead worker's last sign of life lies long enough back
    database.execute(
        "UPDATE jobs.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
    )
    finished = "SELECT 1 FROM report.report WHERE state = 'finished'"
    with running_worker(desk), running_worker(desk):
        await asyncio.to_thread(wait_until, database, finished)
        idle = (
            "SELECT 1 WHERE NOT EXISTS (SELECT FROM jobs.procrastinate_jobs"
            " WHERE queue_name = 'report' AND status IN ('todo', 'doing'))"
        )
        await asyncio.to_thread(wait_until, database, idle)
    assert outcome(database) == [("finished", 3, 1, 0)]
    report = await desk.read(answer.headers["Location"])
    assert report["progress"]["done"] == report["progress"]["total"]
    assert len(await desk.files(report)) == 3


async def render(desk: Desk, report_id: str, attempt: int = 1) -> None:
    """Run the worker's task in this process."""
    _, context = build_worker(desk.stack.report_worker_settings)
    try:
        await render_report(context, report_id, attempt=attempt)
    finally:
        await context.database.close()


async def test_made_twice_at_the_same_time_it_is_finished_once(desk: Desk) -> None:
    """A worker taken for dead may still live."""
    report_id = (await desk.ask("99001001")).json()["id"]
    await asyncio.gather(render(desk, report_id), render(desk, report_id))
    await render(desk, report_id)
    assert outcome(desk.stack.database)[0][:3] == ("finished", 3, 1)


async def stored(desk: Desk, report_id: str, principal: Principal) -> tuple[dict[str, Any], bytes]:
    """The record of a report and its snapshot."""
    database = desk.stack.report_app.state.database
    async with database.read_session(principal) as session:
        row = await repository.find(session, UUID(report_id))
        body = await repository.read_snapshot(session, UUID(report_id))
    assert row is not None
    assert body is not None
    return row, body


@pytest.mark.parametrize("area", ["99001001", "05334002"])
async def test_rendered_again_after_everything_has_changed_it_is_the_same_bytes(
    desk: Desk, area: str
) -> None:
    report = await desk.report(area)
    files = await desk.files(report)
    database = desk.stack.database
    database.execute("UPDATE indicator.released_cell SET value = value + 1 WHERE value IS NOT NULL")
    database.execute("UPDATE indicator.area SET name = 'Anderswo', search_name = 'anderswo'")
    database.execute(
        "UPDATE indicator.area_shape SET geometry = ST_Translate(geometry, 100000, 5)"
        " WHERE area_id % 2 = 0"
    )
    database.execute("UPDATE indicator.indicator SET name = 'x', unit = 'y', decimals = 3")
    database.execute("UPDATE indicator.dataset SET title = 'z', attribution = 'z'")
    database.execute("UPDATE indicator.period SET label = 'damals'")
    database.execute("UPDATE identity.organisation SET name = name || ' neu'")
    row, body = await stored(desk, report["id"], await principal_of(desk))
    content = content_of(row, body)
    assert render_article(content, 2).encode() == files["article"]
    assert render_document(content) == files["files/html"]
    assert render_pdf(content) == files["files/pdf"]
    assert await desk.files(report) == files


async def test_a_store_that_is_away_for_a_moment_costs_no_report(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    report_id = (await desk.ask("99001001")).json()["id"]

    async def away(*_arguments: object) -> None:
        raise OSError("the store is away")

    with monkeypatch.context() as patch:
        patch.setattr("services.report_api.reports.tasks.obstore.put_async", away)
        with pytest.raises(OSError, match="away"):
            await render(desk, report_id)
        half = await desk.read(f"/v1/reports/{report_id}")
        assert (half["state"], half["progress"]["step"]) == ("rendering", "ablage")
        assert half["files"] == []
        with pytest.raises(OSError, match="away"):
            await render(desk, report_id, attempt=ATTEMPTS - 1)
    await render(desk, report_id, attempt=ATTEMPTS)
    assert (await desk.read(f"/v1/reports/{report_id}"))["state"] == "finished"


@pytest.mark.parametrize(
    ("fault", "attempt", "code"),
    [
        (OSError("the store is away"), ATTEMPTS, "internal_error"),
        (RenderingError("blank"), 1, "rendering_faulty"),
        (ValueError("no area to draw"), 1, "rendering_faulty"),
    ],
)
async def test_what_cannot_be_made_ends_in_words_and_stores_nothing(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
    attempt: int,
    code: str,
) -> None:
    report_id = (await desk.ask("99001001")).json()["id"]

    def fail(*_arguments: object) -> None:
        raise fault

    monkeypatch.setattr(tasks, "check_rendered", fail)
    await render(desk, report_id, attempt=attempt)
    report = await desk.read(f"/v1/reports/{report_id}")
    assert (report["state"], report["failure"]["code"]) == ("failed", code)
    assert len(report["failure"]["detail"]) > 40
    assert report["finished_at"] is not None
    assert report["files"] == []
    await render(desk, report_id, attempt=attempt + 1)
    assert (await desk.read(f"/v1/reports/{report_id}")) == report


async def test_a_report_that_kills_its_workers_comes_to_an_end(desk: Desk) -> None:
    report_id = (await desk.ask("99001001")).json()["id"]
    await render(desk, report_id, attempt=ATTEMPTS + 1)
    report = await desk.read(f"/v1/reports/{report_id}")
    assert (report["state"], report["failure"]["code"]) == ("failed", "worker_lost")


async def test_a_job_without_its_report_does_nothing(desk: Desk) -> None:
    await render(desk, "01900000-0000-7000-8000-000000000000")


async def test_files_that_the_store_has_lost_are_said_to_be_out_of_reach(desk: Desk) -> None:
    report = await desk.report("05370004")
    folder = Path(desk.stack.report_worker_settings.object_store_url.removeprefix("file://"))
    for path in (folder / "reports").rglob("*"):
        if path.is_file():
            path.unlink()
    answer = await desk.get(f"/v1/reports/{report['id']}/files/pdf")
    assert (answer.status_code, answer.json()["code"]) == (503, "file_unavailable")
