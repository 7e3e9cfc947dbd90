"""Figures as an Excel workbook: a sheet of figures, a sheet that explains them.

Rows go to a temporary file as they come, so that memory stays flat; the workbook is whole once
it is closed. Texts are written as texts whatever they look like: none becomes a formula or link.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from services.indicator_api.observations.formats.columns import COLUMNS, NAMES
from services.indicator_api.observations.formats.words import (
    DERIVATION_WORDS,
    QUALITY_WORDS,
    STATUS_WORDS,
)
from services.indicator_api.periods.rules import parse_period

MAXIMUM_ROWS = 1_048_575
_WIDTHS = {
    "indicator": 18,
    "indicator_name": 34,
    "breakdown": 14,
    "area": 14,
    "name": 28,
    "level": 12,
    "status": 18,
    "quality": 16,
    "derivation": 26,
    "derivation_detail": 30,
    "source": 40,
    "licence": 14,
}
_STATUS, _QUALITY = NAMES.index("status"), NAMES.index("quality")
_PERIOD, _DERIVATION = NAMES.index("period"), NAMES.index("derivation")
_INDICATOR = NAMES.index("indicator")
_FLAGS = {True: "ja", False: "nein"}


class XlsxWriter:
    """Writes the workbook at `path`; `decimals` by indicator code."""

    def __init__(self, path: Path, decimals: Mapping[str, int]) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": False,
                "tmpdir": str(path.parent),
            },
        )
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})
        self._whole = self._book.add_format({"num_format": "#,##0"})
        self._plain = self._book.add_format({"num_format": "#,##0.######"})
        by_decimals = {
            places: self._book.add_format({"num_format": "#,##0" + _places(places)})
            for places in sorted(set(decimals.values()))
        }
        self._by_indicator = {code: by_decimals[places] for code, places in decimals.items()}
        self._sheets = 0
        self._row = 0
        self._sheet = self._next_sheet()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Let go of the files of a workbook that was not closed; it is none then."""
        if kind is not None:
            for sheet in self._book.worksheets():
                if sheet.row_data_fh is not None:
                    sheet.row_data_fh.close()
            self._book.fileclosed = True

    def _next_sheet(self) -> Worksheet:
        if self._sheets:
            self._close_sheet()
        self._sheets += 1
        name = "Zahlen" if self._sheets == 1 else f"Zahlen {self._sheets}"
        sheet: Worksheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(COLUMNS):
            sheet.set_column(number, number, _WIDTHS.get(column.name, 12))
            sheet.write_string(0, number, column.heading, self._bold)
        self._row = 0
        return sheet

    def _close_sheet(self) -> None:
        self._sheet.autofilter(0, 0, max(self._row, 1), len(COLUMNS) - 1)

    def rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write rows in the order of COLUMNS; a full sheet is followed by another."""
        for row in rows:
            if self._row == MAXIMUM_ROWS:
                self._sheet = self._next_sheet()
            self._row += 1
            self._write(row)

    def _write(self, row: Sequence[Any]) -> None:
        value_format = self._by_indicator.get(row[_INDICATOR], self._plain)
        for number, (column, value) in enumerate(zip(COLUMNS, row, strict=True)):
            if value is None or value == "":
                continue
            if column.kind == "value":
                self._number(number, value, value_format)
            elif column.kind in ("number", "count"):
                self._number(number, value, self._whole if value % 1 == 0 else self._plain)
            else:
                self._sheet.write_string(self._row, number, _word(number, value))

    def _number(self, column: int, value: float, as_format: Format) -> None:
        self._sheet.write_number(self._row, column, value, as_format)

    def explain(self, lines: Sequence[tuple[str, str]]) -> None:
        """Add the sheet that explains the figures: a heading and a text a line."""
        self._close_sheet()
        sheet = self._book.add_worksheet("Erläuterung")
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 100)
        for number, (heading, words) in enumerate(lines):
            sheet.write_string(number, 0, heading, self._bold)
            sheet.write_string(number, 1, words, self._wrapped)

    def close(self) -> None:
        """Write the file."""
        self._book.close()


def _places(decimals: int) -> str:
    return "." + "0" * decimals if decimals else ""


def _word(column: int, value: Any) -> str:
    if column == _STATUS:
        return STATUS_WORDS.get(str(value), str(value))
    if column == _QUALITY:
        return ", ".join(QUALITY_WORDS.get(word, word) for word in value.split())
    if column == _DERIVATION:
        return DERIVATION_WORDS.get(str(value), str(value))
    if column == _PERIOD:
        period = parse_period(str(value))
        return str(value) if period is None else period.label
    if isinstance(value, bool):
        return _FLAGS[value]
    return str(value)
