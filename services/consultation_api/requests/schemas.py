"""Wire types of requests."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.consultation_api.identity.inputs import Input
from services.consultation_api.requests.rules import Action
from services.consultation_api.sides import Side
from services.consultation_api.wire import (
    Coded,
    LongProse,
    OrganisationName,
    PlanningAreas,
    Prose,
    Reason,
    ShortLine,
    TopicCodes,
)

MessageText = Annotated[Prose, StringConstraints(max_length=5000)]


class RequestCreate(Input):
    """A request in the municipality's own words.

    Without `area_codes` it is about all the areas of the caller; `team_id` is needed only where
    several teams advise there.
    """

    subject: ShortLine
    text: MessageText
    topics: TopicCodes = Field(default_factory=list)
    area_codes: PlanningAreas | None = None
    team_id: UUID | None = None


class MessageCreate(Input):
    """Something to say to the other side."""

    text: MessageText


class AgreementProposal(Input):
    """The text of a Beratungsvereinbarung."""

    text: LongProse


class AgreementDraft(BaseModel):
    """A text to start from; nothing is stored."""

    text: str


class Decline(Input):
    """Why the team cannot help."""

    reason: Reason


class Withdrawal(Input):
    """Why the request is withdrawn, if there is something to say."""

    reason: Reason | None = None


class AgreementRead(BaseModel):
    """The latest version of the agreement."""

    version: int
    text: str
    proposed_by: str
    proposed_at: datetime
    consented_by: str | None
    consented_at: datetime | None


class MessageRead(BaseModel):
    """What was said, by whom, on which side."""

    id: UUID
    side: Side
    author: str
    text: str
    at: datetime


class Decision(BaseModel):
    """How the request ended, if it ended without a case."""

    reason: str | None
    by: str
    at: datetime


class RequestRead(BaseModel):
    """A request as one of its two sides sees it; `may` are the steps that side can take now."""

    id: UUID
    reference: str
    state: Coded
    subject: str
    text: str
    topics: list[Coded]
    area_codes: list[str]
    organisation: OrganisationName
    team: OrganisationName
    created_by: str
    created_at: datetime
    my_side: Side
    may: list[Action]
    agreement: AgreementRead | None
    messages: list[MessageRead]
    decision: Decision | None
    case_id: UUID | None
    version: int
