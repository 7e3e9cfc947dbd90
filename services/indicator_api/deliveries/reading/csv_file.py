"""CSV files of any size: a few megabytes at a time are in memory.

A piece of the file is parsed by polars; where the number of its separators says that each row is
as wide as the header, nothing else is looked at. A piece that is not is read again row by row, so
that each faulty line is named.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from services.indicator_api.deliveries.findings import Finding, FindingList
from services.indicator_api.deliveries.reading.csv_layout import CsvLayout, find_layout
from services.indicator_api.deliveries.reading.encoding import as_utf8, count_byte
from services.indicator_api.deliveries.reading.header import names_of
from services.indicator_api.deliveries.reading.raw import (
    STATUS_COLUMNS,
    RawTable,
    empty_batch,
    in_batches,
    without_empty_rows,
)
from services.indicator_api.deliveries.reading.unreadable import unreadable

WITHOUT_ROWS = "Sie enthält keine Zeilen."
# Measured: pieces of 2 to 4 MB are parsed fastest, they stay in the processor's caches.
PIECE_BYTES = 4 << 20
# More than this between two quotes is a quote that was never closed.
MAXIMUM_CELL_BYTES = 16 << 20


def open_csv(path: Path, *, header_rows: int | None, skip_rows: int | None) -> RawTable:
    """Open a CSV file; raises `UnreadableError` if it holds no table."""
    text = as_utf8(path)
    layout = find_layout(text, header_rows, skip_rows)
    kept = [
        number for number in range(layout.width) if layout.header[-1][number] not in STATUS_COLUMNS
    ]
    header = tuple(tuple(row[number] for number in kept) for row in layout.header)
    reader = _CsvReader(text.path, layout, kept, text.has_quotes)
    table = RawTable(
        kind="csv",
        header=header,
        names=names_of(header),
        head_row=layout.head_line,
        first_row=layout.first_line,
        read=reader.batches,
        encoding=text.encoding,
        separator=layout.separator,
        notes=text.notes + layout.notes,
        total_rows=layout.body_lines,
        titles=layout.titles,
    )
    if not any(True for _ in reader.pieces()):
        raise unreadable(WITHOUT_ROWS)
    return table


@dataclass(frozen=True, slots=True)
class _Piece:
    """Whole lines of the body, without empty ones at its ends, and the number of the first."""

    data: bytes
    line: int


@dataclass(frozen=True, slots=True)
class _CsvReader:
    path: Path
    layout: CsvLayout
    kept: list[int]
    has_quotes: bool

    def batches(self, size: int, faults: FindingList) -> Iterator[pl.DataFrame]:
        """The rows, about `size` at a time."""
        is_small = size < 1_000
        pieces = self.pieces(64 << 10 if is_small else PIECE_BYTES)
        return in_batches((self._frame(piece, faults) for piece in pieces), size)

    def pieces(self, size: int = PIECE_BYTES) -> Iterator[_Piece]:
        """The body cut at ends of lines that are not within a quoted cell."""
        line = self.layout.first_line
        rest = b""
        left = self.layout.end - self.layout.start
        with self.path.open("rb") as file:
            file.seek(self.layout.start)
            while left:
                read = file.read(min(size, left))
                left = left - len(read) if read else 0
                data = rest + read
                cut = len(data) if not left else self._cut(data)
                rest = data[cut:]
                if len(rest) > MAXIMUM_CELL_BYTES:
                    raise _never_closed(line + data[:cut].count(b"\n"))
                body = data[:cut].lstrip(b"\r\n")
                before = data[: cut - len(body)].count(b"\n")
                after = body.rstrip(b"\r\n")
                if after:
                    yield _Piece(after, line + before)
                line += before + count_byte(body, b"\n")

    def _cut(self, data: bytes) -> int:
        """Behind the last line end outside quotes: an even number of quotes stands before it."""
        cut = data.rfind(b"\n") + 1
        if not self.has_quotes:
            return cut
        quotes = data.count(b'"', 0, cut)
        while cut and quotes % 2:
            before = data.rfind(b"\n", 0, cut - 1) + 1
            quotes -= data.count(b'"', before, cut)
            cut = before
        return cut

    def _frame(self, piece: _Piece, faults: FindingList) -> pl.DataFrame:
        data = piece.data
        quotes = data.count(b'"') if self.has_quotes else 0
        if quotes % 2:
            raise _never_closed(piece.line + data[: data.rfind(b'"')].count(b"\n"))
        frame = self._parsed(data, has_quotes=quotes > 0)
        if frame is None:
            return self._row_by_row(piece, faults)
        numbers = pl.int_range(piece.line, piece.line + frame.height, dtype=pl.UInt32, eager=True)
        if quotes:
            # a quoted cell may run over several lines
            breaks = frame.select(
                pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True))
            ).to_series()
            numbers = numbers + breaks.cum_sum().shift(1, fill_value=0).cast(pl.UInt32)
        return without_empty_rows(self._named(frame, numbers))

    def _parsed(self, data: bytes, *, has_quotes: bool) -> pl.DataFrame | None:
        """The piece as polars reads it; None unless each row is as wide as the header."""
        columns, separator = self.layout.columns, self.layout.separator
        try:
            frame = pl.read_csv(
                data,
                has_header=False,
                separator=separator,
                schema={f"p{number}": pl.String for number in range(columns)},
                quote_char='"' if has_quotes else None,
                empty_string_is_null=False,
                extra_columns="raise",
            )
        except (pl.exceptions.PolarsError, UnicodeDecodeError):
            return None
        separators = count_byte(data, separator.encode())
        lines = count_byte(data, b"\n") + 1
        if has_quotes:
            cells = pl.all().str
            separators -= _total(frame, cells.count_matches(separator, literal=True))
            lines -= _total(frame, cells.count_matches("\n", literal=True))
        if lines != frame.height or separators != (columns - 1) * frame.height:
            return None
        if columns > self.layout.width:
            beyond = frame.select(
                pl.any_horizontal(pl.nth(range(self.layout.width, columns)) != "")
            )
            if beyond.to_series().any():
                return None
        return frame

    def _named(self, frame: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
        return frame.select(
            numbers.alias("row"),
            *(pl.nth(place).alias(f"c{number}") for number, place in enumerate(self.kept)),
        )

    def _row_by_row(self, piece: _Piece, faults: FindingList) -> pl.DataFrame:
        width = self.layout.width
        numbers: list[int] = []
        rows: list[list[str]] = []
        lines = [f"{line}\n" for line in piece.data.decode("utf-8", errors="replace").split("\n")]
        reader = csv.reader(lines, delimiter=self.layout.separator)
        line = piece.line
        try:
            for cells in reader:
                if len(cells) >= width and not any(cells[width:]):
                    numbers.append(line)
                    rows.append(cells[:width])
                elif any(cell.strip() for cell in cells):
                    hint = f"Zeile {line} hat {len(cells)} Spalten, die Kopfzeile {width}."
                    faults.add(Finding("row_malformed", row=line, hint=hint))
                line = piece.line + reader.line_num
        except csv.Error:
            raise _never_closed(line) from None
        if not rows:
            return empty_batch(len(self.kept))
        schema = {f"p{number}": pl.String for number in range(width)}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return without_empty_rows(self._named(frame, pl.Series(numbers, dtype=pl.UInt32)))


def _total(frame: pl.DataFrame, counts: pl.Expr) -> int:
    return int(frame.select(pl.sum_horizontal(counts).sum()).item())


def _never_closed(line: int) -> Exception:
    hint = f"Ein Anführungszeichen in Zeile {line} wird nicht geschlossen."
    return unreadable(hint, row=line)
