"""How figures went over time: a chart, the same numbers as a table, and where the series breaks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from web.charts import Mark, Series, line_chart, value_axis
from web.clients.indicator_types import Break, Observation, ObservedIndicator
from web.figures import (
    bounds,
    break_in_words,
    derivation_in_words,
    figure,
    interval,
    is_as_asked,
    is_estimated,
    signs_used,
    why_without,
)
from web.format import day, number
from web.format import period as period_in_words
from web.periods import name_periods

MOST_REASONS = 6
"""Reasons for missing figures that are told below a series; more are in the file."""

Figures = Mapping[tuple[str, str], Observation]
"""Observations by area and period."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the chart and a row of the table."""

    code: str
    name: str
    is_comparison: bool = False


@dataclass(frozen=True, slots=True)
class SeriesHead:
    """A period above its column; `sign` where the series breaks before it."""

    label: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class SeriesCell:
    """One figure as text; `detail` says how it was made where it was not delivered."""

    text: str
    interval: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One place's figures by period."""

    place: Place
    cells: tuple[SeriesCell, ...]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """Chart and table; `chart` is empty with fewer than two periods that have a figure."""

    id: str
    chart: Markup
    heads: tuple[SeriesHead, ...]
    rows: tuple[SeriesRow, ...]
    breaks: tuple[tuple[str, str], ...]
    details: tuple[str, ...]
    signs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def by_area_and_period(items: Sequence[Observation]) -> dict[tuple[str, str], Observation]:
    """The figures to draw a series from."""
    return {(item.area, item.period or ""): item for item in items}


def make_series(
    figures: Figures,
    places: Sequence[Place],
    indicator: ObservedIndicator,
    breaks: Sequence[Break] = (),
    *,
    id: str,
    background: Sequence[str] = (),
) -> SeriesView | None:
    """The series of `places`; None where there is no figure at all.

    `background` are keys of areas whose lines stand faintly behind. `id` must differ between the
    series of a page.
    """
    periods = sorted({period for _, period in figures})
    shown = [place for place in places if _has_figure(figures, place.code, periods)]
    if not shown:
        return None
    named = name_periods(periods)
    labels = [named.names[period] for period in periods]
    signs = {index: str(index + 1) for index in range(len(breaks))}
    at = [break_position(found, periods) for found in breaks]
    rows = tuple(_row(figures, place, periods, indicator) for place in shown)
    used = [figures[key] for key in figures if key[0] in {place.code for place in shown}]
    lines = [_line(figures, place, periods) for place in shown]
    behind = [_values(figures, code, periods) for code in background]
    chart = _chart(lines, labels, indicator, at, behind, id)
    return SeriesView(
        id=id,
        chart=chart,
        heads=tuple(
            SeriesHead(label, " ".join(signs[i] for i, before in enumerate(at) if before == column))
            for column, label in enumerate(labels)
        ),
        rows=rows,
        breaks=tuple((signs[i], _told(found)) for i, found in enumerate(breaks)),
        details=tuple(
            dict.fromkeys(cell.detail for row in rows for cell in row.cells if cell.detail)
        ),
        signs=tuple(signs_used(used)),
        notes=tuple(_notes(lines if chart else (), behind, named.common, used)),
    )


def break_position(found: Break, periods: Sequence[str]) -> int:
    """The first period (its index) after the break; the number of periods where none is."""
    since = found.on.isoformat() if found.on else period_end(found.period or "")
    if not since:
        return len(periods)
    return next(
        (index for index, period in enumerate(periods) if period_end(period) >= since), len(periods)
    )


def period_end(code: str) -> str:
    """The last day of a period by its code, as text that sorts; the code itself if unknown."""
    last = code.partition("/")[2] or code
    if re.fullmatch(r"\d{4}", last):
        return f"{last}-12-31"
    if quarter := re.fullmatch(r"(\d{4})-Q([1-4])", last):
        return f"{quarter[1]}-{int(quarter[2]) * 3:02}-31"
    return f"{last}-31" if re.fullmatch(r"\d{4}-\d{2}", last) else last


