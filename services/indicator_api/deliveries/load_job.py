"""Loading a checked delivery: its cells become facts, in one transaction."""

import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries import outcomes, turns
from services.indicator_api.deliveries.cells_file import CellsFile
from services.indicator_api.deliveries.loading import (
    Load,
    LoadCounts,
    ensure_partitions,
    enter_dataset,
    load_cells,
)
from services.indicator_api.deliveries.lost_rights import refuse_lost_rights
from services.indicator_api.deliveries.repository import raise_dataset_version
from services.indicator_api.deliveries.rules import removes
from services.indicator_api.deliveries.spool import spooled
from services.indicator_api.facts.breakdowns import ensure_breakdowns
from services.indicator_api.jobs import JobContext
from services.indicator_api.periods.repository import ensure_periods
from services.indicator_api.periods.rules import parse_period
from services.shared import audit
from services.shared.principal import Principal

_SECONDS_BETWEEN_SIGNS = 1.0


async def run_load(context: JobContext, principal: Principal, delivery: dict[str, Any]) -> None:
    """Load a delivery that was taken up (`outcomes.begin`) within its dataset's lock."""
    async with spooled(context.objects, delivery["cells_path"]) as file:
        with CellsFile(file) as cells:
            breakdowns = await _ensure_dimensions(context, principal, cells)
            async with context.database.write_session(principal) as session:
                at = await enter_dataset(session, delivery["dataset_id"])
                load = Load(
                    dataset_id=delivery["dataset_id"],
                    delivery_number=delivery["number"],
                    at=at,
                    slices=cells.header.slices,
                    removes_within=principal.area_codes if removes(delivery) else None,
                )
                signs = _Signs(context, principal, delivery, cells.height)
                parts = _with_ids(cells, breakdowns)
                counts = await load_cells(session, load, parts, signs.note)
                # at the last moment: what is taken away from now on comes after the loading
                await refuse_lost_rights(session, principal, delivery)
                values = await _accepted(session, delivery, counts)
                if not await outcomes.conclude(session, delivery, values | {"finished_at": at}):
                    raise outcomes.TakenOverError
                if counts.has_effect:
                    await raise_dataset_version(session, delivery["dataset_id"])
                await _record(session, principal, delivery["id"])
                await turns.pass_turn(session, context.jobs, delivery["dataset_id"])


async def _ensure_dimensions(
    context: JobContext, principal: Principal, cells: CellsFile
) -> list[int]:
    """Add the periods, partitions and breakdowns that are missing; the breakdowns' ids by place.

    In a transaction of its own: others must not wait for them until all is loaded.
    """
    periods = [parse_period(code) for code in cells.header.periods]
    async with context.database.write_session(principal) as session:
        await ensure_periods(session, [period for period in periods if period is not None])
        await ensure_partitions(session, {period for _, period in cells.header.slices})
        ids = await ensure_breakdowns(session, dict(cells.header.breakdowns))
    return [ids[code] for code, _ in cells.header.breakdowns]


def _with_ids(cells: CellsFile, breakdowns: list[int]) -> Iterator[pl.DataFrame]:
    ids = pl.Series(breakdowns, dtype=pl.Int32)
    for part in cells.parts():
        yield part.with_columns(breakdown_id=ids.gather(part["breakdown"]))


class _Signs:
    """Tells, now and then, how many rows are copied; in transactions of their own."""

    def __init__(
        self, context: JobContext, principal: Principal, delivery: dict[str, Any], total: int
    ) -> None:
        self._context = context
        self._principal = principal
        self._delivery = delivery
        self._total = total
        self._told_at = time.monotonic()

    async def note(self, done: int) -> None:
        if time.monotonic() - self._told_at < _SECONDS_BETWEEN_SIGNS:
            return
        async with self._context.database.write_session(self._principal) as session:
            await outcomes.note_progress(session, self._delivery, "loading", done, self._total)
        self._told_at = time.monotonic()


async def _accepted(
    session: AsyncSession, delivery: dict[str, Any], counts: LoadCounts
) -> dict[str, Any]:
    return {
        "state": "accepted",
        "counts": delivery["counts"]
        | {
            "new": counts.new,
            "changed": counts.changed,
            "unchanged": counts.unchanged,
            "withdrawn": counts.withdrawn,
        },
        "replaced": await outcomes.replaced_deliveries(session, counts.replaced),
    }


async def _record(session: AsyncSession, principal: Principal, delivery_id: UUID) -> None:
    await audit.record(
        session, "indicator", principal, "delivery.accepted", "delivery", delivery_id
    )
