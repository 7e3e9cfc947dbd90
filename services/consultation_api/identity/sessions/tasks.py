"""Background jobs of sessions."""

from datetime import timedelta

import procrastinate

from services.consultation_api.identity.sessions import repository
from services.shared.database import Database
from services.shared.logging import get_logger

QUEUE = "consultation"
KEPT = timedelta(days=30)

logger = get_logger(__name__)


def register(app: procrastinate.App, database: Database) -> None:
    """Add the tasks to the worker's app."""

    @app.periodic(cron="17 3 * * *")
    @app.task(name="identity.remove_expired", queue=QUEUE)
    async def remove_expired(timestamp: int) -> None:
        """Every night: remove sessions, attempts and idempotency keys of no more use."""
        async with database.bare_connection() as session:
            removed = await repository.remove_expired(session, KEPT)
        logger.info("expired_removed", rows=removed)
