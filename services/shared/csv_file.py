"""Tables as CSV: UTF-8, one header, keys as text, no footnotes in cells (RFC 4180).

Two dialects: `semicolon` as spreadsheets set to German open it (decimal comma, byte order mark),
`comma` as programs expect it (decimal point).
"""

import csv
import io
from collections.abc import Sequence
from typing import Any, Literal

Dialect = Literal["semicolon", "comma"]
MEDIA_TYPE = "text/csv; charset=utf-8"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# what a spreadsheet would take for the beginning of a formula
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class CsvWriter:
    """Writes rows piece by piece; each piece is whole lines."""

    def __init__(self, dialect: Dialect) -> None:
        self._is_german = dialect == "semicolon"
        self._separator = ";" if self._is_german else ","

    def head(self, names: Sequence[str]) -> bytes:
        """The line of column names."""
        line = self._lines([list(names)])
        return _BYTE_ORDER_MARK + line if self._is_german else line

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """The lines of these rows; an empty cell is None."""
        cell = self._german_cell if self._is_german else _cell
        return self._lines([[cell(value) for value in row] for row in rows])

    def _lines(self, rows: list[list[str]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, delimiter=self._separator, lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode()

    def _german_cell(self, value: Any) -> str:
        if isinstance(value, float):
            return _cell(value).replace(".", ",")
        if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
            # a spreadsheet shows what follows the apostrophe as text
            return f"'{value}"
        return _cell(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = int(value)
        return str(whole) if whole == value and abs(value) < 1e15 else repr(value)
    return str(value)
