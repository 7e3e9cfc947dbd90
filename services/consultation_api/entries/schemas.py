"""Wire types of the timeline."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from services.consultation_api.entries.rules import WrittenKind
from services.consultation_api.identity.inputs import Input
from services.consultation_api.sides import Side, Visibility
from services.consultation_api.wire import (
    Change,
    Coded,
    LongProse,
    OptionalLine,
    PlausibleDate,
    TopicCodes,
)

EntryTitle = Annotated[OptionalLine, StringConstraints(max_length=200)]


class EntryCreate(Input):
    """Something to put on the timeline; who may see it must be said, there is no default."""

    kind: WrittenKind
    occurred_on: PlausibleDate
    title: EntryTitle = ""
    text: LongProse
    visibility: Visibility
    topics: TopicCodes = Field(default_factory=list)


class EntryChange(Change):
    """The fields to change."""

    kind: WrittenKind | None = None
    occurred_on: PlausibleDate | None = None
    title: EntryTitle | None = None
    text: LongProse | None = None
    visibility: Visibility | None = None
    topics: TopicCodes | None = None


class EntryRead(BaseModel):
    """Something on the timeline; `is_mine`: the caller wrote it and may change it."""

    id: UUID
    kind: Coded
    occurred_on: date
    title: str
    text: str
    visibility: Coded
    topics: list[Coded]
    side: Side
    author: str
    created_at: datetime
    changed_at: datetime
    is_mine: bool
    version: int
