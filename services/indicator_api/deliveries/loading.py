"""Writing checked cells into the fact table: binary COPY into staging, then what differs.

Only cells that are not there yet or differ are written, and what they replace is kept as history.
Cells that are unchanged are mostly found before they are staged; what is staged is compared with
the facts once. Where there is nothing to compare with, all are inserted, part by part: so the
rows that a statement's triggers look at stay in memory. A MERGE would have to join a second time
to keep the history, as it returns no rows.
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

from services.indicator_api.deliveries.ahead import made_ahead
from services.indicator_api.deliveries.unchanged import without_unchanged
from services.indicator_api.periods.rules import year_of
from services.shared.database import driver_connection

_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_INTEGERS = ("measure_id", "period_id", "breakdown_id", "area_id")
# So few cells are looked up one by one; to join them, all facts of their periods would be read.
_MOST_LOOKED_UP = 100_000


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
            " AND d.state IN ('accepted', 'withdrawal_approving', 'withdrawing', 'withdrawn')"
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


async def stage(session: AsyncSession, parts: Iterable[pl.DataFrame]) -> int:
    """Copy cells into `staged_cell`; how many there are.

    `parts`: frames with the key's ids, `status`, `quality` and `value`, unique and sorted by key.
    """
    staged = 0
    async with made_ahead((cells.height, _encoded(cells)) for cells in parts) as encoded:
        async for height, rows in encoded:
            await _copy(session, rows)
            staged += height
    return staged


async def _copy(session: AsyncSession, rows: bytes) -> None:
    connection = await driver_connection(session)
    async with (
        connection.cursor() as cursor,
        cursor.copy("COPY staged_cell FROM STDIN (FORMAT binary)") as copy,
    ):
        for written in (_SIGNATURE, rows, _TRAILER):
            await copy.write(written)


async def load_cells(
    session: AsyncSession,
    load: Load,
    parts: Iterable[pl.DataFrame],
    note_progress: Callable[[int], Awaitable[None]],
) -> LoadCounts:
    """Bring a dataset's facts to the state that `parts` hold, within its lock; see `stage`."""
    await make_stage(session)
    if not (await session.execute(_HAS_FACTS, load.bound())).scalar_one():
        return LoadCounts(await _insert_all(session, load, parts, note_progress), 0, 0, 0, {})
    done = staged = 0
    async with made_ahead(parts) as cells:
        async for part in cells:
            differing = part
            if load.removes_within is None:
                differing = await without_unchanged(session, load.dataset_id, part)
            if differing.height:
                await _copy(session, await asyncio.to_thread(_encoded, differing))
            done += part.height
            staged += differing.height
            await note_progress(done)
    return await _load_staged(session, load, staged, done)


async def _insert_all(
    session: AsyncSession,
    load: Load,
    parts: Iterable[pl.DataFrame],
    note_progress: Callable[[int], Awaitable[None]],
) -> int:
    values = load.bound()
    inserted = 0
    async with made_ahead((cells.height, _encoded(cells)) for cells in parts) as encoded:
        async for height, rows in encoded:
            await _copy(session, rows)
            await session.execute(_INSERT_STAGED, values)
            await session.execute(text("TRUNCATE staged_cell"))
            inserted += height
            await note_progress(inserted)
    return inserted


async def _load_staged(session: AsyncSession, load: Load, staged: int, cells: int) -> LoadCounts:
    """Compare what is staged, of so many cells, with the facts, and write what differs."""
    if not staged and load.removes_within is None:
        return LoadCounts(0, 0, cells, 0, {})
    values = load.bound()
    await session.execute(text("ANALYZE staged_cell"))
    await session.execute(_LOOK_UP if staged <= _MOST_LOOKED_UP else _COMPARE, values)
    if load.removes_within is not None:
        await session.execute(_ADD_REMOVED, values)
    await session.execute(text("ANALYZE differing_cell"))
    counts = _counts((await session.execute(_CHANGES)).all(), cells)
    await session.execute(_KEEP_HISTORY, values)
    if counts.withdrawn:
        await session.execute(_DELETE, values)
    if counts.new or counts.changed:
        await session.execute(_WRITE, values)
    return counts


def _counts(changes: Iterable[Any], cells: int) -> LoadCounts:
    """From rows of `change`, `old_delivery` and how many `cells` there are of them."""
    of = dict.fromkeys(("new", "changed", "removed"), 0)
    replaced: dict[int, int] = {}
    for row in changes:
        of[row.change] += row.cells
        if row.change != "new":
            replaced[row.old_delivery] = replaced.get(row.old_delivery, 0) + row.cells
    unchanged = cells - of["new"] - of["changed"]
    return LoadCounts(of["new"], of["changed"], unchanged, of["removed"], replaced)


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
# By the key alone, one by one: a join with the facts would read all of them.
_WRITE = text(
    f"""
    {_INSERT} FROM differing_cell AS s WHERE s.change <> 'removed'
    ON CONFLICT (dataset_id, measure_id, period_id, breakdown_id, area_id) DO UPDATE SET
        value = excluded.value, status = excluded.status, quality = excluded.quality,
        delivery_number = excluded.delivery_number, known_from = excluded.known_from
    """
)
_OLD = """
    f.status AS old_status, f.quality AS old_quality, f.value AS old_value,
    f.delivery_number AS old_delivery, f.known_from AS old_known_from
"""
_DIFFERING = f"""
    CREATE TEMPORARY TABLE differing_cell ON COMMIT DROP AS
    SELECT s.*, CASE WHEN f.area_id IS NULL THEN 'new' ELSE 'changed' END AS change, {_OLD}
    FROM staged_cell AS s {{join}}
    WHERE f.area_id IS NULL OR f.value IS DISTINCT FROM s.value OR f.status <> s.status
        OR f.quality <> s.quality
"""
_COMPARE = text(_DIFFERING.format(join=f"LEFT JOIN indicator.fact AS f ON {_SAME_CELL}"))
# The offset keeps the planner from joining: it takes the facts that a policy lets through for a
# handful, whatever they are.
_LOOK_UP = text(
    _DIFFERING.format(
        join="LEFT JOIN LATERAL (SELECT f.* FROM indicator.fact AS f"
        f" WHERE {_SAME_CELL} OFFSET 0) AS f ON true"
    )
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
_CHANGES = text("SELECT change, old_delivery, count(*) AS cells FROM differing_cell GROUP BY 1, 2")
_DELETE = text(
    f"""
    DELETE FROM indicator.fact AS f USING differing_cell AS s
    WHERE {_SAME_CELL} AND s.change = 'removed'
    """
)
