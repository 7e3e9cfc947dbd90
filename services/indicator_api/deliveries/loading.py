"""Writing checked cells into the fact table: binary COPY into staging, then what differs.

Cells are compared with the facts once; only those that differ are written, and what they
replace is kept as history. Where there is nothing to compare with, all are inserted. A MERGE
would have to join a second time to keep the history, as it returns no rows.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.periods.rules import year_of
from services.shared.database import driver_connection

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_INTEGERS = ("measure_id", "period_id", "breakdown_id", "area_id")


@dataclass(frozen=True, slots=True)
class Load:
    """What is loaded: by which delivery into which dataset, taking effect at which moment.

    `slices` are the (measure, period) ids of which there are cells. `removes_within`: the keys of
    the areas within which cells of these slices that are not delivered go; None: all stay.
    """

    dataset_id: int
    delivery_number: int
    at: datetime
    slices: list[tuple[int, int]]
    removes_within: tuple[str, ...] | None = None

    def bound(self) -> dict[str, Any]:
        """The values for the statements below."""
        return {
            "dataset": self.dataset_id,
            "delivery": self.delivery_number,
            "at": self.at,
            "periods": sorted({period for _, period in self.slices}),
            "slice_measures": [measure for measure, _ in self.slices],
            "slice_periods": [period for _, period in self.slices],
            "roots": list(self.removes_within or ()),
        }


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """How many cells were new, changed, the same as before, and withdrawn.

    `replaced`: of how many cells of which earlier delivery (its number) it took the place.
    """

    new: int
    changed: int
    unchanged: int
    withdrawn: int
    replaced: dict[int, int]

    @property
    def has_effect(self) -> bool:
        """Whether any fact is another than before."""
        return bool(self.new or self.changed or self.withdrawn)


async def enter_dataset(session: AsyncSession, dataset_id: int) -> datetime:
    """Take the dataset's lock until the transaction ends: who changes its facts does so alone.

    The moment from which on the change holds; it lies behind that of every earlier one.
    """
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtext('indicator.dataset'), :id)"),
        {"id": dataset_id},
    )
    await session.execute(
        text("SELECT set_config('qb.loading_dataset_id', :id, true)"), {"id": str(dataset_id)}
    )
    row = await session.execute(
        text(
            "SELECT greatest(clock_timestamp(), max(d.finished_at) + interval '1 microsecond')"
            " FROM indicator.delivery AS d WHERE d.dataset_id = :id"
            " AND d.state IN ('accepted', 'withdrawing', 'withdrawn')"
        ),
        {"id": dataset_id},
    )
    moment: datetime = row.scalar_one()
    return moment


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


def _encoded(part: pl.DataFrame) -> bytes:
    return b"".join(
        binary_rows(rows)
        for rows in (
            part.filter(pl.col("value").is_not_null()),
            part.filter(pl.col("value").is_null()),
        )
        if rows.height
    )


async def make_stage(session: AsyncSession) -> None:
    """The temporary table `staged_cell`, until the transaction ends."""
    await session.execute(
        text(
            "CREATE TEMPORARY TABLE staged_cell (measure_id integer, period_id integer,"
            " breakdown_id integer, area_id integer, status smallint, quality smallint,"
            " value double precision) ON COMMIT DROP"
        )
    )


async def stage(
    session: AsyncSession,
    parts: Iterable[pl.DataFrame],
    note_progress: Callable[[int], Awaitable[None]] | None = None,
) -> int:
    """Copy cells into `staged_cell`; how many there are.

    `parts`: frames with the key's ids, `status`, `quality` and `value`, unique and sorted by key.
    """
    staged = 0
    remaining = iter(parts)
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy("COPY staged_cell FROM STDIN (FORMAT binary)") as copy,
    ):
        await copy.write(_SIGNATURE)
        # read and put into bytes in a thread: the worker must go on telling that it lives
        while (part := await asyncio.to_thread(next, remaining, None)) is not None:
            await copy.write(await asyncio.to_thread(_encoded, part))
            staged += part.height
            if note_progress is not None:
                await note_progress(staged)
        await copy.write(_TRAILER)
    return staged


async def load_staged(session: AsyncSession, load: Load, staged: int) -> LoadCounts:
    """Bring a dataset's facts to the state that `staged_cell` holds, within its lock."""
    values = load.bound()
    if not (await session.execute(_HAS_FACTS, values)).scalar_one():
        await session.execute(_INSERT_STAGED, values)
        return LoadCounts(staged, 0, 0, 0, {})
    await session.execute(text("ANALYZE staged_cell"))
    await session.execute(_COMPARE, values)
    if load.removes_within is not None:
        await session.execute(_ADD_REMOVED, values)
    await session.execute(text("ANALYZE differing_cell"))
    await session.execute(_KEEP_HISTORY, values)
    replaced: dict[int, int] = dict((await session.execute(_REPLACED)).all())
    withdrawn = 0
    if load.removes_within is not None:
        withdrawn = await _written(session, _DELETE, values)
    changed = await _written(session, _UPDATE, values)
    new = await _written(session, _INSERT_NEW, values)
    return LoadCounts(new, changed, staged - new - changed, withdrawn, replaced)


