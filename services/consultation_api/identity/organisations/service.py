"""Use cases of organisations."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.base import SCHEMA
from services.consultation_api.identity.organisations import repository, rules
from services.consultation_api.identity.organisations.models import Organisation
from services.consultation_api.identity.organisations.schemas import (
    OrganisationChange,
    OrganisationCreate,
)
from services.consultation_api.identity.refusals import refuse
from services.shared import audit
from services.shared.ids import new_id
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid, NotFound


async def require(session: AsyncSession, organisation_id: UUID) -> Organisation:
    """The organisation; raises `NotFound` if there is none that the principal may see."""
    organisation = await repository.get(session, organisation_id)
    if organisation is None:
        raise _not_found()
    return organisation


async def require_from_field(
    session: AsyncSession, organisation_id: UUID, field: str
) -> Organisation:
    """The organisation that a field of the input names; raises `Invalid` if there is none."""
    organisation = await repository.get(session, organisation_id)
    if organisation is None:
        detail = "Diese Organisation gibt es nicht."
        raise Invalid(
            "organisation_unknown",
            detail,
            errors=[FieldError(f"/{field}", "organisation_unknown", detail)],
        )
    return organisation


async def create(
    session: AsyncSession, principal: Principal, wanted: OrganisationCreate
) -> Organisation:
    """Add an organisation. Raises `Invalid` for a fault, `Conflict` for a name that is taken."""
    parent = None
    if wanted.parent_id is not None:
        parent = await require_from_field(session, wanted.parent_id, "parent_id")
    refuse(rules.faults(wanted.kind, wanted.area_codes, _as_parent(parent)))
    organisation = Organisation(
        id=new_id(),
        name=wanted.name,
        short_name=wanted.short_name,
        kind=wanted.kind,
        parent_id=wanted.parent_id,
        area_codes=wanted.area_codes,
        is_active=True,
        created_at=datetime.now(UTC),
        row_version=1,
    )
    await repository.save(session, organisation)
    await audit.record(
        session,
        SCHEMA,
        principal,
        "organisation.created",
        "organisation",
        organisation.id,
        sorted(wanted.model_fields_set),
    )
    return organisation


async def change(
    session: AsyncSession,
    principal: Principal,
    organisation_id: UUID,
    wanted: OrganisationChange,
    confirm_version: Callable[[int], None],
) -> Organisation:
    """Change the given fields; `confirm_version` raises if the caller saw another version.

    Raises `NotFound`, `Invalid` and `Conflict`.
    """
    organisation = await repository.get_for_change(session, organisation_id)
    if organisation is None:
        raise _not_found()
    confirm_version(organisation.row_version)
    if wanted.area_codes is not None:
        await _refuse_areas(session, organisation, wanted.area_codes)
    changed = {
        field: value
        for field, value in wanted.model_dump(exclude_unset=True).items()
        if getattr(organisation, field) != value
    }
    if not changed:
        return organisation
    for field, value in changed.items():
        setattr(organisation, field, value)
    organisation.row_version += 1
    await repository.save(session, organisation)
    await audit.record(
        session,
        SCHEMA,
        principal,
        "organisation.changed",
        "organisation",
        organisation.id,
        sorted(changed),
    )
    return organisation


async def _refuse_areas(
    session: AsyncSession, organisation: Organisation, area_codes: list[str]
) -> None:
    """Areas must stay within the parent's, and around those of the parts."""
    parent = None
    if organisation.parent_id is not None:
        parent = await repository.get(session, organisation.parent_id)
    refuse(rules.faults(organisation.kind, area_codes, _as_parent(parent)))
    for part in await repository.list_parts(session, organisation.id):
        refuse(rules.faults_of_part(part.name, part.area_codes, area_codes))


def _as_parent(organisation: Organisation | None) -> rules.Parent | None:
    if organisation is None:
        return None
    return rules.Parent(organisation.kind, organisation.name, tuple(organisation.area_codes))


def _not_found() -> NotFound:
    return NotFound("organisation_not_found", "Diese Organisation gibt es nicht.")
