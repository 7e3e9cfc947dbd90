"""Tables of all areas on the map, or beside the subject, with the main indicators."""

from collections.abc import Sequence

from services.report_api.content.blocks import Block, Column, Heading, Row, Table
from services.report_api.content.profile_context import Group, ProfileContext, has_value, shown
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
    """A chapter for the areas of the map, and one for the subject's peers where it has others."""
    snapshot = context.reading.snapshot
    return [
        block
        for group in (snapshot.peers, snapshot.map)
        if group is not None
        for block in _table_of(context, group)
    ]


def _table_of(context: ProfileContext, group: Group) -> list[Block]:
    columns = _columns(context, group)
    if not columns:
        return []
    region = areas_of_map(context.reading.areas[group.within], group.level)
    codes = sorted(group.codes, key=lambda code: _sort_key(context, code))
    heads = {code: short_name(context.reading.areas[code]) for code in codes}
    lines = {code: _line(context, columns, code) for code in codes}
    around = _line(context, columns, group.within)
    if any(has_value(figure) for figure in around):
        heads[group.within] = f"{short_name(context.reading.areas[group.within])} insgesamt"
        lines[group.within] = around
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


def _columns(context: ProfileContext, group: Group) -> list[tuple[IndicatorRecord, str]]:
    found = []
    for indicator in context.reading.snapshot.indicators:
        period = context.reading.period_of(indicator, group)
        if period is None:
            continue
        if any(has_value(item) for _, item in context.group_figures(indicator, group, period)):
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
