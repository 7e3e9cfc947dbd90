"""What must be asked about a table before it can be read, in German and English."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.indicator_api.deliveries.mapping.applying import PART_NAMES
from services.indicator_api.deliveries.mapping.document import Mapping

_SHOWN = 5
_MISSING = {
    "area": (
        "Keine Spalte nennt das Gebiet. Für welches Gebiet gelten die Zahlen?",
        "No column names the area. Which area are the figures about?",
    ),
    "period": (
        "Weder eine Spalte noch die Kopfzeile nennt den Zeitraum. Für wann gelten die Zahlen?",
        "Neither a column nor the header names the period. When are the figures for?",
    ),
    "measure": (
        "Welche Messgröße enthält die Tabelle? Weder Spalten noch Überschriften nennen eine, die "
        "angelegt ist.",
        "Which measure does the table hold? Neither columns nor titles name one that exists.",
    ),
    "values": (
        "Es wurde keine Spalte mit Zahlen gefunden. In welcher Spalte stehen die Werte?",
        "No column of numbers was found. Which column holds the values?",
    ),
}
assert _MISSING.keys() == PART_NAMES.keys()  # noqa: S101 - both name the parts of a mapping


@dataclass(frozen=True, slots=True)
class Question:
    """What could not be decided: about which part of the mapping, and in words."""

    field: str
    detail: str
    detail_en: str


def questions_about(mapping: Mapping) -> list[Question]:
    """What must still be said."""
    return [Question(part, *_MISSING[part]) for part in mapping.missing()]


def is_measure_meant(text: str, code: str) -> Question:
    """A measure that was recognised with doubt."""
    return Question(
        "measure",
        f"Ist mit „{text}“ die Messgröße {code} gemeint?",
        f"Does “{text}” mean the measure {code}?",
    )


def which_areas(column: str, texts: Sequence[str]) -> Question:
    """Texts of the column of areas that lead to none."""
    return Question(
        "area",
        f"In „{column}“ stehen Texte, zu denen kein Gebiet gefunden wurde: "
        f"{_shown(texts, '„', '“', 'und {} weitere')}. Ordnen Sie ihnen Gebiete zu, oder lassen "
        "Sie diese Zeilen weg.",
        f"“{column}” holds texts for which no area was found: "
        f"{_shown(texts, '“', '”', 'and {} more')}. Assign areas to them, or leave these rows out.",
    )


def which_measures(texts: Sequence[str]) -> Question:
    """Texts of the column of measures that lead to none."""
    return Question(
        "measure",
        "Zu diesen Texten wurde keine Messgröße gefunden: "
        f"{_shown(texts, '„', '“', 'und {} weitere')}.",
        f"No measure was found for these texts: {_shown(texts, '“', '”', 'and {} more')}.",
    )


def what_splits(rows: int) -> Question:
    """Rows that say the same of the same: something that splits them was not seen."""
    return Question(
        "breakdowns",
        f"{rows} Zeilen gelten für dasselbe Gebiet und denselben Zeitraum. Welche Spalte "
        "unterscheidet sie, oder welche Zeilen gehören nicht dazu?",
        f"{rows} rows are about the same area and period. Which column tells them apart, or which "
        "rows do not belong to the table?",
    )


def are_read_alike(name: str, columns: Sequence[str], periods: Sequence[str]) -> Question:
    """A table that has gained columns since its mapping was saved."""
    german = ", ".join(f"„{column}“" for column in columns)
    english = ", ".join(f"“{column}”" for column in columns)
    times = ", ".join(periods)
    return Question(
        "values",
        f"Die Tabelle gleicht der, für die „{name}“ gespeichert ist; neu sind die Spalten "
        f"{german}. Sie werden wie die früheren gelesen, für {times}. Stimmt das? Speichern Sie "
        "die Zuordnung danach neu, dann wird beim nächsten Mal nicht mehr gefragt.",
        f"The table is like the one that “{name}” was saved for; new are the columns {english}. "
        f"They are read as the earlier ones, for {times}. Is that right? Save the mapping anew "
        "afterwards, then it is not asked again.",
    )


def which_period_now(period: str) -> Question:
    """A period that stood in no cell, but in the mapping."""
    return Question(
        "period",
        f"Beim letzten Mal stand der Zeitraum ({period}) nicht in der Datei, sondern in der "
        "Zuordnung. Für wann gelten die Zahlen dieses Mal?",
        f"Last time the period ({period}) did not stand in the file but in the mapping. When are "
        "the figures for this time?",
    )


def _shown(texts: Sequence[str], begin: str, end: str, rest: str) -> str:
    shown = ", ".join(f"{begin}{text}{end}" for text in texts[:_SHOWN])
    more = len(texts) - _SHOWN
    return f"{shown} {rest.format(more)}" if more > 0 else shown
