"""What an indicator means, in words: its definition, what there is of it, and its history."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from web.area_kinds import FROM_LARGE_TO_SMALL, plural
from web.clients.catalogue_types import CatalogueIndicator, DefinitionBreak, Version
from web.clients.indicator_types import Indicator
from web.figures import POLARITY_WORDS
from web.format import count, number
from web.format import period as period_in_words

KIND_WORDS = {
    "rate": "Anteil",
    "density": "Dichte oder Verhältnis",
    "mean": "Mittelwert",
    "count": "Anzahl",
    "difference": "Saldo",
    "value": "Fertiger Wert des Herausgebers",
}
UNKNOWN = "Nicht hinterlegt"


@dataclass(frozen=True, slots=True)
class Availability:
    """What is released for one level: from when to when, for how many areas."""

    level: str
    periods: str
    areas: str
    map_path: str
    is_fictional: bool


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A version: since when, why it came, and in what it differs from the one before."""

    title: str
    since: date
    note: str
    changed: str


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """One definition in words; `facts` say how it is made, `protection` what surrounds it."""

    number: str
    explanation: str
    facts: list[tuple[str, str]]
    protection: list[tuple[str, str]]
    breaks: tuple[DefinitionBreak, ...]
    history: tuple[HistoryEntry, ...]
    available: tuple[Availability, ...]
    map_path: str | None


def describe(indicator: CatalogueIndicator) -> DefinitionView:
    """The definition as pairs of words, its history, and what is released."""
    return DefinitionView(
        number=number_of(indicator),
        explanation=indicator.explanation,
        facts=_facts(indicator),
        protection=_protection(indicator),
        breaks=tuple(sorted(indicator.breaks, key=lambda item: item.on, reverse=True)),
        history=tuple(_entry(version) for version in indicator.versions),
        available=_availability(indicator),
        map_path=_map_path(indicator),
    )


def number_of(indicator: CatalogueIndicator) -> str:
    """„12“ or „56 a“; empty for an office's own indicator."""
    if indicator.number is None:
        return ""
    return (
        f"{indicator.number}\u00a0{indicator.variant}"
        if indicator.variant
        else str(indicator.number)
    )


def fineness(kind: str) -> int:
    """The larger, the smaller the areas of a kind."""
    return FROM_LARGE_TO_SMALL.index(kind) if kind in FROM_LARGE_TO_SMALL else -1


def _facts(indicator: CatalogueIndicator) -> list[tuple[str, str]]:
    facts = [
        ("Art", KIND_WORDS.get(indicator.kind, indicator.kind)),
        ("Zähler", indicator.numerator_text or UNKNOWN),
        ("Nenner", indicator.denominator_text or _no_denominator(indicator)),
        ("Rechnung", _calculation(indicator)),
        ("Einheit", indicator.unit),
        ("Richtung", POLARITY_WORDS[indicator.polarity]),
        ("Rechtsgrundlage", indicator.legal_basis or UNKNOWN),
        ("Quelle der Definition", indicator.definition_source or UNKNOWN),
    ]
    return [(label, value) for label, value in facts if value]


def _protection(indicator: CatalogueIndicator) -> list[tuple[str, str]]:
    smallest = indicator.smallest_level
    return [
        ("Geheimhaltung", indicator.confidentiality_rule or UNKNOWN),
        ("Grundlage des Nenners", indicator.denominator_basis_note or UNKNOWN),
        ("Übliche Quelle", indicator.usual_source or UNKNOWN),
        ("Gebildet für", indicator.applies_to or UNKNOWN),
        ("Kleinste Ebene", plural(smallest) if smallest else UNKNOWN),
        ("Geliefert als", _delivered_as(indicator)),
    ]


def _no_denominator(indicator: Indicator) -> str:
    return "Keiner" if indicator.kind in ("count", "value") else UNKNOWN


def _calculation(indicator: CatalogueIndicator) -> str:
    factor = indicator.factor or 1
    times = "" if factor == 1 else f" × {number(factor, 0 if factor == int(factor) else 3)}"
    if indicator.denominator is None:
        return "" if not times else f"Zähler{times}"
    return f"Zähler ÷ Nenner{times}"


def _delivered_as(indicator: CatalogueIndicator) -> str:
    parts = [part for part in (indicator.numerator, indicator.denominator) if part is not None]
    codes = [
        f"{part.measure} ({part.breakdown})" if part.breakdown else part.measure for part in parts
    ]
    return " und ".join(codes) or UNKNOWN


def _entry(version: Version) -> HistoryEntry:
    changed = ", ".join(item.label for item in version.changed)
    note = version.change_note
    if note.startswith("Geändert:"):
        # the note was made from the changed fields themselves
        note, changed = "", changed or note.removeprefix("Geändert:").strip(" .")
    first = "Erste Fassung im Katalog." if version.version == 1 else ""
    return HistoryEntry(f"Fassung {version.version}", version.changed_on, note or first, changed)


def _availability(indicator: Indicator) -> tuple[Availability, ...]:
    slices: dict[tuple[bool, str], list[tuple[str, int]]] = {}
    for item in indicator.coverage:
        slices.setdefault((item.is_fictional, item.level), []).append((item.period, item.areas))
    ordered = sorted(slices.items(), key=lambda entry: (entry[0][0], fineness(entry[0][1])))
    return tuple(
        Availability(
            level=plural(level),
            periods=", ".join(period_in_words(code) for code in sorted({p for p, _ in found})),
            areas=count(max(areas for _, areas in found), "Gebiet", "Gebiete"),
            map_path=f"/karte?indikator={quote(indicator.code)}&ebene={quote(level)}"
            f"&gebiet={'99001' if is_fictional else '05'}",
            is_fictional=is_fictional,
        )
        for (is_fictional, level), found in ordered
    )


def _map_path(indicator: Indicator) -> str | None:
    return f"/karte?indikator={quote(indicator.code)}" if indicator.coverage else None
