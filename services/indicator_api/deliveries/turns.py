"""Whose turn it is: deliveries of one dataset take effect in the order they were received.

Checks run at the same time, large ones longer than small ones. Before a delivery is loaded, all
earlier ones of its dataset that are on their way have ended or wait for a person. Whoever leaves
the way hands on the turn, in the same transaction; both sides take the same lock, so that no
turn is lost between them.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries.rules import check_priority, is_large
from services.shared.jobs import JobQueue

LARGE_LANE = "large"
# what was begun is finished before something else is begun
_ENDING_PRIORITY = 10
_ON_THEIR_WAY = "('received', 'checking', 'loading')"


async def begin_checking(session: AsyncSession, jobs: JobQueue, delivery_id: UUID) -> None:
    """Have a received delivery checked in the background, fairly among all senders."""
    delivery = await _find(session, delivery_id)
    waiting = await session.execute(
        text(
            "SELECT count(*) FROM indicator.delivery WHERE organisation_id = :organisation"
            " AND finished_at IS NULL AND state IN ('received', 'checking') AND id <> :id"
        ),
        {"organisation": delivery["organisation_id"], "id": delivery_id},
    )
    await jobs.defer(
        session,
        "check_delivery",
        lane=_lane(delivery),
        priority=check_priority(waiting.scalar_one()),
        delivery_id=str(delivery_id),
    )


async def begin_loading(session: AsyncSession, jobs: JobQueue, delivery_id: UUID) -> None:
    """Have a delivery, whose state was just set to `loading`, loaded when its turn comes."""
    delivery = await _find(session, delivery_id)
    await _lock(session, delivery["dataset_id"])
    if not await _has_earlier(session, delivery["dataset_id"], delivery["number"]):
        await _defer(session, jobs, "load_delivery", delivery)


async def begin_withdrawing(session: AsyncSession, jobs: JobQueue, delivery_id: UUID) -> None:
    """Have a delivery taken back, whose state was just set to `withdrawing`."""
    await _defer(session, jobs, "withdraw_delivery", await _find(session, delivery_id))


async def resume(session: AsyncSession, jobs: JobQueue, delivery_id: UUID, state: str) -> None:
    """Give a delivery on its way a job again, after its own was lost."""
    if state == "loading":
        await begin_loading(session, jobs, delivery_id)
    elif state == "withdrawing":
        await begin_withdrawing(session, jobs, delivery_id)
    else:
        await begin_checking(session, jobs, delivery_id)


async def without_job(session: AsyncSession) -> list[tuple[UUID, str]]:
    """Ids and states of deliveries on their way for which there is no job, in whosever name."""
    rows = await session.execute(
        text(
            "SELECT d.id, d.state FROM indicator.deliveries_on_their_way() AS d"
            " WHERE NOT EXISTS (SELECT FROM jobs.procrastinate_jobs AS j"
            " WHERE j.status IN ('todo', 'doing') AND j.args ->> 'delivery_id' = d.id::text)"
        )
    )
    return [(row.id, row.state) for row in rows]


async def pass_turn(session: AsyncSession, jobs: JobQueue, dataset_id: int) -> None:
    """After a delivery left the way: the next one of its dataset, if it waits to be loaded."""
    await _lock(session, dataset_id)
    rows = await session.execute(
        text(
            f"SELECT {_COLUMNS} FROM indicator.delivery AS d WHERE d.dataset_id = :dataset"
            f" AND d.state IN {_ON_THEIR_WAY} ORDER BY d.number LIMIT 1"
        ),
        {"dataset": dataset_id},
    )
    following = rows.mappings().first()
    if following is not None and following["state"] == "loading":
        await _defer(session, jobs, "load_delivery", dict(following))


async def has_come(session: AsyncSession, delivery_id: UUID) -> bool:
    """Whether a delivery may be loaded now; if not, it will be handed the turn."""
    delivery = await _find(session, delivery_id)
    return not await _has_earlier(session, delivery["dataset_id"], delivery["number"])


async def _has_earlier(session: AsyncSession, dataset_id: int, number: int) -> bool:
    """Whether an earlier delivery of the dataset is still on its way."""
    row = await session.execute(
        text(
            "SELECT EXISTS (SELECT FROM indicator.delivery WHERE dataset_id = :dataset"
            f" AND number < :number AND state IN {_ON_THEIR_WAY})"
        ),
        {"dataset": dataset_id, "number": number},
    )
    return bool(row.scalar_one())


_COLUMNS = "d.id, d.number, d.dataset_id, d.organisation_id, d.state, d.size_bytes, d.content_type"


async def _find(session: AsyncSession, delivery_id: UUID) -> dict[str, Any]:
    rows = await session.execute(
        text(f"SELECT {_COLUMNS} FROM indicator.delivery AS d WHERE d.id = :id"),
        {"id": delivery_id},
    )
    return dict(rows.mappings().one())


async def _lock(session: AsyncSession, dataset_id: int) -> None:
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('indicator.delivery_turn'), :id)"),
        {"id": dataset_id},
    )


async def _defer(
    session: AsyncSession, jobs: JobQueue, task: str, delivery: dict[str, Any]
) -> None:
    await jobs.defer(
        session,
        task,
        lane=_lane(delivery),
        priority=_ENDING_PRIORITY,
        lock=f"dataset-{delivery['dataset_id']}",
        delivery_id=str(delivery["id"]),
    )


def _lane(delivery: dict[str, Any]) -> str | None:
    return LARGE_LANE if is_large(delivery["size_bytes"], delivery["content_type"]) else None
