"""Use cases of delegations: let another office read raw facts for a time, and end that."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.datasets.models import Dataset
from services.indicator_api.datasets.service import get_dataset, get_own_dataset
from services.indicator_api.delegations import repository
from services.indicator_api.delegations.schemas import (
    DelegatedTo,
    DelegationRead,
    DelegationWrite,
)
from services.shared import audit
from services.shared.etags import require_match
from services.shared.ids import new_id
from services.shared.paging import Page
from services.shared.principal import Principal
from services.shared.problems import Conflict, FieldError, Forbidden, Invalid, NotFound

# offices that work with raw figures; nobody else is ever handed them
_MAY_READ_RAW = ("kommune", "statistikstelle", "kreis", "landesamt")
_BERLIN = ZoneInfo("Europe/Berlin")


async def list_delegations(session: AsyncSession, code: str | None) -> Page[DelegationRead]:
    """What one's organisation granted or was granted, newest first."""
    dataset = None if code is None else await get_dataset(session, code)
    rows = await repository.list_newest(session, None if dataset is None else dataset.id)
    return Page(items=[_read(row) for row in rows])


async def grant(
    session: AsyncSession, principal: Principal, code: str, wanted: DelegationWrite
) -> tuple[DelegationRead, int]:
    """Let another office read the raw facts of a dataset of one's own."""
    if not principal.has("facts:read_raw"):
        raise Forbidden(
            "right_missing",
            "Wer Rohdaten überlässt, muss sie selbst sehen dürfen; dafür fehlt das Recht "
            "„facts:read_raw“.",
            right="facts:read_raw",
        )
    dataset = await get_own_dataset(session, principal, code)
    if wanted.until < datetime.now(_BERLIN).date():
        raise _invalid("until", "until_past", "Der letzte Tag liegt in der Vergangenheit.")
    if wanted.organisation == principal.organisation_id:
        raise _invalid("organisation", "organisation_own", "Ihre Organisation führt die Daten.")
    kind = await repository.organisation_kind(session, wanted.organisation)
    if kind is None:
        raise _invalid("organisation", "organisation_unknown", "Diese Organisation gibt es nicht.")
    if kind not in _MAY_READ_RAW:
        raise _invalid(
            "organisation",
            "organisation_unfit",
            "Rohdaten lassen sich nur Kommunen, Kreisen, Statistikstellen und dem Statistischen "
            "Landesamt überlassen. Für alle anderen gibt es Freigaben.",
        )
    if await repository.has_valid(session, dataset.id, wanted.organisation):
        raise Conflict(
            "delegation_exists",
            "Diese Organisation darf die Rohdaten schon lesen. Beenden Sie zuerst, was gilt.",
        )
    delegation_id = new_id()
    await repository.add(
        session,
        {
            "id": delegation_id,
            "dataset_id": dataset.id,
            "organisation_id": wanted.organisation,
            "until": wanted.until,
            "reason": wanted.reason,
            "by": principal.subject_name,
            "subject": principal.subject_id,
        },
    )
    await _record(session, principal, "delegation.granted", delegation_id)
    row = await _find(session, delegation_id)
    return _read(row), row["row_version"]


async def read_delegation(session: AsyncSession, delegation_id: UUID) -> tuple[DelegationRead, int]:
    """One delegation and its version."""
    row = await _find(session, delegation_id)
    return _read(row), row["row_version"]


async def revoke(
    session: AsyncSession, principal: Principal, delegation_id: UUID, request: Request
) -> tuple[DelegationRead, int]:
    """End a delegation at once; it stays in the list with its end."""
    row = await _find(session, delegation_id)
    if row["holder_organisation_id"] != principal.organisation_id:
        raise NotFound("delegation_unknown", "Diese Überlassung gibt es nicht.")
    require_match(request, row["row_version"])
    if not await repository.revoke(
        session, delegation_id, row["row_version"], principal.subject_name
    ):
        raise Conflict("delegation_ended", "Diese Überlassung ist schon beendet.")
    await _record(session, principal, "delegation.revoked", delegation_id)
    return await read_delegation(session, delegation_id)


def _read(row: dict[str, Any]) -> DelegationRead:
    names = ("id", "dataset", "dataset_title", "until", "reason", "granted_by", "granted_at")
    return DelegationRead(
        **{name: row[name] for name in (*names, "revoked_by", "revoked_at", "is_valid")},
        organisation=DelegatedTo(id=row["organisation_id"], name=row["organisation_name"] or ""),
    )


async def _find(session: AsyncSession, delegation_id: UUID) -> dict[str, Any]:
    row = await repository.find(session, delegation_id)
    if row is None:
        raise NotFound("delegation_unknown", "Diese Überlassung gibt es nicht.")
    return row


def _invalid(field: str, code: str, detail: str) -> Invalid:
    return Invalid(code, detail, errors=[FieldError(f"/{field}", code, detail)])


async def _record(
    session: AsyncSession, principal: Principal, action: str, delegation_id: UUID
) -> None:
    await audit.record(session, "indicator", principal, action, "raw_delegation", delegation_id)


async def get_raw_dataset(session: AsyncSession, principal: Principal, code: str) -> Dataset:
    """The dataset with this code if the caller's organisation may read its raw facts.

    It holds them or was handed them for a time; else raises `NotFound`.
    """
    try:
        return await get_own_dataset(session, principal, code)
    except NotFound as refusal:
        try:
            dataset = await get_dataset(session, code)
        except NotFound:
            raise refusal from None
        if not await may_read_raw(session, principal, dataset):
            raise
        return dataset


async def may_read_raw(session: AsyncSession, principal: Principal, dataset: Dataset) -> bool:
    """Whether the caller's organisation holds a dataset's raw facts or was handed them."""
    organisation = principal.organisation_id
    if organisation is None:
        return False
    if dataset.holder_organisation_id == organisation:
        return True
    return await repository.has_valid(session, dataset.id, organisation)
