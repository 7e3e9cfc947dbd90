"""What waits for a side, ready to be shown: what it is, where, and by when."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from web.clients.advice_types import WaitingItem
from web.pages.advice.words import due_in_words, path_of_waiting, today

# kind -> (what it is, what is to be done)
_KIND_WORDS = {
    "request_new": ("Neue Anfrage", "lesen und antworten"),
    "request_message": ("Nachricht", "antworten"),
    "agreement_to_consent": ("Vereinbarung", "lesen und entscheiden"),
    "goal_to_confirm": ("Ziel", "bestätigen oder ablehnen"),
    "task": ("Aufgabe", ""),
}
Urgency = Literal["overdue", "today", "soon", "later"]

_SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Due:
    """How urgent a day is, and the words for it."""

    urgency: Urgency
    words: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits, ready to be shown; `path` leads to where it is done."""

    kind: str
    label: str
    title: str
    context: str
    due: Due | None
    path: str
    case_id: str | None

    @property
    def is_for_today(self) -> bool:
        """Whether it is due today or was due before."""
        return self.due is not None and self.due.urgency in ("overdue", "today")


def show_waiting(item: WaitingItem, *, is_own: bool = False) -> Waiting:
    """The row for one thing that waits; an unknown kind still leads to its case or request.

    `is_own` leaves out the municipality's name, for itself.
    """
    label, todo = _KIND_WORDS.get(item.kind, ("Offen", ""))
    # Of a goal the service sends its case's title first, of a task its own.
    is_goal = item.kind == "goal_to_confirm" and item.detail
    context = [None if is_own else item.organisation, item.reference, todo]
    return Waiting(
        kind=item.kind,
        label=label,
        title=str(item.detail if is_goal else item.title),
        context=" · ".join(words for words in context if words),
        due=show_due(item.due_on) if item.due_on else None,
        path=path_of_waiting(item),
        case_id=item.case_id,
    )


def show_due(due_on: date) -> Due:
    """The day in words, and how urgent it is."""
    left = (due_on - today()).days
    urgency: Urgency = "later"
    if left < 0:
        urgency = "overdue"
    elif left == 0:
        urgency = "today"
    elif left <= _SOON_DAYS:
        urgency = "soon"
    return Due(urgency, due_in_words(due_on))
