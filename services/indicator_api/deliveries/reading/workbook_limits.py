"""What a workbook may hold: a sheet is read whole, so its size is looked at first.

A spreadsheet program stores only the cells that are filled, but a reader makes room for all
between the first and the last: one stray cell in the last corner of a sheet would cost gigabytes.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from services.indicator_api.deliveries.reading.unreadable import unreadable

MAXIMUM_CELLS = 6_000_000
# Sheets of XML take about 60 bytes a cell.
MAXIMUM_XML_BYTES = 400 << 20
MAXIMUM_XLS_BYTES = 80 << 20
_TOO_LARGE = (
    "Das Tabellenblatt ist zu groß, um als Arbeitsmappe gelesen zu werden. Löschen Sie leere "
    "Zeilen und Spalten, in denen weit außen noch etwas steht, oder speichern Sie es als CSV."
)
_CHUNK = 1 << 20
_XLSX_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_XLSX_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d+)"')
_ODS_TAG = re.compile(rb"<table:(table-row|table-cell|covered-table-cell|table)(?=[ />])([^>]*)")
_ODS_ROWS = re.compile(rb'table:number-rows-repeated="(\d+)"')
_ODS_COLUMNS = re.compile(rb'table:number-columns-repeated="(\d+)"')


def refuse_huge(path: Path, kind: str) -> None:
    """Raise `UnreadableError` for a workbook that would take too much room."""
    if kind == "xls":
        if path.stat().st_size > MAXIMUM_XLS_BYTES:
            raise unreadable(_TOO_LARGE)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(info.file_size for info in parts) > MAXIMUM_XML_BYTES:
                raise unreadable(_TOO_LARGE)
            for info in parts:
                is_sheet = kind == "xlsx" and _XLSX_SHEET.fullmatch(info.filename)
                if is_sheet or (kind == "ods" and info.filename == "content.xml"):
                    with archive.open(info) as part:
                        cells = _xlsx_cells(part) if is_sheet else _ods_cells(part)
                    if cells > MAXIMUM_CELLS:
                        raise unreadable(_TOO_LARGE)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise unreadable("Die Arbeitsmappe ist beschädigt oder geschützt.") from None


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """A part of the archive in pieces that end with a tag."""
    rest = b""
    while chunk := part.read(_CHUNK):
        data = rest + chunk
        cut = data.rfind(b">") + 1
        rest = data[cut:]
        yield data[:cut]


def _xlsx_cells(part: IO[bytes]) -> int:
    """The cells between the first one and the outermost filled ones."""
    rows: set[bytes] = set()
    columns: set[bytes] = set()
    last_row = 0
    for piece in _pieces(part):
        for column, row in _XLSX_CELL.findall(piece):
            columns.add(column)
            rows.add(row)
        last_row = max(last_row, max(map(int, rows), default=0))
        rows.clear()
    return last_row * max(map(_column_number, columns), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _ods_cells(part: IO[bytes]) -> int:
    """The cells of the largest sheet up to its outermost filled ones, repeated ones counted."""
    largest = rows = width = filled = repeated = 0
    last_row = last_column = 0
    for piece in _pieces(part):
        for tag, attributes in _ODS_TAG.findall(piece):
            if tag.endswith(b"cell"):
                width += _count(_ODS_COLUMNS, attributes)
                filled = width if b"office:value-type=" in attributes else filled
                continue
            rows += repeated
            if filled:
                last_row, last_column = rows, max(last_column, filled)
            largest = max(largest, last_row * last_column)
            width = filled = 0
            repeated = _count(_ODS_ROWS, attributes) if tag == b"table-row" else 0
            if tag == b"table":
                rows = last_row = last_column = 0
    rows += repeated
    return max(largest, (rows if filled else last_row) * max(last_column, filled))


def _count(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return int(found[1]) if found else 1
