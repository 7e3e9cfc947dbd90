"""Background jobs in PostgreSQL, deferred in the caller's own transaction.

One queue and one kind of worker process per service. A job's arguments are ids only; its task
is idempotent, because a job whose worker died is run again.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import procrastinate
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from services.shared.database import SEARCH_PATH, driver_connection
from services.shared.logging import get_logger

HEARTBEAT_SECONDS = 5.0
STALLED_AFTER_SECONDS = 20.0
SWEEP_EVERY_SECONDS = 10.0

logger = get_logger(__name__)


def open_app(database_url: str) -> procrastinate.App:
    """The job queue behind a service's database URL (`postgresql+psycopg://…`)."""
    url = make_url(database_url).set(drivername="postgresql")
    connector = procrastinate.PsycopgConnector(
        conninfo=url.render_as_string(hide_password=False),
        kwargs={"options": f"-csearch_path={SEARCH_PATH} -ctimezone=UTC"},
        min_size=1,
        # a job's end and its follow-ups, of several lanes at once
        max_size=8,
    )
    return procrastinate.App(connector=connector)


class JobQueue:
    """One service's queue, as its request handlers see it."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        # The connector is never opened: jobs go over the connection of the caller's session.
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector())

    async def defer(
        self,
        session: AsyncSession,
        task: str,
        *,
        lock: str | None = None,
        lane: str | None = None,
        priority: int = 0,
        **arguments: Any,
    ) -> None:
        """Add a job for the task with this name, to be run if the session commits.

        Jobs with the same `lock` run one after the other; a `lane` has workers of its own; of
        those waiting in a lane, the ones of the highest `priority` are begun first.
        """
        connection = await driver_connection(session)
        await self._app.configure_task(
            task,
            queue=lane_name(self.queue, lane),
            lock=lock,
            priority=priority,
            connection=connection,
        ).defer_async(**arguments)


def lane_name(queue: str, lane: str | None) -> str:
    """A queue's lane, as procrastinate knows it: a queue of its own."""
    return queue if lane is None else f"{queue}_{lane}"


async def run_worker(
    app: procrastinate.App, queue: str, lanes: Mapping[str | None, int] | None = None
) -> None:
    """Run the queue's jobs until the process is told to stop (SIGINT, SIGTERM).

    `lanes`: how many jobs of each lane run at the same time; one of the main lane, if not given.
    """
    lanes = lanes or {None: 1}
    async with app.open_async():
        queues = [lane_name(queue, lane) for lane in lanes]
        sweep = asyncio.create_task(_sweep_stalled(app, queues))
        running = [
            asyncio.create_task(_run_lane(app, lane_name(queue, lane), concurrency))
            for lane, concurrency in lanes.items()
        ]
        with _told_to_stop() as told:
            waiting = asyncio.create_task(told.wait())
            try:
                # where one lane ends by itself, the process must end and be started anew
                await asyncio.wait([*running, waiting], return_when=asyncio.FIRST_COMPLETED)
            finally:
                # once only: a lane that is cancelled again gives up what it is finishing
                for task in (sweep, waiting, *running):
                    task.cancel()
                outcomes = await asyncio.gather(*running, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


async def _run_lane(app: procrastinate.App, queue: str, concurrency: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=f"{queue}-{socket.gethostname()}-{os.getpid()}",
        concurrency=concurrency,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=STALLED_AFTER_SECONDS,
        shutdown_graceful_timeout=20.0,
        delete_jobs="successful",
        install_signal_handlers=False,
    )


@contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    """An event that is set by the signals that end the process."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def _sweep_stalled(app: procrastinate.App, queues: Sequence[str]) -> None:
    """Give the jobs of dead workers to living ones."""
    while True:
        try:
            stalled = [
                job
                for queue in queues
                for job in await app.job_manager.get_stalled_jobs(
                    queue=queue, seconds_since_heartbeat=STALLED_AFTER_SECONDS
                )
            ]
            for job in stalled:
                logger.warning("job_taken_over", job_id=job.id, task=job.task_name)
                await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
        except procrastinate.exceptions.ConnectorException as error:
            logger.warning("sweep_failed", reason=str(error))
        await asyncio.sleep(SWEEP_EVERY_SECONDS)
