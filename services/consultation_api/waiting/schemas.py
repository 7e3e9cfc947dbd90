"""Wire types of what waits."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.consultation_api.wire import OrganisationName

WaitingKind = Literal[
    "request_new", "agreement_to_consent", "request_message", "goal_to_confirm", "task"
]


class WaitingRead(BaseModel):
    """Something that waits for the caller's side; `organisation` is the municipality concerned,
    `record_id` the request, goal or task."""

    kind: WaitingKind
    record_id: UUID
    title: str
    detail: str
    due_on: date | None
    is_overdue: bool
    at: datetime
    request_id: UUID | None
    case_id: UUID | None
    reference: str
    organisation: OrganisationName
