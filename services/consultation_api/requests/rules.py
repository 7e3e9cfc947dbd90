"""How a request goes from question to case, and who may take which step; no input or output."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.consultation_api.sides import Side

RequestState = Literal["eingegangen", "angeboten", "angenommen", "abgelehnt", "zurueckgezogen"]
Action = Literal["propose_agreement", "decline", "consent", "withdraw", "message"]

STATE_LABELS: dict[str, str] = {
    "eingegangen": "Eingegangen",
    "angeboten": "Vereinbarung vorgeschlagen",
    "angenommen": "Angenommen",
    "abgelehnt": "Abgelehnt",
    "zurueckgezogen": "Zurückgezogen",
}
OPEN_STATES: tuple[RequestState, ...] = ("eingegangen", "angeboten")


@dataclass(frozen=True, slots=True)
class Step:
    """A change of state: from where, to where, and whose it is."""

    from_states: tuple[RequestState, ...]
    to_state: RequestState
    side: Side


# Advice is voluntary: only the municipality's consent leads to a case, and it may withdraw its
# request at any time before.
STEPS: dict[Action, Step] = {
    "propose_agreement": Step(OPEN_STATES, "angeboten", "beratung"),
    "decline": Step(OPEN_STATES, "abgelehnt", "beratung"),
    "consent": Step(("angeboten",), "angenommen", "kommune"),
    "withdraw": Step(OPEN_STATES, "zurueckgezogen", "kommune"),
}


def allows(action: Action, state: RequestState, side: Side) -> bool:
    """Whether this side may take the step while the request is in this state."""
    step = STEPS[action]
    return side == step.side and state in step.from_states


def allowed_states(state: RequestState, side: Side) -> list[RequestState]:
    """The states that this side can bring about from here."""
    return [step.to_state for action, step in STEPS.items() if allows(action, state, side)]


def may(state: RequestState, side: Side) -> list[Action]:
    """What this side may do with a request in this state."""
    actions = [action for action in STEPS if allows(action, state, side)]
    return [*actions, "message"] if state in OPEN_STATES else actions


def draft_agreement(
    *,
    municipality: str,
    team: str,
    subject: str,
    topics: Sequence[str],
    area_codes: Sequence[str],
    on: date,
) -> str:
    """A Beratungsvereinbarung to start from, in the words the field uses.

    It says what advice is bound to be: voluntary, free of charge, at eye level, and to be ended
    by the municipality at any time; and whose the data are.
    """
    about = ", ".join(topics) or "noch offen, sie werden im ersten Gespräch festgelegt"
    return f"""Beratungsvereinbarung

zwischen {municipality} und {team}
Entwurf vom {on.day}.{on.month}.{on.year}

Anliegen
{subject}

Themen
{about}

Gebiete
{", ".join(area_codes)}

Wie wir zusammenarbeiten
Die Beratung ist freiwillig und kostenlos. Sie findet auf Augenhöhe statt: Die Kommune \
entscheidet, was sie will und was sie umsetzt; das Beratungsteam bringt Wissen, Methoden und \
Erfahrungen ein und macht keine Vorgaben.
Ziele werden gemeinsam vereinbart. Ein Ziel gilt, wenn die andere Seite es bestätigt hat.
Beide Seiten können die Beratung ruhen lassen oder beenden. Die Kommune kann ihre Zustimmung \
jederzeit und ohne Angabe von Gründen zurückziehen.

Was mit Daten geschieht
Die Daten der Kommune bleiben ihre Daten; sie entscheidet, was freigegeben wird. Den Fall sehen \
nur die Kommune und das Beratungsteam. Das Ministerium sieht keine einzelnen Fälle.
"""
