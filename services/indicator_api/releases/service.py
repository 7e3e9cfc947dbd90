"""Use cases of releases: prepare, publish, withdraw."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_own_dataset
from services.indicator_api.deliveries.schemas import DatasetReference
from services.indicator_api.releases import repository
from services.indicator_api.releases.rules import (
    AUDIENCE_LABELS,
    MinimumCount,
    audience_key,
    is_stale,
)
from services.indicator_api.releases.schemas import (
    CheckResult,
    HiddenCell,
    ReleaseRead,
    ReleaseWrite,
    Withdrawal,
)
from services.shared import audit
from services.shared.etags import require_match
from services.shared.ids import new_id
from services.shared.jobs import JobQueue
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Forbidden, Gone, Invalid, NotFound

HIDDEN_SHOWN = 200


def _read(row: dict[str, Any], principal: Principal) -> ReleaseRead:
    is_own = row["holder_organisation_id"] == principal.organisation_id
    is_pending = row["state"] in ("checking", "draft", "publishing")
    check = row["check_result"]
    return ReleaseRead(
        id=row["id"],
        dataset=DatasetReference(code=row["dataset_code"], title=row["dataset_title"]),
        audience=row["audience"],
        audience_label=AUDIENCE_LABELS[row["audience"]],
        number=row["number"],
        state=row["state"],
        dataset_version=row["dataset_version"],
        is_stale=is_pending and is_stale(row),
        is_own=is_own,
        # how much was hidden and why is for the holder alone
        check=CheckResult.model_validate(check) if check and is_own else None,
        note=row["note"] if is_own else "",
        created_by=row["created_by"] if is_own else "",
        created_at=row["created_at"],
        published_by=row["published_by"] if is_own else None,
        published_at=row["published_at"],
        withdrawn_at=row["withdrawn_at"],
        withdrawn_reason=row["withdrawn_reason"] if is_own else None,
        progress=row["progress"],
    )


async def create_release(
    session: AsyncSession, jobs: JobQueue, principal: Principal, wanted: ReleaseWrite
) -> tuple[ReleaseRead, int]:
    """Prepare a release of a dataset as it stands; the check runs in the background."""
    if not principal.has("facts:read_raw"):
        raise Forbidden(
            "right_missing",
            "Wer freigibt, muss die Rohdaten sehen dürfen; dafür fehlt das Recht „facts:read_raw“.",
            right="facts:read_raw",
        )
    dataset = await get_own_dataset(session, principal, wanted.dataset)
    if dataset.version == 0:
        raise Conflict(
            "dataset_empty",
            f"In „{dataset.title}“ liegt noch keine Zahl. Liefern Sie zuerst.",
        )
    key = audience_key(
        wanted.audience,
        administration_id=dataset.administration_id,
        kreis_organisation_id=await repository.kreis_of(session, dataset.area_code),
    )
    if key is None:
        detail = "Für dieses Gebiet ist kein Kreis als Organisation angelegt."
        raise Invalid(
            "audience_missing", detail, errors=[FieldError("/audience", "audience_missing", detail)]
        )
    series_id = await repository.ensure_series(
        session, dataset.id, dataset.holder_organisation_id, wanted.audience, key
    )
    release_id = new_id()
    await repository.add(
        session,
        {
            "id": release_id,
            "series_id": series_id,
            "dataset_version": dataset.version,
            "note": wanted.note,
            "acting": principal.to_job(),
            "created_by": principal.subject_name,
        },
    )
    await audit.record(session, "indicator", principal, "release.prepared", "release", release_id)
    await jobs.defer(
        session, "check_release", lock=f"dataset-{dataset.id}", release_id=str(release_id)
    )
    return await read_release(session, principal, release_id)


async def find_release(session: AsyncSession, release_id: UUID) -> dict[str, Any]:
    """A release's row; raises `NotFound` if there is none that the principal may see."""
    row = await repository.find(session, release_id)
    if row is None:
        raise NotFound("release_unknown", "Diese Freigabe gibt es nicht.")
    return row


async def read_release(
    session: AsyncSession, principal: Principal, release_id: UUID
) -> tuple[ReleaseRead, int]:
    """A release and its row version.

    Raises `Gone` for one withdrawn for disclosure, to all but the holder.
    """
    row = await find_release(session, release_id)
    if row["withdrawn_reason"] == "disclosure" and not (
        row["holder_organisation_id"] == principal.organisation_id
    ):
        raise Gone(
            "release_withdrawn",
            "Diese Freigabe wurde zum Schutz der Betroffenen zurückgezogen.",
        )
    return _read(row, principal), row["row_version"]


async def list_releases(
    session: AsyncSession,
    principal: Principal,
    *,
    dataset: str | None,
    state: str | None,
    own: bool,
    cursor: str | None,
    limit: int,
) -> Page[ReleaseRead]:
    """One page of releases, newest first."""
    rows = await repository.list_newest(
        session,
        dataset=dataset,
        state=state,
        own=principal.organisation_id if own else None,
        before=decode_cursor(cursor, datetime, UUID),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[_read(row, principal) for row in shown])
    if has_more:
        page.next = encode_cursor(shown[-1]["created_at"], shown[-1]["id"])
    if not shown and cursor is None:
        page.reason = Reason(
            code="no_release",
            detail="Es gibt noch keine Freigabe, die zu dieser Auswahl passt.",
            suggestion="Eine Freigabe wird aus einem Datenbestand vorbereitet, in den geliefert "
            "wurde.",
        )
    return page


async def publish_release(
    session: AsyncSession,
    jobs: JobQueue,
    principal: Principal,
    release_id: UUID,
    request: Request,
) -> tuple[ReleaseRead, int]:
    """Have a checked draft published; raises `Conflict` if it is none, or is stale."""
    row = await _lock_own(session, principal, release_id)
    require_match(request, row["row_version"])
    if row["state"] != "draft":
        raise Conflict(
            "release_not_draft",
            "Freigegeben werden kann nur ein fertig geprüfter Entwurf.",
            state=row["state"],
        )
    if is_stale(row):
        raise Conflict(
            "release_stale",
            "Seit der Prüfung hat sich der Datenbestand geändert. Bereiten Sie die Freigabe "
            "neu vor, damit geprüft wird, was freigegeben würde.",
        )
    progress = {"label": "Die Freigabe wird geschrieben"}
    await repository.update(
        session,
        release_id,
        {
            "state": "publishing",
            "progress": progress,
            "published_by": principal.subject_name,
        },
    )
    await audit.record(session, "indicator", principal, "release.published", "release", release_id)
    await jobs.defer(
        session,
        "publish_release",
        lock=f"dataset-{row['dataset_id']}",
        release_id=str(release_id),
    )
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
        await repository.close_series(session, row["series_id"], row["number"])
    if withdrawal.reason == "disclosure":
        await repository.block_cells(session, row["series_id"], row["number"])
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


async def list_hidden(
    session: AsyncSession, principal: Principal, release_id: UUID
) -> list[HiddenCell]:
    """The first cells that the release's rules hide, with raw values; the holder's alone."""
    row = await find_release(session, release_id)
    if row["holder_organisation_id"] != principal.organisation_id:
        raise NotFound("release_unknown", "Diese Freigabe gibt es nicht.")
    rule = MinimumCount(row["minimum_count"])
    cells = await repository.hidden_cells(
        session, row["dataset_id"], row["minimum_count"], HIDDEN_SHOWN
    )
    return [HiddenCell.model_validate(cell | {"rule": rule.text}) for cell in cells]
