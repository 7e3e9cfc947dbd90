"""HTTP of goals."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from services.consultation_api.base import SCHEMA
from services.consultation_api.goals import service
from services.consultation_api.goals.schemas import GoalRead, GoalStateWish, GoalText
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Ziele")
Reader = Annotated[Principal, Requires("cases:read")]
Writer = Annotated[Principal, Requires("cases:write")]


@router.get("/cases/{case_id}/goals")
async def list_goals(
    principal: Reader,
    session: ReadSession,
    request: Request,
    response: Response,
    case_id: UUID,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[GoalRead]:
    """The goals of a case."""
    page = await service.list_goals(session, principal, case_id, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.post("/cases/{case_id}/goals", status_code=201, response_model=GoalRead)
async def propose_goal(
    principal: Writer,
    session: WriteSession,
    request: Request,
    case_id: UUID,
    wanted: GoalText,
    key: IdempotencyKey,
) -> Response:
    """Propose a goal; it holds once the other side has confirmed it."""

    async def act() -> Outcome:
        goal = await service.propose(session, principal, case_id, wanted.text)
        return Outcome(
            201,
            goal.model_dump(mode="json"),
            {"Location": f"/v1/cases/{case_id}/goals/{goal.id}", "ETag": etag_of(goal.version)},
        )

    return await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)


@router.get("/cases/{case_id}/goals/{goal_id}")
async def read_goal(
    principal: Reader, session: ReadSession, response: Response, case_id: UUID, goal_id: UUID
) -> GoalRead:
    """One goal."""
    goal = await service.read(session, principal, case_id, goal_id)
    response.headers["ETag"] = etag_of(goal.version)
    return goal


@router.patch("/cases/{case_id}/goals/{goal_id}")
async def reword_goal(
    principal: Writer,
    session: WriteSession,
    request: Request,
    response: Response,
    case_id: UUID,
    goal_id: UUID,
    wanted: GoalText,
) -> GoalRead:
    """Change a goal's text, which proposes it again (`If-Match` with the ETag last read)."""
    goal = await service.reword(session, principal, case_id, goal_id, wanted.text, request)
    response.headers["ETag"] = etag_of(goal.version)
    return goal


@router.post("/cases/{case_id}/goals/{goal_id}/state")
async def change_goal_state(
    principal: Writer,
    session: WriteSession,
    request: Request,
    response: Response,
    case_id: UUID,
    goal_id: UUID,
    wanted: GoalStateWish,
) -> GoalRead:
    """Confirm, decline, reach or give up a goal (`If-Match` with the ETag last read)."""
    goal = await service.change_state(session, principal, case_id, goal_id, wanted, request)
    response.headers["ETag"] = etag_of(goal.version)
    return goal
