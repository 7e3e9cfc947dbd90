"""How figures and tables are set: what stands beneath a number, how wide columns are.

Nothing is said otherwise than in the content; long units move beneath their number.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.report_api.content.blocks import Figure, LegendEntry, Table

TEXT_WIDTH_MM = 166.0
_NUMBER_AND_REST = re.compile(r"([-−]?\d[\d.,]*)[ \u00a0](\S.*)", re.DOTALL)
_RANGE_AND_UNIT = re.compile(r"(.*\d)[ \u00a0](\D+)", re.DOTALL)
_SHORT = 6
# Of the tables' type, 8.5 pt: an average letter, and the gap before a column.
_LETTER_MM, _GAP_MM = 1.62, 2.5
_WIDEST_FIGURES_MM = 32.0
# Heads of more columns are set at 7.5 pt, see show-table in report.typ.
_MANY_COLUMNS, _SMALL_HEAD = 5, 7.5 / 8.5


def set_figure(figure: Figure) -> dict[str, Any]:
    """The figure's parts: `value`, and a long unit or remark („(vorläufig)“) as `beneath`."""
    match = _NUMBER_AND_REST.fullmatch(figure.text)
    value, beneath = figure.text, ""
    if match is not None and len(match[2]) > _SHORT:
        value, beneath = match[1], match[2]
    return asdict(figure) | {"value": value, "beneath": beneath, "is_absent": False}


def shared_unit(legend: Sequence[LegendEntry]) -> str:
    """The long unit that all classes of a legend name, to be said once; else empty."""
    texts = [entry.text for entry in legend if entry.class_index is not None]
    units = {match[2] if (match := _RANGE_AND_UNIT.fullmatch(text)) else "" for text in texts}
    unit = units.pop() if len(units) == 1 else ""
    return unit if len(unit) > _SHORT else ""


def without_unit(text: str, unit: str) -> str:
    """A class's text without the unit that the legend's head names."""
    return text.removesuffix(unit).rstrip(" \u00a0") if unit else text


def column_widths(table: Table) -> list[float]:
    """The columns' widths on paper in mm.

    Columns of figures are equally wide and stand close to their row heads, or the eye loses the
    row on its way; columns of words share the width by how much they say.
    """
    figures = table.columns[1:]
    if not figures:
        return [TEXT_WIDTH_MM]
    if all(column.is_numeric for column in figures):
        longest = max(len(text) for text in (table.columns[0].label, *_texts(table, 0)))
        heads = min(max(_LETTER_MM * longest + _GAP_MM, 30.0), 70.0)
        width = min(_WIDEST_FIGURES_MM, (TEXT_WIDTH_MM - heads) / len(figures))
        return [round(heads, 2), *([round(width, 2)] * len(figures))]
    weights = [
        math.sqrt(max(64.0, sum(map(len, _texts(table, at))) / len(table.rows)))
        for at in range(len(table.columns))
    ]
    return [round(TEXT_WIDTH_MM * weight / sum(weights), 2) for weight in weights]


def hyphenated_heads(table: Table) -> list[bool]:
    """Which columns' heads hold a word wider than their column: only these are hyphenated."""
    letter = _LETTER_MM * (_SMALL_HEAD if len(table.columns) > _MANY_COLUMNS else 1)
    return [
        letter * max(map(len, re.split(r"[\s-]", column.label))) > width - _GAP_MM
        for column, width in zip(table.columns, column_widths(table), strict=True)
    ]


def _texts(table: Table, at: int) -> list[str]:
    return [row.head if at == 0 else row.cells[at - 1].text for row in table.rows]
