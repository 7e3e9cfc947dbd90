"""Writing checked cells into the fact table: binary COPY into staging, then what differs.

Cells are compared with the facts once; only those that differ are written, and what they
replace is kept as history. Where there is nothing to compare with, all are inserted. A MERGE
would have to join a second time to keep the history, as it returns no rows.
"""

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
    values = {
        "dataset": dataset_id,
        "delivery": delivery_number,
        "periods": cells["period_id"].unique().to_list(),
    }
    if not (await session.execute(_HAS_FACTS, values)).scalar_one():
        await session.execute(_INSERT_STAGED, values)
        return LoadCounts(new=cells.height, changed=0, unchanged=0)
    await session.execute(text("ANALYZE staged_cell"))
    await session.execute(_COMPARE, values)
    await session.execute(text("ANALYZE differing_cell"))
    await session.execute(_KEEP_HISTORY, values)
    changed = (await session.execute(_UPDATE, values)).rowcount  # type: ignore[attr-defined]
    new = (await session.execute(_INSERT_NEW, values)).rowcount  # type: ignore[attr-defined]
    return LoadCounts(new=new, changed=changed, unchanged=cells.height - new - changed)


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


# the periods let PostgreSQL leave out the partitions of other years
_SAME_CELL = """
    f.dataset_id = :dataset AND f.period_id = ANY(:periods)
    AND f.measure_id = s.measure_id AND f.period_id = s.period_id
    AND f.breakdown_id = s.breakdown_id AND f.area_id = s.area_id
"""
_HAS_FACTS = text(
    "SELECT EXISTS (SELECT FROM indicator.fact"
    " WHERE dataset_id = :dataset AND period_id = ANY(:periods))"
)
_INSERT = """
    INSERT INTO indicator.fact (
        dataset_id, measure_id, period_id, breakdown_id, area_id, status, quality, value,
        delivery_number, known_from
    )
    SELECT :dataset, s.measure_id, s.period_id, s.breakdown_id, s.area_id, s.status, s.quality,
        s.value, :delivery, now()
"""
_INSERT_STAGED = text(f"{_INSERT} FROM staged_cell AS s")
_INSERT_NEW = text(f"{_INSERT} FROM differing_cell AS s WHERE s.is_new")
_COMPARE = text(
    f"""
    CREATE TEMPORARY TABLE differing_cell ON COMMIT DROP AS
    SELECT s.*, f.area_id IS NULL AS is_new, f.status AS old_status, f.quality AS old_quality,
        f.value AS old_value, f.delivery_number AS old_delivery, f.known_from AS old_known_from
    FROM staged_cell AS s LEFT JOIN indicator.fact AS f ON {_SAME_CELL}
    WHERE f.area_id IS NULL OR f.value IS DISTINCT FROM s.value OR f.status <> s.status
        OR f.quality <> s.quality
    """
)
_KEEP_HISTORY = text(
    """
    INSERT INTO indicator.fact_history (
        dataset_id, measure_id, period_id, breakdown_id, area_id, status, quality, value,
        delivery_number, known_from, known_to
    )
    SELECT :dataset, s.measure_id, s.period_id, s.breakdown_id, s.area_id, s.old_status,
        s.old_quality, s.old_value, s.old_delivery, s.old_known_from, now()
    FROM differing_cell AS s WHERE NOT s.is_new
    """
)
_UPDATE = text(
    f"""
    UPDATE indicator.fact AS f SET
        value = s.value, status = s.status, quality = s.quality,
        delivery_number = :delivery, known_from = now()
    FROM differing_cell AS s WHERE {_SAME_CELL} AND NOT s.is_new
    """
)
