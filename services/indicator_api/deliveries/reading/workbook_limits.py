"""What a workbook may hold: a sheet is read whole, so its size is looked at first.

A spreadsheet program stores only the cells that are filled, but a reader makes room for all
between the first and the last: one stray cell in the last corner of a sheet would cost gigabytes.
Nothing that the file says of itself is believed: not how large a part is, nor where sheets lie.
"""

import copy
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.parsers import expat

from services.indicator_api.deliveries.reading.damaged import told_as_damaged
from services.indicator_api.deliveries.reading.old_workbook_limits import old_workbook_cells
from services.indicator_api.deliveries.reading.unreadable import unreadable
from services.indicator_api.deliveries.reading.zip_directory import refuse_large_directory

MAXIMUM_CELLS = 6_000_000
# All sheets are held at once, to find the one with the table.
MAXIMUM_CELLS_OF_ALL = 2 * MAXIMUM_CELLS
# Sheets of XML take about 60 bytes a cell.
MAXIMUM_XML_BYTES = 400 << 20
MAXIMUM_XLS_BYTES = 80 << 20
_TOO_LARGE = (
    "Das Tabellenblatt ist zu groß, um als Arbeitsmappe gelesen zu werden. Löschen Sie leere "
    "Zeilen und Spalten, in denen weit außen noch etwas steht, oder speichern Sie es als CSV."
)
_DAMAGED = "Die Arbeitsmappe ist beschädigt oder geschützt."
_CHUNK = 1 << 20
_LONGEST_TAG = 16 << 20
# As all common programs write cells; what is written otherwise is parsed, which takes longer.
_XLSX_CELL = re.compile(rb'<(?:\w+:)?c (?:[\w:]+="[^"<>]*" )*?r="([A-Z]{1,3})(\d{1,7})"(?=[ />])')
_XLSX_ANY_CELL = re.compile(rb"[<:]c[\s/>]")
_XLSX_PLACE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_ODS_TAG = re.compile(
    rb"<table:(table-row|table-cell|covered-table-cell|table)(?=[\s/>])"
    rb"((?:[^<>\"']|\"[^<\"]*+\"|'[^<']*+')*+)"
)
_ODS_ROWS = re.compile(rb"table:number-rows-repeated\s*=\s*[\"'](\d{1,9})[\"']")
_ODS_COLUMNS = re.compile(rb"table:number-columns-repeated\s*=\s*[\"'](\d{1,9})[\"']")
_ODS_FILLED = re.compile(rb"office:|table:formula")


def refuse_huge(path: Path, kind: str) -> None:
    """Raise `UnreadableError` for a workbook that would take too much room."""
    if kind == "xls":
        if path.stat().st_size > MAXIMUM_XLS_BYTES:
            raise unreadable(_TOO_LARGE)
        of_sheets = old_workbook_cells(path)
        if max(of_sheets, default=0) > MAXIMUM_CELLS or sum(of_sheets) > MAXIMUM_CELLS_OF_ALL:
            raise unreadable(_TOO_LARGE)
        return
    refuse_large_directory(path)
    with told_as_damaged(_DAMAGED), zipfile.ZipFile(path) as archive:
        _refuse_two_in_one(archive)
        _refuse_large_parts(archive)
        cells = 0
        for info in archive.infolist():
            if kind == "xlsx":
                cells += _of_sheet(archive, info)
            elif info.filename == "content.xml":
                with archive.open(info) as part:
                    cells += _ods_cells(part)
            if cells > MAXIMUM_CELLS_OF_ALL:
                raise unreadable(_TOO_LARGE)


def _refuse_two_in_one(archive: zipfile.ZipFile) -> None:
    """Of a file that is several workbooks the reader opens whichever it can, in whatever case."""
    names = {name.lower().replace("\\", "/") for name in archive.namelist()}
    is_office = any(name.startswith("xl/") for name in names)
    if "xl/workbook.bin" in names or (is_office and "content.xml" in names):
        raise unreadable(_DAMAGED)


