"""How a CSV file is laid out: its separator, where its table begins and ends."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.reading.encoding import Utf8Text
from services.indicator_api.deliveries.reading.header import (
    HeaderPlace,
    filled_header,
    find_header,
)
from services.indicator_api.deliveries.reading.unreadable import UnreadableError, unreadable

SEPARATORS = (";", "\t", ",", "|")
_HEAD_BYTES = 256 * 1024
_TAIL_BYTES = 64 * 1024
_HEAD_LINES = 400
# GENESIS ends its tables with a line of underscores; what follows are footnotes.
_FOOT_RULE = re.compile(rb'^"?_{4,}', re.MULTILINE)
_WORDS = re.compile(r"[^\W\d_]{2}.*\s")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file's head, and the line of the file in which it begins (from 1)."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """Where the table of a CSV file is.

    `start` and `end` are the bytes between which its body lies, `first_line` the line of the
    first of them. `columns` is how many columns the body has, `width` how many of them the
    header names: any behind are empty.
    """

    separator: str
    head_line: int
    header: tuple[tuple[str, ...], ...]
    width: int
    columns: int
    start: int
    end: int
    first_line: int
    body_lines: int
    titles: tuple[str, ...]
    notes: tuple[Finding, ...]


def find_layout(text: Utf8Text, header_rows: int | None, skip_rows: int | None) -> CsvLayout:
    """Find the table; `header_rows` and `skip_rows` settle where its header is.

    Raises `UnreadableError` where there is no table.
    """
    with text.path.open("rb") as file:
        file.seek(text.start)
        raw = file.read(_HEAD_BYTES)
    lines = raw.decode("utf-8", errors="replace").split("\n")
    if len(raw) == _HEAD_BYTES and len(lines) > 1:
        lines.pop()
    lines = [f"{line}\n" for line in lines[:_HEAD_LINES]]
    if not any(line.strip() for line in lines):
        raise unreadable("Die Datei ist leer.")
    separator = _separator_of(lines)
    head = list(rows_of(lines, separator))
    place = _header_place(head, header_rows, skip_rows)
    begin = place.first + place.count
    body_begins = head[begin].number if begin < len(head) else len(lines) + 1
    start = text.start + sum(len(line.encode()) for line in lines[: body_begins - 1])
    width, columns = _widths(head, place)
    if width < 2:
        raise _without_separator()
    size = text.path.stat().st_size
    end, foot_lines = _find_end(text.path, min(start, size), size, separator, columns)
    titles = [cell.strip() for row in head[: place.first] for cell in row.cells if cell.strip()]
    return CsvLayout(
        separator=separator,
        head_line=head[place.first].number,
        header=filled_header([row.cells for row in head[place.first : begin]], width),
        width=width,
        columns=columns,
        start=min(start, size),
        end=end,
        first_line=body_begins,
        body_lines=max(0, text.lines - (body_begins - 1) - foot_lines),
        titles=tuple(titles),
        notes=lines_left_out(len(titles), foot_lines),
    )


def lines_left_out(above: int, below: int) -> tuple[Finding, ...]:
    """The note on what stands around a table."""
    parts = [f"{above} über der Tabelle"] if above else []
    if below:
        parts.append(f"{below} unter ihr")
    if not parts:
        return ()
    hint = f"Nicht zur Tabelle gehören Zeilen mit Titeln oder Anmerkungen: {' und '.join(parts)}."
    return (Finding("lines_left_out", hint=hint),)


def rows_of(lines: Sequence[str], separator: str) -> Iterator[Line]:
    """The rows of some lines; a quoted cell may run over several of them."""
    reader = csv.reader(lines, delimiter=separator)
    number = 1
    try:
        for cells in reader:
            yield Line(number, cells)
            number = reader.line_num + 1
    except csv.Error:
        hint = f"Anführungszeichen oder Trennzeichen sind ab Zeile {number} nicht paarig."
        raise unreadable(hint, row=number) from None


def _separator_of(lines: Sequence[str]) -> str:
    """The separator by which most rows have the same number of cells."""
    best, best_score = "", (0.0, 0)
    for separator in SEPARATORS:
        try:
            widths = [len(row.cells) for row in rows_of(lines, separator) if any(row.cells)]
        except UnreadableError:
            continue
        counted = Counter(width for width in widths if width > 1)
        if not counted:
            continue
        width, count = max(counted.items(), key=lambda item: (item[1], item[0]))
        score = (count / len(widths), width)
        if score[0] > best_score[0] + 0.001:
            best, best_score = separator, score
    if not best:
        raise _without_separator()
    return best


def _without_separator() -> UnreadableError:
    hint = "Es ist keine Tabelle mit mindestens zwei Spalten: es fehlt das Trennzeichen."
    return unreadable(hint, "header_unknown", 1)


def _header_place(
    head: Sequence[Line], header_rows: int | None, skip_rows: int | None
) -> HeaderPlace:
    found = None
    if header_rows is None or skip_rows is None:
        found = find_header([row.cells for row in head])
    first = found.first if found else 0
    if skip_rows is not None:
        first = next((n for n, row in enumerate(head) if row.number > skip_rows), len(head))
    count = header_rows or (found.count if found else 1)
    if first >= len(head):
        raise unreadable("Unter den übersprungenen Zeilen steht keine Kopfzeile.")
    return HeaderPlace(first, count)


def _widths(head: Sequence[Line], place: HeaderPlace) -> tuple[int, int]:
    """How many columns the header names, and how many the body has: any more are empty ones."""
    begin = place.first + place.count
    header = head[place.first : begin]
    named = max(_extent(row.cells) for row in header)
    body = [row.cells for row in head[begin:] if any(cell.strip() for cell in row.cells)]
    usual = Counter(map(len, body)).most_common(1)
    if not usual or usual[0][0] <= named:
        return named, named
    columns, count = usual[0]
    is_used = any(cell.strip() for cells in body for cell in cells[named:columns])
    if not is_used:
        return named, columns
    # columns without a name, if the header makes room for them or nearly all rows have them; else
    # these rows are too long
    has_room = columns <= max(len(row.cells) for row in header)
    is_usual = count > 2 and count >= 0.9 * len(body)
    return (columns, columns) if has_room or is_usual else (named, named)


def _extent(cells: Sequence[str]) -> int:
    return max((number for number, cell in enumerate(cells, start=1) if cell.strip()), default=0)


def _find_end(path: Path, start: int, size: int, separator: str, columns: int) -> tuple[int, int]:
    """The byte at which the body ends, and how many lines of footnotes follow."""
    begin = max(start, size - _TAIL_BYTES)
    with path.open("rb") as file:
        file.seek(begin)
        tail = file.read()
    if begin > start:
        cut = tail.find(b"\n") + 1
        begin, tail = begin + cut, tail[cut:]
    rule = _FOOT_RULE.search(tail)
    if rule is not None:
        return begin + rule.start(), _lines_in(tail[rule.start() :])
    if b'"' in tail or columns < 3:
        return size, 0
    end = len(tail)
    lines = tail.split(b"\n")
    while lines:
        line = lines.pop()
        if not _is_footnote(line.decode("utf-8", errors="replace").strip("\r"), separator):
            break
        end -= len(line) + 1
    foot = tail[max(end, 0) :]
    if not foot.strip():
        return size, 0
    return begin + max(end, 0), _lines_in(foot.strip(b"\r\n"))


def footnote_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many of the last rows of a table are footnotes, by the same signs as in a CSV file."""
    if not rows or len(rows[0]) < 3:
        return 0
    for number, row in enumerate(rows):
        if row[0].startswith("____"):
            return len(rows) - number
    count = 0
    for row in reversed(rows):
        if any(row[1:]) or not _WORDS.match(row[0].strip()):
            break
        count += 1
    return count


def _lines_in(foot: bytes) -> int:
    return foot.rstrip(b"\r\n").count(b"\n") + 1


def _is_footnote(line: str, separator: str) -> bool:
    """Whether a line is empty, or words in its first cell and nothing else."""
    first, *others = line.split(separator)
    if any(cell.strip() for cell in others):
        return False
    return not first.strip() or _WORDS.match(first.strip()) is not None
