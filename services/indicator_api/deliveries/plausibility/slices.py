"""The checked cells by measure and period: each slice is held against others for itself."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from services.indicator_api.deliveries.checking.cell_store import ROWS_PER_SLICE, SortedCells
from services.indicator_api.deliveries.plausibility.context import SLICE_SCHEMA


@dataclass(frozen=True, slots=True)
class Slices:
    """Where the cells of each measure and period begin and end; nothing of them is copied."""

    cells: SortedCells
    bounds: dict[tuple[int, int], tuple[int, int]]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Measure and period ids, sorted."""
        return iter(self.bounds)

    def frame(self, measure_id: int, period_id: int) -> pl.DataFrame:
        """The cells of a measure and period, see `SLICE_SCHEMA`; none if there are none."""
        start, end = self.bounds.get((measure_id, period_id), (0, 0))
        return self.cells.frame(start, end - start, SLICE_SCHEMA)

    def periods_of(self, measure_id: int) -> list[int]:
        """The periods of which there are cells of a measure."""
        return [period for measure, period in self.bounds if measure == measure_id]

    def areas(self) -> list[int]:
        """The ids of all areas, each once."""
        ids = self.cells.store["area_id"]
        found: set[int] = set()
        for start in range(0, len(ids), ROWS_PER_SLICE):
            found.update(np.unique(ids[start : start + ROWS_PER_SLICE]).tolist())
        return sorted(found)


def beside(
    cells: pl.DataFrame, others: pl.DataFrame, keys: tuple[str, ...], name: str
) -> pl.DataFrame:
    """The cells for which `others` has a row with the same `keys`, its `value` as column `name`.

    Slices are sorted alike: where both are of the same places, nothing needs to be searched.
    """
    if cells.height == others.height and all(cells[key].equals(others[key]) for key in keys):
        return cells.with_columns(others["value"].alias(name))
    return cells.join(others.select(*keys, pl.col("value").alias(name)), on=keys)


def slices_of(cells: SortedCells) -> Slices:
    """Find the slices in cells sorted by measure and period."""
    starts: dict[tuple[int, int], int] = {}
    for start in range(0, cells.height, ROWS_PER_SLICE):
        # in parts: of a large file a copy of its keys is much
        part = slice(start, start + ROWS_PER_SLICE)
        if cells.places is None:
            measures, periods = cells.store["measure_id"][part], cells.store["period_id"][part]
        else:
            places = cells.places[part]
            measures, periods = cells.store["measure_id"][places], cells.store["period_id"][places]
        both = measures.astype(np.int64) << 32 | periods
        begins = np.flatnonzero(np.concatenate([[True], both[1:] != both[:-1]]))
        for place in begins.tolist():
            # a slice that began in an earlier part keeps its beginning
            pair = int(both[place])
            starts.setdefault((pair >> 32, pair & 0xFFFFFFFF), start + place)
    ends = [*list(starts.values())[1:], cells.height]
    return Slices(
        cells, {key: (start, end) for (key, start), end in zip(starts.items(), ends, strict=True)}
    )
