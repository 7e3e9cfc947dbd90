"""The table of all areas on the map with the main indicators, and the larger area below them."""

from services.report_api.content.blocks import Block, Column, Heading, Row, Table
from services.report_api.content.profile_context import ProfileContext, has_value, shown
from services.report_api.content.words import areas_of_map, short_name
from services.report_api.figures.rules import Figure
from services.report_api.snapshots.rules import IndicatorRecord

MOST_COLUMNS = 6
_FOLDED = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})


def area_table_blocks(context: ProfileContext) -> list[Block]:
    """The chapter of the table; nothing where there is no map."""
    drawn = context.reading.snapshot.map
    if drawn is None:
        return []
    columns = _columns(context)
    if not columns:
        return []
    within = context.reading.areas[drawn.within]
    region = areas_of_map(within, drawn.level)
    codes = sorted(
        drawn.codes,
        key=lambda code: short_name(context.reading.areas[code]).lower().translate(_FOLDED),
    )
    cells = [
        context.reading.figure(item, code, period) for item, period in columns for code in codes
    ]
    rows = [_row(context, columns, code) for code in codes]
    total = _total(context, columns)
    if total is not None:
        rows.append(total)
    labels = {period: context.period_label(period) for _, period in columns}
    if len(labels) == 1:
        stand = f"Stand {next(iter(labels.values()))}."
    else:
        stand = (
            "Stand: "
            + "; ".join(f"{item.short_name} {labels[period]}" for item, period in columns)
            + "."
        )
    table = Table(
        title=f"{region}: die wichtigsten Kennzahlen",
        columns=(
            Column("Gebiet"),
            *(Column(item.short_name, item.unit, is_numeric=True) for item, _ in columns),
        ),
        rows=tuple(rows),
        sources=context.sources(cells),
        notes=(f"{stand} Die Reihenfolge ist alphabetisch und keine Rangfolge.",),
    )
    return [Heading(f"{region} im Überblick"), table]


def _columns(context: ProfileContext) -> list[tuple[IndicatorRecord, str]]:
    found = []
    for indicator in context.reading.snapshot.indicators:
        period = context.reading.map_period(indicator)
        if period is None:
            continue
        if any(has_value(figure) for _, figure in context.map_figures(indicator, period)):
            found.append((indicator, period))
    return found[:MOST_COLUMNS]


def _row(context: ProfileContext, columns: list[tuple[IndicatorRecord, str]], code: str) -> Row:
    figures = [context.reading.figure(item, code, period) for item, period in columns]
    return Row(
        head=short_name(context.reading.areas[code]),
        cells=tuple(
            shown(item, figure, has_unit=False)
            for (item, _), figure in zip(columns, figures, strict=True)
        ),
        is_emphasised=code in context.reading.snapshot.subject,
    )


def _total(context: ProfileContext, columns: list[tuple[IndicatorRecord, str]]) -> Row | None:
    """The area around them, where its figures are part of the report."""
    drawn = context.reading.snapshot.map
    if drawn is None:
        return None
    figures: list[Figure | None] = [
        context.reading.figure(item, drawn.within, period) for item, period in columns
    ]
    if not any(has_value(figure) for figure in figures):
        return None
    return Row(
        head=f"{short_name(context.reading.areas[drawn.within])} insgesamt",
        cells=tuple(
            shown(item, figure, has_unit=False)
            for (item, _), figure in zip(columns, figures, strict=True)
        ),
        is_emphasised=drawn.within in context.reading.snapshot.subject,
    )
