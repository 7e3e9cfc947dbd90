"""SQL of organisations. The policies of the database decide which rows there are."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.conflicts import flush_or_refuse
from services.consultation_api.identity.organisations.models import Organisation
from services.shared.problems import Conflict, FieldError


async def list_organisations(
    session: AsyncSession,
    *,
    search: str | None,
    kind: str | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> Sequence[Organisation]:
    """Up to `limit` organisations by name, behind the (name, id) of `after`."""
    query = select(Organisation).order_by(Organisation.name, Organisation.id).limit(limit)
    if search is not None:
        query = query.where(
            Organisation.name.icontains(search, autoescape=True)
            | Organisation.short_name.icontains(search, autoescape=True)
        )
    if kind is not None:
        query = query.where(Organisation.kind == kind)
    if after is not None:
        query = query.where(tuple_(Organisation.name, Organisation.id) > after)
    return (await session.scalars(query)).all()


async def get(session: AsyncSession, organisation_id: UUID) -> Organisation | None:
    """The organisation, if it exists and may be seen."""
    return await session.get(Organisation, organisation_id)


async def get_for_change(session: AsyncSession, organisation_id: UUID) -> Organisation | None:
    """The organisation, held until the end of the transaction."""
    return await session.get(Organisation, organisation_id, with_for_update=True)


async def list_parts(session: AsyncSession, organisation_id: UUID) -> Sequence[Organisation]:
    """The organisations that belong to this administration."""
    query = select(Organisation).where(Organisation.parent_id == organisation_id)
    return (await session.scalars(query)).all()


async def save(session: AsyncSession, organisation: Organisation) -> None:
    """Write a new or changed organisation; raises `Conflict` if its name is taken."""
    session.add(organisation)
    detail = f"Eine Organisation mit dem Namen „{organisation.name}“ gibt es schon."
    taken = Conflict(
        "organisation_name_taken",
        detail,
        errors=[FieldError("/name", "organisation_name_taken", detail)],
    )
    await flush_or_refuse(session, {"organisation_name_unique": taken})
