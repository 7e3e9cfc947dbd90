"""Wire types of tasks."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from services.consultation_api.case_tasks.rules import TaskState
from services.consultation_api.identity.inputs import Input, Line
from services.consultation_api.sides import Side, Visibility
from services.consultation_api.wire import Change, Coded, OptionalProse, PlausibleDate


class TaskCreate(Input):
    """Something to do, and which side is to do it; internal are only the team's own tasks."""

    title: Line
    text: OptionalProse = ""
    due_on: PlausibleDate | None = None
    side: Side
    visibility: Visibility


class TaskChange(Change):
    """The fields to change; `due_on` is null where there is no date."""

    title: Line | None = None
    text: OptionalProse | None = None
    due_on: PlausibleDate | None = None
    side: Side | None = None
    visibility: Visibility | None = None

    @classmethod
    def nullable(cls) -> frozenset[str]:
        """A due date may be dropped."""
        return frozenset({"due_on"})


class TaskStateWish(Input):
    """Done, or open again."""

    state: TaskState


class CaseReference(BaseModel):
    """The case a task belongs to."""

    id: UUID
    reference: str
    title: str


class TaskRead(BaseModel):
    """A task as one of the two sides sees it."""

    id: UUID
    case: CaseReference
    title: str
    text: str
    due_on: date | None
    side: Side
    my_side: Side
    state: Coded
    visibility: Coded
    is_overdue: bool
    done_by: str | None
    done_at: datetime | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    version: int
