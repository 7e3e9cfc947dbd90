"""The list of cases as a file for a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from services.consultation_api.cases.schemas import CaseBrief

_GERMANY = ZoneInfo("Europe/Berlin")
_HEADER = (
    "Aktenzeichen",
    "Titel",
    "Stand",
    "Phase",
    "Kommune",
    "Beratungsteam",
    "Es berät",
    "Themen",
    "Gebiete",
    "Vereinbart am",
    "Vereinbarte Ziele",
    "Offene Zielvorschläge",
    "Offene Aufgaben",
    "davon überfällig",
    "Einträge",
    "Nächster Schritt",
    "fällig am",
    "Letzte Aktivität",
)
# A cell that begins so is taken for a formula and run.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def case_list_csv(cases: Sequence[CaseBrief]) -> bytes:
    """UTF-8 with a byte order mark and semicolons: what a German spreadsheet opens as it is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_HEADER)
    writer.writerows([_safe(cell) for cell in _cells(case)] for case in cases)
    return out.getvalue().encode("utf-8-sig")


def _cells(case: CaseBrief) -> list[str]:
    step, counts = case.next_step, case.counts
    return [
        case.reference,
        case.title,
        case.state.label,
        case.phase.label,
        case.organisation.name,
        case.team.name,
        "" if case.advisor is None else case.advisor.name,
        ", ".join(topic.label for topic in case.topics),
        ", ".join(case.area_codes),
        _day(case.opened_at.astimezone(_GERMANY).date()),
        str(counts.goals_agreed),
        str(counts.goals_waiting),
        str(counts.open_tasks),
        str(counts.overdue_tasks),
        str(counts.entries),
        "" if step is None else step.title,
        "" if step is None or step.due_on is None else _day(step.due_on),
        _day(case.last_activity_at.astimezone(_GERMANY).date()),
    ]


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
