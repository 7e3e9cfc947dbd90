"""Background work on deliveries: check, load, take back. Each may be run again at any point."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any
from uuid import UUID

from services.indicator_api.deliveries import outcomes, turns
from services.indicator_api.deliveries.check_job import run_check
from services.indicator_api.deliveries.failures import failure_of, gave_up, is_passing
from services.indicator_api.deliveries.load_job import TakenOverError, run_load
from services.indicator_api.deliveries.rules import MAXIMUM_ATTEMPTS
from services.indicator_api.jobs import JobContext, principal_of
from services.shared import audit
from services.shared.logging import get_logger
from services.shared.principal import Principal

logger = get_logger(__name__)
Work = Callable[[JobContext, Principal, dict[str, Any]], Awaitable[None]]


async def check_delivery(context: JobContext, delivery_id: str) -> None:
    """Check a received delivery against the registers; defer its loading if nothing waits."""
    await _work(context, UUID(delivery_id), "checking", ("received", "checking"), run_check)


async def load_delivery(context: JobContext, delivery_id: str) -> None:
    """Make a checked delivery's cells facts, if its turn has come."""
    await _work(context, UUID(delivery_id), "loading", ("loading",), run_load)


async def _work(
    context: JobContext, identifier: UUID, step: str, states: Collection[str], work: Work
) -> None:
    principal = await principal_of(context, "delivery", identifier)
    if principal is None:
        return
    async with context.database.write_session(principal) as session:
        if step == "loading" and not await turns.has_come(session, identifier):
            return
        delivery = await outcomes.begin(session, identifier, step, states)
    if delivery is None:
        return
    if delivery["attempts"] > MAXIMUM_ATTEMPTS:
        await _fail(context, principal, delivery, gave_up())
        return
    try:
        await work(context, principal, delivery)
    except TakenOverError:
        return
    except Exception as error:  # whatever breaks, the delivery must end and its sender learn of it
        logger.exception("delivery_broke_off", delivery_id=str(identifier), step=step)
        if is_passing(error) and delivery["attempts"] < MAXIMUM_ATTEMPTS:
            # the queue runs the job again in some seconds
            raise
        await _fail(context, principal, delivery, failure_of(error))


async def _fail(
    context: JobContext, principal: Principal, delivery: dict[str, Any], failure: dict[str, str]
) -> None:
    """End a delivery of which nothing was taken, through no fault of its sender."""
    async with context.database.write_session(principal) as session:
        values = {"state": "failed", "failure": failure}
        if await outcomes.conclude(session, delivery, values):
            await audit.record(
                session, "indicator", principal, "delivery.failed", "delivery", delivery["id"]
            )
            await turns.pass_turn(session, context.jobs, delivery["dataset_id"])
