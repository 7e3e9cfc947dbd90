"""The four steps of a delivery: at which it is, which are done, and which were not needed."""

from dataclasses import dataclass
from typing import Literal

from web.clients.delivery_types import Delivery, DeliveryState
from web.pages.deliveries.words import RUNNING

StepName = Literal["datei", "zuordnung", "befunde", "ergebnis"]
StepState = Literal["done", "current", "skipped", "open"]

PATHS: dict[StepName, str] = {
    "datei": "angaben",
    "zuordnung": "zuordnung",
    "befunde": "befunde",
    "ergebnis": "ergebnis",
}
_LABELS: dict[StepName, str] = {
    "datei": "Datei",
    "zuordnung": "Zuordnung",
    "befunde": "Befunde",
    "ergebnis": "Fertig",
}
_ORDER: tuple[StepName, ...] = ("datei", "zuordnung", "befunde", "ergebnis")
_IN_FINDINGS: frozenset[DeliveryState] = frozenset(
    {"received", "checking", "confirming", "approving", "rejected"}
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the list at the top; `path` is None where there is nothing to go to.

    `note` says in words what `state` says by its look; `is_shown` marks the step on the page.
    """

    number: int
    name: StepName
    label: str
    state: StepState
    note: str
    path: str | None
    is_shown: bool


def step_of(delivery: Delivery) -> StepName:
    """The step that a delivery has come to."""
    if delivery.state == "asking":
        return "zuordnung"
    return "befunde" if delivery.state in _IN_FINDINGS else "ergebnis"


def steps_of(delivery: Delivery | None, shown: StepName, base_path: str = "") -> list[Step]:
    """The steps as a page shows them that is at `shown`; no delivery yet: the form for a file.

    While the work goes on no step is a link: the list is exchanged every few seconds, and must
    not take the focus away.
    """
    reached = "datei" if delivery is None else step_of(delivery)
    is_running = delivery is not None and delivery.state in RUNNING
    steps = []
    for place, name in enumerate(_ORDER):
        state = _state(delivery, name, reached)
        is_link = (
            delivery is not None
            and not is_running
            and name != shown
            and state in ("done", "current")
        )
        steps.append(
            Step(
                number=place + 1,
                name=name,
                label=_LABELS[name],
                state=state,
                note=_note(delivery, name, state),
                path=f"{base_path}/{PATHS[name]}" if is_link else None,
                is_shown=name == shown,
            )
        )
    return steps


def _state(delivery: Delivery | None, name: StepName, reached: StepName) -> StepState:
    if name == reached:
        return "current"
    if delivery is None or _ORDER.index(name) > _ORDER.index(reached):
        return "open"
    if name == "zuordnung" and delivery.mapping is None:
        return "skipped"
    if name == "befunde" and not delivery.finding_counts:
        return "skipped"
    return "done"


def _note(delivery: Delivery | None, name: StepName, state: StepState) -> str:
    if state == "skipped":
        return "übersprungen: " + (
            "Aufbau erkannt" if name == "zuordnung" else "nichts beanstandet"
        )
    if state == "done":
        return "erledigt"
    if delivery is None or state == "open":
        return ""
    if delivery.state in RUNNING:
        return "läuft"
    return _CURRENT_NOTES.get(delivery.state, "")


_CURRENT_NOTES: dict[DeliveryState, str] = {
    "asking": "wartet auf Sie",
    "confirming": "wartet auf eine Begründung",
    "approving": "wartet auf eine zweite Person",
    "rejected": "zurückgewiesen",
    "accepted": "übernommen",
    "checked": "Probe, nichts übernommen",
    "failed": "abgebrochen",
    "discarded": "verworfen",
    "expired": "verfallen",
    "withdrawal_approving": "übernommen, soll zurückgenommen werden",
    "withdrawn": "zurückgenommen",
}
