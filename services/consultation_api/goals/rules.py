"""How a goal is agreed: one side proposes, the other confirms; no input or output."""

from typing import Literal

from services.consultation_api.sides import Side, other_side

GoalState = Literal["vorgeschlagen", "vereinbart", "erreicht", "aufgegeben", "abgelehnt"]
WishedState = Literal["vereinbart", "abgelehnt", "erreicht", "aufgegeben"]

STATE_LABELS: dict[str, str] = {
    "vorgeschlagen": "Vorgeschlagen",
    "vereinbart": "Vereinbart",
    "erreicht": "Erreicht",
    "aufgegeben": "Aufgegeben",
    "abgelehnt": "Abgelehnt",
}
# What answers a proposal; only the other side can give it.
ANSWERS: tuple[WishedState, ...] = ("vereinbart", "abgelehnt")
# A text can be proposed anew while the goal is still about to be reached.
_REWORDABLE: tuple[GoalState, ...] = ("vorgeschlagen", "vereinbart", "abgelehnt")


def waiting_for(state: GoalState, proposed_by: Side) -> Side | None:
    """The side whose answer is awaited."""
    return other_side(proposed_by) if state == "vorgeschlagen" else None


def may_become(state: GoalState, proposed_by: Side, side: Side) -> list[WishedState]:
    """The states that this side can give the goal now."""
    if state == "vorgeschlagen":
        return ["aufgegeben"] if side == proposed_by else list(ANSWERS)
    return ["erreicht", "aufgegeben"] if state == "vereinbart" else []


def is_own_proposal(wanted: WishedState, state: GoalState, proposed_by: Side, side: Side) -> bool:
    """Whether a side tries to answer what it has proposed itself."""
    return state == "vorgeschlagen" and wanted in ANSWERS and side == proposed_by


def can_be_reworded(state: GoalState) -> bool:
    """Whether the text can be changed; the goal is then proposed again, by who changes it."""
    return state in _REWORDABLE
