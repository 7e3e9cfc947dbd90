"""German words for deliveries, their steps and their findings."""

from dataclasses import dataclass

from web.clients.delivery_types import Delivery, DeliveryState, Severity
from web.format import NOTHING, count, file_size, moment, number

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class StateWord:
    """A badge: `kind` chooses its colour, `label` is its word."""

    kind: str
    label: str


STATES: dict[DeliveryState, StateWord] = {
    "received": StateWord("info", "eingegangen"),
    "checking": StateWord("info", "wird geprüft"),
    "asking": StateWord("warning", "Zuordnung fehlt"),
    "confirming": StateWord("warning", "Bestätigung fehlt"),
    "approving": StateWord("warning", "Zustimmung fehlt"),
    "loading": StateWord("info", "wird übernommen"),
    "accepted": StateWord("success", "übernommen"),
    "checked": StateWord("success", "geprüft (Probe)"),
    "rejected": StateWord("danger", "zurückgewiesen"),
    "failed": StateWord("danger", "abgebrochen"),
    "discarded": StateWord("info", "verworfen"),
    "expired": StateWord("info", "verfallen"),
    "withdrawal_approving": StateWord("warning", "Zustimmung zur Rücknahme fehlt"),
    "withdrawing": StateWord("info", "wird zurückgenommen"),
    "withdrawn": StateWord("info", "zurückgenommen"),
}

RUNNING: frozenset[DeliveryState] = frozenset({"received", "checking", "loading", "withdrawing"})
WAITING: tuple[DeliveryState, ...] = (
    "asking",
    "confirming",
    "approving",
    "withdrawal_approving",
)
"""The states in which a delivery waits for a person."""

TO_DO: dict[DeliveryState, str] = {
    "asking": "Spalten zuordnen",
    "confirming": "Warnungen ansehen und bestätigen",
    "approving": "Als zweite Person zustimmen",
    "withdrawal_approving": "Der Rücknahme als zweite Person zustimmen",
}

SEVERITIES: dict[Severity, StateWord] = {
    "error": StateWord("danger", "Fehler"),
    "warning": StateWord("warning", "Warnung"),
    "note": StateWord("info", "Hinweis"),
}


def title_of(delivery: Delivery) -> str:
    """The file's name, or the delivery's number where it came without one."""
    return delivery.filename or f"Lieferung {delivery.number}"


def announcement_of(delivery: Delivery) -> str:
    """What a screen reader says when the state has changed."""
    return f"{title_of(delivery)}: {STATES[delivery.state].label}."


def finding_total(delivery: Delivery) -> int:
    """How many findings of all kinds."""
    return sum(counted.count for counted in delivery.finding_counts)


def understood_facts(delivery: Delivery) -> list[tuple[str, str]]:
    """What, where, when and how many, as (label, text)."""
    read = delivery.understood
    if read is None:
        return []
    levels = ", ".join(f"{level.label}: {number(level.count)}" for level in read.levels)
    return [
        ("Format", read.format_label or read.format),
        ("Messgrößen", _named(read.measures)),
        ("Zeiträume", _named(read.periods)),
        ("Ebenen", levels or NOTHING),
        ("Gebiete", number(read.areas) if read.areas is not None else NOTHING),
    ]


def _named(names: tuple[str, ...]) -> str:
    """The first names, and how many there are beyond them."""
    shown = ", ".join(names[:_MOST_NAMED])
    rest = len(names) - _MOST_NAMED
    return f"{shown} und {count(rest, 'weitere', 'weitere')}" if rest > 0 else shown or NOTHING


def option_facts(delivery: Delivery) -> list[tuple[str, str]]:
    """What was asked for beside the file, as (label, text); empty where it was the usual."""
    options = delivery.options
    asked = [
        ("Probe", "nur geprüft, nichts übernommen", delivery.is_dry_run),
        ("Fremde Gebiete", "Zeilen werden ausgelassen", options.scope == "own"),
        ("Was in der Datei fehlt", "wird zurückgezogen", options.mode == "replace"),
        ("Fehlerhafte Zeilen", "werden ausgelassen, die übrigen übernommen", options.partial),
        ("Zuordnung", delivery.mapping_name or "", bool(delivery.mapping_name)),
        ("Gebiet für alle Zeilen", options.area or "", bool(options.area)),
        ("Zeitraum für alle Zeilen", options.period or "", bool(options.period)),
        ("Tabellenblatt", options.sheet or "", bool(options.sheet)),
    ]
    return [(label, text) for label, text, is_asked in asked if is_asked]


def progress_text(delivery: Delivery) -> str:
    """How far the work is: „12.400 von 1.000.000 Zeilen geprüft“; empty before it began."""
    progress = delivery.progress
    if progress is None or not progress.total or progress.step not in _DONE_WORDS:
        return ""
    done = f"{number(progress.done or 0)} von {count(progress.total, 'Zeile', 'Zeilen')}"
    return f"{done} {_DONE_WORDS[progress.step]}"


_DONE_WORDS = {"checking": "geprüft", "loading": "übernommen", "withdrawing": "zurückgenommen"}


def file_facts(delivery: Delivery) -> list[tuple[str, str]]:
    """Where a delivery came from and how large it was, as (label, text)."""
    rows = delivery.counts.rows if delivery.counts else None
    facts = [
        ("Geliefert", moment(delivery.created_at)),
        ("Von", delivery.delivered_by or NOTHING),
        ("Stelle", delivery.organisation or NOTHING),
        ("Fertig", moment(delivery.finished_at)),
        ("Größe", file_size(delivery.size_bytes)),
    ]
    return [*facts, ("Zeilen", number(rows))] if rows is not None else facts
