"""Which characters the typeface of files can set, read from the font files themselves."""

import struct
from functools import cache
from pathlib import Path

FONT_FOLDER = Path(__file__).parent / "fonts"
FAMILY = "Fira Sans"

_UNICODE_TABLES = ((3, 10), (0, 4), (0, 6), (3, 1), (0, 3))


@cache
def covered() -> frozenset[int]:
    """The code points for which every font of the folder has a glyph."""
    tables = [_code_points(path.read_bytes()) for path in sorted(FONT_FOLDER.glob("*.otf"))]
    return frozenset.intersection(*tables)


def _code_points(font: bytes) -> frozenset[int]:
    """The code points in a font's `cmap` table (OpenType 1.9, formats 4 and 12)."""
    start = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    offsets = {
        struct.unpack_from(">HH", font, at): start + struct.unpack_from(">I", font, at + 4)[0]
        for at in range(start + 4, start + 4 + 8 * count, 8)
    }
    offset = next(offsets[key] for key in _UNICODE_TABLES if key in offsets)
    (form,) = struct.unpack_from(">H", font, offset)
    read = {4: _segments, 12: _groups}[form]
    return frozenset(read(font, offset))


def _table(font: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for at in range(12, 12 + 16 * count, 16):
        if font[at : at + 4] == tag:
            return int(struct.unpack_from(">I", font, at + 8)[0])
    raise ValueError(f"the font has no table {tag!r}")


def _groups(font: bytes, offset: int) -> set[int]:
    (count,) = struct.unpack_from(">I", font, offset + 12)
    found: set[int] = set()
    for index in range(count):
        first, last, glyph = struct.unpack_from(">III", font, offset + 16 + 12 * index)
        found.update(range(first, last + 1) if glyph else range(first + 1, last + 1))
    return found


def _segments(font: bytes, offset: int) -> set[int]:
    (double,) = struct.unpack_from(">H", font, offset + 6)
    ends, starts = offset + 14, offset + 16 + double
    deltas, ranges = starts + double, starts + 2 * double
    found: set[int] = set()
    for at in range(0, double, 2):
        (end,), (start,) = (struct.unpack_from(">H", font, place + at) for place in (ends, starts))
        (delta,), (jump,) = (
            struct.unpack_from(">H", font, place + at) for place in (deltas, ranges)
        )
        for code in range(start, end + 1):
            glyph = code
            if jump:
                place = ranges + at + jump + 2 * (code - start)
                (glyph,) = struct.unpack_from(">H", font, place)
            if code != 0xFFFF and (glyph + (0 if jump and not glyph else delta)) % 0x10000:
                found.add(code)
    return found
