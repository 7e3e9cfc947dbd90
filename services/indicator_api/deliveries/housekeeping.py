"""Deliveries that nobody decides on end by themselves; files that may not stay are deleted."""

from datetime import UTC, datetime
from uuid import UUID

from services.indicator_api.deliveries import repository, steps, withdrawal_steps
from services.indicator_api.deliveries.outcomes import GIVEN_UP_STATES, WAITING_STATES
from services.indicator_api.deliveries.spool import forget
from services.indicator_api.deliveries.unread import DAYS_UNSEARCHED_FILES_STAY, is_unsearched
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
            if delivery is None:
                continue
            if delivery["state"] == withdrawal_steps.WAITING:
                await withdrawal_steps.give_withdrawal_up(
                    session, principal, identifier, "withdrawal_expired"
                )
                continue
            if delivery["state"] not in WAITING_STATES:
                continue
            await steps.give_up(session, context.jobs, principal, identifier, "expired")
            logger.info("delivery_expired", delivery_id=str(identifier))


async def remove_unsearched_files(context: JobContext) -> None:
    """Have the files deleted that could not be read, once their senders had time to look.

    Nobody knows whether they hold data of persons, so that they may not stay.
    """
    async with context.database.bare_connection() as session:
        found = await repository.unsearched(session, DAYS_UNSEARCHED_FILES_STAY)
    for identifier in found:
        principal = await principal_of(context, "delivery", identifier)
        if principal is None:
            continue
        async with context.database.write_session(principal) as session:
            delivery = await repository.lock(session, identifier)
            if delivery is None or not is_unsearched(delivery):
                continue
            await repository.change(session, identifier, {"content_deleted_at": datetime.now(UTC)})
            await steps.record(session, principal, "delivery.unsearched_deleted", identifier)
            await context.jobs.defer(session, "remove_delivery_files", delivery_id=str(identifier))


async def remove_delivery_files(context: JobContext, delivery_id: str) -> None:
    """Delete the files of a delivery that was given up, or is to lose them; safe to repeat."""
    identifier = UUID(delivery_id)
    principal = await principal_of(context, "delivery", identifier)
    if principal is None:
        return
    async with context.database.read_session(principal) as session:
        delivery = await repository.find(session, identifier)
    if delivery is None:
        return
    if delivery["state"] not in GIVEN_UP_STATES and delivery["content_deleted_at"] is None:
        return
    for path in (delivery["object_path"], delivery["cells_path"], delivery["findings_path"]):
        if path is not None:
            await forget(context.objects, path)
