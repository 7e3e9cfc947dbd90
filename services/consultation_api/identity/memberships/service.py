"""Use cases of memberships, called by those of accounts and sessions."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.base import SCHEMA
from services.consultation_api.identity.memberships import repository, rules
from services.consultation_api.identity.memberships.models import Membership
from services.consultation_api.identity.memberships.schemas import (
    MembershipCreate,
    MembershipRead,
)
from services.consultation_api.identity.organisations import service as organisations
from services.consultation_api.identity.organisations.schemas import OrganisationBrief
from services.consultation_api.identity.refusals import refuse
from services.consultation_api.identity.roles import service as roles
from services.consultation_api.identity.roles.schemas import RoleBrief
from services.shared import audit
from services.shared.ids import new_id
from services.shared.principal import Principal
from services.shared.problems import Conflict, NotFound


async def list_of_accounts(
    session: AsyncSession, account_ids: Sequence[UUID]
) -> dict[UUID, list[MembershipRead]]:
    """The memberships of each of these accounts."""
    found: defaultdict[UUID, list[MembershipRead]] = defaultdict(list)
    for membership, organisation, role in await repository.list_of_accounts(session, account_ids):
        found[membership.account_id].append(
            MembershipRead(
                id=membership.id,
                organisation=OrganisationBrief.model_validate(organisation),
                role=RoleBrief.model_validate(role),
                area_codes=membership.area_codes,
                valid_until=membership.valid_until,
            )
        )
    return found


async def list_places(session: AsyncSession, account_id: UUID) -> Sequence[UUID]:
    """The organisations for which the account may work today."""
    return await repository.list_places(session, account_id, datetime.now(UTC).date())


async def add(
    session: AsyncSession, principal: Principal, account_id: UUID, wanted: MembershipCreate
) -> MembershipRead:
    """Give an account a role. Raises `Invalid` for a fault, `Conflict` if it has it already."""
    now = datetime.now(UTC)
    organisation = await organisations.require_from_field(
        session, wanted.organisation_id, "organisation_id"
    )
    role = await roles.require_role(session, wanted.role)
    refuse(
        rules.faults(
            role_label=role.label,
            role_kinds=role.organisation_kinds,
            organisation_name=organisation.name,
            organisation_kind=organisation.kind,
            organisation_area_codes=organisation.area_codes,
            area_codes=wanted.area_codes,
            valid_until=wanted.valid_until,
            today=now.date(),
        )
    )
    membership = Membership(
        id=new_id(),
        account_id=account_id,
        organisation_id=organisation.id,
        role=role.code,
        area_codes=wanted.area_codes,
        valid_until=wanted.valid_until,
        created_at=now,
    )
    await repository.add(session, membership)
    await audit.record(
        session,
        SCHEMA,
        principal,
        "membership.created",
        "membership",
        membership.id,
        ["account_id", *sorted(wanted.model_fields_set)],
    )
    return MembershipRead(
        id=membership.id,
        organisation=OrganisationBrief.model_validate(organisation),
        role=RoleBrief.model_validate(role),
        area_codes=membership.area_codes,
        valid_until=membership.valid_until,
    )


async def remove(
    session: AsyncSession, principal: Principal, account_id: UUID, membership_id: UUID
) -> None:
    """Take a role away. Raises `NotFound`, and `Conflict` for the role one acts by."""
    membership = await repository.get_of_account(session, account_id, membership_id)
    if membership is None:
        raise NotFound("membership_not_found", "Diese Mitgliedschaft gibt es nicht.")
    if account_id == principal.subject_id and membership.role in principal.roles:
        raise Conflict(
            "own_membership",
            "Die Rolle, mit der Sie gerade arbeiten, können Sie sich nicht selbst nehmen.",
        )
    await repository.remove(session, membership)
    await audit.record(
        session, SCHEMA, principal, "membership.removed", "membership", membership_id
    )
