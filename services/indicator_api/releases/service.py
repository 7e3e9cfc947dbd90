"""Use cases of releases: prepare one, read what there is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.service import get_own_dataset
from services.indicator_api.deliveries.schemas import DatasetReference
from services.indicator_api.releases import planned_cells, repository
from services.indicator_api.releases.rules import AUDIENCE_LABELS, audience_key, staleness
from services.indicator_api.releases.schemas import (
    CheckResult,
    HiddenCell,
    ReleaseAction,
    ReleaseRead,
    ReleaseWrite,
    StaleReason,
)
from services.indicator_api.releases.scoping import check_wanted
from services.shared import audit
from services.shared.ids import new_id
from services.shared.jobs import JobQueue
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Forbidden, Gone, Invalid, NotFound

HIDDEN_SHOWN = 200
_MAY_BE_STALE = ("checking", "draft", "confirmed", "publishing")
_FOR_ALL = (
    "id",
    "audience",
    "number",
    "state",
    "dataset_version",
    "scope",
    "method",
    "rules",
    "created_at",
    "published_at",
    "withdrawn_at",
    "certificate_sha256",
    "released_sha256",
    "progress",
)
# how much is hidden and why, and who did what, is for the holder alone
_FOR_HOLDER = (
    "protect_first",
    "refusals",
    "returned",
    "note",
    "created_by",
    "confirmed_by",
    "confirmed_at",
    "embargo_until",
    "published_by",
    "withdrawn_reason",
)
_FOR_OTHERS: dict[str, Any] = dict.fromkeys(_FOR_HOLDER) | {
    "protect_first": [],
    "refusals": [],
    "note": "",
    "created_by": "",
}


def _read(row: dict[str, Any], principal: Principal) -> ReleaseRead:
    is_own = row["holder_organisation_id"] == principal.organisation_id
    stale = staleness(row) if row["state"] in _MAY_BE_STALE else None
    check = row["check_result"]
    told = {name: row[name] for name in _FOR_HOLDER} if is_own else _FOR_OTHERS
    return ReleaseRead.model_validate(
        {name: row[name] for name in _FOR_ALL}
        | told
        | {
            "dataset": DatasetReference(code=row["dataset_code"], title=row["dataset_title"]),
            "audience_label": AUDIENCE_LABELS[row["audience"]],
            "is_stale": stale is not None,
            "stale_reason": stale and StaleReason(code=stale.code, detail=stale.detail),
            "is_own": is_own,
            "is_mine": is_own and row["is_mine"],
            "needs_second_person": row["releases_need_second_person"],
            "actions": actions(row, principal),
            "check": CheckResult.model_validate(check) if check and is_own else None,
        }
    )


def actions(row: dict[str, Any], principal: Principal) -> list[ReleaseAction]:
    """What the caller may do with a release as it stands."""
    if row["holder_organisation_id"] != principal.organisation_id:
        return []
    if not principal.has("releases:write"):
        return []
    state = row["state"]
    if state in ("released", "superseded"):
        return ["withdraw"]
    if state in ("checking", "refused", "confirmed"):
        return ["discard"]
    if state != "draft":
        return []
    if staleness(row) is not None:
        return ["discard"]
    needs_other = row["releases_need_second_person"]
    if needs_other:
        return ["discard"] if row["is_mine"] else ["confirm", "discard"]
    return ["confirm", "publish", "discard"]


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
    await check_wanted(session, dataset, wanted)
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
    asked = wanted.model_dump(mode="json")
    values = {name: asked[name] for name in ("scope", "method", "protect_first", "note")}
    values |= {
        "id": release_id,
        "series_id": series_id,
        "dataset_version": dataset.version,
        "protection_version": dataset.protection_version,
        "releases_version": dataset.releases_version,
        "acting": principal.to_job(),
        "created_by": principal.subject_name,
    }
    discarded = await repository.add(session, values)
    await audit.record(session, "indicator", principal, "release.prepared", "release", release_id)
    for given_up in discarded:
        await jobs.defer(session, "forget_release_plan", release_id=str(given_up))
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


async def read_certificate(
    session: AsyncSession, principal: Principal, release_id: UUID
) -> dict[str, Any]:
    """What a release was checked for, with the hash it is known by.

    Raises `NotFound` where it has none: it is not checked yet, or was before there were any.
    """
    await read_release(session, principal, release_id)
    found = await repository.certificate(session, release_id)
    if found is None:
        raise NotFound("certificate_missing", "Zu dieser Freigabe gibt es kein Zertifikat.")
    document, sha256 = found
    return {"certificate": document, "sha256": sha256}


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


async def list_hidden(
    session: AsyncSession, principal: Principal, release_id: UUID
) -> list[HiddenCell]:
    """The first cells that the release hides, with raw values; the holder's alone."""
    row = await find_release(session, release_id)
    if row["holder_organisation_id"] != principal.organisation_id:
        raise NotFound("release_unknown", "Diese Freigabe gibt es nicht.")
    cells = await planned_cells.hidden_cells(session, row, HIDDEN_SHOWN)
    return [HiddenCell.model_validate(cell) for cell in cells]
