"""Workbooks in the format of Excel 97 (BIFF8 in a compound file), which no library here writes."""

import struct
from collections.abc import Sequence

_SECTOR = 512
_FREE, _END, _OF_TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
# smaller streams would have to stand in a table of their own
_SMALLEST_STREAM = 4096


def xls_bytes(rows: Sequence[Sequence[str | float]], title: str = "Tabelle1") -> bytes:
    """A workbook of one sheet that holds these texts and numbers."""
    name = title.encode("utf-16-le")
    begin = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    codepage = _record(0x0042, struct.pack("<H", 1200))
    end = _record(0x000A, b"")
    place = len(begin) + len(codepage) + 4 + 8 + len(name) + len(end)
    sheet_name = struct.pack("<IHBB", place, 0, len(title), 1) + name
    head = begin + codepage + _record(0x0085, sheet_name) + end
    body = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    cells = [
        _cell(line, column, value)
        for line, row in enumerate(rows)
        for column, value in enumerate(row)
    ]
    return _compound(head + body + b"".join(cells) + end)


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _cell(line: int, column: int, value: str | float) -> bytes:
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHHHB", line, column, 0, len(value), 1) + text)
    return _record(0x0203, struct.pack("<HHHd", line, column, 0, value))


def _compound(stream: bytes) -> bytes:
    """A compound file that holds one stream, „Workbook“: header, table, directory, stream."""
    stream = stream.ljust(_SMALLEST_STREAM, b"\0")
    count = -(-len(stream) // _SECTOR)
    tables = 1
    while tables * (_SECTOR // 4) < tables + 1 + count:
        tables += 1
    following = [_OF_TABLE] * tables + [_END]
    first = tables + 1
    following += [first + number + 1 for number in range(count - 1)] + [_END]
    following += [_FREE] * (tables * (_SECTOR // 4) - len(following))
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        bytes.fromhex("d0cf11e0a1b11ae1"), b"", 0x3E, 3, 0xFFFE, 9, 6,
        0, tables, tables, 0, _SMALLEST_STREAM, _END, 0, _END, 0,
    )  # fmt: skip
    places = [*range(tables)] + [_FREE] * (109 - tables)
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry(
        "Workbook", 2, first, len(stream)
    )
    directory += _entry("", 0, 0, 0) * 2
    return b"".join(
        [
            header + struct.pack("<109I", *places),
            struct.pack(f"<{len(following)}I", *following),
            directory,
            stream.ljust(count * _SECTOR, b"\0"),
        ]
    )


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    text = f"{name}\0".encode("utf-16-le") if name else b""
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        text, len(text), kind, 1, _FREE, _FREE, child, b"", 0, 0, 0, start, size,
    )  # fmt: skip
