"""How large an archive's directory is, told without reading it.

A directory is read whole, each entry of it becomes an object: a million of them take a gigabyte.
What says how large it is stands at the archive's end (APPNOTE.TXT 4.3.14 to 4.3.16).
"""

import os
import struct
from collections.abc import Iterator
from pathlib import Path

from services.indicator_api.deliveries.reading.unreadable import unreadable

# A workbook of a hundred sheets with as many pictures has some hundreds of parts.
MAXIMUM_ENTRIES = 10_000
MAXIMUM_DIRECTORY_BYTES = 2 << 20
_END, _END_64, _LOCATOR_SIGN = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
# signature, entries and bytes of the directory; the same in large archives; where that is
_END_RECORD = struct.Struct("<4s6xHI6x")
_END_RECORD_64 = struct.Struct("<4s28xQQ8x")
_LOCATOR = struct.Struct("<4s4xQ4x")
# an end with the longest comment, and what may stand before it
_FARTHEST = _END_RECORD.size + (1 << 16) + _LOCATOR.size
# says that the number stands in the record for large archives
_ELSEWHERE = 0xFFFFFFFF


def refuse_large_directory(path: Path) -> None:
    """Raise `UnreadableError` for an archive of more parts, or longer names, than any table has.

    Each end that a reader might take for the archive's is looked at: they do not all search for
    it the same way.
    """
    for entries, size in _said(path):
        if entries > MAXIMUM_ENTRIES:
            raise unreadable(
                f"Das Archiv enthält mehr als {MAXIMUM_ENTRIES:,} Dateien.".replace(",", ".")
            )
        if size > MAXIMUM_DIRECTORY_BYTES:
            raise unreadable("Das Verzeichnis des Archivs ist zu groß.")


def _said(path: Path) -> Iterator[tuple[int, int]]:
    """Entries and bytes of the directory as each possible end of the archive tells them."""
    with path.open("rb") as file:
        length = file.seek(0, os.SEEK_END)
        begin = max(0, length - _FARTHEST)
        file.seek(begin)
        end = file.read()
        place = end.find(_END)
        while 0 <= place <= len(end) - _END_RECORD.size:
            _, entries, size = _END_RECORD.unpack_from(end, place)
            if size != _ELSEWHERE:
                yield entries, size
            locator = end[max(0, place - _LOCATOR.size) : place]
            if locator.startswith(_LOCATOR_SIGN):
                # where it is said to be, and where it is if nothing stands between
                near = begin + place - _LOCATOR.size - _END_RECORD_64.size
                for at in {_LOCATOR.unpack(locator)[1], near}:
                    file.seek(min(at, length) if at >= 0 else length)
                    record = file.read(_END_RECORD_64.size)
                    if len(record) == _END_RECORD_64.size and record.startswith(_END_64):
                        yield _END_RECORD_64.unpack(record)[1:]
            place = end.find(_END, place + 1)
