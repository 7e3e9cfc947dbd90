"""A sender's XLSX workbook with status columns: the cells are put into the sheet's own XML.

All else stays byte for byte: styles, formulas and what they last yielded, charts, macros,
protection. A library that reads the workbook and writes it anew would lose some of it.
"""

import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import fastexcel

from services.indicator_api.deliveries.annotating.remarks import NOTHING, Remarks
from services.indicator_api.deliveries.reading.raw import STATUS_COLUMNS, RawTable
from services.indicator_api.deliveries.reading.unreadable import unreadable

_CHUNK = 1 << 20
# More than this without the end of a row is no sheet of a table.
_LONGEST_ROW = 32 << 20
_LONGEST_INDEX = 4 << 20
# None of these looks beyond the next row or cell: what is never closed must not be searched for
# from each place anew.
_ROW_END = re.compile(rb"</(?:\w+:)?row>|<(?:\w+:)?row\b[^<>]*/>")
_ROW = re.compile(
    rb"<(?P<prefix>(?:\w+:)?)row\b(?P<head>[^<>]*?)(?:/>|(?<!/)>"
    rb"(?P<body>[^<]*+(?:<(?!/?(?:\w+:)?row\b)[^<]*+)*+)</(?:\w+:)?row>)"
)
_CELL = re.compile(
    rb"<(?:\w+:)?c\b(?P<head>[^<>]*?)(?:/>|(?<!/)>"
    rb"[^<]*+(?:<(?!/?(?:\w+:)?c\b)[^<]*+)*+</(?:\w+:)?c>)"
)
_PLACE = re.compile(rb'\br="([A-Z]+)\d+"')
_NUMBER = re.compile(rb'\br="(\d+)"')
_SPANS = re.compile(rb'\s+spans="[^"]*"')
_DIMENSION = re.compile(rb'(<(?:\w+:)?dimension ref="[A-Z]+\d+:)([A-Z]+)(\d+")')
_SHEET = "{*}sheets/{*}sheet"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the status columns go (from 0), and where old ones are to be taken away."""

    first: int
    old: frozenset[int]


def annotate_xlsx(path: Path, target: Path, table: RawTable, remarks: Remarks) -> None:
    """Write the workbook at `path` with the remarks on its sheet `table.sheet` to `target`."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as made:
        part = _sheet_part(source, table.sheet or "")
        old = frozenset(_old_columns(path, table))
        with source.open(part) as sheet:
            columns = _Columns(_width(sheet, old), old)
        for info in source.infolist():
            copied = zipfile.ZipInfo(info.filename, info.date_time)
            copied.compress_type = zipfile.ZIP_DEFLATED
            with source.open(info) as read, made.open(copied, "w", force_zip64=True) as written:
                if info.filename == part:
                    _copy_sheet(read, written, columns, table, remarks)
                else:
                    shutil.copyfileobj(read, written, _CHUNK)


def _sheet_part(workbook: zipfile.ZipFile, name: str) -> str:
    """The file in the archive that holds the sheet with this name."""
    sheets = _index(workbook, "xl/workbook.xml").iterfind(_SHEET)
    sheet = next(item for item in sheets if item.get("name") == name)
    wanted = sheet.get(_RELATION) or sheet.get(_STRICT_RELATION)
    relations = _index(workbook, "xl/_rels/workbook.xml.rels")
    goal = next(str(item.get("Target")) for item in relations if item.get("Id") == wanted)
    return goal.removeprefix("/") if goal.startswith("/") else f"xl/{goal}"


def _index(workbook: zipfile.ZipFile, name: str) -> ET.Element:
    """A part that says what is where; it is held as a tree, so it must be small."""
    with workbook.open(name) as part:
        text = part.read(_LONGEST_INDEX + 1)
    if len(text) > _LONGEST_INDEX:
        raise unreadable("Das Verzeichnis der Arbeitsmappe ist zu groß.")
    return ET.fromstring(text)  # noqa: S314 - the parser refuses entities that grow


