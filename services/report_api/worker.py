"""The worker of report_api; it has no task yet."""

from services.report_api.settings import ReportSettings
from services.shared.jobs import open_app, run_worker
from services.shared.logging import configure_logging

QUEUE = "report"


async def run(settings: ReportSettings) -> None:
    """Work until told to stop."""
    configure_logging("report_worker", settings.log_level)
    await run_worker(open_app(settings.database_url.get_secret_value()), QUEUE)
