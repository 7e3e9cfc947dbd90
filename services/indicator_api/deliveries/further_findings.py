"""The findings beyond those of each kind that are stored one by one: a file, sorted for reading.

The list of findings names the first ones of a kind and counts the others; the annotated file
marks all of them. So they are kept as Parquet (`row`, `code`, `column`, `value`, `hint`,
`hint_en`), written while the file is checked and read again some rows at a time.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from services.indicator_api.deliveries.findings import FURTHER_COLUMNS, Finding

_ROWS_PER_GROUP = 100_000
_SCHEMA = pa.schema(
    [pa.field("row", pa.uint32(), nullable=False)]
    + [pa.field(name, pa.string()) for name in FURTHER_COLUMNS[1:]]
)


class FurtherFindings:
    """Writes findings as they come; without any there is no file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[pl.DataFrame] = []
        self._height = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, frames: Sequence[pl.DataFrame]) -> None:
        """Take findings as `FindingList.take_further` gives them."""
        for frame in frames:
            self._waiting.append(frame)
            self._height += frame.height
            if self._height >= _ROWS_PER_GROUP:
                self._write()

    def close(self) -> Path | None:
        """Write what is left; where the file is, if there is one."""
        if self._height:
            self._write()
        if self._writer is None:
            return None
        self._writer.close()
        return self._path

    def _write(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, _SCHEMA, compression="lz4")
        table = pl.concat(self._waiting).sort("row").to_arrow().cast(_SCHEMA)
        self._writer.write_table(table, row_group_size=_ROWS_PER_GROUP)
        self._waiting, self._height = [], 0


class FurtherFile:
    """Such a file, opened for reading; to be closed."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        metadata = self._file.metadata
        statistics = [
            metadata.row_group(number).column(0).statistics
            for number in range(metadata.num_row_groups)
        ]
        self._bounds = [(int(item.min), int(item.max)) for item in statistics]

    @property
    def last_row(self) -> int:
        """The last row of the sender's file that anything is said of here."""
        return max((last for _, last in self._bounds), default=0)

    def between(self, first: int, last: int) -> Iterator[Finding]:
        """The findings about these rows of the sender's file, both included, in their order."""
        parts = [
            frame.filter(pl.col("row").is_between(first, last))
            for number, (lowest, highest) in enumerate(self._bounds)
            if lowest <= last and highest >= first
            for frame in [self._read(number)]
        ]
        if not parts:
            return
        for row, code, column, value, hint, hint_en in pl.concat(parts).sort("row").iter_rows():
            yield Finding(code, row, column, value, hint, hint_en)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _read(self, number: int) -> pl.DataFrame:
        frame = pl.from_arrow(self._file.read_row_group(number, use_threads=False))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table becomes a frame
        return frame
