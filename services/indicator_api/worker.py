"""The worker of indicator_api: checks deliveries and area imports, prepares releases."""

import asyncio
from collections.abc import Awaitable, Callable

import procrastinate
from sqlalchemy.exc import DBAPIError

from services.indicator_api.area_changes.tasks import read_directory_file
from services.indicator_api.areas.tasks import import_areas
from services.indicator_api.deliveries.housekeeping import (
    expire_deliveries,
    remove_delivery_files,
    remove_unsearched_files,
)
from services.indicator_api.deliveries.memory import keep_memory_small
from services.indicator_api.deliveries.sweeping import sweep_files
from services.indicator_api.deliveries.tasks import (
    check_delivery,
    load_delivery,
    resume_deliveries,
    withdraw_delivery,
)
from services.indicator_api.deliveries.turns import LARGE_LANE
from services.indicator_api.jobs import JobContext
from services.indicator_api.releases.tasks import (
    check_release,
    forget_release_plan,
    publish_release,
    resume_releases,
    seconds_to_next_embargo,
)
from services.indicator_api.settings import IndicatorSettings
from services.shared.database import Database
from services.shared.jobs import JobQueue, lane_name, open_app, run_worker
from services.shared.logging import configure_logging, get_logger
from services.shared.objects import open_store

logger = get_logger(__name__)
QUEUE = "indicator"
# A large file is worked on alone beside the small ones, which never wait behind it.
LANES = {None: 3, LARGE_LANE: 1}
QUEUES = [lane_name(QUEUE, lane) for lane in LANES]
LOAD_TIMEOUT_MS = 15 * 60 * 1000
SECONDS_BETWEEN_ROUNDS = 30.0
# Tasks note their own failures. If even that fails, because the database is away, they are run
# again after 2, 4, 8 … seconds, so that every record reaches an end.
RETRY = procrastinate.RetryStrategy(max_attempts=8, exponential_wait=2)


async def check_area_file(context: JobContext, import_id: str) -> None:
    """Check a file of areas.

    GDAL and what comes with it take 80 MB: a worker pays for them once it reads such a file.
    """
    from services.indicator_api.area_imports import tasks

    await tasks.check_area_file(context, import_id)


async def commit_area_file(context: JobContext, import_id: str) -> None:
    """Write a checked file of areas to the register."""
    from services.indicator_api.area_imports import tasks

    await tasks.commit_area_file(context, import_id)


TASKS: tuple[Callable[..., Awaitable[None]], ...] = (
    import_areas,
    check_area_file,
    commit_area_file,
    read_directory_file,
    check_delivery,
    load_delivery,
    withdraw_delivery,
    remove_delivery_files,
    check_release,
    publish_release,
    forget_release_plan,
)


def build_worker(settings: IndicatorSettings) -> tuple[procrastinate.App, JobContext]:
    """The queue with this service's tasks, and what they work with."""
    context = JobContext(
        database=Database(
            settings.database_url.get_secret_value(),
            # each job, and a second transaction that tells how far it is
            pool_size=2 * sum(LANES.values()),
            statement_timeout_ms=LOAD_TIMEOUT_MS,
        ),
        objects=open_store(settings.object_store_url),
        jobs=JobQueue(QUEUE),
    )
    app = open_app(settings.database_url.get_secret_value())
    for task in TASKS:
        register(app, context, task)
    register_periodic(app, context)
    return app, context


def register(
    app: procrastinate.App, context: JobContext, task: Callable[..., Awaitable[None]]
) -> None:
    """Let the queue run a task by its name."""

    @app.task(name=task.__name__, queue=QUEUE, retry=RETRY)
    async def run_task(**arguments: str) -> None:
        await task(context, **arguments)


def register_periodic(app: procrastinate.App, context: JobContext) -> None:
    """What is done by the clock, once by however many workers there are."""

    @app.periodic(cron="*/10 * * * *")
    @app.task(name="expire_deliveries", queue=QUEUE, queueing_lock="expire_deliveries")
    async def run_expiry(timestamp: int) -> None:
        """Every ten minutes: end what waited too long for a decision."""
        await expire_deliveries(context)

    @app.periodic(cron="23 * * * *")
    @app.task(name="remove_files", queue=QUEUE, queueing_lock="remove_files")
    async def run_removal(timestamp: int) -> None:
        """Every hour: delete files that may not stay, and those that nothing refers to."""
        await remove_unsearched_files(context)
        await sweep_files(context)


async def run(settings: IndicatorSettings) -> None:
    """Work until told to stop."""
    keep_memory_small()
    configure_logging("indicator_worker", settings.log_level)
    app, context = build_worker(settings)
    rounds = [asyncio.create_task(make(context)) for make in (_make_rounds, _watch_moments)]
    try:
        await run_worker(app, QUEUE, LANES)
    finally:
        for task in rounds:
            task.cancel()
        await context.database.close()


async def _make_rounds(context: JobContext) -> None:
    """Now and then, see to deliveries whose job was lost, so that each reaches an end."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_ROUNDS)
        try:
            await resume_deliveries(context)
        except (DBAPIError, OSError) as error:
            logger.warning("round_failed", reason=type(error).__name__)


async def _watch_moments(context: JobContext) -> None:
    """Let releases out at their moment, and see to those whose job was lost."""
    while True:
        try:
            await asyncio.sleep(await seconds_to_next_embargo(context, SECONDS_BETWEEN_ROUNDS))
            await resume_releases(context)
        except (DBAPIError, OSError) as error:
            logger.warning("round_failed", reason=type(error).__name__)
            await asyncio.sleep(SECONDS_BETWEEN_ROUNDS)
