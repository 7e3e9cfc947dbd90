"""What goes with the figures of a file, in words: definitions, sources, rules, signs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.indicator_api.indicators.models import Indicator
from services.indicator_api.observations.formats.words import (
    INVENTED,
    QUALITY_WORDS,
    STATUS_LEGEND,
    STATUS_WORDS,
)
from services.indicator_api.observations.plan import FigurePlan, SourceRead

Line = tuple[str, str]
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_GERMANY = ZoneInfo("Europe/Berlin")
_ADDITIVITY = {
    "exact": "Summen der Teile sind genau.",
    "rounded": "Die Werte sind gerundet; Summen von Teilen weichen vom Ganzen ab.",
    "cell_key": "Die Quelle überlagert jeden Wert zufällig (Cell-Key-Methode, wie im Zensus 2022); "
    "Summen von Teilen weichen vom Ganzen ab.",
    "suppressed_at_source": "Die Quelle hat kleine Werte unterdrückt; Summen sind unvollständig.",
    "not_additive": "Die Werte lassen sich nicht zusammenzählen.",
}


def lines(
    plan: FigurePlan, head: Mapping[str, Any], definitions: Mapping[str, Indicator]
) -> list[Line]:
    """The explanation as headings with texts; `head` is that of the JSON answer."""
    found: list[Line] = []
    if is_fictional(plan):
        found.append(("Hinweis", INVENTED))
    found += _asked(head)
    for definition in plan.definitions:
        if definition.breakdown:
            found.append(("Aufgliederung", f"{definition.code}: {definition.breakdown}"))
    for code in dict.fromkeys(item.code for item in plan.definitions):
        found += _definition(plan, code, definitions.get(code))
    found += [("Quelle", _source(source)) for source in plan.sources]
    interval = head.get("interval") or {}
    if interval:
        found.append((interval["name"], interval["detail"]))
    for item in head.get("breaks") or ():
        found.append(("Bruch in der Reihe", f"{_date(item['on'])}: {item['detail']}"))
    found += [("Anmerkung", note["detail"]) for note in head.get("notes") or ()]
    found += [("Status", f"{STATUS_WORDS[name]}: {text}") for name, text in STATUS_LEGEND.items()]
    found.append(("Qualität", ", ".join(QUALITY_WORDS.values())))
    return found


def _asked(head: Mapping[str, Any]) -> list[Line]:
    found: list[Line] = []
    reason = head.get("reason")
    if reason is not None:
        words = " ".join(filter(None, (reason["detail"], reason["suggestion"])))
        found.append(("Keine Zahlen", words))
    if head.get("period"):
        found.append(("Zeitraum", head["period"]["label"]))
    if head.get("level"):
        found.append(("Ebene", head["level"]))
    if head.get("valid_on"):
        found.append(("Gebietsstand", _date(head["valid_on"])))
    if head.get("as_of"):
        found.append(("Kenntnisstand", _date(head["as_of"])))
    return found


def _definition(plan: FigurePlan, code: str, indicator: Indicator | None) -> list[Line]:
    definition = next(item for item in plan.definitions if item.code == code)
    found = [
        ("Indikator", f"{definition.name} ({code}), Fassung {definition.version}"),
        ("Einheit", definition.unit),
    ]
    if indicator is None or indicator.version != definition.version:
        return found
    for heading, words in (
        ("Frage", indicator.question),
        ("Erläuterung", indicator.explanation),
        ("Zähler", indicator.numerator_text),
        ("Nenner", indicator.denominator_text),
        ("Rechtsgrundlage", indicator.legal_basis),
        ("Quelle der Definition", indicator.definition_source),
        ("Geheimhaltung", indicator.confidentiality_rule),
        ("Anmerkung", indicator.note),
    ):
        if words:
            found.append((heading, words))
    if not indicator.is_checked:
        found.append(("Prüfung", "Die Definition ist ungeprüft."))
    return found


def _source(source: SourceRead) -> str:
    release = source.release
    words = [
        f"{source.title} ({source.dataset}), {source.publisher}.",
        f"Quellenvermerk: {source.attribution}. Lizenz: {source.licence}.",
        f"Freigabe {release['number']} vom {_day(release['published_at'])}.",
        _ADDITIVITY[source.additivity],
    ]
    if source.unplaced_cases is None or source.unplaced_cases > 0:
        some = "" if source.unplaced_cases is None else f"höchstens {source.unplaced_cases} "
        words.append(f"Im Ganzen stehen auch {some}Fälle ohne Ortsangabe, in den Teilen nicht.")
    if source.amount_rounding > 0:
        unit = f"{source.amount_rounding:g}".replace(".", ",")
        words.append(f"Beträge sind auf {unit} gerundet; ihre Summen weichen davon ab.")
    if source.denominator_basis:
        words.append(f"Bezugsbasis: {source.denominator_basis}.")
    if source.is_sample:
        words.append("Hochgerechnete Stichprobe.")
    if source.is_fictional:
        words.append("Erfundene Zahlen.")
    return " ".join(words)


def _day(moment: str | None) -> str:
    if moment is None:
        return "unbekanntem Tag"
    return f"{datetime.fromisoformat(moment).astimezone(_GERMANY):%d.%m.%Y}"


def _date(day: str) -> str:
    """„31.12.2024“ for `2024-12-31`."""
    return f"{date.fromisoformat(day):%d.%m.%Y}"


def is_fictional(plan: FigurePlan) -> bool:
    """Whether any of the figures is invented."""
    return any(source.is_fictional for source in plan.sources)


def metadata(plan: FigurePlan, head: Mapping[str, Any]) -> dict[str, Any]:
    """What goes with the figures, for programs: the head of the JSON answer, sources, licences."""
    sources = [asdict(source) for source in plan.sources]
    return {
        "title": "; ".join(dict.fromkeys(item.name for item in plan.definitions)),
        "is_fictional": is_fictional(plan),
        "attribution": list(dict.fromkeys(source.attribution for source in plan.sources)),
        "licence": list(dict.fromkeys(source.licence for source in plan.sources)),
        "sources": sources,
        "status": STATUS_WORDS,
    } | {name: head[name] for name in _HEAD if head.get(name) is not None}


_HEAD = ("indicators", "period", "level", "valid_on", "as_of", "interval", "breaks", "notes")


def file_name(plan: FigurePlan, places: Sequence[str], periods: Sequence[str], form: str) -> str:
    """A name that says what is in the file: figures, place, time, and that they are invented."""
    codes = list(dict.fromkeys(item.code for item in plan.definitions))
    parts = codes if len(codes) <= 2 else [f"{len(codes)}_Indikatoren"]
    named = [place for place in places if place]
    parts += named if len(named) <= 3 else [f"{len(named)}_Gebiete"]
    if periods:
        parts.append(periods[0] if len(periods) == 1 else f"{periods[0]}_bis_{periods[-1]}")
    if is_fictional(plan):
        parts.append("erfundene_Zahlen")
    name = "_".join(parts)
    # a header takes ASCII alone, a file name no separator of folders
    return f"{_NOT_IN_NAMES.sub('-', name)}.{form}"
