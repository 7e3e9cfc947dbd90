"""The bare script that intake is measured beside: polars, binary COPY, MERGE, nothing else.

It trusts its one format, stops at the first fault without saying where, keeps no history, and
writes as the table's owner to a table without policies and triggers.
"""

import struct

import numpy as np
import polars as pl
import psycopg

_KEY = ["measure_id", "period_id", "breakdown_id", "area_id"]
_INTEGERS = (*_KEY, "status")
_ROWS_PER_CHUNK = 200_000
_STAGE = """
    CREATE TEMPORARY TABLE staged (measure_id integer, period_id integer, breakdown_id integer,
        area_id integer, status integer, value double precision) ON COMMIT DROP
"""
_MERGE = """
    MERGE INTO bare.fact AS f USING staged AS s
    ON f.dataset_id = 1 AND f.measure_id = s.measure_id AND f.period_id = s.period_id
        AND f.breakdown_id = s.breakdown_id AND f.area_id = s.area_id
    WHEN MATCHED AND (f.value IS DISTINCT FROM s.value OR f.status <> s.status) THEN
        UPDATE SET value = s.value, status = s.status, delivery_number = 1, known_from = now()
    WHEN NOT MATCHED THEN INSERT (dataset_id, measure_id, period_id, breakdown_id, area_id,
        status, quality, value, delivery_number, known_from)
    VALUES (1, s.measure_id, s.period_id, s.breakdown_id, s.area_id, s.status, 0, s.value, 1,
        now())
"""


def load(admin_url: str, data: bytes) -> int:
    """Parse, check and merge a file; how many rows were written."""
    with psycopg.connect(admin_url, options="-cjit=off") as connection:
        cells = _read(connection, data)
        connection.execute(_STAGE)
        with connection.cursor().copy("COPY staged FROM STDIN (FORMAT binary)") as copy:
            copy.write(b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0))
            for chunk in cells.iter_slices(_ROWS_PER_CHUNK):
                copy.write(_rows(chunk.filter(pl.col("value").is_not_null()), has_value=True))
                copy.write(_rows(chunk.filter(pl.col("value").is_null()), has_value=False))
            copy.write(struct.pack(">h", -1))
        connection.execute("ANALYZE staged")
        return connection.execute(_MERGE).rowcount


def _read(connection: "psycopg.Connection[tuple[object, ...]]", data: bytes) -> pl.DataFrame:
    def ids(table: str) -> dict[str, int]:
        rows = connection.execute(f"SELECT code, id FROM indicator.{table}".encode()).fetchall()
        return {str(code): int(str(number)) for code, number in rows}

    signs = {"-": 1, ".": 2, "/": 3}
    cells = (
        pl.read_csv(
            data,
            separator=";",
            schema_overrides={"area": pl.String, "period": pl.Int32},
            infer_schema_length=0,
            empty_string_is_null=False,
        )
        .select(
            pl.col("measure").replace_strict(ids("measure"), return_dtype=pl.Int32),
            pl.col("period").cast(pl.Int32) * 10_000,
            pl.col("breakdown").replace_strict(ids("breakdown"), return_dtype=pl.Int32),
            pl.col("area").replace_strict(ids("area"), return_dtype=pl.Int32),
            pl.col("value").replace_strict(signs, default=0, return_dtype=pl.Int32).alias("status"),
            pl.when(pl.col("value") == "-")
            .then(0.0)
            .otherwise(pl.col("value").cast(pl.Float64, strict=False))
            .alias("value"),
        )
        .rename(dict(zip(("measure", "period", "breakdown", "area"), _KEY, strict=True)))
        .sort(_KEY)
    )
    assert cells.filter((pl.col("status") < 2) != pl.col("value").is_not_null()).is_empty()
    assert cells.select(pl.struct(_KEY).is_duplicated().any().not_()).item()
    return cells


def _rows(cells: pl.DataFrame, *, has_value: bool) -> bytes:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name in _INTEGERS:
        fields += [(f"{name}_length", ">i4"), (name, ">i4")]
    fields.append(("value_length", ">i4"))
    if has_value:
        fields.append(("value", ">f8"))
    rows = np.empty(cells.height, dtype=np.dtype(fields))
    rows["fields"] = len(_INTEGERS) + 1
    for name in _INTEGERS:
        rows[f"{name}_length"] = 4
        rows[name] = cells[name].to_numpy()
    rows["value_length"] = 8 if has_value else -1
    if has_value:
        rows["value"] = cells["value"].to_numpy()
    return rows.tobytes()
