"""Taking a delivery back: the facts become what they would be had it never been delivered.

What its cells would be is found by going through the dataset's other deliveries, the one that
took effect last first: the first that holds a cell says what it is, also where it found it
unchanged; the first that withdrew the cells it did not hold says that there is none. Which
cells a delivery holds stands in its file of cells (`cells_file`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from obstore.store import ObjectStore
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries.cells_file import CellsFile
from services.indicator_api.deliveries.loading import make_stage, stage
from services.indicator_api.deliveries.rules import removes
from services.indicator_api.deliveries.spool import spooled


class UnknownCellsError(Exception):
    """A later delivery is too old to say which cells it holds; carries its number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"delivery {number}")
        self.number = number


@dataclass(frozen=True, slots=True)
class WithdrawalCounts:
    """How many cells have their earlier (or later) value again, are gone, and stay as they are
    because another delivery holds them too."""

    restored: int
    removed: int
    kept: int

    @property
    def has_effect(self) -> bool:
        """Whether any fact is another than before."""
        return bool(self.restored or self.removed)


async def withdraw_cells(
    session: AsyncSession, objects: ObjectStore, delivery: Mapping[str, Any], at: datetime
) -> WithdrawalCounts:
    """Undo a delivery within its dataset's lock, taking effect at `at`.

    `delivery`: its `number`, `dataset_id`, `cells_path`, `finished_at`, `options` and `counts`.
    Raises `UnknownCellsError`, and `FileNotFoundError` if a file of cells is lost.
    """
    values = {"dataset": delivery["dataset_id"], "number": delivery["number"], "at": at}
    await session.execute(_AFFECTED, values)
    if removes(delivery):
        async with spooled(objects, delivery["cells_path"]) as path:
            with CellsFile(path) as cells:
                await session.execute(_ADD_WITHHELD, values | _slices(cells.header.slices))
    await session.execute(_SETTLED)
    await make_stage(session)
    for other in await _others(session, delivery):
        if not await _is_anything_open(session):
            break
        await _settle_by(session, objects, delivery, other)
    await session.execute(_REST_IS_NOTHING)
    return await _apply(session, values)


