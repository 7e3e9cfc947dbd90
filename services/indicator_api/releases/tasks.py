"""Background work on releases: check, let out at the moment, write, clear away.

Each may be run again at any point, and after a crash: what a release shows changes in one
transaction alone, the one that also makes it `released`.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.jobs import JobContext, principal_of, refresh_statistics
from services.indicator_api.protection_rules.service import snapshot_of
from services.indicator_api.releases import planned_cells, released_cells, repository
from services.indicator_api.releases.rules import RIGHT_LOST, staleness
from services.indicator_api.releases.steps import begin_publishing, defer_writing
from services.shared.logging import get_logger
from services.shared.principal import Principal

if TYPE_CHECKING:
    from services.indicator_api.releases.protecting import Protection

logger = get_logger(__name__)
_CHECKING = {"label": "Die Freigabe wird geprüft"}
_WITHOUT_CONFIRMATION = {
    "confirmed_by": None,
    "confirmed_subject": None,
    "confirmed_account": None,
    "confirmed_at": None,
    "embargo_until": None,
    "published_by": None,
}
_GIVEN_UP = ("discarded", "failed")


async def check_release(context: JobContext, release_id: str) -> None:
    """Find out what a release would show and hide, and whether it may go out."""
    # not before a release is checked: a worker that only reads deliveries is 30 MB smaller
    # without the solver
    from services.indicator_api.releases.protecting import protect_release

    identifier = UUID(release_id)
    principal = await principal_of(context, "release", identifier)
    if principal is None:
        return
    try:
        release = await _begin_check(context, principal, identifier)
        if release is not None:
            protection = await protect_release(context, principal, release)
            await _end_check(context, principal, release, protection)
    except Exception:  # whatever breaks, the release must end and its holder must learn of it
        await _fail(context, principal, identifier)


async def _begin_check(
    context: JobContext, principal: Principal, release_id: UUID
) -> dict[str, Any] | None:
    """Note what it is checked with, before any of it is read: what moves later makes it stale."""
    async with context.database.write_session(principal) as session:
        row = await repository.lock(session, release_id)
        if row is None or row["state"] != "checking":
            return None
        noted = {
            "dataset_version": row["current_version"],
            "protection_version": row["current_protection_version"],
            "releases_version": row["current_releases_version"],
            "rules": await snapshot_of(session, row["dataset_id"], row["source"]),
        }
        await repository.update(session, release_id, noted | {"progress": _CHECKING})
        await planned_cells.forget_plan(session, release_id, keep_hidden=False)
        return row | noted


async def _end_check(
    context: JobContext, principal: Principal, release: dict[str, Any], protection: "Protection"
) -> None:
    async with context.database.write_session(principal) as session:
        row = await repository.lock(session, release["id"])
        if row is None or row["state"] != "checking":
            return
        await released_cells.stage_plan(session, release["id"])
        counts = await released_cells.compare_plan(session, release["series_id"])
        refusals = protection.refusals or _nothing_shown(counts)
        check = counts | {
            "beyond_terms": await planned_cells.count_beyond_terms(session, release),
            "rules": protection.rules,
            "limits": protection.limits,
            "already_seen": await planned_cells.already_seen(session, release["dataset_id"]),
        }
        await repository.update(
            session,
            release["id"],
            {
                "state": "refused" if refusals else "draft",
                "check_result": check,
                "refusals": refusals,
                "certificate": protection.certificate,
                "certificate_sha256": protection.certificate_sha256,
                "released_sha256": protection.released_sha256,
                "progress": {},
            },
        )


def _nothing_shown(counts: dict[str, int]) -> list[dict[str, str]]:
    if counts["cells"] > counts["hidden"] + counts["missing"]:
        return []
    return [
        {
            "code": "nothing_shown",
            "detail": "Nach den Schutzregeln bliebe keine einzige Zahl sichtbar.",
            "remedy": "Geben Sie größere Gebiete frei, oder fassen Sie Gruppen oder Jahre "
            "zusammen.",
        }
    ]


async def publish_release(context: JobContext, release_id: str) -> None:
    """Write the cells of a release as they were checked, in one transaction."""
    identifier = UUID(release_id)
    principal = await principal_of(context, "release", identifier)
    if principal is None:
        return
    try:
        async with context.database.write_session(principal) as session:
            row = await _lock_with_dataset(session, identifier)
            if row is None or row["state"] != "publishing":
                return
            obstacle = staleness(row)
            if await repository.has_lost_right(session, principal):
                obstacle = RIGHT_LOST
            if obstacle is not None:
                returned = asdict(obstacle) | {"at": datetime.now(UTC)}
                values = _WITHOUT_CONFIRMATION | {"returned": returned, "progress": {}}
                await repository.update(session, identifier, values | {"state": "draft"})
                return
            await _write(session, row)
    except Exception:  # whatever breaks, the release must end and its holder must learn of it
        await _fail(context, principal, identifier)
    else:
        await refresh_statistics(context)


async def _write(session: AsyncSession, row: dict[str, Any]) -> None:
    await released_cells.stage_plan(session, row["id"])
    if not await planned_cells.has_whole_plan(session, row):
        raise RuntimeError("the plan of a release is not what was checked")
    number = row["current_number"] + 1
    await released_cells.write_release(session, row["series_id"], number)
    await planned_cells.forget_plan(session, row["id"], keep_hidden=True)
    place, at = await repository.take_place(session)
    await repository.update(
        session,
        row["id"],
        {
            "state": "released",
            "number": number,
            "progress": {},
            "published_at": at,
            "published_position": place,
        },
    )


async def resume_releases(context: JobContext) -> None:
    """Let out the releases whose moment has come, and give lost jobs again.

    By however many workers: who locks a release first takes the step, once.
    """
    async with context.database.bare_connection() as session:
        found = await repository.to_see_to(session)
    for identifier, _ in found:
        principal = await principal_of(context, "release", identifier)
        if principal is None:
            continue
        async with context.database.write_session(principal) as session:
            row = await repository.lock(session, identifier)
            if row is None:
                continue
            if row["state"] == "confirmed":
                await begin_publishing(session, context.jobs, principal, row)
            elif row["state"] == "publishing":
                await defer_writing(session, context.jobs, row)
            elif row["state"] == "checking":
                await context.jobs.defer(
                    session,
                    "check_release",
                    lock=f"dataset-{row['dataset_id']}",
                    release_id=str(identifier),
                )


async def seconds_to_next_embargo(context: JobContext, at_most: float) -> float:
    """How long to wait for the next release whose moment comes, at most so many seconds.

    Half a second at least: one that cannot be let out must not keep the worker busy.
    """
    async with context.database.bare_connection() as session:
        moment = await repository.next_embargo(session)
    if moment is None:
        return at_most
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.5), at_most)


async def forget_release_plan(context: JobContext, release_id: str) -> None:
    """Delete the plan of a release that was given up."""
    identifier = UUID(release_id)
    principal = await principal_of(context, "release", identifier)
    if principal is None:
        return
    async with context.database.write_session(principal) as session:
        row = await repository.find(session, identifier)
        if row is not None and row["state"] in _GIVEN_UP:
            await planned_cells.forget_plan(session, identifier, keep_hidden=False)


async def _lock_with_dataset(session: AsyncSession, release_id: UUID) -> dict[str, Any] | None:
    """The release, its dataset locked against deliveries."""
    row = await repository.find(session, release_id)
    if row is None:
        return None
    await repository.lock_dataset(session, row["dataset_id"])
    return await repository.lock(session, release_id)


async def _fail(context: JobContext, principal: Principal, release_id: UUID) -> None:
    logger.exception("release_failed", release_id=str(release_id))
    async with context.database.write_session(principal) as session:
        row = await repository.lock(session, release_id)
        if row is not None and row["state"] in ("checking", "publishing"):
            await repository.update(session, release_id, {"state": "failed", "progress": {}})
            await context.jobs.defer(session, "forget_release_plan", release_id=str(release_id))
