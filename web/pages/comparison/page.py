"""A comparison as its template needs it: every text made, nothing left to compute."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from markupsafe import Markup

from web.clients.indicator_types import (
    AreaDetail,
    Indicator,
    Observation,
    Observations,
    ObservedIndicator,
    Source,
)
from web.figures import (
    POLARITY_WORDS,
    bounds,
    derivation_in_words,
    difference,
    figure,
    interval,
    is_estimated,
    is_fragment,
    may_be_equal,
    needs_remark,
    signs_used,
    why_without,
)
from web.format import day
from web.format import period as period_in_words
from web.pages.areas.profile import is_ended
from web.pages.comparison.address import MOST_PLACES, ComparisonAddress
from web.pages.comparison.reading import ComparisonReading
from web.series import Place, SeriesView, by_area_and_period, make_series
from web.sources import told_apart, uncertainty_words
from web.whiskers import Point, whisker_chart

Options = list[tuple[str, str]]
FORMS = (("csv", "CSV"), ("xlsx", "Excel"), ("json", "JSON"))
Figures = dict[tuple[str, str, str], Observation]
"""Observations by indicator, area and period."""


@dataclass(frozen=True, slots=True)
class ChosenPlace:
    """A place of the comparison and the way to leave it out."""

    code: str
    name: str
    kind: str
    path: str
    remove_path: str
    is_fictional: bool


@dataclass(frozen=True, slots=True)
class Column:
    """An indicator above its column."""

    code: str
    name: str
    unit: str
    period: str
    path: str
    draw_path: str
    is_drawn: bool
    direction: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure; `against` says how it stands to the comparison."""

    text: str
    interval: str = ""
    against: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One place's figures."""

    name: str
    path: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The indicator that is drawn: whiskers, who differs from whom, the course."""

    name: str
    unit: str
    period: str
    direction: str
    picture: Markup
    sentences: tuple[str, ...]
    series: SeriesView | None


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader must know of the choice; `links` lead on, each with its words."""

    text: str
    links: Options = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """What the page shows for one address."""

    address: ComparisonAddress
    places: tuple[ChosenPlace, ...]
    is_full: bool
    notes: tuple[Note, ...]
    found: tuple[tuple[str, str, str, str], ...] | None
    found_failure: str | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    compared: tuple[Row, ...]
    reference: str
    drawn: Drawn | None
    drawable: Options
    dimensions: Options
    choices: tuple[tuple[str, Options], ...]
    chosen: frozenset[str]
    failure: str | None
    is_nothing_released: bool
    exports: Options
    today_path: str
    derivations: tuple[str, ...]
    sources: tuple[Source, ...]
    uncertainty: list[str]
    signs: list[tuple[str, str]]


def make_page(reading: ComparisonReading) -> ComparisonPage:
    """The view of a reading."""
    address = reading.address
    shown = reading.figures.value if reading.figures else None
    figures = _by_indicator(shown, reading)
    periods = {i.code: _common_period(figures, i.code, reading.codes) for i in reading.chosen}
    indicators = tuple(item for item in reading.chosen if periods[item.code])
    drawn = next((i for i in indicators if i.code == address.drawn), next(iter(indicators), None))
    table = _Table(figures, periods, indicators, _reference(reading, figures, periods))
    items = list(figures.values())
    return ComparisonPage(
        address=address,
        places=tuple(_place(area, address) for area in reading.areas),
        is_full=len(reading.areas) >= MOST_PLACES,
        notes=_notes(reading, indicators),
        found=_found(reading),
        found_failure=reading.found.failure if reading.found else None,
        columns=tuple(_column(i, periods[i.code], address, drawn) for i in indicators),
        rows=tuple(table.row(area.code, area.name) for area in reading.areas) if indicators else (),
        compared=tuple(
            table.row(area.code, area.name, is_compared=True)
            for area in reading.compared
            if any(item.value is not None for key, item in figures.items() if key[1] == area.code)
        ),
        reference=table.reference_name,
        drawn=_drawn(reading, drawn, figures, periods, shown) if drawn else None,
        drawable=[(item.code, item.short_name or item.name) for item in indicators],
        dimensions=_dimensions(reading.indicators),
        choices=_choices(reading.indicators),
        chosen=frozenset(item.code for item in reading.chosen),
        failure=reading.figures.failure if reading.figures else None,
        is_nothing_released=bool(reading.areas) and not indicators,
        exports=[(label, address.url(f"/vergleich/zahlen.{form}")) for form, label in FORMS],
        derivations=tuple(filter(None, dict.fromkeys(map(derivation_in_words, items)))),
        today_path=address.change(valid_on="").url(),
        sources=told_apart(shown.sources) if shown else (),
        uncertainty=uncertainty_words(shown) if shown else [],
        signs=signs_used(items),
    )


