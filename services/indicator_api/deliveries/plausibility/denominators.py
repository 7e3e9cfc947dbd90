"""Where the denominators of a delivery's numerators stand: in the file, or else among the figures
that its sender may read."""

from collections.abc import Sequence

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries.plausibility import released, repository
from services.indicator_api.deliveries.plausibility.context import Share
from services.indicator_api.deliveries.plausibility.shares import Wholes, in_breakdown
from services.indicator_api.deliveries.plausibility.slices import Slices
from services.indicator_api.periods.rules import Period, parse_period


def in_file(share: Share, slices: Slices, breakdowns: Sequence[str], now: Period) -> Wholes | None:
    """The denominators of the same file and period; None if there are none."""
    if share.denominator_breakdown not in breakdowns:
        return None
    place = breakdowns.index(share.denominator_breakdown)
    cells = in_breakdown(slices.frame(share.denominator, now.id), place)
    return None if cells.is_empty() else Wholes(cells, is_certain=share.is_of_one_source)


async def on_record(
    session: AsyncSession, dataset_id: int, share: Share, now: Period, area_ids: Sequence[int]
) -> Wholes:
    """The denominators that are there already: own facts, or else what is released to the sender.

    They are of the dataset that the definition names, or of the one delivered into; what others
    have released counts where that has none.
    """
    dataset = dataset_id if share.denominator_dataset is None else share.denominator_dataset
    title = None if dataset == dataset_id else await repository.held_dataset(session, dataset)
    if dataset == dataset_id or title is not None:
        await repository.compare_with(session, dataset)
        found = await _own(session, dataset, title, share, now)
        await repository.compare_with(session, dataset_id)
        if not found.cells.is_empty():
            return found
    cells, code = await released.denominators(session, share, now.end_on, now.id, area_ids)
    return Wholes(cells, period=None if code is None else parse_period(code))


async def _own(
    session: AsyncSession, dataset: int, title: str | None, share: Share, now: Period
) -> Wholes:
    """Facts of a dataset that the sender holds; `title` is None for the one delivered into."""
    period: Period | None = now
    if share.takes_nearest:
        code = await repository.nearest_period(
            session, dataset, share.denominator, share.denominator_breakdown_id, now.end_on
        )
        period = None if code is None else parse_period(code)
    if period is None:
        return Wholes(pl.DataFrame(schema=released.DENOMINATOR_SCHEMA))
    breakdown = pl.DataFrame(
        {"breakdown_id": [share.denominator_breakdown_id], "breakdown": [0]},
        schema={"breakdown_id": pl.Int32, "breakdown": pl.Int32},
    )
    cells = await repository.facts(session, dataset, share.denominator, period.id, breakdown)
    if title is None:
        return Wholes(cells)
    return Wholes(cells.with_columns(dataset=pl.lit(title)), period=period)
