"""The chart of one indicator: a line over time, else bars beside the comparisons."""

from services.report_api.content.blocks import (
    Block,
    Chart,
    ChartPoint,
    ChartSeries,
    Column,
    Heading,
    Paragraph,
    Row,
    Table,
)
from services.report_api.content.choices import has_series, newest_value
from services.report_api.content.comparing import difference, is_within_uncertainty
from services.report_api.content.profile_context import ProfileContext, shown
from services.report_api.content.words import (
    POLARITY_WORDS,
    areas_of_map,
    counted,
    interval_in_words,
    joined,
    place,
    short_name,
    short_periods,
    value_in_words,
)
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import AreaRecord, IndicatorRecord, PeriodRecord


def chart_blocks(context: ProfileContext, code: str | None) -> list[Block]:
    """The chapter of the chart; nothing where the report has none."""
    indicator = context.reading.indicators.get(code or "")
    if indicator is None:
        return []
    if has_series(context, indicator):
        return _line_blocks(context, indicator)
    return _bar_blocks(context, indicator)


Line = tuple[AreaRecord, list[Figure | None]]


def _line_blocks(context: ProfileContext, indicator: IndicatorRecord) -> list[Block]:
    reading = context.reading
    periods = [
        reading.periods[code]
        for code in reversed(indicator.periods)
        if reading.own_figure(indicator, code) is not None
    ]
    labels, common = short_periods(periods)
    lines: list[Line] = [
        (context.subject, [reading.own_figure(indicator, item.code) for item in periods])
    ]
    for code in reading.snapshot.comparisons:
        figures = [reading.figure(indicator, code, item.code) for item in periods]
        if any(figure is not None and figure.value is not None for figure in figures):
            lines.append((reading.areas[code], figures))
    span = f"{labels[0]} bis {labels[-1]}"
    course = _course(context, indicator, periods, labels)
    sources = context.sources(figure for _, figures in lines for figure in figures)
    when = f" ({common})" if common else ""
    chart = Chart(
        title=f"{indicator.name}, {span}{when}",
        alternative=_line_alternative(indicator, lines, labels, common),
        form="line",
        unit=indicator.unit,
        decimals=indicator.decimals,
        series=tuple(
            ChartSeries(
                name=short_name(area),
                points=tuple(
                    ChartPoint(label, figure.value if figure else None)
                    for label, figure in zip(labels, figures, strict=True)
                ),
                is_emphasised=area is context.subject,
            )
            for area, figures in lines
        ),
        table=_line_table(indicator, lines, labels, common, sources),
        sources=sources,
    )
    return [Heading(f"{indicator.short_name}: Entwicklung {span}"), Paragraph(course), chart]


def _line_table(
    indicator: IndicatorRecord,
    lines: list[Line],
    labels: tuple[str, ...],
    common: str,
    sources: tuple[int, ...],
) -> Table:
    rows = tuple(
        Row(
            head=label,
            cells=tuple(shown(indicator, figures[at], has_unit=False) for _, figures in lines),
        )
        for at, label in enumerate(labels)
    )
    columns = (
        Column("Zeit"),
        *(Column(short_name(area), indicator.unit, is_numeric=True) for area, _ in lines),
    )
    notes = (f"Stand: {common}",) if common else ()
    return Table(f"{indicator.name} in Zahlen", columns, rows, sources, notes)


def _course(
    context: ProfileContext,
    indicator: IndicatorRecord,
    periods: list[PeriodRecord],
    labels: tuple[str, ...],
) -> str:
    """From the first to the last value of the subject, and how sure the change is."""
    valued = [
        (label, figure)
        for label, item in zip(labels, periods, strict=True)
        if (figure := context.reading.own_figure(indicator, item.code)) is not None
        and figure.value is not None
    ]
    (first_label, first), (last_label, last) = valued[0], valued[-1]
    values = (
        f"zuerst {_with_interval(indicator, first, first_label)}, zuletzt "
        f"{_with_interval(indicator, last, last_label)}"
    )
    if is_within_uncertainty(last, first):
        change = "Ein sicherer Unterschied zwischen den beiden Zeitpunkten zeigt sich nicht."
    else:
        stands = difference(indicator, last.value or 0.0, first.value or 0.0)
        change = f"Der Wert ist zuletzt {stands} am Anfang."
    without = [
        label
        for label, item in zip(labels, periods, strict=True)
        if (figure := context.reading.own_figure(indicator, item.code)) is None
        or figure.value is None
    ]
    gap = f" Ohne Wert: {joined(without)}." if without else ""
    return f"„{indicator.name}“ {context.where}: {values}. {change}{gap}"


