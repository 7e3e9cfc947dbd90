"""Deliveries that nobody decides on end by themselves; files of what was given up are deleted."""

from uuid import UUID

from services.indicator_api.deliveries import repository, steps
from services.indicator_api.deliveries.outcomes import GIVEN_UP_STATES, WAITING_STATES
from services.indicator_api.deliveries.spool import forget
from services.indicator_api.jobs import JobContext, principal_of
from services.shared.logging import get_logger

logger = get_logger(__name__)


async def expire_deliveries(context: JobContext) -> None:
    """End the deliveries that have waited for a decision longer than they may.

    Each in a transaction of its own and in its sender's name: whoever decides at the same moment
    is either before it or finds it ended.
    """
    async with context.database.bare_connection() as session:
        overdue = await repository.overdue(session)
    for identifier in overdue:
        principal = await principal_of(context, "delivery", identifier)
        if principal is None:
            continue
        async with context.database.write_session(principal) as session:
            delivery = await repository.lock(session, identifier)
            if delivery is None or delivery["state"] not in WAITING_STATES:
                continue
            await steps.give_up(session, context.jobs, principal, identifier, "expired")
            logger.info("delivery_expired", delivery_id=str(identifier))


async def remove_delivery_files(context: JobContext, delivery_id: str) -> None:
    """Delete the file and the checked cells of a delivery that was given up; safe to repeat."""
    identifier = UUID(delivery_id)
    principal = await principal_of(context, "delivery", identifier)
    if principal is None:
        return
    async with context.database.read_session(principal) as session:
        delivery = await repository.find(session, identifier)
    if delivery is None or delivery["state"] not in GIVEN_UP_STATES:
        return
    for path in (delivery["object_path"], delivery["cells_path"], delivery["findings_path"]):
        if path is not None:
            await forget(context.objects, path)
