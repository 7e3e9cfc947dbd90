"""The steps of a checked release: confirmed, published, discarded, withdrawn."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.releases import released_cells, repository
from services.indicator_api.releases.rules import staleness
from services.indicator_api.releases.schemas import LettingOut, ReleaseRead, Withdrawal
from services.indicator_api.releases.service import find_release, read_release
from services.shared import audit
from services.shared.etags import require_match
from services.shared.jobs import JobQueue
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound

_WRITING = {"label": "Die Freigabe wird geschrieben"}
_DISCARDABLE = ("checking", "draft", "refused", "confirmed")


async def confirm_release(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    release_id: UUID,
    wanted: LettingOut,
    request: Request,
) -> tuple[ReleaseRead, int]:
    """Let a checked draft out, at once or at a moment, as another person than prepared it.

    Raises `Forbidden` for who prepared it where the dataset wants a second person, `Conflict` if
    it is no draft any more or is stale: of two confirmations at once, one comes first.
    """
    row = await _lock_draft(session, principal, release_id, request)
    if row["releases_need_second_person"] and row["is_mine"]:
        raise Forbidden(
            "second_person_needed",
            "Wer eine Freigabe vorbereitet hat, kann sie nicht auch bestätigen, auch nicht mit "
            "einem eigenen API-Schlüssel. Bitten Sie eine zweite Person aus Ihrer Stelle.",
        )
    embargo = wanted.embargo_until
    if embargo is not None and embargo <= datetime.now(UTC):
        detail = "Der Zeitpunkt liegt in der Vergangenheit. Ohne Zeitpunkt wird sofort freigegeben."
        raise Invalid(
            "embargo_past", detail, errors=[FieldError("/embargo_until", "embargo_past", detail)]
        )
    row |= {"releases_version": await _claim_turn(session, row)}
    await repository.update(
        session,
        release_id,
        {
            "state": "confirmed",
            "releases_version": row["releases_version"],
            "confirmed_by": principal.subject_name,
            "confirmed_subject": principal.subject_id,
            "confirmed_at": datetime.now(UTC),
            "embargo_until": embargo,
            "returned": None,
            # from here on it is let out in the name of whoever confirmed it
            "acting": principal.to_job(),
        },
    )
    await audit.record(session, "indicator", principal, "release.confirmed", "release", release_id)
    if embargo is None:
        await begin_publishing(session, jobs, principal, row)
    return await read_release(session, principal, release_id)


async def publish_release(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    release_id: UUID,
    request: Request,
) -> tuple[ReleaseRead, int]:
    """Have a checked draft published at once, where one person is enough."""
    row = await _lock_draft(session, principal, release_id, request)
    if row["releases_need_second_person"]:
        raise Forbidden(
            "second_person_needed",
            "Freigaben dieses Datenbestands bestätigt eine zweite Person; allein lässt sich "
            "nichts veröffentlichen.",
        )
    await repository.update(
        session, release_id, {"releases_version": await _claim_turn(session, row)}
    )
    await begin_publishing(session, jobs, principal, row)
    return await read_release(session, principal, release_id)


async def begin_publishing(
    session: AsyncSession, jobs: JobQueue, principal: Principal, release: dict[str, Any]
) -> None:
    """Have a release written whose moment has come; its row is locked, and nobody else began."""
    await repository.update(
        session,
        release["id"],
        {
            "state": "publishing",
            "progress": _WRITING,
            "published_by": principal.subject_name,
            "returned": None,
        },
    )
    await audit.record(
        session, "indicator", principal, "release.published", "release", release["id"]
    )
    await defer_writing(session, jobs, release)


async def defer_writing(session: AsyncSession, jobs: JobQueue, release: dict[str, Any]) -> None:
    """Give a release that is to be written a job."""
    await jobs.defer(
        session,
        "publish_release",
        lock=f"dataset-{release['dataset_id']}",
        release_id=str(release["id"]),
    )


async def discard_release(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    release_id: UUID,
    request: Request,
) -> tuple[ReleaseRead, int]:
    """Give up a release that is not out yet, also one that waits for its moment."""
    row = await _lock_own(session, principal, release_id)
    require_match(request, row["row_version"])
    if row["state"] not in _DISCARDABLE:
        raise Conflict(
            "release_not_discardable",
            "Verwerfen lässt sich nur, was noch nicht hinausgeht. Was freigegeben ist, lässt sich "
            "zurückziehen.",
            state=row["state"],
        )
    await repository.update(session, release_id, {"state": "discarded", "progress": {}})
    await audit.record(session, "indicator", principal, "release.discarded", "release", release_id)
    await jobs.defer(session, "forget_release_plan", release_id=str(release_id))
    return await read_release(session, principal, release_id)


async def withdraw_release(
    session: AsyncSession,
    principal: Principal,
    release_id: UUID,
    withdrawal: Withdrawal,
    request: Request,
) -> tuple[ReleaseRead, int]:
    """Take a release back at once; its cells are in no exit any more."""
    row = await _lock_own(session, principal, release_id)
    require_match(request, row["row_version"])
    if row["state"] not in ("released", "superseded"):
        raise Conflict(
            "release_not_released",
            "Zurückziehen lässt sich nur, was freigegeben ist.",
            state=row["state"],
        )
    await session.execute(text("SET LOCAL statement_timeout = '5min'"))
    await repository.lock_dataset(session, row["dataset_id"])
    if row["state"] == "released":
        await released_cells.close_series(session, row["series_id"], row["number"])
    if withdrawal.reason == "disclosure":
        await released_cells.block_cells(session, row["series_id"], row["number"])
    note = "\n".join(filter(None, [row["note"], withdrawal.note]))
    place, at = await repository.take_place(session)
    await repository.update(
        session,
        release_id,
        {
            "state": "withdrawn",
            "withdrawn_reason": withdrawal.reason,
            "note": note,
            "withdrawn_at": at,
            "withdrawn_position": place,
        },
    )
    await audit.record(session, "indicator", principal, "release.withdrawn", "release", release_id)
    return await read_release(session, principal, release_id)


async def _lock_own(
    session: AsyncSession, principal: Principal, release_id: UUID
) -> dict[str, Any]:
    await find_release(session, release_id)
    row = await repository.lock(session, release_id)
    if row is None or row["holder_organisation_id"] != principal.organisation_id:
        raise NotFound("release_unknown", "Diese Freigabe gibt es nicht.")
    return row


async def _lock_draft(
    session: AsyncSession, principal: Principal, release_id: UUID, request: Request
) -> dict[str, Any]:
    """A draft of one's own that may go out as it was checked; else raises `Conflict`."""
    row = await _lock_own(session, principal, release_id)
    require_match(request, row["row_version"])
    if row["state"] == "refused":
        raise Conflict(
            "release_refused",
            "Die Prüfung hat diese Freigabe abgelehnt; so kann sie nicht hinausgehen.",
            state=row["state"],
            refusals=row["refusals"],
        )
    if row["state"] != "draft":
        raise Conflict(
            "release_not_draft",
            "Freigegeben werden kann nur ein fertig geprüfter Entwurf.",
            state=row["state"],
        )
    stale = staleness(row)
    if stale is not None:
        raise _stale(stale.code, stale.detail)
    return row


async def _claim_turn(session: AsyncSession, row: dict[str, Any]) -> int:
    """The number of the dataset's releases with this one; `Conflict` if it is overtaken."""
    count = await repository.claim_turn(session, row)
    if count is None:
        now = await find_release(session, row["id"])
        stale = staleness(now)
        raise _stale(*((stale.code, stale.detail) if stale else ("overtaken", "")))
    waiting = await repository.on_its_way_out(session, row["series_id"])
    if waiting is not None:
        raise Conflict(
            "release_waiting",
            "Für diese Öffentlichkeit geht schon eine bestätigte Freigabe hinaus oder wartet auf "
            "ihren Zeitpunkt. Verwerfen Sie jene zuerst, oder warten Sie sie ab.",
            release=str(waiting),
        )
    return count


def _stale(reason: str, detail: str) -> Conflict:
    return Conflict(
        "release_stale",
        f"{detail} Bereiten Sie die Freigabe neu vor, damit geprüft wird, was freigegeben würde.",
        reason=reason,
    )
