"""Background work on deliveries: check, load, take back. Each may be run again at any point."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any
from uuid import UUID

from services.indicator_api.deliveries import outcomes, turns
from services.indicator_api.deliveries.check_job import run_check
from services.indicator_api.deliveries.failures import failure_of, gave_up, is_passing
from services.indicator_api.deliveries.load_job import run_load
from services.indicator_api.deliveries.lost_rights import refuse_lost_rights
from services.indicator_api.deliveries.memory import give_back_memory, set_program_aside
from services.indicator_api.deliveries.reading.damaged import is_panic
from services.indicator_api.deliveries.rules import MAXIMUM_ATTEMPTS, is_large
from services.indicator_api.deliveries.withdraw_job import run_withdrawal
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


async def withdraw_delivery(context: JobContext, delivery_id: str) -> None:
    """Undo an accepted delivery as a whole."""
    await _work(context, UUID(delivery_id), "withdrawing", ("withdrawing",), run_withdrawal)


async def resume_deliveries(context: JobContext) -> None:
    """Give deliveries whose job was lost, or was given up by the queue, another one."""
    async with context.database.bare_connection() as session:
        found = await turns.without_job(session)
    for identifier, state in found:
        principal = await principal_of(context, "delivery", identifier)
        if principal is not None:
            async with context.database.write_session(principal) as session:
                await turns.resume(session, context.jobs, identifier, state)


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
    takes_much = is_large(delivery["size_bytes"], delivery["content_type"])
    if takes_much:
        set_program_aside()
    try:
        async with context.database.read_session(principal) as session:
            await refuse_lost_rights(session, principal, delivery)
        await work(context, principal, delivery)
    except outcomes.TakenOverError:
        return
    except BaseException as error:
        # whatever breaks, the delivery must end and its sender learn of it; the end of the worker
        # itself is no fault, and another one goes on
        if not (isinstance(error, Exception) or is_panic(error)):
            raise
        _log(error, identifier, step)
        if is_passing(error) and delivery["attempts"] < MAXIMUM_ATTEMPTS:
            # the queue runs the job again in some seconds
            raise
        await _fail(context, principal, delivery, failure_of(error))
    finally:
        if takes_much:
            await asyncio.to_thread(give_back_memory)


def _log(error: BaseException, identifier: UUID, step: str) -> None:
    """What broke, and where; not in the error's words, which may quote the file."""
    frames = traceback.extract_tb(error.__traceback__)
    logger.error(
        "delivery_broke_off",
        delivery_id=str(identifier),
        step=step,
        error=type(error).__name__,
        at=[f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames],
    )


async def _fail(
    context: JobContext, principal: Principal, delivery: dict[str, Any], failure: dict[str, str]
) -> None:
    """End a delivery of which nothing was taken, through no fault of its sender.

    One that could not be taken back stays accepted, with the reason.
    """
    values: dict[str, Any] = {"state": "failed", "failure": failure}
    if delivery["state"] == "withdrawing":
        values = {"state": "accepted", "failure": failure, "finished_at": delivery["finished_at"]}
    async with context.database.write_session(principal) as session:
        if await outcomes.conclude(session, delivery, values):
            await audit.record(
                session,
                "indicator",
                principal,
                f"delivery.{delivery['state']}_failed",
                "delivery",
                delivery["id"],
            )
            await turns.pass_turn(session, context.jobs, delivery["dataset_id"])
