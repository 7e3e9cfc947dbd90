"""The bare scripts that exports are measured beside: one statement, COPY or pyarrow, a file.

They know no release, no policy and no interval: present cells with their codes, as the owner.
"""

from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet

_BATCH = 20_000
_COLUMNS = ("measure", "breakdown", "area", "name", "kind", "period", "value", "status", "quality")
_ROWS = """
    SELECT m.code, b.code, a.code, a.name, a.kind, p.code, c.value, c.status, c.quality
    FROM indicator.released_cell AS c
    JOIN indicator.measure AS m ON m.id = c.measure_id
    JOIN indicator.breakdown AS b ON b.id = c.breakdown_id
    JOIN indicator.area AS a ON a.id = c.area_id
    JOIN indicator.period AS p ON p.id = c.period_id
    WHERE m.code = ANY(%s) AND p.code = ANY(%s) AND a.kind = 'quartier'
        AND c.released_to = 2147483647
    ORDER BY m.code, b.code, a.code, p.code
"""


def write_csv(
    admin_url: str, measures: tuple[str, ...], years: tuple[int, ...], target: Path
) -> None:
    """All cells of the measures and years, by COPY."""
    with psycopg.connect(admin_url) as connection, target.open("wb") as file:
        cursor = psycopg.ClientCursor(connection)
        rows = cursor.mogrify(_ROWS, (list(measures), [str(value) for value in years]))
        header = ",".join(_COLUMNS)
        file.write(f"{header}\n".encode())
        with cursor.copy(f"COPY ({rows}) TO STDOUT (FORMAT csv)".encode()) as copy:
            for piece in copy:
                file.write(piece)


def write_parquet(
    admin_url: str, measures: tuple[str, ...], years: tuple[int, ...], target: Path
) -> None:
    """The same cells through a cursor on the server, batch by batch."""
    types = [pa.string()] * 6 + [pa.float64(), pa.int16(), pa.int16()]
    schema = pa.schema(list(zip(_COLUMNS, types, strict=True)))
    with (
        psycopg.connect(admin_url) as connection,
        connection.cursor("export") as cursor,
        pyarrow.parquet.ParquetWriter(target, schema) as writer,
    ):
        cursor.execute(_ROWS, (list(measures), [str(value) for value in years]))
        while rows := cursor.fetchmany(_BATCH):
            columns = zip(*rows, strict=True)
            arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
