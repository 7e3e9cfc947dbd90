"""Wire types of cases."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.consultation_api.cases.rules import CaseState
from services.consultation_api.identity.inputs import Input
from services.consultation_api.requests.schemas import AgreementRead
from services.consultation_api.sides import Side
from services.consultation_api.topics.rules import Phase
from services.consultation_api.wire import (
    Change,
    Coded,
    OrganisationName,
    PlanningAreas,
    Reason,
    ShortLine,
    TopicCodes,
)


class Consent(Input):
    """The version of the agreement that was read and is consented to."""

    agreement_version: int = Field(ge=1, lt=2**31)


class CaseChange(Change):
    """The fields to change; `advisor_id` is the team's, and null where nobody is named."""

    title: ShortLine | None = None
    phase: Phase | None = None
    topics: TopicCodes | None = None
    area_codes: PlanningAreas | None = None
    advisor_id: UUID | None = None

    @classmethod
    def nullable(cls) -> frozenset[str]:
        """The advisor may be taken from a case."""
        return frozenset({"advisor_id"})


class StateWish(Input):
    """The state to lead the case to; pausing and closing need a reason."""

    state: CaseState
    reason: Reason | None = None


class AllowedState(Coded):
    """A state that the caller's side can lead the case to, and what that means."""

    needs_reason: bool
    hint: str


class Advisor(BaseModel):
    """Who advises."""

    id: UUID
    name: str


class RequestReference(BaseModel):
    """The request that a case was born from."""

    id: UUID
    reference: str


class NextStep(BaseModel):
    """The open task that is due first."""

    task_id: UUID
    title: str
    due_on: date | None
    side: Side


class CaseCounts(BaseModel):
    """How much there is in a case, as far as the caller may see it."""

    goals_agreed: int
    goals_waiting: int
    open_tasks: int
    overdue_tasks: int
    entries: int


class CaseBrief(BaseModel):
    """A case as lists show it, as one of its two sides sees it."""

    id: UUID
    reference: str
    title: str
    state: Coded
    allowed_states: list[AllowedState]
    phase: Coded
    organisation: OrganisationName
    team: OrganisationName
    advisor: Advisor | None
    topics: list[Coded]
    area_codes: list[str]
    my_side: Side
    request: RequestReference
    opened_at: datetime
    next_step: NextStep | None
    counts: CaseCounts
    created_at: datetime
    last_activity_at: datetime
    version: int


class CaseRead(CaseBrief):
    """A case with the agreement it rests on."""

    agreement: AgreementRead


class StateChangeRead(BaseModel):
    """Who led the case from one state to another, when and why."""

    from_state: str
    to_state: str
    reason: str | None
    side: Side
    changed_by: str
    at: datetime
