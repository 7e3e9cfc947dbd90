"""Background work on releases: check a draft, write a release."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.jobs import JobContext, principal_of, refresh_statistics
from services.indicator_api.releases import repository
from services.indicator_api.releases.rules import UNCHECKED, MinimumCount, is_stale
from services.shared.logging import get_logger
from services.shared.principal import Principal

logger = get_logger(__name__)


async def check_release(context: JobContext, release_id: str) -> None:
    """Find out what a release would show and hide; safe to run again."""
    identifier = UUID(release_id)
    principal = await principal_of(context, "release", identifier)
    if principal is None:
        return
    try:
        async with context.database.write_session(principal) as session:
            row = await _in_state(session, identifier, "checking")
            if row is None:
                return
            counts = await _stage(session, row)
            rule = MinimumCount(row["minimum_count"])
            check = counts | {
                "minimum_count": row["minimum_count"],
                "rules": [{"code": "minimum_count", "text": rule.text, "hidden": counts["hidden"]}],
                "limits": UNCHECKED,
            }
            await repository.update(
                session,
                identifier,
                {
                    "state": "draft",
                    "check_result": check,
                    "dataset_version": row["current_version"],
                },
            )
    except Exception:  # whatever breaks, the release must end and its holder must learn of it
        await _fail(context, principal, identifier)


async def publish_release(context: JobContext, release_id: str) -> None:
    """Write a release's cells, in one transaction; safe to run again."""
    identifier = UUID(release_id)
    principal = await principal_of(context, "release", identifier)
    if principal is None:
        return
    try:
        async with context.database.write_session(principal) as session:
            row = await _in_state(session, identifier, "publishing")
            if row is None:
                return
            if is_stale(row):
                # a delivery came in between, or another rule: back to a draft that says it is stale
                await repository.update(session, identifier, {"state": "draft", "progress": {}})
                return
            await _stage(session, row)
            number = row["current_number"] + 1
            await repository.write_release(session, row["series_id"], number)
            place, at = await repository.take_place(session)
            await repository.update(
                session,
                identifier,
                {
                    "state": "released",
                    "number": number,
                    "progress": {},
                    "published_at": at,
                    "published_position": place,
                },
            )
    except Exception:  # whatever breaks, the release must end and its holder must learn of it
        await _fail(context, principal, identifier)
    else:
        await refresh_statistics(context)


async def _in_state(session: AsyncSession, release_id: UUID, state: str) -> dict[str, Any] | None:
    """The release with its dataset locked against deliveries, if it is in this state."""
    row = await repository.find(session, release_id)
    if row is None:
        return None
    await repository.lock_dataset(session, row["dataset_id"])
    row = await repository.lock(session, release_id)
    return row if row is not None and row["state"] == state else None


async def _stage(session: AsyncSession, row: dict[str, Any]) -> dict[str, int]:
    await repository.stage_target(session, row["dataset_id"], row["minimum_count"])
    return await repository.compare_target(session, row["series_id"])


async def _fail(context: JobContext, principal: Principal, release_id: UUID) -> None:
    logger.exception("release_failed", release_id=str(release_id))
    async with context.database.write_session(principal) as session:
        await repository.update(session, release_id, {"state": "failed", "progress": {}})
