"""Reads `advice.toml`: what advice the demo shows, and on which days it happened."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from deploy.demo.musterkreis_areas import quarters

_FILE = Path(__file__).with_name("advice.toml")

MARK = "Dieser Vorgang ist zur Vorführung erfunden; es gibt weder die Orte noch die Beteiligten."
"""Stands at the end of every request and agreement of the demo."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Side = Literal["kommune", "beratung"]
Visibility = Literal["gemeinsam", "intern"]


class _Plan(BaseModel):
    """A piece of the plan; `by` is the login name of the account that acts."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(_Plan):
    """Something said about a request, so many days after it was made."""

    by: str
    after: int
    text: Text


class Goal(_Plan):
    """A goal, when it was proposed, and what became of it."""

    by: str
    after: int
    text: Text
    state: Literal["vorgeschlagen", "vereinbart", "erreicht"]
    confirmed_after: int | None = None
    reached_after: int | None = None


class Entry(_Plan):
    """An entry of the timeline."""

    by: str
    after: int
    kind: str
    visibility: Visibility
    title: Text
    text: Text
    topics: tuple[str, ...] = ()


class Task(_Plan):
    """A task, its day counted from the day of loading, and when it was done if it is."""

    by: str
    after: int
    side: Side
    visibility: Visibility
    title: Text
    text: Text | None = None
    due_in: int
    done_after: int | None = None


class PhaseChange(_Plan):
    """A phase the case came into after `einleitung`."""

    after: int
    phase: Literal["aufbau", "umsetzung", "begleitung"]


class Case(_Plan):
    """What became of a request that was agreed; `path` are the states after `vereinbart`.

    `advisor` is a login name of the team, empty where nobody has taken the case on yet.
    """

    path: tuple[Literal["laufend", "ruhend", "abgeschlossen"], ...]
    advisor: str
    phases: tuple[PhaseChange, ...] = ()
    started_after: int = 0
    ended_after: int = 0
    reason: Text | None = None
    goals: tuple[Goal, ...] = ()
    entries: tuple[Entry, ...] = ()
    tasks: tuple[Task, ...] = ()


class Request(_Plan):
    """A request: who asked, how long ago, and in which state it stands."""

    key: str
    by: str
    days_ago: int
    state: Literal["eingegangen", "angeboten", "angenommen", "abgelehnt", "zurueckgezogen"]
    subject: Text
    text: Text
    topics: tuple[str, ...]
    areas: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    agreed_after: int | None = None
    consented_after: int | None = None
    decided_after: int | None = None
    reason: Text | None = None
    case: Case | None = None

    @property
    def area_codes(self) -> list[str]:
        """Keys of the Quartiere it is about; none: the whole area of the organisation."""
        codes = {quarter.name: quarter.code for quarter in quarters()}
        return [codes[name] for name in self.areas]

    @property
    def marked_text(self) -> str:
        """The text as it is sent."""
        return f"{self.text}\n\n{MARK}"


class Report(_Plan):
    """A report to be made: by whom, with which template, about which area."""

    by: str
    template: str
    area: str


class _AdvicePlan(_Plan):
    requests: tuple[Request, ...] = Field(min_length=1)
    reports: tuple[Report, ...] = ()


@cache
def _plan() -> _AdvicePlan:
    with _FILE.open("rb") as file:
        return _AdvicePlan.model_validate(tomllib.load(file))


def requests() -> list[Request]:
    """All requests, the oldest first: so their numbers follow their days."""
    return sorted(_plan().requests, key=lambda request: -request.days_ago)


def reports() -> list[Report]:
    """All reports, in the order in which they are asked for."""
    return list(_plan().reports)
