"""The states of a case, and who may lead from one to another; no input or output."""

from dataclasses import dataclass
from typing import Literal

from services.consultation_api.sides import Side

CaseState = Literal["vereinbart", "laufend", "ruhend", "abgeschlossen", "zurueckgezogen"]

STATE_LABELS: dict[str, str] = {
    "vereinbart": "Vereinbart",
    "laufend": "Laufend",
    "ruhend": "Ruhend",
    "abgeschlossen": "Abgeschlossen",
    "zurueckgezogen": "Zurückgezogen",
}
FIRST_STATE: CaseState = "vereinbart"
FINAL_STATES: tuple[CaseState, ...] = ("abgeschlossen", "zurueckgezogen")
_OPEN: tuple[CaseState, ...] = ("vereinbart", "laufend", "ruhend")
_BOTH: tuple[Side, ...] = ("kommune", "beratung")


@dataclass(frozen=True, slots=True)
class Change:
    """A state that can be reached: from where, by whom, and what must be said about it."""

    to_state: CaseState
    from_states: tuple[CaseState, ...]
    sides: tuple[Side, ...]
    needs_reason: bool
    hint: str


# Advice is voluntary: either side may pause or end it, and the consent that a case rests on is
# the municipality's alone to withdraw.
CHANGES: tuple[Change, ...] = (
    Change(
        "laufend",
        ("vereinbart", "ruhend"),
        _BOTH,
        False,
        "Die Beratung läuft: Beide Seiten arbeiten daran.",
    ),
    Change(
        "ruhend",
        ("vereinbart", "laufend"),
        _BOTH,
        True,
        "Die Beratung pausiert. Schreiben Sie, warum und wie lange etwa.",
    ),
    Change(
        "abgeschlossen",
        _OPEN,
        _BOTH,
        True,
        "Die Beratung ist zu Ende; danach lässt sich im Fall nichts mehr ändern. Fassen Sie das "
        "Ergebnis in einem Satz zusammen.",
    ),
    Change(
        "zurueckgezogen",
        _OPEN,
        ("kommune",),
        False,
        "Die Kommune zieht ihre Zustimmung zurück. Der Fall endet sofort; danach lässt sich "
        "nichts mehr ändern. Eine Begründung ist nicht nötig.",
    ),
)


def allowed_changes(state: CaseState, side: Side) -> list[Change]:
    """The changes that this side can make from here."""
    return [change for change in CHANGES if state in change.from_states and side in change.sides]


def change_to(wanted: CaseState, state: CaseState, side: Side) -> Change | None:
    """The change to the wanted state, or None if this side cannot make it from here."""
    for change in allowed_changes(state, side):
        if change.to_state == wanted:
            return change
    return None


def is_final(state: str) -> bool:
    """Whether the case has ended: nothing is written into it any more."""
    return state in FINAL_STATES


def explain_forbidden(wanted: CaseState, state: CaseState, side: Side) -> str:
    """Why the change cannot be made, in words."""
    if wanted == state:
        return f"Der Fall ist schon „{STATE_LABELS[state]}“."
    if wanted == "zurueckgezogen" and side == "beratung" and not is_final(state):
        return (
            "Ihre Zustimmung zurückziehen kann nur die Kommune. Das Team kann den Fall ruhen "
            "lassen oder abschließen."
        )
    return f"Von „{STATE_LABELS[state]}“ führt kein Weg zu „{STATE_LABELS[wanted]}“."
