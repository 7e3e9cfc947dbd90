"""Figures as Parquet: typed columns, keys encoded as dictionaries, metadata in the schema."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from services.indicator_api.observations.formats.columns import COLUMNS, Column

ROWS_PER_GROUP = 65_536
_TYPES = {
    "key": pa.string(),
    "text": pa.string(),
    "value": pa.float64(),
    "number": pa.float64(),
    "count": pa.int32(),
    "flag": pa.bool_(),
}


class _Pipe(io.RawIOBase):
    """A file that is only written, and whose bytes are taken away in between."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._position += len(piece)
        return len(piece)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class ParquetPieces:
    """Writes a Parquet file piece by piece; what a call returns follows what the last one did."""

    def __init__(self, metadata: Mapping[str, Any], columns: Sequence[Column] = COLUMNS) -> None:
        """`metadata` stands in the schema, each value as JSON."""
        self._schema = pa.schema(
            [
                pa.field(item.name, _TYPES[item.kind], metadata={"title": item.heading})
                for item in columns
            ],
            metadata={key: orjson.dumps(value) for key, value in metadata.items()},
        )
        self._sink = _Pipe()
        self._writer = pq.ParquetWriter(
            self._sink,
            self._schema,
            compression="zstd",
            use_dictionary=[item.name for item in columns if item.kind in ("key", "text")],
        )
        self._waiting: list[pa.RecordBatch] = []
        self._count = 0

    def rows(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """Take rows in; the bytes of a row group whenever one is full, else none."""
        if rows:
            cells = zip(*rows, strict=True)
            arrays = [
                pa.array(list(column), type=field.type)
                for column, field in zip(cells, self._schema, strict=True)
            ]
            self._waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
            self._count += len(rows)
        if self._count >= ROWS_PER_GROUP:
            self._write()
        return self._sink.take()

    def end(self) -> bytes:
        """The last row group and the footer."""
        if self._waiting:
            self._write()
        self._writer.close()
        return self._sink.take()

    def _write(self) -> None:
        table = pa.Table.from_batches(self._waiting, schema=self._schema)
        self._writer.write_table(table, row_group_size=self._count)
        self._waiting, self._count = [], 0
