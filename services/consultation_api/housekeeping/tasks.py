"""Background jobs that keep advice tidy."""

from datetime import timedelta

import procrastinate

from services.consultation_api.housekeeping import repository
from services.shared.database import Database
from services.shared.logging import get_logger

QUEUE = "consultation"
KEPT = timedelta(days=30)

logger = get_logger(__name__)


def register(app: procrastinate.App, database: Database) -> None:
    """Add the tasks to the worker's app."""

    @app.periodic(cron="37 3 * * *")
    @app.task(name="consultation.remove_old_answers", queue=QUEUE)
    async def remove_old_answers(timestamp: int) -> None:
        """Every night: forget what repeated requests would be answered with; it holds texts."""
        async with database.bare_connection() as session:
            removed = await repository.remove_old_answers(session, KEPT)
        logger.info("old_answers_removed", rows=removed)