def _with_interval(indicator: IndicatorRecord, figure: Figure, when: str = "") -> str:
    """„12,2 % (2024; 95‑%‑Bereich 11,9 bis 12,4 %)“: the value, then what belongs to it."""
    span = interval_in_words(indicator, figure)
    beside = "; ".join(filter(None, (when, f"95‑%‑Bereich {span}" if span else "")))
    text = value_in_words(indicator, figure)
    return f"{text} ({beside})" if beside else text


def _line_alternative(
    indicator: IndicatorRecord, lines: list[Line], labels: tuple[str, ...], common: str
) -> str:
    when = f" ({common})" if common else ""
    sentences = [f"Liniendiagramm: {indicator.name}, {labels[0]} bis {labels[-1]}{when}."]
    for area, figures in lines:
        points = [
            f"{label} {value_in_words(indicator, figure) if figure else 'k. A.'}"
            for label, figure in zip(labels, figures, strict=True)
        ]
        sentences.append(f"{short_name(area)}: {', '.join(points)}.")
    return " ".join(sentences)


def _bar_blocks(context: ProfileContext, indicator: IndicatorRecord) -> list[Block]:
    newest = newest_value(context, indicator)
    if newest is None:
        return []
    compared = [
        (area, figure)
        for area, figure in context.comparisons(indicator, newest.period)
        if figure.value is not None
    ]
    bars: list[tuple[AreaRecord, Figure | None]] = [(context.subject, newest), *compared]
    heading = f"{indicator.short_name} im Vergleich"
    if not compared:
        bars, heading = _bars_of_neighbours(context, indicator)
    period = next(figure.period for _, figure in bars if figure is not None)
    label = context.period_label(period)
    sources = context.sources(figure for _, figure in bars)
    sentence = "; ".join(
        f"{short_name(area)} {value_in_words(indicator, figure) if figure else 'k. A.'}"
        for area, figure in bars
    )
    chart = Chart(
        title=f"{indicator.name}, {label}",
        alternative=f"Balkendiagramm: {indicator.name}, {label}. {sentence}.",
        form="bar",
        unit=indicator.unit,
        decimals=indicator.decimals,
        series=tuple(
            ChartSeries(
                name=short_name(area),
                points=(ChartPoint(label, figure.value if figure else None),),
                is_emphasised=area.code in context.reading.snapshot.subject,
            )
            for area, figure in bars
        ),
        table=Table(
            title=f"{indicator.name} in Zahlen",
            columns=(
                Column("Gebiet"),
                Column(indicator.short_name, indicator.unit, is_numeric=True),
            ),
            rows=tuple(
                Row(
                    short_name(area),
                    (shown(indicator, figure, has_unit=False),),
                    is_emphasised=area.code in context.reading.snapshot.subject,
                )
                for area, figure in bars
            ),
            sources=sources,
            notes=(f"Stand: {label}",),
        ),
        sources=sources,
    )
    return [Heading(heading), Paragraph(_bar_sentence(context, indicator, bars)), chart]


def _bars_of_neighbours(
    context: ProfileContext, indicator: IndicatorRecord
) -> tuple[list[tuple[AreaRecord, Figure | None]], str]:
    """Without a larger area to compare with: the areas that the subject is one of, by key."""
    reading, group = context.reading, context.own_group
    period = reading.period_of(indicator, group)
    if period is None or group is None:
        return [], ""
    bars = [
        (reading.areas[code], item)
        for code, item in context.group_figures(indicator, group, period)
    ]
    region = areas_of_map(reading.areas[group.within], group.level)
    return list(bars), f"{indicator.short_name}: {region} nebeneinander"


def _bar_sentence(
    context: ProfileContext,
    indicator: IndicatorRecord,
    bars: list[tuple[AreaRecord, Figure | None]],
) -> str:
    direction = POLARITY_WORDS[indicator.polarity]
    own = next((item for area, item in bars if area is context.subject and item), None)
    is_beside_larger = bars[0][0] is context.subject
    if is_beside_larger and own is not None:
        others = [
            f"{place(area)} {_with_interval(indicator, figure)}"
            for area, figure in bars
            if area is not context.subject and figure is not None
        ]
        beside = f"; {joined(others)}" if others else ""
        value = _with_interval(indicator, own)
        return f"„{indicator.name}“: {context.where} {value}{beside}. {direction}"
    amount = counted(len(bars), "Gebiet", "Gebiete")
    return f"„{indicator.name}“ für {amount}, in der Reihenfolge ihrer Schlüssel. {direction}"