def _refuse_large_parts(archive: zipfile.ZipFile) -> None:
    """All parts are unpacked: the sizes that the directory gives may be lies."""
    left = MAXIMUM_XML_BYTES
    for info in archive.infolist():
        unbounded = copy.copy(info)
        unbounded.file_size = MAXIMUM_XML_BYTES + 1
        with archive.open(unbounded) as part:
            while chunk := part.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise unreadable(_TOO_LARGE)


def _of_sheet(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """The cells of a part of an XLSX file, wherever it lies; 0 if it is no sheet."""
    with archive.open(info) as part:
        cells = _xlsx_cells(part)
    if cells is None:
        with archive.open(info) as part:
            cells = _xlsx_cells_parsed(part)
    if cells > MAXIMUM_CELLS:
        raise unreadable(_TOO_LARGE)
    return cells


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    """A part of the archive in whole tags; raises `UnreadableError` for one without end."""
    rest = b""
    while chunk := part.read(_CHUNK):
        data = rest + chunk
        begun = data.find(b"<", data.rfind(b">") + 1)
        cut = len(data) if begun < 0 else begun
        if len(data) - cut > _LONGEST_TAG:
            raise unreadable(_DAMAGED)
        rest = data[cut:]
        yield data[:cut]


def _xlsx_cells(part: IO[bytes]) -> int | None:
    """The cells between the first one and the outermost ones; None if not all say where they are.

    0 for a part that is no sheet.
    """
    columns: set[bytes] = set()
    last_row = 0
    is_sheet = False
    for piece in _pieces(part):
        is_sheet = is_sheet or b"sheetData" in piece
        if not is_sheet:
            continue
        places = _XLSX_CELL.findall(piece)
        if len(places) != len(_XLSX_ANY_CELL.findall(piece)):
            return None
        columns.update({column for column, _ in places})
        last_row = max(last_row, max(map(int, {row for _, row in places}), default=0))
    return last_row * max(map(_column_number, columns), default=0)


def _xlsx_cells_parsed(part: IO[bytes]) -> int:
    """The same of a sheet whose cells follow one another, or are written in an unusual way."""
    row = column = last_row = last_column = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, last_row, last_column
        tag = name.rpartition(":")[2]
        place = attributes.get("r")
        if tag == "row":
            row = int(place[:8]) if place is not None and place.isdecimal() else row + 1
            column = 0
        elif tag == "c":
            found = None if place is None else _XLSX_PLACE.fullmatch(place)
            if place is not None and found is None:
                raise unreadable(_DAMAGED)
            at = row
            column += 1
            if found is not None:
                column, at = _column_number(found[1].upper().encode()), int(found[2])
            last_row, last_column = max(last_row, at), max(last_column, column)

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.ParseFile(part)
    return last_row * last_column


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _ods_cells(part: IO[bytes]) -> int:
    """The cells of all sheets up to their outermost filled ones, repeated ones counted.

    Raises `UnreadableError` if one of them has too many.
    """
    before = largest = rows = width = filled = repeated = 0
    last_row = last_column = 0
    for piece in _pieces(part):
        for tag, attributes in _ODS_TAG.findall(piece):
            if tag.endswith(b"cell"):
                width += _count(_ODS_COLUMNS, attributes)
                filled = width if _ODS_FILLED.search(attributes) else filled
                continue
            rows += repeated
            if filled:
                last_row, last_column = rows, max(last_column, filled)
            largest = max(largest, last_row * last_column)
            if largest > MAXIMUM_CELLS:
                raise unreadable(_TOO_LARGE)
            width = filled = 0
            repeated = _count(_ODS_ROWS, attributes) if tag == b"table-row" else 0
            if tag == b"table":
                before, largest = before + largest, 0
                rows = last_row = last_column = 0
    rows += repeated
    largest = max(largest, (rows if filled else last_row) * max(last_column, filled))
    if largest > MAXIMUM_CELLS:
        raise unreadable(_TOO_LARGE)
    return before + largest


def _count(pattern: re.Pattern[bytes], attributes: bytes) -> int:
    found = pattern.search(attributes)
    return int(found[1]) if found else 1