def _old_columns(path: Path, table: RawTable) -> Iterator[int]:
    """The status columns of an earlier annotation, as they stand in the header."""
    reader = fastexcel.read_excel(path)
    head = reader.load_sheet(
        table.sheet or 0, header_row=None, skip_rows=table.first_row - 2, n_rows=1, dtypes="string"
    ).to_polars()
    names = head.row(0) if head.height else ()
    return (number for number, name in enumerate(names) if name in STATUS_COLUMNS)


def _pieces(sheet: IO[bytes]) -> Iterator[bytes]:
    """The sheet's XML in pieces that end behind a row."""
    rest = b""
    while chunk := sheet.read(_CHUNK):
        rest += chunk
        end = max((match.end() for match in _ROW_END.finditer(rest)), default=0)
        if end:
            yield rest[:end]
            rest = rest[end:]
        if len(rest) > _LONGEST_ROW:
            raise unreadable("Eine Zeile des Tabellenblatts nimmt kein Ende.")
    yield rest


def _width(sheet: IO[bytes], old: frozenset[int]) -> int:
    """How many columns the sheet has, old status columns at its end not counted."""
    width = 0
    for piece in _pieces(sheet):
        for row in _ROW.finditer(piece):
            body = row["body"] or b""
            letters = _PLACE.findall(body)
            width = max(width, *map(_number_of, set(letters)), 0) if letters else width
            if not letters:
                width = max(width, len(_CELL.findall(body)))
    while width - 1 in old:
        width -= 1
    return width


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _letters_of(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _copy_sheet(
    read: IO[bytes], written: IO[bytes], columns: _Columns, table: RawTable, remarks: Remarks
) -> None:
    last = _letters_of(columns.first + len(STATUS_COLUMNS)).encode()
    line = 0

    def replaced(row: re.Match[bytes]) -> bytes:
        nonlocal line
        given = _NUMBER.search(row["head"])
        line = int(given[1]) if given else line + 1
        if line == table.first_row - 1:
            return _row(row, line, STATUS_COLUMNS, columns)
        if line < table.head_row:
            return row[0]
        remark = remarks.of(line, table.first_row, table.head_row)
        return _row(row, line, () if remark is NOTHING else remark.texts, columns)

    for number, piece in enumerate(_pieces(read)):
        made = _ROW.sub(replaced, piece)
        written.write(_DIMENSION.sub(rb"\g<1>" + last + rb"\g<3>", made, 1) if not number else made)


def _row(row: re.Match[bytes], line: int, texts: tuple[str, ...], columns: _Columns) -> bytes:
    """A row without old status cells, with new ones behind its last cell."""
    body = row["body"] or b""
    if not texts and not columns.old:
        return row[0]
    prefix = row["prefix"]
    if columns.old:
        body = _without(body, columns.old)
    cells = b"".join(
        _cell(prefix, f"{_letters_of(columns.first + number)}{line}", text)
        for number, text in enumerate(texts, start=1)
    )
    head = _SPANS.sub(b"", row["head"])
    return b"<" + prefix + b"row" + head + b">" + body + cells + b"</" + prefix + b"row>"


def _without(body: bytes, old: frozenset[int]) -> bytes:
    place = 0

    def kept(cell: re.Match[bytes]) -> bytes:
        nonlocal place
        given = _PLACE.search(cell["head"])
        place = _number_of(given[1]) if given else place + 1
        return b"" if place - 1 in old else cell[0]

    return _CELL.sub(kept, body)


def _cell(prefix: bytes, place: str, text: str) -> bytes:
    """A cell that holds its text itself: no spreadsheet takes it for a formula."""
    told = escape(_FORBIDDEN.sub(" ", text)).encode()
    p = prefix
    return (
        b"<" + p + b'c r="' + place.encode() + b'" t="inlineStr"><' + p + b"is><" + p + b"t>"
        + told + b"</" + p + b"t></" + p + b"is></" + p + b"c>"
    )  # fmt: skip
