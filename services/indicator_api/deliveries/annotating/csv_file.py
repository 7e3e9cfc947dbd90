"""A sender's CSV file with status columns: same encoding and separator, its bytes as they were."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from services.indicator_api.deliveries.annotating.remarks import NOTHING, Remark, Remarks
from services.indicator_api.deliveries.reading.csv_layout import CsvLayout, find_layout
from services.indicator_api.deliveries.reading.encoding import Utf8Text, as_utf8
from services.indicator_api.deliveries.reading.raw import STATUS_COLUMNS

_CODECS = {
    "UTF-8": "utf-8",
    "UTF-16": "utf-16-le",
    "ISO-8859-1": "iso-8859-1",
    "Windows-1252": "cp1252",
    "DOS-Codepage 850": "cp850",
}
# Signs that the older encodings lack.
_PLAIN = str.maketrans({"„": '"', "“": '"', "”": '"', "–": "-", "…": "..."})


def annotate_csv(
    path: Path, target: Path, remarks: Remarks, *, header_rows: int | None, skip_rows: int | None
) -> None:
    """Write the file at `path` with the remarks to `target`, a row at a time.

    Lines outside the table stay as they are. Status columns of an earlier annotation are
    replaced.
    """
    text = as_utf8(path)
    layout = find_layout(text, header_rows, skip_rows)
    encoder = codecs.getincrementalencoder(_CODECS[text.encoding])(errors="replace")
    with text.path.open("rb") as source, target.open("wb") as made:
        for part in _parts(source, text, layout, remarks):
            made.write(part if text.encoding == "UTF-8" else encoder.encode(part.decode()))


def _parts(
    source: IO[bytes], text: Utf8Text, layout: CsvLayout, remarks: Remarks
) -> Iterator[bytes]:
    rows = _Rows(text, layout)
    offset, line = text.start, 1
    yield source.read(text.start)
    while offset < layout.end and (record := _record(source, has_quotes=text.has_quotes)):
        offset += len(record)
        if line < layout.head_line:
            yield record
        elif line < layout.first_line:
            is_last = line + record.count(b"\n") >= layout.first_line
            yield rows.with_texts(record, STATUS_COLUMNS if is_last else ("", "", ""))
        else:
            yield rows.with_remark(record, remarks.of(line, layout.first_line, layout.head_line))
        line += record.count(b"\n")
    while rest := source.read(1 << 20):
        yield rest


def _record(source: IO[bytes], *, has_quotes: bool) -> bytes:
    """The next row: the line, and further ones while a quoted cell is open."""
    record = source.readline()
    if has_quotes:
        while record.count(b'"') % 2 and (more := source.readline()):
            record += more
    return record


class _Rows:
    """Puts status columns behind the rows of one file."""

    def __init__(self, text: Utf8Text, layout: CsvLayout) -> None:
        self._separator = layout.separator.encode()
        self._width = layout.width
        self._old = {
            number for number, name in enumerate(layout.header[-1]) if name in STATUS_COLUMNS
        }
        self._is_plain = layout.columns == layout.width and not self._old
        self._has_all_signs = text.encoding.startswith("UTF") or text.encoding == "Windows-1252"
        self._nothing = self._separator * len(STATUS_COLUMNS)

    def with_remark(self, record: bytes, remark: Remark) -> bytes:
        """A row of data with what is said of it."""
        if remark is NOTHING and self._is_plain and b'"' not in record:
            body = record.rstrip(b"\r\n")
            if body.count(self._separator) == self._width - 1:
                return body + self._nothing + record[len(body) :]
        if not record.strip():
            return record
        return self.with_texts(record, remark.texts)

    def with_texts(self, record: bytes, texts: tuple[str, ...]) -> bytes:
        """A row with these texts in the status columns."""
        body = record.rstrip(b"\r\n")
        cells = _split(body, self._separator)
        while len(cells) > self._width and not cells[-1].strip():
            cells.pop()
        cells += [b""] * (self._width - len(cells))
        kept = [cell for number, cell in enumerate(cells) if number not in self._old]
        return self._separator.join([*kept, *map(self._cell, texts)]) + record[len(body) :]

    def _cell(self, text: str) -> bytes:
        plain = text if self._has_all_signs else text.translate(_PLAIN)
        needs_quotes = any(sign in plain for sign in (self._separator.decode(), '"'))
        return (f'"{plain.replace(chr(34), chr(34) * 2)}"' if needs_quotes else plain).encode()


def _split(body: bytes, separator: bytes) -> list[bytes]:
    """The cells of a row as they stand, quotes included."""
    pieces = body.split(separator)
    if b'"' not in body:
        return pieces
    cells: list[bytes] = []
    is_open = False
    for piece in pieces:
        if is_open:
            cells[-1] += separator + piece
        else:
            cells.append(piece)
        is_open ^= piece.count(b'"') % 2 == 1
    return cells