async def _written(session: AsyncSession, statement: Any, values: dict[str, Any]) -> int:
    count: int = (await session.execute(statement, values)).rowcount  # type: ignore[attr-defined]
    return count


async def ensure_partitions(session: AsyncSession, period_ids: Iterable[int]) -> None:
    """Make the yearly partitions that these periods need."""
    for year in sorted({year_of(period_id) for period_id in period_ids}):
        await session.execute(text("SELECT indicator.ensure_fact_partition(:year)"), {"year": year})


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
        s.value, :delivery, :at
"""
_INSERT_STAGED = text(f"{_INSERT} FROM staged_cell AS s")
_INSERT_NEW = text(f"{_INSERT} FROM differing_cell AS s WHERE s.change = 'new'")
_OLD = """
    f.status AS old_status, f.quality AS old_quality, f.value AS old_value,
    f.delivery_number AS old_delivery, f.known_from AS old_known_from
"""
_COMPARE = text(
    f"""
    CREATE TEMPORARY TABLE differing_cell ON COMMIT DROP AS
    SELECT s.*, CASE WHEN f.area_id IS NULL THEN 'new' ELSE 'changed' END AS change, {_OLD}
    FROM staged_cell AS s LEFT JOIN indicator.fact AS f ON {_SAME_CELL}
    WHERE f.area_id IS NULL OR f.value IS DISTINCT FROM s.value OR f.status <> s.status
        OR f.quality <> s.quality
    """
)
_ADD_REMOVED = text(
    f"""
    INSERT INTO differing_cell
    SELECT f.measure_id, f.period_id, f.breakdown_id, f.area_id, NULL, NULL, NULL, 'removed',
        {_OLD}
    FROM indicator.fact AS f
    WHERE f.dataset_id = :dataset AND f.period_id = ANY(:periods)
        AND (f.measure_id, f.period_id) IN (
            SELECT * FROM unnest(CAST(:slice_measures AS integer[]),
                CAST(:slice_periods AS integer[]))
        )
        AND f.area_id IN (
            SELECT a.id FROM indicator.area AS a
            WHERE a.lineage && ARRAY(SELECT r.id FROM indicator.area AS r
                                     WHERE r.code = ANY(:roots))
        )
        AND NOT EXISTS (SELECT FROM staged_cell AS s WHERE {_SAME_CELL})
    """
)
_KEEP_HISTORY = text(
    """
    INSERT INTO indicator.fact_history (
        dataset_id, measure_id, period_id, breakdown_id, area_id, status, quality, value,
        delivery_number, known_from, known_to, superseded_by
    )
    SELECT :dataset, s.measure_id, s.period_id, s.breakdown_id, s.area_id, s.old_status,
        s.old_quality, s.old_value, s.old_delivery, s.old_known_from, :at, :delivery
    FROM differing_cell AS s WHERE s.change <> 'new'
    """
)
_REPLACED = text(
    "SELECT old_delivery, count(*) FROM differing_cell WHERE change <> 'new' GROUP BY 1"
)
_UPDATE = text(
    f"""
    UPDATE indicator.fact AS f SET
        value = s.value, status = s.status, quality = s.quality,
        delivery_number = :delivery, known_from = :at
    FROM differing_cell AS s WHERE {_SAME_CELL} AND s.change = 'changed'
    """
)
_DELETE = text(
    f"""
    DELETE FROM indicator.fact AS f USING differing_cell AS s
    WHERE {_SAME_CELL} AND s.change = 'removed'
    """
)
