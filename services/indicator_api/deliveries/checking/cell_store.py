"""The cells of a file as compact arrays: all that is kept of a row while a file is checked."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

# 33 bytes a cell
COLUMNS: dict[str, type[np.generic]] = {
    "row": np.uint32,
    "measure_id": np.int32,
    "period_id": np.int32,
    "breakdown": np.int32,
    "area_id": np.int32,
    "status": np.int8,
    "quality": np.int8,
    # whether `value` may still be read in another way, see `reading.numbers`
    "form": np.uint8,
    # the number of the name of the value's column; 0 in a file with one such column, where
    # nothing is written to it
    "value_column": np.uint16,
    # NaN: no value
    "value": np.float64,
}
KEY = ("measure_id", "period_id", "breakdown", "area_id")
ROWS_PER_SLICE = 100_000
_FIRST_CAPACITY = 4_096
_GROWTH = 1.5
_EMPTY = np.iinfo(np.uint32).max
_MAXIMUM_SLOTS_PER_CELL = 4


class CellStore:
    """Arrays that grow; memory that was not written to yet costs nothing."""

    def __init__(self, expected: int | None = None) -> None:
        self.height = 0
        capacity = max(expected or 0, _FIRST_CAPACITY)
        self._arrays = {name: np.zeros(capacity, kind) for name, kind in COLUMNS.items()}

    def append(self, columns: Mapping[str, NDArray[Any]]) -> None:
        """Add cells, given by an array for each of `COLUMNS`; without one they hold 0 there."""
        count = len(columns["row"])
        end = self.height + count
        if end > len(self._arrays["row"]):
            self._grow(end)
        for name, values in columns.items():
            self._arrays[name][self.height : end] = values
        self.height = end

    def _grow(self, least: int) -> None:
        capacity = max(least, int(len(self._arrays["row"]) * _GROWTH))
        for name, kind in COLUMNS.items():
            grown = np.zeros(capacity, kind)
            grown[: self.height] = self._arrays[name][: self.height]
            self._arrays[name] = grown

    def __getitem__(self, name: str) -> NDArray[Any]:
        """One column, as a view: what is written to it is kept."""
        return self._arrays[name][: self.height]

    def keep(self, is_kept: NDArray[np.bool_]) -> None:
        """Drop all other cells."""
        for name in COLUMNS:
            self._arrays[name] = self[name][is_kept]
        self.height = int(is_kept.sum())


@dataclass(frozen=True, slots=True)
class CellOrder:
    """The places of cells sorted by key; None where they are sorted as they stand.

    `is_again` marks, in that order, each cell whose key the one before it has too; None where
    no cell stands twice.
    """

    places: NDArray[np.uint32] | None
    is_again: NDArray[np.bool_] | None = None


def order_of(cells: CellStore) -> CellOrder:
    """Sort cells by key; of those with the same key the one of the earlier row comes first."""
    numbers, span = _cell_numbers(cells)
    if cells.height < 2 or bool((numbers[1:] > numbers[:-1]).all()):
        return CellOrder(None)
    if span <= _MAXIMUM_SLOTS_PER_CELL * cells.height:
        # most tables are full: each cell has a slot of its own, and nothing need be compared
        slots = np.full(span, _EMPTY, dtype=np.uint32)
        slots[numbers] = np.arange(cells.height, dtype=np.uint32)
        places = slots[slots != _EMPTY]
        if len(places) == cells.height:
            return CellOrder(places)
    places = np.argsort(numbers, kind="stable").astype(np.uint32)
    in_order = numbers[places]
    is_again = np.concatenate([[False], in_order[1:] == in_order[:-1]])
    return CellOrder(places, is_again if is_again.any() else None)


def _cell_numbers(cells: CellStore) -> tuple[NDArray[Any], int]:
    """One number a cell that sorts as its key does; and how many numbers there could be."""
    parts = [_places(cells[name]) for name in KEY]
    span = math.prod(width for _, width in parts)
    if span >= 2**63:
        raise OverflowError("the file has more different keys than can be numbered")
    numbers: NDArray[Any] = np.zeros(cells.height, np.uint32 if span < 2**32 else np.int64)
    for places, width in parts:
        numbers *= numbers.dtype.type(width)
        numbers += places.astype(numbers.dtype)
    return numbers, span


def _places(values: NDArray[np.int32]) -> tuple[NDArray[np.int32], int]:
    """The place of each value among the distinct ones, and how many these are."""
    if not len(values):
        return values, 1
    lowest = values.min()
    offsets = values - lowest
    is_there = np.zeros(int(offsets.max()) + 1, dtype=np.bool_)
    is_there[offsets] = True
    ranks = np.cumsum(is_there, dtype=np.int32) - 1
    # in place: a copy of a column of a large file is much
    np.take(ranks, offsets, out=offsets, mode="clip")
    return offsets, int(ranks[-1]) + 1


@dataclass(frozen=True, slots=True)
class SortedCells:
    """The cells that are to be taken, in the order of their keys, each once."""

    store: CellStore
    places: NDArray[np.uint32] | None

    @property
    def height(self) -> int:
        """How many there are."""
        return self.store.height

    def frame(
        self, start: int = 0, length: int | None = None, names: Iterable[str] = COLUMNS
    ) -> pl.DataFrame:
        """Cells as a frame of some of `COLUMNS`, `value` among them: null where there is none."""
        end = self.height if length is None else min(start + length, self.height)
        if self.places is None:
            columns = {name: self.store[name][start:end] for name in names}
        else:
            places = self.places[start:end]
            columns = {name: self.store[name][places] for name in names}
        return pl.DataFrame(columns).with_columns(pl.col("value").fill_nan(None))

    def counts(self) -> tuple[int, int]:
        """How many cells hold a value, and how many a sign in its place."""
        missing = int(np.isnan(self.store["value"]).sum())
        return self.height - missing, missing

    def measures_and_periods(self) -> list[tuple[int, int]]:
        """The (measure, period) ids of which there are cells, sorted."""
        found: set[int] = set()
        for start in range(0, self.height, ROWS_PER_SLICE):
            # in parts: of a large file a copy of its keys is much
            part = slice(start, start + ROWS_PER_SLICE)
            both = self.store["measure_id"][part].astype(np.int64) << 32
            found.update(np.unique(both | self.store["period_id"][part]).tolist())
        return [(pair >> 32, pair & 0xFFFFFFFF) for pair in sorted(found)]

    def slices(self, length: int = ROWS_PER_SLICE) -> Iterator[pl.DataFrame]:
        """All cells, some at a time."""
        for start in range(0, self.height, length):
            yield self.frame(start, length)
