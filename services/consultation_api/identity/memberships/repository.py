"""SQL of memberships."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.conflicts import flush_or_refuse
from services.consultation_api.identity.memberships.models import Membership
from services.consultation_api.identity.organisations.models import Organisation
from services.consultation_api.identity.roles.models import Role
from services.shared.problems import Conflict


async def list_of_accounts(
    session: AsyncSession, account_ids: Sequence[UUID]
) -> Sequence[tuple[Membership, Organisation, Role]]:
    """The memberships of these accounts, by organisation and role."""
    query = (
        select(Membership, Organisation, Role)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .join(Role, Role.code == Membership.role)
        .where(Membership.account_id.in_(account_ids))
        .order_by(Organisation.name, Role.label, Membership.id)
    )
    return list((await session.execute(query)).all())


async def list_places(session: AsyncSession, account_id: UUID, today: date) -> Sequence[UUID]:
    """The active organisations for which the account may work today, oldest membership first."""
    query = (
        select(Membership.organisation_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            Membership.account_id == account_id,
            Organisation.is_active,
            or_(Membership.valid_until.is_(None), Membership.valid_until >= today),
        )
        .order_by(Membership.created_at, Membership.id)
    )
    return list(dict.fromkeys((await session.scalars(query)).all()))


async def get_of_account(
    session: AsyncSession, account_id: UUID, membership_id: UUID
) -> Membership | None:
    """This membership of this account, or None."""
    query = select(Membership).where(
        Membership.id == membership_id, Membership.account_id == account_id
    )
    return (await session.scalars(query)).one_or_none()


async def add(session: AsyncSession, membership: Membership) -> None:
    """Write a new membership; raises `Conflict` if the account has this role there already."""
    session.add(membership)
    twice = Conflict("membership_exists", "Das Konto hat diese Rolle in dieser Organisation schon.")
    await flush_or_refuse(session, {"membership_unique": twice})


async def remove(session: AsyncSession, membership: Membership) -> None:
    """Remove a membership."""
    await session.delete(membership)
    await session.flush()
