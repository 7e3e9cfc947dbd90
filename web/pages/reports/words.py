"""German words for reports and for how they are made."""

from dataclasses import dataclass

from web.clients.report_types import Report, ReportState
from web.format import moment


@dataclass(frozen=True, slots=True)
class StateWord:
    """A badge: `kind` chooses its colour, `label` is its word."""

    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of making a report, as the service names it in `progress.step`."""

    code: str
    label: str
    text: str


STATES: dict[ReportState, StateWord] = {
    "waiting": StateWord("info", "wartet"),
    "rendering": StateWord("info", "wird erstellt"),
    "finished": StateWord("success", "fertig"),
    "failed": StateWord("danger", "abgebrochen"),
}
WITHDRAWN = StateWord("danger", "zurückgezogen")
OUTDATED = StateWord("warning", "überholt")

RUNNING: frozenset[ReportState] = frozenset({"waiting", "rendering"})

STEPS = (
    Step(
        "zahlen",
        "Zahlen einfrieren",
        "Alle Zahlen sind in einem Zug gelesen. Was danach freigegeben wird, ändert diesen "
        "Bericht nicht mehr.",
    ),
    Step(
        "bilder",
        "Karte und Diagramm zeichnen",
        "Jedes Bild bekommt einen Text, der dasselbe sagt.",
    ),
    Step("html", "HTML schreiben", "Die Fassung für den Bildschirm."),
    Step("pdf", "PDF setzen", "Die Fassung zum Drucken und Verschicken, auch zum Vorlesen."),
    Step(
        "pruefung",
        "Prüfen",
        "Fehlt eine Zahl, ein Bild oder ein Bildtext, wird der Bericht nicht ausgegeben.",
    ),
    Step("ablage", "Ablegen", "Unveränderlich, mit Prüfsumme."),
)

FORMAT_LABELS = {"pdf": "PDF", "html": "HTML"}


def state_of(report: Report) -> StateWord:
    """What matters most about a report now: withdrawn before outdated before its own state."""
    if report.withdrawn:
        return WITHDRAWN
    if report.state == "finished" and report.is_outdated:
        return OUTDATED
    return STATES[report.state]


def announcement_of(report: Report) -> str:
    """What a screen reader says when the state has changed."""
    return f"{report.title}: {state_of(report).label}."


def created_words(report: Report) -> str:
    """When and by whom: „22.11.2026, 18:30 Uhr, Sozialplanung Musterstadt“."""
    when = moment(report.created_at)
    return f"{when}, {report.created_by}" if report.created_by else when
