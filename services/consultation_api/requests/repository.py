"""SQL of requests. The policies of the database decide which rows there are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.organisation_names import NAME_COLUMNS, name_joins
from services.consultation_api.requests.models import Agreement, Request, RequestMessage
from services.consultation_api.sides import Side, own_column

_SELECT = f"""
    SELECT r.id, r.reference, r.organisation_id, r.team_organisation_id, r.state, r.subject,
        r.text, r.topics, r.area_codes, r.created_by_name, r.created_at, r.decision_reason,
        r.decided_by_name, r.decided_at, r.case_id, r.row_version, {NAME_COLUMNS}
    FROM consultation.request AS r {name_joins("r")}
"""


async def find(session: AsyncSession, request_id: UUID) -> dict[str, Any] | None:
    """A request, or None if there is none that the principal may see."""
    rows = await session.execute(text(f"{_SELECT} WHERE r.id = :id"), {"id": request_id})
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def list_newest(
    session: AsyncSession,
    *,
    side: Side,
    organisation_id: UUID | None,
    states: Sequence[str],
    before: UUID | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Up to `limit` requests of the organisation on its side, newest first."""
    conditions = [f"r.{own_column(side)} = :own"]
    values: dict[str, Any] = {"own": organisation_id, "limit": limit}
    if states:
        conditions.append("r.state = ANY(:states)")
        values["states"] = list(states)
    if before is not None:
        conditions.append("r.id < :before")
        values["before"] = before
    rows = await session.execute(
        text(f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY r.id DESC LIMIT :limit"),
        values,
    )
    return [dict(row) for row in rows.mappings()]


async def latest_agreements(
    session: AsyncSession, request_ids: Sequence[UUID]
) -> dict[UUID, Agreement]:
    """The latest version of each request's agreement."""
    query = (
        select(Agreement)
        .where(Agreement.request_id.in_(request_ids))
        .ext(distinct_on(Agreement.request_id))
        .order_by(Agreement.request_id, Agreement.version.desc())
        .execution_options(populate_existing=True)
    )
    return {agreement.request_id: agreement for agreement in await session.scalars(query)}


async def read_agreement(session: AsyncSession, agreement_id: UUID) -> Agreement:
    """One version of an agreement."""
    return (await session.scalars(select(Agreement).where(Agreement.id == agreement_id))).one()


async def messages(
    session: AsyncSession, request_ids: Sequence[UUID]
) -> dict[UUID, list[RequestMessage]]:
    """What was said about each request, in its order."""
    query = (
        select(RequestMessage)
        .where(RequestMessage.request_id.in_(request_ids))
        .order_by(RequestMessage.id)
    )
    found: dict[UUID, list[RequestMessage]] = {}
    for message in await session.scalars(query):
        found.setdefault(message.request_id, []).append(message)
    return found


async def lock(session: AsyncSession, request_id: UUID) -> None:
    """Keep others from changing the request until the end of the transaction."""
    await session.execute(
        text("SELECT FROM consultation.request WHERE id = :id FOR UPDATE"), {"id": request_id}
    )


async def teams_for(session: AsyncSession, area_codes: Sequence[str]) -> list[dict[str, Any]]:
    """The active advisory teams (id, name, short_name) whose areas cover all of these."""
    rows = await session.execute(
        text("SELECT id, name, short_name FROM consultation.teams_for(:codes)"),
        {"codes": list(area_codes)},
    )
    return [dict(row) for row in rows.mappings()]


async def next_reference(session: AsyncSession, kind: str, at: datetime) -> str:
    """The next human reference of this kind in the year of `at`."""
    rows = await session.execute(
        text("SELECT consultation.next_reference(:kind, :year)"), {"kind": kind, "year": at.year}
    )
    return str(rows.scalar_one())


async def add(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write a new request."""
    await session.execute(insert(Request).values(**values))


async def change(session: AsyncSession, request_id: UUID, changes: dict[str, Any]) -> None:
    """Write a change of a request's state, as its next version."""
    await session.execute(
        update(Request)
        .where(Request.id == request_id)
        .values(**changes, row_version=Request.row_version + 1)
    )


async def add_message(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write a message."""
    await session.execute(insert(RequestMessage).values(**values))


async def add_agreement(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write a version of an agreement."""
    await session.execute(insert(Agreement).values(**values))


async def consent(
    session: AsyncSession, agreement_id: UUID, by: UUID | None, name: str, at: datetime
) -> None:
    """Note who consented to an agreement, and when."""
    await session.execute(
        update(Agreement)
        .where(Agreement.id == agreement_id)
        .values(consented_by=by, consented_by_name=name, consented_at=at)
    )
