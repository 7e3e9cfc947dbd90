"""Background jobs in PostgreSQL, deferred in the caller's own transaction.

One queue and one kind of worker process per service. A job's arguments are ids only; its task
is idempotent, because a job whose worker died is run again.
"""

import asyncio
import os
import socket
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
        max_size=4,
    )
    return procrastinate.App(connector=connector)


class JobQueue:
    """One service's queue, as its request handlers see it."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        # The connector is never opened: jobs go over the connection of the caller's session.
        self._app = procrastinate.App(connector=procrastinate.PsycopgConnector())

    async def defer(
        self, session: AsyncSession, task: str, *, lock: str | None = None, **arguments: Any
    ) -> None:
        """Add a job for the task with this name, to be run if the session commits.

        Jobs with the same `lock` run one after the other.
        """
        connection = await driver_connection(session)
        await self._app.configure_task(
            task, queue=self.queue, lock=lock, connection=connection
        ).defer_async(**arguments)


async def run_worker(app: procrastinate.App, queue: str) -> None:
    """Run the queue's jobs until the process is told to stop (SIGINT, SIGTERM)."""
    async with app.open_async():
        sweep = asyncio.create_task(_sweep_stalled(app, queue))
        try:
            await app.run_worker_async(
                queues=[queue],
                name=f"{queue}-{socket.gethostname()}-{os.getpid()}",
                concurrency=1,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_AFTER_SECONDS,
                shutdown_graceful_timeout=20.0,
                delete_jobs="successful",
            )
        finally:
            sweep.cancel()


async def _sweep_stalled(app: procrastinate.App, queue: str) -> None:
    """Give the jobs of dead workers to living ones."""
    while True:
        try:
            stalled = await app.job_manager.get_stalled_jobs(
                queue=queue, seconds_since_heartbeat=STALLED_AFTER_SECONDS
            )
            for job in stalled:
                logger.warning("job_taken_over", job_id=job.id, task=job.task_name)
                await app.job_manager.retry_job(job, retry_at=datetime.now(UTC))
        except procrastinate.exceptions.ConnectorException as error:
            logger.warning("sweep_failed", reason=str(error))
        await asyncio.sleep(SWEEP_EVERY_SECONDS)
