"""The area page as its template needs it: every text made, nothing left to compute."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from markupsafe import Markup

from web.area_kinds import PLURALS, plural
from web.charts import sparkline
from web.clients.indicator_types import AreaRef, Indicator, Observation, Source
from web.figures import (
    POLARITY_WORDS,
    difference,
    figure,
    figure_with_unit,
    interval,
    quality_in_words,
    signs_used,
)
from web.format import number
from web.format import period as period_in_words
from web.locator import location_map
from web.pages.areas.listing import levels_below
from web.pages.areas.profile import AreaReading, IndicatorReading

MOST_KEY_FIGURES = 6


@dataclass(frozen=True, slots=True)
class FigureView:
    """The latest figure of one indicator with its comparisons, as text."""

    indicator: Indicator
    name: str
    period: str
    number: str
    value: str
    quality: str
    interval: str
    compared: tuple[str, ...]
    comparison: str
    spark: Markup
    map_path: str
    is_fictional: bool
    is_sample: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """The figures of one dimension."""

    title: str
    id: str
    figures: tuple[FigureView, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Why something is not known and how to come to know it, and for which indicators."""

    why: str
    indicators: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AreaView:
    """What the page shows for one area."""

    headline: str
    key_figures: tuple[FigureView, ...]
    chapters: tuple[Chapter, ...]
    compared: tuple[AreaRef, ...]
    gaps: tuple[Gap, ...]
    failures: tuple[str, ...]
    sources: tuple[Source, ...]
    signs: list[tuple[str, str]]
    location: Markup
    location_failure: str | None
    levels: tuple[tuple[str, str], ...]
    map_path: str


def make_view(reading: AreaReading) -> AreaView:
    """The view of a reading."""
    area = reading.area
    shown = [(item, _latest(item, area.code)) for item in reading.series if not item.failure]
    figures = [_figure(item, latest, reading) for item, latest in shown if latest is not None]
    key_figures = _key_figures(figures)
    outlines = reading.outlines
    return AreaView(
        headline=_headline(reading, shown),
        key_figures=key_figures,
        chapters=_chapters(figures),
        compared=reading.compared,
        gaps=_gaps(reading, shown),
        failures=tuple(item.failure for item in reading.series if item.failure),
        sources=_sources(reading.series),
        signs=signs_used([item for one in reading.series for item in one.figures.values()]),
        location=_location(reading),
        location_failure=outlines.failure if outlines else None,
        levels=levels_below(area),
        map_path=_map_path(reading, None),
    )


def _latest(item: IndicatorReading, code: str) -> Observation | None:
    """The area's newest figure that is a figure; None where there is none."""
    for period in reversed(item.periods):
        found = item.figures.get((code, period))
        if found is not None and found.value is not None:
            return found
    return None


def _figure(item: IndicatorReading, latest: Observation, reading: AreaReading) -> FigureView:
    indicator, decimals = item.indicator, item.indicator.decimals
    period = latest.period or ""
    others = [item.figures.get((other.code, period)) for other in reading.compared]
    values = [
        found.value if (found := item.figures.get((reading.area.code, at))) else None
        for at in item.periods
    ]
    span = interval(latest, decimals)
    return FigureView(
        indicator=indicator,
        name=indicator.short_name or indicator.name,
        period=period_in_words(period),
        number=number(latest.value or 0.0, decimals),
        value=figure(latest, decimals),
        quality=quality_in_words(latest),
        interval=f"95-%-Bereich {span}" if span else "",
        compared=tuple(figure(other, decimals) if other else "k. A." for other in others),
        comparison=_comparison(latest, others, reading.compared, indicator),
        spark=sparkline(values, text=_spark_text(item, values)),
        map_path=_map_path(reading, indicator),
        is_fictional=any(source.is_fictional for source in item.sources),
        is_sample=any(source.is_sample for source in item.sources),
    )


def _spark_text(item: IndicatorReading, values: Sequence[float | None]) -> str:
    points = [
        f"{period_in_words(period)}: {number(value, item.indicator.decimals)}"
        for period, value in zip(item.periods, values, strict=True)
        if value is not None
    ]
    return f"Verlauf {', '.join(points)}"


def _comparison(
    latest: Observation,
    others: Sequence[Observation | None],
    names: Sequence[AreaRef],
    indicator: Indicator,
) -> str:
    """`2,1 Prozentpunkte höher als Musterstadt (9,8)`; empty without anything to compare."""
    for other, name in zip(others, names, strict=True):
        if other is None or other.value is None or latest.value is None:
            continue
        if _overlap(latest, other):
            return (
                f"im Rahmen der Unsicherheit wie {name.name} ({figure(other, indicator.decimals)})"
            )
        stands = difference(latest.value, other.value, indicator.decimals, indicator.unit)
        return f"{stands} {name.name} ({figure(other, indicator.decimals)})"
    return ""


