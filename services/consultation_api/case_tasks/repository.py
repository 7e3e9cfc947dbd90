"""SQL of tasks. The policies of the database decide which rows there are."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.case_tasks.models import Task
from services.consultation_api.case_tasks.rules import Due, TaskState
from services.consultation_api.german_today import GERMAN_TODAY
from services.consultation_api.sides import Side, own_column

# What is due first comes first, what is done comes last.
_ORDER = "(t.state = 'erledigt'), coalesce(t.due_on, '9999-12-31'), t.id"
_SELECT = f"""
    SELECT t.id, t.case_id, t.organisation_id, t.team_organisation_id, t.title, t.text, t.due_on,
        t.side, t.visibility, t.state, t.created_by_name, t.created_at, t.done_by_name, t.done_at,
        t.changed_at, t.row_version, c.reference AS case_reference, c.title AS case_title,
        (t.state = 'offen' AND t.due_on < {GERMAN_TODAY}) IS TRUE AS is_overdue
    FROM consultation.task AS t
    JOIN consultation.advice_case AS c ON c.id = t.case_id
"""


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list shows; what is empty does not narrow it.

    `own`: the organisation that stands on `side`; `of_side`: the side whose tasks they are.
    """

    side: Side
    case_id: UUID | None = None
    own: UUID | None = None
    state: TaskState | None = None
    of_side: Side | None = None
    due: Due | None = None


async def list_by_due_date(
    session: AsyncSession,
    wanted: TaskFilter,
    *,
    after: list[Any] | None,
    limit: int | None,
) -> list[dict[str, Any]]:
    """Up to `limit` tasks: the open ones first, by the day they are due.

    They come after the given (is done, due date or `date.max`, id).
    """
    conditions, values = _conditions(wanted)
    values["limit"] = limit
    if after is not None:
        conditions.append(f"({_ORDER}) > (:after_done, CAST(:after_due AS date), :after_id)")
        values |= dict(zip(("after_done", "after_due", "after_id"), after, strict=True))
    rows = await session.execute(
        text(f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY {_ORDER} LIMIT :limit"), values
    )
    return [dict(row) for row in rows.mappings()]


def _conditions(wanted: TaskFilter) -> tuple[list[str], dict[str, Any]]:
    conditions, values = ["true"], {}
    for name, condition in (
        ("case_id", "t.case_id = :case_id"),
        ("own", f"t.{own_column(wanted.side)} = :own"),
        ("state", "t.state = :state"),
        ("of_side", "t.side = :of_side"),
    ):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(condition)
            values[name] = value
    if wanted.due is not None:
        last = f"{GERMAN_TODAY} - 1" if wanted.due == "overdue" else f"{GERMAN_TODAY} + 7"
        conditions += ["t.state = 'offen'", f"t.due_on <= {last}"]
    return conditions, values


async def find(session: AsyncSession, case_id: UUID, task_id: UUID) -> dict[str, Any] | None:
    """A task, or None if the case has none with this id that the principal may see."""
    rows = await session.execute(
        text(f"{_SELECT} WHERE t.case_id = :case_id AND t.id = :id"),
        {"case_id": case_id, "id": task_id},
    )
    row = rows.mappings().first()
    return None if row is None else dict(row)


async def hold(session: AsyncSession, task_id: UUID) -> None:
    """Keep others from changing the task until the end of the transaction."""
    await session.execute(
        text("SELECT FROM consultation.task WHERE id = :id FOR UPDATE"), {"id": task_id}
    )


async def add(session: AsyncSession, values: dict[str, Any]) -> None:
    """Write a new task."""
    await session.execute(insert(Task).values(**values))


async def change(session: AsyncSession, task_id: UUID, changes: dict[str, Any]) -> None:
    """Write changed fields of a task, as its next version."""
    await session.execute(
        update(Task).where(Task.id == task_id).values(**changes, row_version=Task.row_version + 1)
    )
