"""Writing checked cells into the fact table: binary COPY into staging, history, MERGE."""

import struct
from dataclasses import dataclass

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.periods.rules import year_of
from services.shared.database import driver_connection

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_INTEGERS = ("measure_id", "period_id", "breakdown_id", "area_id")
_ROWS_PER_CHUNK = 200_000


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """How many cells were new, changed, and the same as before."""

    new: int
    changed: int
    unchanged: int


def binary_rows(cells: pl.DataFrame) -> bytes:
    """Rows in PostgreSQL's binary COPY format, without signature and trailer.

    `cells` has the integers of the key, `status`, `quality` and `value` (float), which is null
    in all rows or in none: rows with and without a value differ in length.
    """
    has_value = cells["value"].null_count() == 0
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name in (*_INTEGERS, "status", "quality"):
        fields += [(f"{name}_length", ">i4"), (name, ">i4" if name in _INTEGERS else ">i2")]
    fields.append(("value_length", ">i4"))
    if has_value:
        fields.append(("value", ">f8"))
    rows = np.empty(cells.height, dtype=np.dtype(fields))
    rows["fields"] = 7
    for name in (*_INTEGERS, "status", "quality"):
        rows[f"{name}_length"] = 4 if name in _INTEGERS else 2
        rows[name] = cells[name].to_numpy()
    rows["value_length"] = 8 if has_value else -1
    if has_value:
        rows["value"] = cells["value"].to_numpy()
    return rows.tobytes()


async def load_cells(
    session: AsyncSession, dataset_id: int, delivery_number: int, cells: pl.DataFrame
) -> LoadCounts:
    """Bring a dataset's facts to the delivered state, keeping what they replace as history.

    `cells`: `measure_id`, `period_id`, `breakdown_id`, `area_id`, `status`, `quality`, `value`,
    unique and sorted by key. Takes a lock on the dataset: deliveries to it run one by one.
    """
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('indicator.dataset'), :id)"),
        {"id": dataset_id},
    )
    await session.execute(
        text("SELECT set_config('qb.loading_dataset_id', :id, true)"), {"id": str(dataset_id)}
    )
    await _stage(session, cells)
    values = {"dataset": dataset_id, "delivery": delivery_number}
    changed = (await session.execute(_KEEP_HISTORY, values)).rowcount  # type: ignore[attr-defined]
    written = (await session.execute(_MERGE, values)).rowcount  # type: ignore[attr-defined]
    return LoadCounts(new=written - changed, changed=changed, unchanged=cells.height - written)


async def ensure_partitions(session: AsyncSession, period_ids: list[int]) -> None:
    """Make the yearly partitions that these periods need."""
    for year in sorted({year_of(period_id) for period_id in period_ids}):
        await session.execute(text("SELECT indicator.ensure_fact_partition(:year)"), {"year": year})


async def _stage(session: AsyncSession, cells: pl.DataFrame) -> None:
    await session.execute(
        text(
            "CREATE TEMPORARY TABLE staged_cell (measure_id integer, period_id integer,"
            " breakdown_id integer, area_id integer, status smallint, quality smallint,"
            " value double precision) ON COMMIT DROP"
        )
    )
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy("COPY staged_cell FROM STDIN (FORMAT binary)") as copy,
    ):
        await copy.write(_SIGNATURE)
        for chunk in cells.iter_slices(_ROWS_PER_CHUNK):
            for part in (
                chunk.filter(pl.col("value").is_not_null()),
                chunk.filter(pl.col("value").is_null()),
            ):
                if part.height:
                    await copy.write(binary_rows(part))
        await copy.write(_TRAILER)
    await session.execute(text("ANALYZE staged_cell"))


_SAME_CELL = """
    f.dataset_id = :dataset AND f.measure_id = s.measure_id AND f.period_id = s.period_id
    AND f.breakdown_id = s.breakdown_id AND f.area_id = s.area_id
"""
_DIFFERS = """
    (f.value IS DISTINCT FROM s.value OR f.status <> s.status OR f.quality <> s.quality)
"""
_KEEP_HISTORY = text(
    f"""
    INSERT INTO indicator.fact_history (
        dataset_id, measure_id, period_id, breakdown_id, area_id, status, quality, value,
        delivery_number, known_from, known_to
    )
    SELECT f.dataset_id, f.measure_id, f.period_id, f.breakdown_id, f.area_id, f.status,
        f.quality, f.value, f.delivery_number, f.known_from, now()
    FROM indicator.fact AS f JOIN staged_cell AS s ON {_SAME_CELL}
    WHERE {_DIFFERS}
    """
)
_MERGE = text(
    f"""
    MERGE INTO indicator.fact AS f USING staged_cell AS s ON {_SAME_CELL}
    WHEN MATCHED AND {_DIFFERS} THEN UPDATE SET
        value = s.value, status = s.status, quality = s.quality,
        delivery_number = :delivery, known_from = now()
    WHEN NOT MATCHED THEN INSERT (
        dataset_id, measure_id, period_id, breakdown_id, area_id, status, quality, value,
        delivery_number, known_from
    ) VALUES (
        :dataset, s.measure_id, s.period_id, s.breakdown_id, s.area_id, s.status, s.quality,
        s.value, :delivery, now()
    )
    """
)
