"""A file as a table of texts: nothing is interpreted yet, no zero is lost.

Whatever the format, the rest of the intake sees the same: a header of one or more rows, one
name a column, and batches of texts with the line each row stands in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from services.indicator_api.deliveries.findings import Finding, FindingList

ROWS_PER_BATCH = 65_000
# What the annotated file adds to the sender's own: never part of the table.
STATUS_COLUMNS = ("qb_status", "qb_befund", "qb_abhilfe")


@dataclass(frozen=True, slots=True)
class RawTable:
    """A file as texts.

    `kind` is csv, xlsx, xls, ods or json. `header` are the header rows as they stand, merged
    cells filled; `names` one unique name a column: the header rows joined by „ / “, doubles
    numbered „Name (2)“. `head_row` is the line of the file (or row of the sheet) of the first
    header row, `first_row` that of the first row below the header; both count from 1. Of JSON
    the first entry is row 1. `total_rows` counts the lines below the header, empty ones and line
    breaks within cells too: there are never more rows, if it is known. `faults` are the rows that
    are not as wide as the header: they are left out of the batches, and the list is complete when
    the batches have been read to their end.
    """

    kind: str
    header: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    head_row: int
    first_row: int
    read: Callable[[int, FindingList], Iterator[pl.DataFrame]] = field(repr=False)
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    encoding: str | None = None
    separator: str | None = None
    notes: tuple[Finding, ...] = ()
    total_rows: int | None = None
    titles: tuple[str, ...] = ()
    faults: FindingList = field(default_factory=FindingList)

    @property
    def header_rows(self) -> int:
        """How many rows the header has."""
        return len(self.header)

    @property
    def skip_rows(self) -> int:
        """How many lines stand above the header."""
        return self.head_row - 1

    def batches(self, size: int = ROWS_PER_BATCH) -> Iterator[pl.DataFrame]:
        """The rows, about `size` at a time, from the first one with each call.

        Columns `c0` to `cN` hold the texts, "" where a cell is empty; `row` (UInt32) the line of
        the file. Rows whose cells are all empty are left out.
        """
        self.faults.clear()
        return self.read(size, self.faults)

    def head(self, count: int) -> pl.DataFrame:
        """The first rows, to recognise the table by or to show them."""
        for batch in self.read(count, FindingList()):
            return batch.head(count)
        return empty_batch(len(self.names))


def empty_batch(width: int) -> pl.DataFrame:
    """A batch of no rows."""
    texts = [(f"c{number}", pl.String()) for number in range(width)]
    return pl.DataFrame(schema=[("row", pl.UInt32()), *texts])


def without_empty_rows(batch: pl.DataFrame) -> pl.DataFrame:
    """Leave out the rows whose cells are all empty."""
    if not (batch["c0"] == "").any():
        return batch
    return batch.filter(pl.any_horizontal(pl.exclude("row") != ""))


def in_batches(frames: Iterator[pl.DataFrame], size: int) -> Iterator[pl.DataFrame]:
    """Join small frames until they hold about `size` rows; empty ones are left out."""
    waiting: list[pl.DataFrame] = []
    height = 0
    for frame in frames:
        if frame.is_empty():
            continue
        waiting.append(frame)
        height += frame.height
        if height * 4 >= size * 3:
            yield pl.concat(waiting)
            waiting, height = [], 0
    if waiting:
        yield pl.concat(waiting)
