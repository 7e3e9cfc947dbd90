"""Reading what is known of a dataset's cells, for one batch of places."""

from collections.abc import Sequence

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.disclosure.collecting import repository
from services.indicator_api.disclosure.collecting.area_sums import AreaSums
from services.indicator_api.disclosure.collecting.knowledge import Known

# Of fewer figures all are looked at at once; of more, municipality by municipality.
CELLS_AT_ONCE = 60_000


async def batches(session: AsyncSession, dataset_id: int) -> list[list[int]]:
    """The places of a dataset in batches: municipalities and above first, then each by itself.

    A municipality is in both: its own figure is settled with those beside it, and then holds for
    what lies within.
    """
    found = await repository.areas_of(session, dataset_id)
    return _batches(found, await repository.facts_count(session, dataset_id))


async def released_batches(session: AsyncSession, series_id: int, number: int) -> list[list[int]]:
    """The places of a release in the same batches."""
    return _batches(*await repository.released_areas(session, series_id, number))


def _batches(found: Sequence[tuple[int, int | None]], cells: int) -> list[list[int]]:
    if cells <= CELLS_AT_ONCE:
        return [[area for area, _ in found]]
    within: dict[int, list[int]] = {}
    above = []
    for area, municipality in found:
        if municipality is None or municipality == area:
            above.append(area)
        if municipality is not None:
            within.setdefault(municipality, []).append(area)
    return [above, *(areas for areas in within.values() if len(areas) > 1)]


async def read_known(
    session: AsyncSession, dataset_id: int, area_ids: Sequence[int], facts: pl.DataFrame | None
) -> Known:
    """What is known of the cells of these places.

    `facts`: what stands in for the dataset's raw facts where only released cells may be read
    (columns as `repository.facts`); None: the facts themselves.
    """
    is_holder = facts is None
    if facts is None:
        facts = await repository.facts(session, dataset_id, area_ids)
        earlier = await repository.earlier_facts(session, dataset_id, area_ids)
    else:
        earlier = repository.no_earlier_facts()
    places = await repository.places(session, area_ids)
    measures = facts["measure_id"].unique().to_list()
    shares = await repository.shares(session, measures)
    all_measures = sorted({*measures, *shares["whole_measure_id"].to_list()})
    around = sorted({place.id for place in places})
    shown = await repository.shown(session, all_measures, around)
    if is_holder:
        # what is confirmed goes out by itself: as good as shown
        soon = await repository.about_to_be_shown(session, all_measures, around)
        shown = pl.concat([shown, soon])
    breakdowns = {*facts["breakdown_id"].unique(), *shown["breakdown_id"].unique()}
    periods = {*facts["period_id"].unique(), *shown["period_id"].unique()}
    return Known(
        dataset_id=dataset_id,
        facts=facts,
        earlier=earlier,
        shown=shown,
        publications=await repository.publications(session, dataset_id),
        sums=AreaSums(places),
        held=await repository.held_to(session, dataset_id),
        codes=await repository.breakdown_codes(session, breakdowns),
        periods=await repository.periods(session, periods),
        kinds=await repository.measure_kinds(session, all_measures),
        shares=shares,
    )