async def _others(session: AsyncSession, delivery: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The dataset's other deliveries that hold, the one that took effect last first."""
    rows = await session.execute(
        text(
            "SELECT d.number, d.cells_path, d.finished_at, d.options, d.counts,"
            " d.acting -> 'area_codes' AS area_codes FROM indicator.delivery AS d"
            " WHERE d.dataset_id = :dataset AND d.number <> :number"
            " AND d.state IN ('accepted', 'withdrawal_approving', 'withdrawing')"
            " ORDER BY d.finished_at DESC"
        ),
        {"dataset": delivery["dataset_id"], "number": delivery["number"]},
    )
    return [dict(row) for row in rows.mappings()]


async def _is_anything_open(session: AsyncSession) -> bool:
    row = await session.execute(text("SELECT EXISTS (SELECT FROM affected_cell)"))
    return bool(row.scalar_one())


async def _settle_by(
    session: AsyncSession,
    objects: ObjectStore,
    delivery: Mapping[str, Any],
    other: Mapping[str, Any],
) -> None:
    """Settle the open cells that another delivery holds, or that it withdrew."""
    values: dict[str, Any] = {"dataset": delivery["dataset_id"], "other": other["number"]}
    if other["cells_path"] is None:
        # Taken before files of cells were kept: what it brought stands in the history. What it
        # found unchanged is not known, and matters only behind the delivery that goes.
        if other["finished_at"] > delivery["finished_at"] and other["counts"].get("unchanged"):
            raise UnknownCellsError(other["number"])
        await session.execute(_SETTLE_BY_HISTORY, values)
        await session.execute(_CLOSE_SETTLED)
        return
    async with spooled(objects, other["cells_path"]) as path:
        with CellsFile(path) as cells:
            breakdowns = await _breakdown_ids(session, cells)
            await session.execute(text("TRUNCATE staged_cell"))
            if await stage(session, _about_open(cells, breakdowns, await _open_slices(session))):
                await session.execute(text("ANALYZE staged_cell"))
                await session.execute(_SETTLE_BY_STAGED, values)
                await session.execute(_CLOSE_SETTLED)
            if removes(other):
                reach = _slices(cells.header.slices) | {"roots": list(other["area_codes"])}
                await session.execute(_SETTLE_AS_REMOVED, reach)
                await session.execute(_CLOSE_SETTLED)


async def _open_slices(session: AsyncSession) -> pl.DataFrame:
    rows = await session.execute(text("SELECT DISTINCT measure_id, period_id FROM affected_cell"))
    return pl.DataFrame(
        [tuple(row) for row in rows],
        schema={"measure_id": pl.Int32, "period_id": pl.Int32},
        orient="row",
    )


async def _breakdown_ids(session: AsyncSession, cells: CellsFile) -> pl.Series:
    codes = [code for code, _ in cells.header.breakdowns]
    rows = await session.execute(
        text("SELECT b.code, b.id FROM indicator.breakdown AS b WHERE b.code = ANY(:codes)"),
        {"codes": codes},
    )
    ids: dict[str, int] = dict(rows.all())
    return pl.Series([ids[code] for code in codes], dtype=pl.Int32)


def _about_open(
    cells: CellsFile, breakdowns: pl.Series, open_slices: pl.DataFrame
) -> Iterator[pl.DataFrame]:
    """The cells of a file about the measures and periods of cells that are still open."""
    for part in cells.parts_about(open_slices["measure_id"]):
        chosen = part.join(open_slices, on=["measure_id", "period_id"], how="semi")
        if chosen.height:
            yield chosen.with_columns(breakdown_id=breakdowns.gather(chosen["breakdown"]))


async def _apply(session: AsyncSession, values: Mapping[str, Any]) -> WithdrawalCounts:
    """Bring the facts to what was settled; what they were goes to the history."""
    await session.execute(text("ANALYZE settled_cell"))
    kept = await _written(session, _KEEP_UNDER_OTHER_NUMBER, values)
    await session.execute(_KEEP_HISTORY, values)
    changed = await _written(session, _UPDATE, values)
    added = await _written(session, _INSERT, values)
    removed = await _written(session, _DELETE, values)
    return WithdrawalCounts(restored=changed + added, removed=removed, kept=kept)


async def _written(session: AsyncSession, statement: Any, values: Mapping[str, Any]) -> int:
    count: int = (await session.execute(statement, values)).rowcount  # type: ignore[attr-defined]
    return count


def _slices(slices: list[tuple[int, int]]) -> dict[str, Any]:
    return {
        "slice_measures": [measure for measure, _ in slices],
        "slice_periods": [period for _, period in slices],
    }


_KEY = "measure_id, period_id, breakdown_id, area_id"
_AFFECTED = text(
    f"""
    CREATE TEMPORARY TABLE affected_cell ON COMMIT DROP AS
    SELECT {_KEY}, status AS old_status, quality AS old_quality, value AS old_value,
        known_from AS old_known_from, true AS is_there
    FROM indicator.fact WHERE dataset_id = :dataset AND delivery_number = :number
    """
)
_IN_SLICES = """
    (c.measure_id, c.period_id) IN (
        SELECT * FROM unnest(CAST(:slice_measures AS integer[]), CAST(:slice_periods AS integer[]))
    )
"""
# every cell that ever was and is no more, of the measures and periods that the delivery replaced
_ADD_WITHHELD = text(
    f"""
    INSERT INTO affected_cell
    SELECT DISTINCT c.measure_id, c.period_id, c.breakdown_id, c.area_id,
        CAST(NULL AS smallint), CAST(NULL AS smallint), CAST(NULL AS double precision),
        CAST(NULL AS timestamptz), false
    FROM indicator.fact_history AS c
    WHERE c.dataset_id = :dataset AND {_IN_SLICES}
        AND NOT EXISTS (
            SELECT FROM indicator.fact AS f
            WHERE f.dataset_id = :dataset AND f.measure_id = c.measure_id
                AND f.period_id = c.period_id AND f.breakdown_id = c.breakdown_id
                AND f.area_id = c.area_id
        )
    """
)
# without a delivery: there is no such cell
_SETTLED = text(
    """
    CREATE TEMPORARY TABLE settled_cell ON COMMIT DROP AS
    SELECT a.*, CAST(NULL AS smallint) AS status, CAST(NULL AS smallint) AS quality,
        CAST(NULL AS double precision) AS value, CAST(NULL AS bigint) AS delivery_number
    FROM affected_cell AS a WHERE false
    """
)
_SETTLE_BY_STAGED = text(
    f"""
    INSERT INTO settled_cell
    SELECT a.*, s.status, s.quality, s.value, :other
    FROM affected_cell AS a JOIN staged_cell AS s USING ({_KEY})
    """
)
_SETTLE_BY_HISTORY = text(
    f"""
    INSERT INTO settled_cell
    SELECT a.*, h.status, h.quality, h.value, :other
    FROM affected_cell AS a JOIN (
        SELECT DISTINCT ON ({_KEY}) * FROM indicator.fact_history
        WHERE dataset_id = :dataset AND delivery_number = :other ORDER BY {_KEY}, known_to DESC
    ) AS h USING ({_KEY})
    """
)
_SETTLE_AS_REMOVED = text(
    f"""
    INSERT INTO settled_cell
    SELECT c.*, NULL, NULL, NULL, NULL FROM affected_cell AS c
    WHERE {_IN_SLICES} AND c.area_id IN (
        SELECT a.id FROM indicator.area AS a
        WHERE a.lineage && ARRAY(SELECT r.id FROM indicator.area AS r
                                 WHERE r.code = ANY(:roots))
    )
    """
)
_CLOSE_SETTLED = text(
    f"DELETE FROM affected_cell AS a USING settled_cell AS s WHERE"
    f" (a.{_KEY.replace(', ', ', a.')}) = (s.{_KEY.replace(', ', ', s.')})"
)
_REST_IS_NOTHING = text(
    "INSERT INTO settled_cell SELECT a.*, NULL, NULL, NULL, NULL FROM affected_cell AS a"
)
_SAME_FACT = """
    f.dataset_id = :dataset AND f.measure_id = s.measure_id AND f.period_id = s.period_id
    AND f.breakdown_id = s.breakdown_id AND f.area_id = s.area_id
"""
_IS_SAME = (
    "s.delivery_number IS NOT NULL AND s.status = s.old_status AND s.quality = s.old_quality"
    " AND s.value IS NOT DISTINCT FROM s.old_value"
)
_KEEP_UNDER_OTHER_NUMBER = text(
    f"""
    UPDATE indicator.fact AS f SET delivery_number = s.delivery_number
    FROM settled_cell AS s WHERE {_SAME_FACT} AND s.is_there AND {_IS_SAME}
    """
)
_KEEP_HISTORY = text(
    f"""
    INSERT INTO indicator.fact_history (
        dataset_id, measure_id, period_id, breakdown_id, area_id, status, quality, value,
        delivery_number, known_from, known_to, superseded_by
    )
    SELECT :dataset, s.measure_id, s.period_id, s.breakdown_id, s.area_id, s.old_status,
        s.old_quality, s.old_value, :number, s.old_known_from, :at, NULL
    FROM settled_cell AS s WHERE s.is_there AND ({_IS_SAME}) IS NOT TRUE
    """
)
_UPDATE = text(
    f"""
    UPDATE indicator.fact AS f SET value = s.value, status = s.status, quality = s.quality,
        delivery_number = s.delivery_number, known_from = :at
    FROM settled_cell AS s WHERE {_SAME_FACT} AND s.is_there
        AND s.delivery_number IS NOT NULL AND ({_IS_SAME}) IS NOT TRUE
    """
)
_INSERT = text(
    """
    INSERT INTO indicator.fact (
        dataset_id, measure_id, period_id, breakdown_id, area_id, status, quality, value,
        delivery_number, known_from
    )
    SELECT :dataset, s.measure_id, s.period_id, s.breakdown_id, s.area_id, s.status, s.quality,
        s.value, s.delivery_number, :at
    FROM settled_cell AS s WHERE NOT s.is_there AND s.delivery_number IS NOT NULL
    """
)
_DELETE = text(
    f"""
    DELETE FROM indicator.fact AS f USING settled_cell AS s
    WHERE {_SAME_FACT} AND s.is_there AND s.delivery_number IS NULL
    """
)