def _overlap(one: Observation, other: Observation) -> bool:
    """Whether the interval of one holds the other: the difference may be chance."""
    if one.lower is None or one.upper is None or other.value is None:
        return False
    low = other.lower if other.lower is not None else other.value
    high = other.upper if other.upper is not None else other.value
    return one.lower <= high and low <= one.upper


def _key_figures(figures: Sequence[FigureView]) -> tuple[FigureView, ...]:
    """Up to six figures, each dimension once before any comes again."""
    first: list[FigureView] = []
    rest: list[FigureView] = []
    seen: set[str] = set()
    for item in figures:
        code = item.indicator.dimension.code if item.indicator.dimension else ""
        (rest if code in seen else first).append(item)
        seen.add(code)
    chosen = [*first, *rest][:MOST_KEY_FIGURES]
    return tuple(item for item in figures if item in chosen)


def _headline(
    reading: AreaReading, shown: Sequence[tuple[IndicatorReading, Observation | None]]
) -> str:
    """One sentence made from figures: what can be judged first, else the first that is known."""
    known = [(item, latest) for item, latest in shown if latest is not None]
    if not known:
        return ""
    judged = [pair for pair in known if pair[0].indicator.polarity != "context"]
    item, latest = (judged or known)[0]
    indicator = item.indicator
    others = [item.figures.get((other.code, latest.period or "")) for other in reading.compared]
    comparison = _comparison(latest, others, reading.compared, indicator)
    value = figure_with_unit(latest, indicator.decimals, indicator.unit)
    tail = f", {comparison}" if comparison else ""
    direction = f" {POLARITY_WORDS[indicator.polarity]}" if indicator.polarity != "context" else ""
    return f"{indicator.name} {period_in_words(latest.period)}: {value}{tail}.{direction}"


def _chapters(figures: Sequence[FigureView]) -> tuple[Chapter, ...]:
    grouped: dict[str, list[FigureView]] = {}
    labels: dict[str, str] = {}
    for item in figures:
        dimension = item.indicator.dimension
        code = dimension.code if dimension else "weitere"
        labels[code] = dimension.label if dimension else "Weitere"
        grouped.setdefault(code, []).append(item)
    return tuple(
        Chapter(labels[code], f"kapitel-{code}", tuple(items)) for code, items in grouped.items()
    )


def _gaps(
    reading: AreaReading, shown: Sequence[tuple[IndicatorReading, Observation | None]]
) -> tuple[Gap, ...]:
    by_reason: dict[str, list[tuple[str, str]]] = {}
    lacking = [(item.indicator, _why_none(item, reading)) for item, latest in shown if not latest]
    uncovered = [(indicator, _why_uncovered(indicator, reading)) for indicator in reading.uncovered]
    for indicator, why in [*lacking, *uncovered]:
        path = f"/indikatoren/{quote(indicator.code, safe='')}"
        by_reason.setdefault(why, []).append((indicator.name, path))
    return tuple(Gap(why, tuple(named)) for why, named in by_reason.items())


def _why_none(item: IndicatorReading, reading: AreaReading) -> str:
    last = [item.figures.get((reading.area.code, period)) for period in item.periods]
    if any(found and found.status == "hidden" for found in last):
        return (
            "Geheim: Die Zahl könnte einzelne Menschen erkennbar machen. Für mehrere Gebiete "
            "zusammen kann es eine geben."
        )
    kind = reading.area.kind
    if max((c.areas for c in item.indicator.coverage if c.level == kind), default=0) <= 1:
        return _why_uncovered(item.indicator, reading)
    return "Die Quelle enthält für dieses Gebiet keine Angabe. Fragen Sie bei ihr nach dem Grund."


def _why_uncovered(indicator: Indicator, reading: AreaReading) -> str:
    levels = {
        item.level
        for item in indicator.coverage
        if item.is_fictional == reading.area.is_fictional and item.level != reading.area.kind
    }
    names = ", ".join(words for kind, words in PLURALS.items() if kind in levels)
    return (
        f"Freigegeben nur für: {names}. Die Stelle, die diese Zahlen führt, kann sie auch für "
        f"{plural(reading.area.kind)} liefern."
    )


def _sources(series: Sequence[IndicatorReading]) -> tuple[Source, ...]:
    """Every dataset once, with the newest period that is shown of it."""
    found: dict[str, Source] = {}
    for item in series:
        for source in item.sources:
            known = found.get(source.dataset)
            if known is None or (source.period or "") > (known.period or ""):
                found[source.dataset] = source
    return tuple(found.values())


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


def _map_path(reading: AreaReading, indicator: Indicator | None) -> str:
    """The map on which this area is one of many, its series chosen."""
    root = reading.area.ancestors[0].code if reading.area.ancestors else reading.area.code
    land = next((other.code for other in reading.area.ancestors if other.kind == "land"), root)
    given = {
        "indikator": indicator.code if indicator else "",
        "ebene": reading.area.kind,
        "gebiet": land,
        "orte": reading.area.code,
    }
    return f"/karte?{urlencode({name: value for name, value in given.items() if value})}"
