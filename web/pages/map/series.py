"""How the chosen places went over time: a chart, and its numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from web.charts import Series, line_chart, value_axis
from web.clients.indicator_types import Indicator, Observation, Observations
from web.figures import figure, interval, signs_used
from web.format import number
from web.periods import name_periods


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One place's figures by period, as text."""

    code: str
    name: str
    is_comparison: bool
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeriesView:
    """Chart and table of several places; `chart` is empty with fewer than two periods."""

    chart: Markup
    periods: tuple[str, ...]
    rows: tuple[SeriesRow, ...]
    signs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def make_series(
    shown: Observations, indicator: Indicator, places: Sequence[str]
) -> SeriesView | None:
    """The series of `places`, comparisons after them; None where there is no figure at all."""
    figures = {(item.area, item.period or ""): item for item in shown.items}
    periods = sorted({period for _, period in figures})
    names = {item.area: item.name for item in shown.items}
    codes = [code for code in places if code in names]
    codes += [code for code in names if code not in codes]
    if not any(item.value is not None for item in shown.items):
        return None
    names_of_periods = name_periods(periods)
    labels = list(names_of_periods.names.values())
    lines = [
        Series(names[code], [_value(figures.get((code, period))) for period in periods],
               is_comparison=code not in places)
        for code in codes
    ]  # fmt: skip
    rows = tuple(
        SeriesRow(
            code,
            names[code],
            code not in places,
            tuple(_text(figures.get((code, period)), indicator) for period in periods),
        )
        for code in codes
    )
    axis = value_axis([value for line in lines for value in line.values if value is not None])
    notes = [f"Zeitpunkt: {names_of_periods.common}"] if names_of_periods.common else []
    if not axis.starts_at_zero:
        notes.append(
            f"Die senkrechte Achse beginnt bei {number(axis.low, 1)}, nicht bei null: "
            "Unterschiede wirken größer, als sie sind."
        )
    chart = Markup("")
    if len(periods) > 1:
        chart = line_chart(
            lines,
            labels,
            title=f"{indicator.name} von {labels[0]} bis {labels[-1]}",
            description=_description(lines, indicator, labels),
        )
    return SeriesView(chart, tuple(labels), rows, tuple(signs_used(shown.items)), tuple(notes))


def _value(item: Observation | None) -> float | None:
    return item.value if item else None


def _text(item: Observation | None, indicator: Indicator) -> str:
    if item is None:
        return "k. A."
    span = interval(item, indicator.decimals)
    text = figure(item, indicator.decimals)
    return f"{text} ({span})" if span else text


def _description(lines: Sequence[Series], indicator: Indicator, labels: Sequence[str]) -> str:
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
