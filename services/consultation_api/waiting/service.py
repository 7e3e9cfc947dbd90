"""Use case: what waits for one's own side."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.requests.documents import asking
from services.consultation_api.sides import side_of_kind
from services.consultation_api.waiting import repository
from services.consultation_api.waiting.schemas import WaitingRead
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal


async def list_waiting(
    session: AsyncSession, principal: Principal, *, cursor: str | None, limit: int
) -> Page[WaitingRead]:
    """One page of what waits: requests, agreements, messages, goals, and one's own tasks."""
    rows = await repository.list_waiting(
        session,
        side_of_kind(principal.organisation_kind),
        principal.organisation_id,
        after=decode_cursor(cursor, bool, date, datetime, UUID),
        limit=limit + 1,
    )
    shown, has_more = cut(rows, limit)
    page = Page(
        items=[WaitingRead.model_validate(row | {"organisation": asking(row)}) for row in shown]
    )
    if has_more:
        last = shown[-1]
        page.next = encode_cursor(
            not last["is_overdue"], last["due_on"] or date.max, last["at"], last["record_id"]
        )
    if not shown and cursor is None:
        page.reason = Reason(code="nothing_waits", detail="Zurzeit wartet nichts auf Sie.")
    return page