def _by_indicator(shown: Observations | None, reading: ComparisonReading) -> Figures:
    """The figures; of what is compared with only those that stand for the whole of it."""
    compared = {area.code for area in reading.compared}
    alone = reading.chosen[0].code if len(reading.chosen) == 1 else ""
    return {
        (item.indicator or alone, item.area, item.period or ""): item
        for item in (shown.items if shown else ())
        if item.area not in compared or not is_fragment(item)
    }


def _common_period(figures: Figures, indicator: str, codes: Sequence[str]) -> str:
    """The newest of the periods in which most places have a figure; empty where none has one."""
    amounts: dict[str, int] = {}
    for (code, area, period), item in figures.items():
        if code == indicator and area in codes and item.status != "not_available":
            amounts[period] = amounts.get(period, 0) + (item.value is not None)
    return max(amounts, key=lambda period: (amounts[period], period), default="")


def _reference(
    reading: ComparisonReading, figures: Figures, periods: dict[str, str]
) -> tuple[str, str] | None:
    """Key and name of the area above that has the most of the figures shown."""

    def amount(code: str) -> int:
        found = [figures.get((i, code, period)) for i, period in periods.items()]
        return sum(item is not None and item.value is not None for item in found)

    best = max(reading.compared, key=lambda area: amount(area.code), default=None)
    return (best.code, best.name) if best is not None and amount(best.code) else None


class _Table:
    """Makes the rows of one table."""

    def __init__(
        self,
        figures: Figures,
        periods: dict[str, str],
        indicators: Sequence[Indicator],
        reference: tuple[str, str] | None,
    ) -> None:
        self.figures = figures
        self.periods = periods
        self.indicators = indicators
        self.reference_code, self.reference_name = reference or ("", "")

    def row(self, code: str, name: str, *, is_compared: bool = False) -> Row:
        """One place's row."""
        cells = tuple(
            self._cell(indicator, code, is_compared=is_compared) for indicator in self.indicators
        )
        return Row(name, f"/gebiete/{quote(code, safe='')}", cells)

    def _cell(self, indicator: Indicator, code: str, *, is_compared: bool) -> Cell:
        period = self.periods[indicator.code]
        item = self.figures.get((indicator.code, code, period))
        if item is None:
            return Cell("k.\u00a0A.")
        other = self.figures.get((indicator.code, self.reference_code, period))
        against = "" if is_compared or other is None else _against(item, other, indicator)
        return Cell(
            figure(item, indicator.decimals),
            interval(item, indicator.decimals),
            against,
            why_without(item) or (derivation_in_words(item) if needs_remark(item) else ""),
        )


def _against(item: Observation, other: Observation, indicator: Indicator) -> str:
    if item.value is None or other.value is None:
        return ""
    if may_be_equal(item, other):
        return "nicht sicher verschieden"
    words = difference(item.value, other.value, indicator.decimals, indicator.unit)
    return words.removesuffix(" als").removesuffix(" wie")


def _place(area: AreaDetail, address: ComparisonAddress) -> ChosenPlace:
    return ChosenPlace(
        area.code,
        area.name,
        area.kind_label,
        f"/gebiete/{quote(area.code, safe='')}",
        address.without_place(area.code).url(),
        area.is_fictional,
    )


def _column(
    indicator: Indicator, period: str, address: ComparisonAddress, drawn: Indicator | None
) -> Column:
    return Column(
        code=indicator.code,
        name=indicator.short_name or indicator.name,
        unit=indicator.unit,
        period=period_in_words(period),
        path=f"/indikatoren/{quote(indicator.code, safe='')}",
        draw_path=address.change(drawn=indicator.code).url() + "#bild",
        is_drawn=drawn is not None and drawn.code == indicator.code,
        direction=POLARITY_WORDS[indicator.polarity],
    )


def _notes(reading: ComparisonReading, indicators: Sequence[Indicator]) -> tuple[Note, ...]:
    texts = []
    if reading.address.left_over:
        texts.append(
            "Verglichen werden höchstens acht Gebiete. Nicht dabei: "
            f"{', '.join(reading.address.left_over)}."
        )
    texts += [f"Den Schlüssel „{code}“ kennt das Verzeichnis nicht." for code in reading.unknown]
    texts += [
        f"Den Indikator „{code}“ gibt es nicht, oder es ist keine Zahl davon freigegeben."
        for code in reading.unknown_indicators
    ]
    without = [item.name for item in reading.chosen if item not in indicators]
    if without and indicators:
        texts.append(f"Zu diesen Gebieten ist nichts freigegeben: {', '.join(without)}.")
    if len({area.is_fictional for area in reading.areas}) > 1:
        texts.append("Hier stehen wirkliche und erfundene Gebiete nebeneinander.")
    if len({area.kind for area in reading.areas}) > 1:
        texts.append(
            "Die Gebiete sind verschieden groß: Kleine Gebiete schwanken stärker als große."
        )
    ended = [_ended(area, reading.address) for area in reading.areas if is_ended(area)]
    return (*ended, *(Note(text) for text in texts))


