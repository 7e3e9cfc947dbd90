"""Where a table begins: titles above it, a header of one or more rows, then its body."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.indicator_api.deliveries.reading.unreadable import unreadable
from services.indicator_api.facts.status import SIGNS

Rows = Sequence[Sequence[str]]
MAXIMUM_HEADER_ROWS = 6
MAXIMUM_COLUMNS = 16_384
# The number of a double has room behind it, up to what a mapping can name.
MAXIMUM_NAME_SIGNS = 480
# A table that has a name for each of its columns in one row, known by some of the names.
_KNOWN_HEADS = (
    {"area", "period", "measure", "value"},
    {"statistics_code", "time", "1_variable_code"},
    {"statistik_code", "zeit", "1_merkmal_code"},
)
_NUMBER = re.compile(r"\(?[+-]?[\d.]*,?\d+\)?")
_YEAR = re.compile(r"(19|20)\d{2}")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class HeaderPlace:
    """The first header row among the rows looked at (from 0), and how many there are."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class _Body:
    """What the rows far below the header look like."""

    width: int
    has_key: bool
    key_is_digits: bool
    numbers: frozenset[int]


def find_header(rows: Rows) -> HeaderPlace | None:
    """The header among a file's first rows; None if no row has two cells."""
    for number, row in enumerate(rows):
        names = {cell.strip().lower() for cell in row}
        if any(known <= names for known in _KNOWN_HEADS):
            return HeaderPlace(number, 1)
    width = _usual_width(rows)
    least = max(2, math.ceil(width * 0.3))
    wide = [n for n, row in enumerate(rows) if _filled(row) >= least]
    if not wide:
        return None
    first = next((n for n in wide if not _is_title(rows, n, width)), wide[0])
    body = _body(rows[first + 1 :], width)
    count = 1
    for row in rows[first + 1 : first + MAXIMUM_HEADER_ROWS]:
        if not _is_header(row, rows[first], body):
            break
        count += 1
    if not any(map(_filled, rows[first + count :])):
        count = 1
    return HeaderPlace(first, count)


def _is_title(rows: Rows, number: int, width: int) -> bool:
    """Whether a row is one like „Stand:“, „31.12.2023“ above a wider table."""
    row = rows[number]
    if width < 3 or _filled(row) > 2 or number + 1 == len(rows):
        return False
    return row[0].strip().endswith(":") or not _filled(rows[number + 1])


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _usual_width(rows: Rows) -> int:
    """The width most rows have, empty cells at the end not counted."""
    widths = Counter(_extent(row) for row in rows if _filled(row) > 1)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _extent(row: Sequence[str]) -> int:
    return max((number for number, cell in enumerate(row, start=1) if cell.strip()), default=0)


def _body(rows: Rows, width: int) -> _Body:
    filled = [row for row in rows if _filled(row) > 1]
    rows = filled[len(filled) // 2 :]
    columns = [[row[n].strip() for row in rows if n < len(row)] for n in range(width)]
    keys = [cell for cell in columns[0] if cell] if columns else []
    return _Body(
        width=width,
        has_key=bool(keys) and len(keys) >= 0.9 * len(rows),
        key_is_digits=bool(keys) and all(_DIGITS.fullmatch(cell) for cell in keys),
        numbers=frozenset(n for n, cells in enumerate(columns) if n and _are_numbers(cells)),
    )


def _are_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(_is_number, filled)) >= 0.6 * len(filled)


def _is_number(cell: str) -> bool:
    return cell in SIGNS or _NUMBER.fullmatch(cell) is not None


def _is_header(row: Sequence[str], top: Sequence[str], body: _Body) -> bool:
    """Whether a row below the first header row, `top`, still belongs to the header."""
    cells = [cell.strip() for cell in row]
    if not any(cells):
        return False
    key = cells[0]
    if body.has_key and not key:
        return True
    # names of areas begin rows of the body as names of columns begin those of the header
    if not body.key_is_digits or _DIGITS.fullmatch(key):
        return False
    values = [cells[n] for n in body.numbers if n < len(cells) and cells[n]]
    if not values:
        return False
    if all(_YEAR.fullmatch(value) for value in values):
        has_names = not any(_is_number(top[n].strip()) for n in body.numbers if n < len(top))
        return has_names and len(values) > 1 and len(set(values)) == len(values)
    return not any(_is_number(value) for value in values)


def filled_header(rows: Rows, width: int) -> tuple[tuple[str, ...], ...]:
    """Header rows of one width; a merged cell's text stands in each of the columns it spans.

    Spreadsheets keep the text of merged cells in the first of them: in all rows but the last, an
    empty cell above a name takes the text to its left.
    """
    padded = [[cell.strip() for cell in row[:width]] for row in rows]
    padded = [row + [""] * (width - len(row)) for row in padded]
    for number, row in enumerate(padded[:-1]):
        for column in range(1, width):
            below = any(lower[column] for lower in padded[number + 1 :])
            above = any(upper[column] != upper[column - 1] for upper in padded[:number])
            if not row[column] and below and not above:
                row[column] = row[column - 1]
    return tuple(tuple(row) for row in padded)


def names_of(header: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One unique name a column: its header rows joined by „ / “, doubles numbered.

    A sentence in the place of a name is cut off. Raises `UnreadableError` for more columns than
    any spreadsheet has.
    """
    if header and len(header[0]) > MAXIMUM_COLUMNS:
        raise unreadable(f"Die Tabelle hat mehr als {MAXIMUM_COLUMNS} Spalten.")
    names: list[str] = []
    taken: set[str] = set()
    doubles: Counter[str] = Counter()
    for number, parts in enumerate(zip(*header, strict=True), start=1):
        kept = [part for place, part in enumerate(parts) if part and part not in parts[:place]]
        plain = " ".join(" / ".join(kept).split())[:MAXIMUM_NAME_SIGNS] or f"Spalte {number}"
        name = plain
        while name in taken:
            # counted on from the last one of this name, not from the first
            doubles[plain] += 1
            name = f"{plain} ({doubles[plain] + 1})"
        taken.add(name)
        names.append(name)
    return tuple(names)
