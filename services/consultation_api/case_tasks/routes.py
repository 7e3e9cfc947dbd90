"""HTTP of tasks, within a case and across cases."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.consultation_api.base import SCHEMA
from services.consultation_api.case_tasks import service
from services.consultation_api.case_tasks.repository import TaskFilter
from services.consultation_api.case_tasks.rules import Due, TaskState, WhoseTask
from services.consultation_api.case_tasks.schemas import (
    TaskChange,
    TaskCreate,
    TaskRead,
    TaskStateWish,
)
from services.consultation_api.sides import other_side, side_of_kind
from services.shared.auth import Requires
from services.shared.etags import etag_of
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Aufgaben")
Reader = Annotated[Principal, Requires("cases:read")]
Writer = Annotated[Principal, Requires("cases:write")]


@router.get("/tasks")
async def list_tasks(
    principal: Reader,
    session: ReadSession,
    request: Request,
    response: Response,
    state: TaskState | None = None,
    side: Annotated[
        WhoseTask | None, Query(description="Eigene oder die der anderen Seite")
    ] = None,
    due: Annotated[
        Due | None, Query(description="Überfällig, oder fällig bis in sieben Tagen")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[TaskRead]:
    """Tasks of all cases of one's own organisation, what is due first."""
    own_side = side_of_kind(principal.organisation_kind)
    wanted = TaskFilter(
        own_side,
        own=principal.organisation_id,
        state=state,
        of_side=None if side is None else own_side if side == "mine" else other_side(own_side),
        due=due,
    )
    page = await service.list_tasks(session, principal, wanted, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.get("/cases/{case_id}/tasks")
async def list_tasks_of_case(
    principal: Reader,
    session: ReadSession,
    request: Request,
    response: Response,
    case_id: UUID,
    state: TaskState | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[TaskRead]:
    """The tasks of a case, what is due first."""
    wanted = TaskFilter(side_of_kind(principal.organisation_kind), case_id=case_id, state=state)
    page = await service.list_tasks(session, principal, wanted, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.post("/cases/{case_id}/tasks", status_code=201, response_model=TaskRead)
async def create_task(
    principal: Writer,
    session: WriteSession,
    request: Request,
    case_id: UUID,
    wanted: TaskCreate,
    key: IdempotencyKey,
) -> Response:
    """Give one of the sides something to do."""

    async def act() -> Outcome:
        task = await service.create(session, principal, case_id, wanted)
        return Outcome(
            201,
            task.model_dump(mode="json"),
            {"Location": f"/v1/cases/{case_id}/tasks/{task.id}", "ETag": etag_of(task.version)},
        )

    return await once(session, SCHEMA, principal, key, await fingerprint_of_body(request), act)


@router.get("/cases/{case_id}/tasks/{task_id}")
async def read_task(
    principal: Reader, session: ReadSession, response: Response, case_id: UUID, task_id: UUID
) -> TaskRead:
    """One task; its `ETag` is needed to change it."""
    task = await service.read(session, principal, case_id, task_id)
    response.headers["ETag"] = etag_of(task.version)
    return task


@router.patch("/cases/{case_id}/tasks/{task_id}")
async def change_task(
    principal: Writer,
    session: WriteSession,
    request: Request,
    response: Response,
    case_id: UUID,
    task_id: UUID,
    wanted: TaskChange,
) -> TaskRead:
    """Change a task (`If-Match` with the ETag last read)."""
    task = await service.change(session, principal, case_id, task_id, wanted, request)
    response.headers["ETag"] = etag_of(task.version)
    return task


@router.post("/cases/{case_id}/tasks/{task_id}/state")
async def change_task_state(
    principal: Writer,
    session: WriteSession,
    request: Request,
    response: Response,
    case_id: UUID,
    task_id: UUID,
    wanted: TaskStateWish,
) -> TaskRead:
    """Mark a task as done, or open it again (`If-Match` with the ETag last read)."""
    task = await service.change_state(session, principal, case_id, task_id, wanted.state, request)
    response.headers["ETag"] = etag_of(task.version)
    return task