def _ended(area: AreaDetail, address: ComparisonAddress) -> Note:
    """That a key is dead, in words, and the comparison with what came after it."""
    if area.ended is None:
        return Note(f"{area.name} ({area.code}) gibt es seit dem {day(area.valid_to)} nicht mehr.")
    links = [
        (
            f"Stattdessen {after.name} vergleichen",
            address.without_place(area.code).with_place(after.code).url(),
        )
        for after in area.ended.successors
    ]
    return Note(area.ended.detail, links)


def _found(reading: ComparisonReading) -> tuple[tuple[str, str, str, str], ...] | None:
    """Name, kind, key and the link that adds it, for each place found."""
    if reading.found is None or reading.found.value is None:
        return None
    return tuple(
        (area.name, area.kind_label, area.code, reading.address.with_place(area.code).url())
        for area in reading.found.value
        if area.code not in reading.address.places
    )


def _dimensions(indicators: Sequence[Indicator]) -> Options:
    return list(
        {
            item.dimension.code: item.dimension.label
            for item in indicators
            if item.dimension and item.coverage
        }.items()
    )


def _choices(indicators: Sequence[Indicator]) -> tuple[tuple[str, Options], ...]:
    grouped: dict[str, Options] = {}
    for item in indicators:
        if item.coverage:
            label = item.dimension.label if item.dimension else "Weitere"
            grouped.setdefault(label, []).append((item.code, item.short_name or item.name))
    return tuple(grouped.items())


def _drawn(
    reading: ComparisonReading,
    indicator: Indicator,
    figures: Figures,
    periods: dict[str, str],
    shown: Observations | None,
) -> Drawn:
    period = periods[indicator.code]
    own = [(area.name, figures.get((indicator.code, area.code, period))) for area in reading.areas]
    others = [
        (area.name, figures.get((indicator.code, area.code, period))) for area in reading.compared
    ]
    points = [_point(name, item, indicator) for name, item in own]
    points += [_point(name, item, indicator, is_comparison=True) for name, item in others if item]
    sentences = _who_differs([(name, item) for name, item in own if item is not None])
    name = indicator.short_name or indicator.name
    return Drawn(
        name=name,
        unit=indicator.unit,
        period=period_in_words(period),
        direction=POLARITY_WORDS[indicator.polarity],
        picture=whisker_chart(
            points,
            indicator.unit,
            title=f"{name}, {period_in_words(period)}",
            description=_described(points, indicator),
        ),
        sentences=sentences,
        series=_series(reading, indicator, figures, shown),
    )


def _point(
    name: str, item: Observation | None, indicator: Indicator, *, is_comparison: bool = False
) -> Point:
    if item is None:
        return Point(name, None, word="k.\u00a0A.", is_comparison=is_comparison)
    return Point(
        name,
        item.value,
        bounds(item),
        figure(item, indicator.decimals),
        is_comparison,
        is_estimated(item),
    )


def _described(points: Sequence[Point], indicator: Indicator) -> str:
    texts = [f"{point.name}: {point.word}" for point in points]
    return (
        f"In {indicator.unit}. {'; '.join(texts)}. Die Schwankungsbereiche stehen in der Tabelle."
    )


def _who_differs(own: Sequence[tuple[str, Observation]]) -> tuple[str, ...]:
    """For each place, from the highest down: above whom it surely lies, and whom it may equal."""
    valued = [pair for pair in own if pair[1].value is not None]
    if not any(bounds(item) for _, item in valued):
        return ()
    ordered = sorted(valued, key=lambda pair: pair[1].value or 0.0, reverse=True)
    sentences = []
    for index, (name, item) in enumerate(ordered[:-1]):
        below = ordered[index + 1 :]
        alike = [other for other, theirs in below if may_be_equal(item, theirs)]
        lower = [other for other, theirs in below if not may_be_equal(item, theirs)]
        parts = []
        if lower:
            parts.append(f"sicher höher als {_enumerated(lower)}")
        if alike:
            parts.append(f"nicht sicher verschieden von {_enumerated(alike)}")
        sentences.append(f"{name}: {'; '.join(parts)}.")
    return tuple(sentences)


def _enumerated(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} und {names[-1]}"


def _series(
    reading: ComparisonReading, indicator: Indicator, figures: Figures, shown: Observations | None
) -> SeriesView | None:
    of_indicator = [item for (code, _, _), item in figures.items() if code == indicator.code]
    places = [Place(area.code, area.name) for area in reading.areas]
    places += [Place(area.code, area.name, is_comparison=True) for area in reading.compared]
    observed = ObservedIndicator.model_validate(indicator.model_dump())
    breaks = [
        found
        for found in (shown.breaks if shown else ())
        if found.indicator in ("", indicator.code)
    ]
    return make_series(by_area_and_period(of_indicator), places, observed, breaks, id="verlauf")
