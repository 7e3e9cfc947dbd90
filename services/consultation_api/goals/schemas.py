"""Wire types of goals."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from services.consultation_api.goals.rules import WishedState
from services.consultation_api.identity.inputs import Input
from services.consultation_api.sides import Side
from services.consultation_api.wire import Coded, Prose, Reason


class GoalText(Input):
    """What is to be reached, in words."""

    text: Annotated[Prose, StringConstraints(max_length=2000)]


class GoalStateWish(Input):
    """The state to give a goal, and why, if there is something to say."""

    state: WishedState
    reason: Reason | None = None


class GoalRead(BaseModel):
    """A goal; `waiting_for` is the side whose answer is awaited, `may` the states that the
    caller's side can give it."""

    id: UUID
    text: str
    state: Coded
    proposed_by_side: Side
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    reason: str | None
    waiting_for: Side | None
    may: list[WishedState]
    changed_at: datetime
    version: int
