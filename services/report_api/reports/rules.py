"""Rules of reports: steps of the making, names of files; no input or output."""

import re
import unicodedata
from dataclasses import dataclass

STEPS: dict[str, str] = {
    "zahlen": "Die eingefrorenen Zahlen werden gelesen",
    "bilder": "Karte und Diagramm werden gezeichnet",
    "html": "Die Web-Fassung wird geschrieben",
    "pdf": "Das PDF wird gesetzt",
    "pruefung": "Beide Fassungen werden geprüft",
    "ablage": "Der Bericht wird abgelegt",
}
WAITING = "Die Zahlen sind eingefroren; der Bericht wartet auf seine Erstellung"
FINISHED = "Der Bericht ist fertig"
MEDIA_TYPES: dict[str, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "article": "text/html; charset=utf-8",
}
DOWNLOADS = ("html", "pdf")
_FOLDED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)


@dataclass(frozen=True, slots=True)
class ProgressNote:
    """How far the making has come."""

    step: str
    label: str
    done: int

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(STEPS)


def progress_of(step: str) -> ProgressNote:
    """The note that a step begins."""
    return ProgressNote(step, STEPS[step], list(STEPS).index(step))


def fold(text: str) -> str:
    """A text to search in: lower case, umlauts as the base letters, no accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def file_name(title: str, reference: str, extension: str) -> str:
    """A name that says what is in the file: `Gemeindeprofil-Musterstadt-R-2026-0001.pdf`."""
    plain = unicodedata.normalize("NFKD", title.translate(_FOLDED)).encode("ascii", "ignore")
    words = re.sub(r"[^A-Za-z0-9]+", "-", plain.decode()).strip("-")
    return f"{words or 'Bericht'}-{reference}.{extension}"
