"""SQL of accounts. No query reads the password's hash; the role is not allowed to."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.accounts.models import Account
from services.consultation_api.identity.conflicts import flush_or_refuse
from services.consultation_api.identity.memberships.models import Membership
from services.shared.problems import Conflict, FieldError


async def list_accounts(
    session: AsyncSession,
    *,
    search: str | None,
    organisation_id: UUID | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> Sequence[Account]:
    """Up to `limit` accounts by login name, behind the name of `after`."""
    query = select(Account).order_by(Account.name).limit(limit)
    if search is not None:
        query = query.where(
            Account.name.icontains(search, autoescape=True)
            | Account.display_name.icontains(search, autoescape=True)
        )
    if organisation_id is not None:
        members = select(Membership.account_id).where(Membership.organisation_id == organisation_id)
        query = query.where(Account.id.in_(members))
    if after is not None:
        query = query.where(Account.name > after[0])
    return (await session.scalars(query)).all()


async def get(session: AsyncSession, account_id: UUID) -> Account | None:
    """The account, if it exists and may be seen."""
    return await session.get(Account, account_id)


async def get_for_change(session: AsyncSession, account_id: UUID) -> Account | None:
    """The account, held until the end of the transaction."""
    return await session.get(Account, account_id, with_for_update=True)


async def save(session: AsyncSession, account: Account) -> None:
    """Write a new or changed account; raises `Conflict` if its login name is taken."""
    session.add(account)
    detail = f"Den Anmeldenamen „{account.name}“ gibt es schon."
    taken = Conflict(
        "account_name_taken", detail, errors=[FieldError("/name", "account_name_taken", detail)]
    )
    await flush_or_refuse(session, {"account_name_unique": taken})