def _told(found: Break) -> str:
    text = break_in_words(found)
    return (
        text
        if found.on is None or day(found.on) in text
        else f"{text.rstrip('.')} (ab {day(found.on)})"
    )


def _has_figure(figures: Figures, code: str, periods: Sequence[str]) -> bool:
    return any((code, period) in figures for period in periods)


def _values(figures: Figures, code: str, periods: Sequence[str]) -> list[float | None]:
    found = [figures.get((code, period)) for period in periods]
    return [item.value if item else None for item in found]


def _line(figures: Figures, place: Place, periods: Sequence[str]) -> Series:
    found = [figures.get((place.code, period)) for period in periods]
    return Series(
        place.name,
        [item.value if item else None for item in found],
        is_comparison=place.is_comparison,
        bounds=[bounds(item) if item else None for item in found],
        estimated=frozenset(i for i, item in enumerate(found) if item and is_estimated(item)),
    )


def _row(
    figures: Figures, place: Place, periods: Sequence[str], indicator: ObservedIndicator
) -> SeriesRow:
    return SeriesRow(
        place, tuple(make_cell(figures.get((place.code, at)), indicator.decimals) for at in periods)
    )


def make_cell(item: Observation | None, decimals: int) -> SeriesCell:
    """One figure as the cell of a table."""
    if item is None:
        return SeriesCell("k.\u00a0A.")
    words = "" if is_as_asked(item) and not is_estimated(item) else derivation_in_words(item)
    return SeriesCell(figure(item, decimals), interval(item, decimals), words)


def _chart(
    lines: Sequence[Series],
    labels: Sequence[str],
    indicator: ObservedIndicator,
    breaks: Sequence[int],
    behind: Sequence[Sequence[float | None]],
    id: str,
) -> Markup:
    with_figures = {i for line in lines for i, value in enumerate(line.values) if value is not None}
    if len(with_figures) < 2:
        return Markup("")
    return line_chart(
        lines,
        labels,
        title=f"{indicator.name} von {labels[min(with_figures)]} bis {labels[max(with_figures)]}",
        description=_description(lines, indicator, labels),
        marks=[Mark(before, str(index + 1)) for index, before in enumerate(breaks)],
        background=behind,
        id=f"{id}-bild",
    )


def _description(
    lines: Sequence[Series], indicator: ObservedIndicator, labels: Sequence[str]
) -> str:
    """Each line's way in one sentence: first and last figure."""
    sentences = []
    for line in lines:
        present = [(at, value) for at, value in enumerate(line.values) if value is not None]
        if not present:
            continue
        (first, was), (last, now) = present[0], present[-1]
        sentences.append(
            f"{line.name}: {number(was, indicator.decimals)} ({labels[first]}), "
            f"{number(now, indicator.decimals)} ({labels[last]})."
        )
    return f"Einheit: {indicator.unit}. {' '.join(sentences)} Alle Zahlen stehen in der Tabelle."


def _notes(
    lines: Sequence[Series],
    behind: Sequence[Sequence[float | None]],
    common: str,
    used: Sequence[Observation],
) -> list[str]:
    notes = [f"Zeitpunkt: {common.rstrip('.')}."] if common else []
    values = [value for line in lines for value in line.values if value is not None]
    if lines:
        values += [value for line in behind for value in line if value is not None]
    if values and not (axis := value_axis(values)).starts_at_zero:
        notes.append(
            f"Die senkrechte Achse beginnt bei {number(axis.low, 1)}, nicht bei null: "
            "Unterschiede wirken größer, als sie sind."
        )
    if values and any(is_estimated(item) for item in used):
        notes.append("Offene Marken: geschätzt.")
    reasons = [
        f"{item.name} {period_in_words(item.period)}: {why_without(item)}"
        for item in used
        if why_without(item)
    ]
    if reasons:
        more = len(reasons) - MOST_REASONS
        listed = "; ".join(reasons[:MOST_REASONS])
        notes.append(f"Ohne Zahl – {listed}{f'; und {more} weitere' if more > 0 else ''}.")
    return notes
