"""HTTP of what waits."""

from typing import Annotated

from fastapi import Request, Response

from services.consultation_api.waiting import service
from services.consultation_api.waiting.schemas import WaitingRead
from services.shared.auth import Requires
from services.shared.paging import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Was wartet")


@router.get("/waiting")
async def list_waiting(
    principal: Annotated[Principal, Requires("cases:read")],
    session: ReadSession,
    request: Request,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[WaitingRead]:
    """What waits for one's own side, what is overdue first."""
    page = await service.list_waiting(session, principal, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page
