"""Use cases of tasks: give one, change it, do it, and see what is due."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from fastapi import Request as HttpRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.base import SCHEMA
from services.consultation_api.case_tasks import repository
from services.consultation_api.case_tasks.repository import TaskFilter
from services.consultation_api.case_tasks.rules import STATE_LABELS, TaskState, can_become, may_be
from services.consultation_api.case_tasks.schemas import (
    CaseReference,
    TaskChange,
    TaskCreate,
    TaskRead,
)
from services.consultation_api.cases.scope import CaseScope, hold, note_event, see
from services.consultation_api.refusals import invalid
from services.consultation_api.sides import VISIBILITY_LABELS, Parties, Side, Visibility
from services.consultation_api.versions import require_current
from services.consultation_api.wire import Coded
from services.shared import audit
from services.shared.ids import new_id
from services.shared.paging import Page, Reason, cut, decode_cursor, encode_cursor
from services.shared.principal import Principal
from services.shared.problems import Conflict, NotFound


def _document(row: Mapping[str, Any], principal: Principal) -> TaskRead:
    return TaskRead(
        id=row["id"],
        case=CaseReference(
            id=row["case_id"], reference=row["case_reference"], title=row["case_title"]
        ),
        title=row["title"],
        text=row["text"],
        due_on=row["due_on"],
        side=row["side"],
        my_side=Parties.of(row).side_of(principal.organisation_id),
        state=Coded(code=row["state"], label=STATE_LABELS[row["state"]]),
        visibility=Coded(code=row["visibility"], label=VISIBILITY_LABELS[row["visibility"]]),
        is_overdue=row["is_overdue"],
        done_by=row["done_by_name"],
        done_at=row["done_at"],
        created_by=row["created_by_name"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        version=row["row_version"],
    )


async def list_tasks(
    session: AsyncSession,
    principal: Principal,
    wanted: TaskFilter,
    *,
    cursor: str | None,
    limit: int,
) -> Page[TaskRead]:
    """One page of tasks, of one case or across all cases of the organisation."""
    if wanted.case_id is not None:
        await see(session, principal, wanted.case_id)
    rows = await repository.list_by_due_date(
        session, wanted, after=decode_cursor(cursor, bool, date, UUID), limit=limit + 1
    )
    shown, has_more = cut(rows, limit)
    page = Page(items=[_document(row, principal) for row in shown])
    if has_more:
        last = shown[-1]
        page.next = encode_cursor(
            last["state"] == "erledigt", last["due_on"] or date.max, last["id"]
        )
    if not shown and cursor is None:
        page.reason = Reason(code="no_task", detail="Zu dieser Auswahl gibt es keine Aufgabe.")
    return page


async def all_tasks(
    session: AsyncSession, principal: Principal, scope: CaseScope
) -> list[TaskRead]:
    """All tasks of a case that the principal may see."""
    rows = await repository.list_by_due_date(
        session, TaskFilter(scope.side, case_id=scope.id), after=None, limit=None
    )
    return [_document(row, principal) for row in rows]


async def read(
    session: AsyncSession, principal: Principal, case_id: UUID, task_id: UUID
) -> TaskRead:
    """A task; raises `NotFound` if there is none that the principal may see."""
    await see(session, principal, case_id)
    return _document(await _find(session, case_id, task_id), principal)


async def create(
    session: AsyncSession, principal: Principal, case_id: UUID, wanted: TaskCreate
) -> TaskRead:
    """Give one of the sides a task; raises `Invalid` (`visibility_forbidden`)."""
    scope = await hold(session, principal, case_id)
    _refuse_visibility(wanted.visibility, wanted.side, scope)
    task_id, now = new_id(), datetime.now(UTC)
    await repository.add(
        session,
        {
            "id": task_id,
            **scope.columns(),
            **wanted.model_dump(),
            "state": "offen",
            "created_by": principal.subject_id,
            "created_by_name": principal.subject_name,
            "created_at": now,
            "changed_at": now,
        },
    )
    await _record(session, principal, "task.created", task_id, wanted.model_fields_set)
    return await read(session, principal, case_id, task_id)


async def change(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    task_id: UUID,
    wanted: TaskChange,
    http_request: HttpRequest,
) -> TaskRead:
    """Change the given fields of a task; either side may.

    Raises `Conflict` (`case_closed`, `task_already_shared`), `PreconditionFailed` with `current`,
    and `Invalid` (`visibility_forbidden`).
    """
    scope, row = await _begin(session, principal, case_id, task_id, http_request)
    changes = {
        name: value
        for name, value in wanted.model_dump(exclude_unset=True).items()
        if value != row[name]
    }
    if not changes:
        return _document(row, principal)
    after = row | changes
    if not can_become(after["visibility"], row["visibility"]):
        raise Conflict(
            "task_already_shared",
            "Diese Aufgabe ist schon gemeinsam: Die andere Seite kann sie gelesen haben. Sie "
            "lässt sich nicht mehr intern machen.",
        )
    _refuse_visibility(after["visibility"], after["side"], scope)
    await repository.change(session, task_id, changes | {"changed_at": datetime.now(UTC)})
    await _record(session, principal, "task.changed", task_id, set(changes))
    return await read(session, principal, case_id, task_id)


async def change_state(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    task_id: UUID,
    wanted: TaskState,
    http_request: HttpRequest,
) -> TaskRead:
    """Mark a task as done, or open it again; what is shared is noted on the timeline."""
    scope, row = await _begin(session, principal, case_id, task_id, http_request)
    if row["state"] == wanted:
        return _document(row, principal)
    now = datetime.now(UTC)
    is_done = wanted == "erledigt"
    await repository.change(
        session,
        task_id,
        {
            "state": wanted,
            "done_by_name": principal.subject_name if is_done else None,
            "done_at": now if is_done else None,
            "changed_at": now,
        },
    )
    if is_done and row["visibility"] == "gemeinsam":
        await note_event(session, principal, scope, "Aufgabe erledigt", row["title"])
    await _record(session, principal, "task.state_changed", task_id, {"state"})
    return await read(session, principal, case_id, task_id)


async def _begin(
    session: AsyncSession,
    principal: Principal,
    case_id: UUID,
    task_id: UUID,
    http_request: HttpRequest,
) -> tuple[CaseScope, dict[str, Any]]:
    """The case and the task, held, if the caller has read the task's present version."""
    scope = await hold(session, principal, case_id)
    await _find(session, case_id, task_id)
    await repository.hold(session, task_id)
    row = await _find(session, case_id, task_id)
    await require_current(
        http_request, row["row_version"], lambda: read(session, principal, case_id, task_id)
    )
    return scope, row


async def _find(session: AsyncSession, case_id: UUID, task_id: UUID) -> dict[str, Any]:
    row = await repository.find(session, case_id, task_id)
    if row is None:
        raise NotFound("task_unknown", "Diese Aufgabe gibt es in diesem Fall nicht.")
    return row


def _refuse_visibility(wanted: Visibility, side_of_task: Side, scope: CaseScope) -> None:
    if may_be(wanted, side_of_task, scope.side):
        return
    if scope.side == "kommune":
        detail = "Interne Aufgaben gibt es nur im Beratungsteam."
    else:
        detail = "Eine Aufgabe der Kommune muss die Kommune auch sehen: Sie ist gemeinsam."
    raise invalid("visibility", "visibility_forbidden", detail)


async def _record(
    session: AsyncSession, principal: Principal, action: str, task_id: UUID, fields: set[str]
) -> None:
    await audit.record(session, SCHEMA, principal, action, "task", task_id, sorted(fields))
