"""The table of all areas on the map with the main indicators, and the larger area below them."""

from collections.abc import Sequence

from services.report_api.content.blocks import Block, Column, Heading, Row, Table
from services.report_api.content.profile_context import ProfileContext, has_value, shown
from services.report_api.content.words import areas_of_map, joined, quality_in_words, short_name
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import IndicatorRecord

MOST_COLUMNS = 6
ORDER_NOTE = "Die Reihenfolge ist alphabetisch und keine Rangfolge."
_FOLDED = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
Columns = Sequence[tuple[IndicatorRecord, str]]
# one a row, each with the figures of its columns
Lines = Sequence[Sequence[Figure | None]]


def area_table_blocks(context: ProfileContext) -> list[Block]:
    """The chapter of the table; nothing where there is no map."""
    drawn = context.reading.snapshot.map
    columns = _columns(context)
    if drawn is None or not columns:
        return []
    region = areas_of_map(context.reading.areas[drawn.within], drawn.level)
    codes = sorted(drawn.codes, key=lambda code: _sort_key(context, code))
    heads = {code: short_name(context.reading.areas[code]) for code in codes}
    lines = {code: _line(context, columns, code) for code in codes}
    around = _line(context, columns, drawn.within)
    if any(has_value(figure) for figure in around):
        heads[drawn.within] = f"{short_name(context.reading.areas[drawn.within])} insgesamt"
        lines[drawn.within] = around
    qualities = [_shared_quality(column) for column in zip(*lines.values(), strict=True)]
    table = Table(
        title=f"{region}: die wichtigsten Kennzahlen",
        columns=(
            Column("Gebiet"),
            *(Column(item.short_name, item.unit, is_numeric=True) for item, _ in columns),
        ),
        rows=tuple(
            Row(
                head=heads[code],
                cells=tuple(
                    shown(item, figure, has_unit=False, has_quality=not quality)
                    for (item, _), figure, quality in zip(columns, line, qualities, strict=True)
                ),
                is_emphasised=code in context.reading.snapshot.subject,
            )
            for code, line in lines.items()
        ),
        sources=context.sources(figure for line in lines.values() for figure in line),
        notes=(_stand(context, columns), *_quality_notes(columns, qualities), ORDER_NOTE),
    )
    return [Heading(f"{region} im Überblick"), table]


def _sort_key(context: ProfileContext, code: str) -> str:
    return short_name(context.reading.areas[code]).lower().translate(_FOLDED)


def _columns(context: ProfileContext) -> list[tuple[IndicatorRecord, str]]:
    found = []
    for indicator in context.reading.snapshot.indicators:
        period = context.reading.map_period(indicator)
        if period is None:
            continue
        if any(has_value(figure) for _, figure in context.map_figures(indicator, period)):
            found.append((indicator, period))
    return found[:MOST_COLUMNS]


def _line(context: ProfileContext, columns: Columns, code: str) -> list[Figure | None]:
    return [context.reading.figure(item, code, period) for item, period in columns]


def _stand(context: ProfileContext, columns: Columns) -> str:
    """„Stand: 31.12.2024; abweichend Ohne Schulabschluss: 2023.“"""
    periods = [period for _, period in columns]
    common = max(dict.fromkeys(periods), key=periods.count)
    others = [
        f"{item.short_name}: {context.period_label(period)}"
        for item, period in columns
        if period != common
    ]
    beside = f"; abweichend {'; '.join(others)}" if others else ""
    return f"Stand: {context.period_label(common)}{beside}."


def _shared_quality(column: Sequence[Figure | None]) -> str:
    """The quality that all values of a column have, empty where they differ or have none."""
    found = {quality_in_words(item) for item in column if item is not None and has_value(item)}
    return found.pop() if len(found) == 1 else ""


def _quality_notes(columns: Columns, qualities: Sequence[str]) -> list[str]:
    """What is to be known of all values of a column, said once below the table."""
    by_words: dict[str, list[str]] = {}
    for (item, _), words in zip(columns, qualities, strict=True):
        if words:
            by_words.setdefault(words, []).append(item.short_name)
    return [f"{joined(names)}: {words}." for words, names in by_words.items()]
