"""The checked cells of a delivery as a file: Parquet, sorted by key, read in row groups.

It outlives the loading: a delivery's withdrawal looks into those of the others, to see which of
them hold a cell too. Its columns are `measure_id`, `period_id`, `breakdown` (the place in the
list of codes), `area_id`, `status`, `quality`, `value`; its metadata is a `CellsHeader`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from services.indicator_api.deliveries.checking.cell_store import SortedCells

VERSION = 1
_KEY = b"quartierblick"
_SCHEMA = pa.schema(
    [
        pa.field("measure_id", pa.int32(), nullable=False),
        pa.field("period_id", pa.int32(), nullable=False),
        pa.field("breakdown", pa.int32(), nullable=False),
        pa.field("area_id", pa.int32(), nullable=False),
        pa.field("status", pa.int8(), nullable=False),
        pa.field("quality", pa.int8(), nullable=False),
        pa.field("value", pa.float64()),
    ]
)
COLUMNS: list[str] = _SCHEMA.names


@dataclass(frozen=True, slots=True)
class CellsHeader:
    """What the cells refer to: `breakdowns` as code and label in the order of their places, the
    codes of the `periods`, and the (measure, period) ids of which there are cells."""

    breakdowns: list[tuple[str, str]]
    periods: list[str]
    slices: list[tuple[int, int]]


def write_cells(path: Path, cells: SortedCells, header: CellsHeader) -> None:
    """Write the cells, a row group at a time."""
    metadata = {
        "version": VERSION,
        "breakdowns": header.breakdowns,
        "periods": header.periods,
        "slices": header.slices,
    }
    schema = _SCHEMA.with_metadata({_KEY: orjson.dumps(metadata)})
    with pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=False) as writer:
        for part in cells.slices():
            writer.write_table(part.select(COLUMNS).to_arrow().cast(schema))


class CellsFile:
    """A file of cells, opened for reading; to be closed, best by `with`."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        document: dict[str, Any] = orjson.loads(self._file.schema_arrow.metadata[_KEY])
        self.header = CellsHeader(
            breakdowns=[(code, label) for code, label in document["breakdowns"]],
            periods=document["periods"],
            slices=[(measure, period) for measure, period in document["slices"]],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def height(self) -> int:
        """How many cells there are."""
        return int(self._file.metadata.num_rows)

    def parts(self) -> Iterator[pl.DataFrame]:
        """The cells in the order of their keys, a row group at a time."""
        for number in range(self._file.num_row_groups):
            yield self._read(number)

    def parts_about(self, measures: pl.Series) -> Iterator[pl.DataFrame]:
        """The row groups that may hold cells of these measures (ids)."""
        for number in range(self._file.num_row_groups):
            bounds = self._file.metadata.row_group(number).column(0).statistics
            if bounds is None or measures.is_between(bounds.min, bounds.max).any():
                yield self._read(number)

    def _read(self, number: int) -> pl.DataFrame:
        frame = pl.from_arrow(self._file.read_row_group(number, use_threads=False))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table becomes a frame
        return frame
