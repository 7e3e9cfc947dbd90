"""XLS workbooks made record by record, as far as tests need them: also such as no program writes.

[MS-CFB]: the file as sectors of 512 bytes, the first says where the others are; [MS-XLS]: the
stream „Workbook“, records of a number, a length and their bytes.
"""

import struct
from collections.abc import Iterable
from pathlib import Path

_SECTOR = 512
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
# Streams of less lie among the small ones, which are not made here.
_SMALLEST_STREAM = 4096

Cell = tuple[int, int, float | str]


def old_workbook(
    path: Path,
    cells: Iterable[Cell],
    dimensions: tuple[int, int, int, int] | None = None,
) -> Path:
    """Write a workbook with a sheet „Daten“ of these cells (row and column from 0).

    `dimensions` are what the sheet says of its size: its first row, the row behind its last, and
    the columns likewise.
    """
    sheet = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))]
    if dimensions is not None:
        sheet.append(_record(0x0200, struct.pack("<IIHHH", *dimensions, 0)))
    sheet += [_cell(*cell) for cell in cells]
    sheet.append(_record(0x000A))
    path.write_bytes(_compound(_with_globals(b"".join(sheet))))
    return path


def _record(number: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", number, len(data)) + data


def _cell(row: int, column: int, value: float | str) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, place + struct.pack("<HB", len(value), 1) + text)
    return _record(0x0203, place + struct.pack("<d", value))


def _with_globals(sheet: bytes) -> bytes:
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    begin += _record(0x0042, struct.pack("<H", 1200)) + _record(0x00E0, bytes(20))
    name = "Daten".encode("utf-16-le")
    named = struct.pack("<HBB", 0, 5, 1) + name
    sheet_begins = len(begin) + 4 + 4 + len(named) + 4
    begin += _record(0x0085, struct.pack("<I", sheet_begins) + named) + _record(0x000A)
    return begin + sheet


def _compound(stream: bytes) -> bytes:
    """A compound file: the header, its table of sectors, the directory, the stream."""
    stream = stream.ljust(_SMALLEST_STREAM, b"\0")
    length = -(-len(stream) // _SECTOR)
    tables = 1
    while tables * (_SECTOR // 4) < length + tables + 1:
        tables += 1
    first = tables + 1
    follows = [_TABLE] * tables + [_END]
    follows += [*range(first + 1, first + length), _END]
    table = struct.pack(f"<{len(follows)}I", *follows).ljust(tables * _SECTOR, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, _END, 0, _END, 0)
    header += struct.pack(f"<{tables}I", *range(tables)).ljust(109 * 4, b"\xff")
    directory = _entry("Root Entry", 5, _END, 0) + _entry("Workbook", 2, first, len(stream))
    made = header + table + directory.ljust(_SECTOR, b"\0")
    return made + stream.ljust(length * _SECTOR, b"\0")


def _entry(name: str, kind: int, first: int, length: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    begin = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    below = 1 if kind == 5 else _FREE
    return begin + struct.pack("<III36xIII", _FREE, _FREE, below, first, length, 0)
