"""The map of one indicator over the areas around the subject, or within it."""

from collections.abc import Sequence

from services.report_api.content.blocks import (
    Block,
    Choropleth,
    Heading,
    LegendEntry,
    MapArea,
    Paragraph,
)
from services.report_api.content.classes import breaks_of, class_count, class_of
from services.report_api.content.profile_context import ProfileContext
from services.report_api.content.words import (
    POLARITY_WORDS,
    areas_of_map,
    counted,
    interval_in_words,
    joined,
    number,
    short_name,
    value_in_words,
    with_unit,
)
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import IndicatorRecord, MapRecord

_CLASS_WORDS = {1: "einer Klasse", 2: "zwei Klassen", 3: "drei Klassen", 4: "vier Klassen"}
MapFigures = Sequence[tuple[str, Figure | None]]


def map_blocks(context: ProfileContext, code: str | None) -> list[Block]:
    """The chapter of the map; nothing where the report has none."""
    drawn = context.reading.snapshot.map
    indicator = context.reading.indicators.get(code or "")
    period = context.reading.map_period(indicator) if indicator else None
    if drawn is None or indicator is None or period is None:
        return []
    figures = [item for item in context.map_figures(indicator, period) if item[0] in drawn.paths]
    region = areas_of_map(context.reading.areas[drawn.within], drawn.level)
    return [
        Heading(f"{indicator.short_name}: {region}"),
        Paragraph(_spread(context, indicator, figures, period)),
        _choropleth(context, drawn, indicator, figures, region, period),
    ]


def _choropleth(
    context: ProfileContext,
    drawn: MapRecord,
    indicator: IndicatorRecord,
    figures: MapFigures,
    region: str,
    period: str,
) -> Choropleth:
    breaks = breaks_of([item.value for _, item in figures if item and item.value is not None])
    areas = tuple(
        MapArea(
            code=code,
            name=short_name(context.reading.areas[code]),
            path=drawn.paths[code],
            text=value_in_words(indicator, figure) if figure else "k.\u00a0A.",
            class_index=(
                class_of(figure.value, breaks) if figure and figure.value is not None else None
            ),
            is_hidden=figure is not None and figure.is_hidden,
            is_emphasised=code in context.reading.snapshot.subject,
        )
        for code, figure in figures
    )
    label = context.period_label(period)
    direction = POLARITY_WORDS[indicator.polarity]
    return Choropleth(
        title=f"{indicator.name}, {label}: {region}",
        alternative=_alternative(context, indicator, figures, region, period),
        areas=areas,
        legend=_legend(indicator, areas, breaks),
        classes=class_count(breaks),
        width=round(drawn.width),
        height=drawn.height,
        sources=context.sources(figure for _, figure in figures),
        note=f"Dunkler heißt höher. {direction} Jede Klasse umfasst etwa gleich viele Gebiete.",
    )


def _legend(
    indicator: IndicatorRecord, areas: Sequence[MapArea], breaks: Sequence[float]
) -> tuple[LegendEntry, ...]:
    entries = []
    classes = class_count(breaks)
    for index in range(classes):
        low, high = breaks[index], breaks[min(index + 1, len(breaks) - 1)]
        upper = with_unit(high, indicator.unit, indicator.decimals)
        word = "bis" if index == classes - 1 else "bis unter"
        text = f"{number(low, indicator.decimals)} {word} {upper}" if high > low else upper
        amount = sum(area.class_index == index for area in areas)
        entries.append(LegendEntry(text, amount, index))
    hidden = sum(area.is_hidden for area in areas)
    missing = sum(area.class_index is None and not area.is_hidden for area in areas)
    if hidden:
        entries.append(LegendEntry("geheim", hidden, None, is_hidden=True))
    if missing:
        entries.append(LegendEntry("k.\u00a0A.", missing, None))
    return tuple(entries)


def _alternative(
    context: ProfileContext,
    indicator: IndicatorRecord,
    figures: MapFigures,
    region: str,
    period: str,
) -> str:
    breaks = breaks_of([item.value for _, item in figures if item and item.value is not None])
    classes = _CLASS_WORDS.get(class_count(breaks), "fünf Klassen")
    sentences = [
        f"Karte: {region}, gefärbt nach „{indicator.name}“ ({context.period_label(period)}) in "
        f"{classes}; dunkler heißt höher.",
        _spread(context, indicator, figures, period),
    ]
    outlined = [
        short_name(context.reading.areas[code])
        for code, _ in figures
        if code in context.reading.snapshot.subject
    ]
    if outlined:
        sentences.append(f"Umrandet ist {joined(outlined)}.")
    return " ".join(sentences)


def _spread(
    context: ProfileContext,
    indicator: IndicatorRecord,
    figures: MapFigures,
    period: str,
) -> str:
    """From the lowest to the highest value, with their intervals, and what is not shown."""
    valued = [(code, item) for code, item in figures if item is not None and item.value is not None]
    valued.sort(key=lambda pair: (pair[1].value, pair[0]))
    low, high = (_named(context, indicator, *pair) for pair in (valued[0], valued[-1]))
    sentences = [f"Die Werte reichen {context.when(period)} von {low} bis {high}."]
    if any(item.lower is not None for _, item in valued):
        sentences.append(
            "In Klammern steht der 95‑%‑Bereich; Gebiete, deren Bereiche sich überschneiden, "
            "lassen sich nicht sicher ordnen."
        )
    hidden = sum(item is not None and item.is_hidden for _, item in figures)
    missing = len(figures) - hidden - len(valued)
    if hidden:
        verb = "ist" if hidden == 1 else "sind"
        sentences.append(f"{counted(hidden, 'Wert', 'Werte')} {verb} geheim.")
    if missing:
        sentences.append(f"Zu {counted(missing, 'Gebiet', 'Gebieten')} liegt kein Wert vor.")
    return " ".join(sentences)


def _named(context: ProfileContext, indicator: IndicatorRecord, code: str, figure: Figure) -> str:
    span = interval_in_words(indicator, figure)
    beside = (
        f"{short_name(context.reading.areas[code])}; {span}"
        if span
        else short_name(context.reading.areas[code])
    )
    return f"{value_in_words(indicator, figure)} ({beside})"
