"""The area page as its template needs it: every text made, nothing left to compute."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from markupsafe import Markup

from web.clients.indicator_types import AreaRef, Source
from web.clients.profile_types import AreaSet, Profile
from web.figures import POLARITY_WORDS, figure_with_unit, signs_used
from web.format import MISSING, number
from web.format import period as period_in_words
from web.locator import location_map
from web.pages.areas.figure_view import FigureView, latest_figures, make_figure
from web.pages.areas.history import Change, make_history
from web.pages.areas.listing import levels_below
from web.pages.areas.profile import AreaReading
from web.pages.comparison.address import ComparisonAddress
from web.sources import named_intervals, told_apart

MOST_KEY_FIGURES = 6
MOST_OPEN_GAPS = 8
GAP_WORDS = {
    "hidden": "Geheim",
    "no_value": "Für diesen Ort ohne Zahl",
    "level_not_available": "Nicht für diese Art von Gebiet",
    "nothing_released": "Noch nichts freigegeben",
}
FORMS = (("csv", "CSV"), ("xlsx", "Excel"), ("json", "JSON"))


@dataclass(frozen=True, slots=True)
class Chapter:
    """The figures of one dimension beside those of the areas above that have any here.

    `compared` are their names; each of `rows` is a figure and what stands beside it.
    """

    title: str
    id: str
    figures: tuple[FigureView, ...]
    compared: tuple[str, ...]
    rows: tuple[tuple[FigureView, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """An indicator that is not known: why, and how to come to know it."""

    name: str
    path: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class GapGroup:
    """Gaps of one kind; the short list of what is hidden stands open."""

    title: str
    gaps: tuple[Gap, ...]
    is_open: bool

    @property
    def has_remedies(self) -> bool:
        """Whether there is anything to say on how to close one of them."""
        return any(gap.remedy for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Part:
    """A base unit of a set."""

    name: str
    path: str
    weight: str
    basis: str


@dataclass(frozen=True, slots=True)
class AreaView:
    """What the page shows for one area."""

    headline: str
    key_figures: tuple[FigureView, ...]
    chapters: tuple[Chapter, ...]
    gaps: tuple[GapGroup, ...]
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    differing_totals: tuple[str, ...]
    ended: str
    successors: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    parts: tuple[Part, ...]
    sources: tuple[Source, ...]
    interval_words: str
    signs: list[tuple[str, str]]
    location: Markup
    location_failure: str | None
    levels: tuple[tuple[str, str], ...]
    map_path: str
    compare_path: str
    similar_path: str | None
    exports: tuple[tuple[str, str], ...]
    suffix: str


_TOLD_ELSEWHERE = ("area_ended", "parts_differ")


def make_view(reading: AreaReading) -> AreaView:
    """The view of a reading."""
    area = reading.area
    profile = _without_twin(reading.profile.value or Profile(area=area))
    figures = [make_figure(found, profile, area) for found in latest_figures(profile, area.code)]
    outlines = reading.outlines
    suffix = f"?{urlencode({'stand': reading.valid_on})}" if reading.valid_on else ""
    path = f"/gebiete/{quote(area.code, safe='')}"
    return AreaView(
        headline=_headline(profile, figures),
        key_figures=_key_figures(figures),
        chapters=_chapters(figures, profile.compared),
        gaps=_gaps(profile),
        failures=_failures(reading),
        notes=tuple(note.detail for note in profile.notes if note.code not in _TOLD_ELSEWHERE),
        differing_totals=tuple(
            note.detail for note in profile.notes if note.code == "parts_differ"
        ),
        ended=_ended(reading),
        successors=_successors(reading),
        changes=make_history(reading.history.value or (), area.code, suffix),
        parts=_parts(reading.parts.value if reading.parts else None),
        sources=_sources(profile),
        interval_words=_interval_words(profile),
        signs=signs_used(
            [item for series, _ in latest_figures(profile, area.code) for item in series.items]
        ),
        location=_location(reading),
        location_failure=outlines.failure if outlines else None,
        levels=levels_below(area, reading.valid_on),
        map_path=map_path(reading, ""),
        compare_path=ComparisonAddress(places=(area.code,), valid_on=reading.valid_on).url(),
        similar_path=f"{path}/aehnliche" if area.kind in ("gemeinde", "kreis") else None,
        exports=tuple((label, f"{path}/zahlen.{form}{suffix}") for form, label in FORMS),
        suffix=suffix,
    )


def _without_twin(profile: Profile) -> Profile:
    """A kreisfreie Stadt stands in the register twice; it is not compared with itself."""
    code = profile.area.code
    compared = tuple(other for other in profile.compared if f"{other.code}000" != code)
    return profile.model_copy(update={"compared": compared})


def _headline(profile: Profile, figures: Sequence[FigureView]) -> str:
    """One sentence made from figures: what can be judged first, key indicators before others."""
    if not figures:
        return ""
    judged = [item for item in figures if item.indicator.polarity != "context"]
    first = min(judged or figures, key=lambda item: not item.indicator.is_key_indicator)
    indicator = first.indicator
    value = figure_with_unit(first.latest, indicator.decimals, indicator.unit)
    tail = f", {first.comparison}" if first.comparison else ""
    direction = f" {POLARITY_WORDS[indicator.polarity]}" if indicator.polarity != "context" else ""
    return f"{indicator.name} {period_in_words(first.latest.period)}: {value}{tail}.{direction}"


def _key_figures(figures: Sequence[FigureView]) -> tuple[FigureView, ...]:
    """Up to six figures: key indicators first, each dimension once before any comes again."""
    ordered = sorted(figures, key=lambda item: not item.indicator.is_key_indicator)
    first: list[FigureView] = []
    rest: list[FigureView] = []
    seen: set[str] = set()
    for item in ordered:
        code = item.indicator.dimension.code if item.indicator.dimension else ""
        (rest if code in seen else first).append(item)
        seen.add(code)
    chosen = [*first, *rest][:MOST_KEY_FIGURES]
    return tuple(item for item in figures if item in chosen)


def _chapters(figures: Sequence[FigureView], compared: Sequence[AreaRef]) -> tuple[Chapter, ...]:
    grouped: dict[str, list[FigureView]] = {}
    labels: dict[str, str] = {}
    for item in figures:
        dimension = item.indicator.dimension
        code = dimension.code if dimension else "weitere"
        labels[code] = dimension.label if dimension else "Weitere"
        grouped.setdefault(code, []).append(item)
    return tuple(
        _chapter(labels[code], f"kapitel-{code}", items, compared)
        for code, items in grouped.items()
    )


def _chapter(
    title: str, id: str, figures: Sequence[FigureView], compared: Sequence[AreaRef]
) -> Chapter:
    """A chapter without the columns that would say „k. A.“ in every row."""
    filled = [
        place
        for place, _ in enumerate(compared)
        if any(item.compared[place] != MISSING for item in figures)
    ]
    return Chapter(
        title,
        id,
        tuple(figures),
        tuple(compared[place].name for place in filled),
        tuple((item, tuple(item.compared[place] for place in filled)) for item in figures),
    )


def _gaps(profile: Profile) -> tuple[GapGroup, ...]:
    """Gaps by kind, what is hidden first."""
    grouped: dict[str, list[Gap]] = {}
    for gap in profile.gaps:
        path = f"/indikatoren/{quote(gap.indicator.code, safe='')}"
        name = gap.indicator.name or gap.indicator.code
        grouped.setdefault(gap.code, []).append(Gap(name, path, gap.detail, gap.suggestion or ""))
    order = {code: place for place, code in enumerate(GAP_WORDS)}
    return tuple(
        GapGroup(
            f"{GAP_WORDS.get(code, 'Weitere')} ({len(found)})",
            tuple(found),
            is_open=code == "hidden" or len(found) <= MOST_OPEN_GAPS,
        )
        for code, found in sorted(
            grouped.items(), key=lambda entry: order.get(entry[0], len(order))
        )
    )


def _failures(reading: AreaReading) -> tuple[str, ...]:
    parts = (reading.profile, reading.history, reading.parts)
    return tuple(part.failure for part in parts if part is not None and part.failure)


def _ended(reading: AreaReading) -> str:
    """Why the key is dead, in words; empty while the area exists."""
    area = reading.area
    if area.ended is not None:
        return area.ended.detail
    if not reading.is_ended:
        return ""
    return area.note or "Was an seine Stelle trat, steht nicht im Verzeichnis."


def _successors(reading: AreaReading) -> tuple[tuple[str, str], ...]:
    ended = reading.area.ended
    return tuple(
        (f"{after.name} ({after.code})", f"/gebiete/{quote(after.code, safe='')}")
        for after in (ended.successors if ended else ())
    )


def _parts(found: AreaSet | None) -> tuple[Part, ...]:
    return tuple(
        Part(
            part.name or part.unit,
            f"/gebiete/{quote(part.unit, safe='')}",
            f"{number(part.weight * 100, 0 if part.weight in (0, 1) else 1)}\u00a0%",
            part.basis_label or part.basis,
        )
        for part in (found.parts if found else ())
    )


def _sources(profile: Profile) -> tuple[Source, ...]:
    """The sources of what is shown; those of what could not be shown say nothing here."""
    used = {at for series, _ in latest_figures(profile, profile.area.code) for at in series.sources}
    return told_apart(tuple(item for at, item in enumerate(profile.sources) if at in used))


def _interval_words(profile: Profile) -> str:
    """What the Schwankungsbereich is; empty where no figure has one."""
    return named_intervals([series.interval for series in profile.indicators if series.interval])


def _location(reading: AreaReading) -> Markup:
    area = reading.area
    if reading.outlines is None or reading.outlines.value is None:
        return Markup("")
    code = area.code
    stands_alone = area.parent is not None and f"{area.parent}000" == code
    if stands_alone and area.parent is not None:
        code = area.parent
    return location_map(
        reading.outlines.value, [code], text=f"Lage von {area.name} unter seinen Nachbarn"
    )


def map_path(reading: AreaReading, indicator: str) -> str:
    """The map on which this area is one of many, its series chosen."""
    area = reading.area
    root = area.ancestors[0].code if area.ancestors else area.code
    land = next((other.code for other in area.ancestors if other.kind == "land"), root)
    given = {
        "indikator": indicator,
        "ebene": area.kind,
        "gebiet": land,
        "orte": area.code,
        "stand": reading.valid_on,
    }
    return f"/karte?{urlencode({name: value for name, value in given.items() if value})}"
