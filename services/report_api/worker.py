"""The worker of report_api: makes reports."""

import procrastinate

from services.report_api.jobs import JobContext
from services.report_api.reports.tasks import ATTEMPTS, render_report
from services.report_api.settings import ReportSettings
from services.shared.database import Database
from services.shared.jobs import open_app, run_worker
from services.shared.logging import configure_logging
from services.shared.objects import open_store

QUEUE = "report"
# after 2, 4, 8 … seconds: a store or database that is away for a moment costs no report
RETRY = procrastinate.RetryStrategy(max_attempts=ATTEMPTS - 1, exponential_wait=2)


def build_worker(settings: ReportSettings) -> tuple[procrastinate.App, JobContext]:
    """The queue with this service's tasks, and what they work with."""
    context = JobContext(
        database=Database(settings.database_url.get_secret_value(), pool_size=2),
        objects=open_store(settings.object_store_url),
    )
    app = open_app(settings.database_url.get_secret_value())
    register(app, context)
    return app, context


def register(app: procrastinate.App, context: JobContext) -> None:
    """Let the queue run this service's task."""

    @app.task(name=render_report.__name__, queue=QUEUE, retry=RETRY, pass_context=True)
    async def run_task(job: procrastinate.JobContext, report_id: str) -> None:
        await render_report(context, report_id, attempt=job.job.attempts + 1)


async def run(settings: ReportSettings) -> None:
    """Work until told to stop."""
    configure_logging("report_worker", settings.log_level)
    app, context = build_worker(settings)
    try:
        await run_worker(app, QUEUE)
    finally:
        await context.database.close()
