"""Wire types of a case taken away."""

from datetime import datetime

from pydantic import BaseModel

from services.consultation_api.case_tasks.schemas import TaskRead
from services.consultation_api.cases.schemas import CaseRead, StateChangeRead
from services.consultation_api.entries.schemas import EntryRead
from services.consultation_api.goals.schemas import GoalRead
from services.consultation_api.requests.schemas import RequestRead


class CaseExport(BaseModel):
    """A case with everything in it that the caller may see."""

    exported_at: datetime
    exported_by: str
    case: CaseRead
    request: RequestRead
    state_changes: list[StateChangeRead]
    goals: list[GoalRead]
    tasks: list[TaskRead]
    entries: list[EntryRead]
