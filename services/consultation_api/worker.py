"""The worker of consultation_api."""

from services.consultation_api.housekeeping import tasks as housekeeping
from services.consultation_api.identity.sessions import tasks as sessions
from services.consultation_api.settings import ConsultationSettings
from services.shared.database import Database
from services.shared.jobs import open_app, run_worker
from services.shared.logging import configure_logging


async def run(settings: ConsultationSettings) -> None:
    """Run the jobs of the queue `consultation` until told to stop."""
    configure_logging("consultation-worker", settings.log_level)
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=2, statement_timeout_ms=settings.statement_timeout_ms)
    app = open_app(url)
    sessions.register(app, database)
    housekeeping.register(app, database)
    try:
        await run_worker(app, sessions.QUEUE)
    finally:
        await database.close()
