"""German words of advice: states and their colours, kinds of entries, when something is due."""

from dataclasses import dataclass
from datetime import date, datetime

from web.clients.advice_types import AllowedState, Case, Goal, Side, WaitingItem
from web.format import BERLIN, count, day

LIST_PATH = "/beratung"
NEW_REQUEST_PATH = "/beratung/anfragen/neu"

# The colour of a state's badge; `quiet` is the mere word.
STATE_KINDS = {
    "eingegangen": "info",
    "angeboten": "warning",
    "angenommen": "success",
    "abgelehnt": "quiet",
    "zurueckgezogen": "quiet",
    "vereinbart": "info",
    "laufend": "success",
    "ruhend": "warning",
    "abgeschlossen": "quiet",
}

GOAL_KINDS = {
    "vorgeschlagen": "warning",
    "vereinbart": "info",
    "erreicht": "success",
    "aufgegeben": "quiet",
    "abgelehnt": "quiet",
}

CASE_STATES = (
    ("vereinbart", "Vereinbart"),
    ("laufend", "Laufend"),
    ("ruhend", "Ruhend"),
    ("abgeschlossen", "Abgeschlossen"),
    ("zurueckgezogen", "Zurückgezogen"),
)

REQUEST_STATES = (
    ("eingegangen", "Eingegangen"),
    ("angeboten", "Vereinbarung vorgeschlagen"),
    ("angenommen", "Angenommen"),
    ("abgelehnt", "Abgelehnt"),
    ("zurueckgezogen", "Zurückgezogen"),
)

FINAL_STATES = frozenset({"abgeschlossen", "zurueckgezogen"})

# What one writes oneself; `ereignis` is written by the system.
ENTRY_KINDS = (
    ("notiz", "Notiz"),
    ("gespraech", "Gespräch"),
    ("beratung", "Beratung"),
    ("fachinput", "Fachlicher Input"),
    ("schulung", "Schulung"),
    ("moderation", "Moderation"),
    ("datenbeschaffung", "Datenbeschaffung"),
    ("auswertung", "Auswertung"),
    ("konferenz", "Konferenz"),
    ("beteiligung", "Beteiligung"),
    ("dokument", "Dokument"),
)
SHOWN_KINDS = (*ENTRY_KINDS, ("ereignis", "Ereignis"))

VISIBILITIES = (
    ("gemeinsam", "Gemeinsam", "Kommune und Beratungsteam lesen mit."),
    ("intern", "Intern", "Nur das Beratungsteam liest mit."),
)
SHARED = "gemeinsam"

SIDES: tuple[Side, ...] = ("kommune", "beratung")


@dataclass(frozen=True, slots=True)
class Deed:
    """A change of a case's state: what the button says, and what it means."""

    button: str
    title: str
    happens: tuple[str, ...]
    reason_label: str
    reason_hint: str = ""


DEEDS = {
    "laufend": Deed(
        "Beratung läuft",
        "Beratung läuft",
        ("Beide Seiten sehen den Fall als laufend.",),
        "Anlass",
    ),
    "ruhend": Deed(
        "Ruhen lassen …",
        "Fall ruhen lassen?",
        (
            "Der Fall bleibt mit allem, was darin steht. Beide Seiten können weiter "
            "hineinschreiben und ihn jederzeit wieder aufnehmen.",
        ),
        "Warum ruht der Fall?",
        "Beide Seiten lesen das, zum Beispiel: „Die Stelle ist bis März nicht besetzt.“",
    ),
    "abgeschlossen": Deed(
        "Abschließen …",
        "Fall abschließen?",
        (
            "Danach lässt sich in diesem Fall nichts mehr schreiben oder ändern: keine Notiz, kein "
            "Ziel, keine Aufgabe. Offene Aufgaben fallen aus den Listen.",
            "Alles, was im Fall steht, bleibt für beide Seiten lesbar. Der Abschluss lässt sich "
            "nicht zurücknehmen; für eine neue Beratung stellt die Kommune eine neue Anfrage.",
        ),
        "Was ist das Ergebnis?",
        "Ein Satz genügt. Er steht im Verlauf und im Kopf der Liste.",
    ),
    "zurueckgezogen": Deed(
        "Zustimmung zurückziehen …",
        "Zustimmung zurückziehen?",
        (
            "Die Beratung ist damit beendet. Das steht Ihnen jederzeit frei, auch ohne Grund.",
            "Danach lässt sich in diesem Fall nichts mehr schreiben oder ändern. Was bisher darin "
            "steht, bleibt für beide Seiten lesbar. Der Schritt lässt sich nicht zurücknehmen; "
            "für eine neue Beratung stellen Sie eine neue Anfrage.",
        ),
        "Möchten Sie einen Grund nennen?",
        "Sie müssen keinen nennen.",
    ),
}


def deed_of(state: AllowedState) -> Deed:
    """The words for leading a case to `state`."""
    known = DEEDS.get(state.code)
    return known or Deed(state.label, f"{state.label}?", (state.hint,), "Grund")


def state_kind(code: str) -> str:
    """The colour of a request's or case's state."""
    return STATE_KINDS.get(code, "quiet")


def goal_kind(code: str) -> str:
    """The colour of a goal's state."""
    return GOAL_KINDS.get(code, "quiet")


def in_sentence(label: str) -> str:
    """A state's label inside a sentence: „Laufend“ is „laufend“ there."""
    return f"{label[:1].lower()}{label[1:]}"


def today() -> date:
    """The day it is in Berlin."""
    return datetime.now(BERLIN).date()


def due_in_words(due_on: date | None, *, is_open: bool = True) -> str:
    """„heute fällig“, „seit 3 Tagen überfällig“, „fällig am 12.12.2026“; empty without a day."""
    if due_on is None:
        return ""
    left = (due_on - today()).days
    if not is_open or left > 14:
        return f"fällig am {day(due_on)}"
    if left < 0:
        return f"seit {count(-left, 'Tag', 'Tagen')} überfällig"
    if left == 0:
        return "heute fällig"
    if left == 1:
        return "morgen fällig"
    return f"fällig in {count(left, 'Tag', 'Tagen')}, am {day(due_on)}"


def side_name(case: Case, side: Side | None) -> str:
    """The short name of the organisation on a side of a case."""
    organisation = case.organisation if side == "kommune" else case.team
    return organisation.short_name or organisation.name


def goal_waits_for_reader(case: Case, goal: Goal) -> bool:
    """Whether the reader's side is the one to confirm or decline the goal."""
    return goal.waiting_for == case.my_side


def path_of_waiting(item: WaitingItem) -> str:
    """Where something that waits is dealt with."""
    if item.case_id:
        return f"{case_path(item.case_id)}{_ANCHORS.get(item.kind, '')}"
    return f"{request_path(item.request_id or '')}{_ANCHORS.get(item.kind, '')}"


_ANCHORS = {
    "goal_to_confirm": "#ziele",
    "task": "#aufgaben",
    "request_message": "#gespraech",
    "agreement_to_consent": "#vereinbarung",
}


def case_path(case_id: str) -> str:
    """The address of a case."""
    return f"{LIST_PATH}/faelle/{case_id}"


def request_path(request_id: str) -> str:
    """The address of a request."""
    return f"{LIST_PATH}/anfragen/{request_id}"
