"""Indicators in words, as the templates need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from web.area_kinds import FROM_LARGE_TO_SMALL, plural
from web.clients.indicator_types import Indicator
from web.figures import POLARITY_WORDS
from web.format import count
from web.format import period as period_in_words

KIND_WORDS = {
    "rate": "Anteil",
    "density": "Dichte",
    "mean": "Mittelwert",
    "count": "Anzahl",
}
UNKNOWN = "Nicht hinterlegt"


@dataclass(frozen=True, slots=True)
class ListedIndicator:
    """An indicator in the list: what it asks, and what there is of it."""

    indicator: Indicator
    path: str
    available: str


@dataclass(frozen=True, slots=True)
class Group:
    """The indicators of a dimension."""

    label: str
    id: str
    items: tuple[ListedIndicator, ...]


@dataclass(frozen=True, slots=True)
class Availability:
    """What is released for one level: from when to when, for how many areas."""

    level: str
    periods: str
    areas: str
    map_path: str
    is_fictional: bool


@dataclass(frozen=True, slots=True)
class IndicatorView:
    """One definition in words."""

    facts: list[tuple[str, str]]
    available: tuple[Availability, ...]
    map_path: str | None


def find_indicators(indicators: Sequence[Indicator], words: str) -> list[Group]:
    """Indicators whose texts hold all the words, by dimension."""
    wanted = words.lower().split()
    groups: dict[str, list[ListedIndicator]] = {}
    labels: dict[str, str] = {}
    for indicator in indicators:
        if not all(word in _searched(indicator) for word in wanted):
            continue
        code = indicator.dimension.code if indicator.dimension else "weitere"
        labels[code] = indicator.dimension.label if indicator.dimension else "Weitere"
        path = f"/indikatoren/{quote(indicator.code, safe='')}"
        groups.setdefault(code, []).append(
            ListedIndicator(indicator, path, _available_in_words(indicator))
        )
    return [Group(labels[code], f"thema-{code}", tuple(items)) for code, items in groups.items()]


def describe(indicator: Indicator) -> IndicatorView:
    """The definition as pairs of words, and what is released."""
    smallest = indicator.smallest_level
    facts = [
        ("Art", KIND_WORDS.get(indicator.kind, indicator.kind)),
        ("Zähler", indicator.numerator_text or UNKNOWN),
        (
            "Nenner",
            indicator.denominator_text or ("Keiner" if indicator.kind == "count" else UNKNOWN),
        ),
        ("Einheit", indicator.unit),
        ("Richtung", POLARITY_WORDS[indicator.polarity]),
        ("Rechtsgrundlage", indicator.legal_basis or UNKNOWN),
        ("Quelle der Definition", indicator.definition_source or UNKNOWN),
        ("Kleinste Ebene", plural(smallest) if smallest else UNKNOWN),
        ("Fassung", str(indicator.version)),
    ]
    return IndicatorView(facts, _availability(indicator), _map_path(indicator))


def _searched(indicator: Indicator) -> str:
    dimension = indicator.dimension.label if indicator.dimension else ""
    texts = (indicator.name, indicator.short_name, indicator.question, dimension, indicator.code)
    return " ".join(text for text in texts if text).lower()


def _available_in_words(indicator: Indicator) -> str:
    levels = {item.level for item in indicator.coverage}
    if not levels:
        return "Noch keine Zahl freigegeben"
    finest = max(levels, key=_fineness)
    years = sorted({item.period for item in indicator.coverage})
    span = period_in_words(years[-1])
    if len(years) > 1:
        span = f"{period_in_words(years[0])} bis {period_in_words(years[-1])}"
    return f"{plural(finest)}, {span}"


def _fineness(kind: str) -> int:
    return FROM_LARGE_TO_SMALL.index(kind) if kind in FROM_LARGE_TO_SMALL else -1


def _availability(indicator: Indicator) -> tuple[Availability, ...]:
    slices: dict[tuple[bool, str], list[tuple[str, int]]] = {}
    for item in indicator.coverage:
        slices.setdefault((item.is_fictional, item.level), []).append((item.period, item.areas))
    ordered = sorted(slices.items(), key=lambda entry: (entry[0][0], _fineness(entry[0][1])))
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
