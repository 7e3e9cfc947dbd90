"""What consultation_api answers about advice, as typed records.

A side is `kommune` (the organisation that asked) or `beratung` (the team). Every record that can
be changed carries its `etag`; a change names the one it starts from.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field, field_validator

from web.clients.base import Document
from web.clients.indicator_types import Coded, Record

Side = Literal["kommune", "beratung"]


class Explained(Coded):
    """A code with its words and a sentence that explains it."""

    description: str = ""


class Organisation(Record):
    """An organisation by its names."""

    id: str
    name: str
    short_name: str = ""


class Person(Record):
    """An account by its id and the name it shows."""

    id: str
    name: str


class CaseRef(Record):
    """Just enough of a case to link to it."""

    id: str
    reference: str = ""
    title: str = ""


class RequestRef(Record):
    """Just enough of a request to link to it."""

    id: str
    reference: str = ""


class Versioned(Record):
    """A record with the number of its version."""

    version: int | None = None
    given_etag: str | None = None

    @property
    def etag(self) -> str:
        """What a change of this version sends as `If-Match`."""
        return self.given_etag or (f'"{self.version}"' if self.version is not None else "")


class Agreement(Record):
    """A Beratungsvereinbarung; `consented_at` is None until the municipality agrees."""

    version: int
    text: str
    proposed_by: str | None = None
    proposed_at: datetime | None = None
    consented_by: str | None = None
    consented_at: datetime | None = None


class Message(Record):
    """One message of the talk about a request."""

    id: str
    side: Side
    author: str
    text: str
    at: datetime


class Decision(Record):
    """Why, by whom and when a request was declined or withdrawn."""

    reason: str | None = None
    by: str | None = None
    at: datetime | None = None


class AdviceRequest(Versioned):
    """A municipality's request for advice; `may` names what the reader's side may do now."""

    id: str
    reference: str
    state: Coded
    subject: str
    text: str = ""
    topics: tuple[Coded, ...] = ()
    area_codes: tuple[str, ...] = ()
    organisation: Organisation
    team: Organisation
    created_by: str | None = None
    created_at: datetime | None = None
    my_side: Side
    may: tuple[str, ...] = ()
    agreement: Agreement | None = None
    messages: tuple[Message, ...] = ()
    decision: Decision | None = None
    case_id: str | None = None


class AllowedState(Coded):
    """A state the reader's side may lead a case to, and what happens then."""

    needs_reason: bool = False
    hint: str = ""


class NextStep(Record):
    """The task of a case that is due first."""

    task_id: str
    title: str
    due_on: date | None = None
    side: Side | None = None


class CaseCounts(Record):
    """How much there is in a case, as far as the reader may see it."""

    goals_agreed: int = 0
    goals_waiting: int = 0
    open_tasks: int = 0
    overdue_tasks: int = 0
    entries: int = 0


class Case(Versioned):
    """A case of advice; lists leave the agreement out."""

    id: str
    reference: str
    title: str
    state: Coded
    allowed_states: tuple[AllowedState, ...] = ()
    phase: Coded | None = None
    organisation: Organisation
    team: Organisation
    advisor: Person | None = None
    topics: tuple[Coded, ...] = ()
    area_codes: tuple[str, ...] = ()
    my_side: Side
    request: RequestRef | None = None
    agreement: Agreement | None = None
    opened_at: datetime | None = None
    next_step: NextStep | None = None
    counts: CaseCounts = CaseCounts()
    created_at: datetime | None = None
    last_activity_at: datetime | None = None


class Goal(Versioned):
    """A goal; `may` holds the states the reader's side may lead it to."""

    id: str
    text: str
    state: Coded
    proposed_by_side: Side
    proposed_by: str | None = None
    proposed_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    waiting_for: Side | None = None
    may: tuple[str, ...] = ()
    reason: str | None = None

    @field_validator("may", mode="before")
    @classmethod
    def _codes(cls, value: Any) -> Any:
        return _codes_of(value)


class Entry(Versioned):
    """An entry of the timeline; `is_mine` says whether the reader may change it."""

    id: str
    kind: Coded
    occurred_on: date
    title: str | None = None
    text: str = ""
    visibility: Coded
    topics: tuple[Coded, ...] = ()
    side: Side | None = None
    author: str | None = None
    created_at: datetime | None = None
    changed_at: datetime | None = None
    is_mine: bool = False


class Task(Versioned):
    """A task of a side; `is_overdue` is true while it is open after its day."""

    id: str
    case: CaseRef | None = None
    title: str
    text: str | None = None
    due_on: date | None = None
    side: Side
    state: Coded
    visibility: Coded
    is_overdue: bool = False
    done_by: str | None = None
    done_at: datetime | None = None
    created_by: str | None = None


class WaitingItem(Record):
    """One thing that waits for the reader's side; `kind` says which."""

    kind: str
    title: str
    detail: str | None = None
    due_on: date | None = None
    is_overdue: bool = False
    at: datetime | None = None
    request_id: str | None = None
    case_id: str | None = None
    reference: str | None = None
    organisation: str | None = Field(default=None)

    @field_validator("organisation", mode="before")
    @classmethod
    def _name(cls, value: Any) -> Any:
        """The short name where a whole organisation is sent."""
        if isinstance(value, dict):
            return value.get("short_name") or value.get("name")
        return value


def _codes_of(value: Any) -> Any:
    """The codes of a list that holds codes or coded words."""
    if isinstance(value, list | tuple):
        return tuple(item["code"] if isinstance(item, dict) else item for item in value)
    return value


def current_of(problem: Document) -> Document | None:
    """The record as it is now, from the problem document of a stale change (412)."""
    current = problem.get("current")
    return current if isinstance(current, dict) else None
