"""Holding a delivery's values against each other, their past, and those of similar areas.

The cells are looked at by measure and period, set-wise; besides one slice, and the one it is held
against, nothing is in memory. What a delivery repeats unchanged of what was taken before raises
no doubt again: somebody has confirmed it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.deliveries.checking.cell_store import SortedCells
from services.indicator_api.deliveries.findings import FindingList
from services.indicator_api.deliveries.kinds.every import KINDS
from services.indicator_api.deliveries.plausibility import denominators, repository
from services.indicator_api.deliveries.plausibility.context import Measure, PlausibilityContext
from services.indicator_api.deliveries.plausibility.flags import no_flags, note
from services.indicator_api.deliveries.plausibility.over_time import (
    OverTime,
    against_before,
    is_comparable,
)
from services.indicator_api.deliveries.plausibility.released import (
    Asked,
    asked_of,
    usual_figures,
)
from services.indicator_api.deliveries.plausibility.scales import scale_of
from services.indicator_api.deliveries.plausibility.shares import (
    above_hundred,
    in_breakdown,
    paired,
    part_above_whole,
    unlike_others,
    values_unlike_others,
)
from services.indicator_api.deliveries.plausibility.similar import (
    Usual,
    few_kinds,
    unlike_released,
)
from services.indicator_api.deliveries.plausibility.slices import Slices, slices_of
from services.indicator_api.deliveries.plausibility.totals import area_totals, breakdown_totals
from services.indicator_api.periods.rules import Period, parse_period

# Of more areas with doubts not each is looked up: then nearly all of the file is doubtful.
_MOST_LOOKED_UP = 5_000


@dataclass(frozen=True, slots=True)
class _Run:
    session: AsyncSession
    dataset_id: int
    context: PlausibilityContext
    slices: Slices
    breakdown_ids: pl.DataFrame
    # by measure: the periods with facts
    known: Mapping[int, Sequence[Period]]
    # of areas that the file has few of: what others have
    usual: Mapping[Asked, Sequence[Usual]]


async def find_implausible(
    session: AsyncSession,
    dataset_id: int,
    cells: SortedCells,
    *,
    periods: Mapping[str, Period],
    breakdowns: Sequence[str],
    value_columns: Sequence[str],
) -> FindingList:
    """What is wrong or doubtful about the checked cells of a file.

    `breakdowns` are the codes in the order of the cells' places, `value_columns` the sender's
    names for the columns of values, likewise. Reads the dataset's facts in the session's
    transaction.
    """
    findings = FindingList()
    slices = slices_of(cells)
    run = await _prepare(session, dataset_id, slices, periods, breakdowns, value_columns)
    for measure_id, period_id in slices:
        measure = run.context.measures.get(measure_id)
        period = run.context.periods.get(period_id)
        if measure is None or period is None:
            continue
        own = slices.frame(measure_id, period_id)
        flagged = await asyncio.to_thread(_within, own, measure, period, run)
        over_time = await _over_time(run, own, measure, period)
        flagged = pl.concat([flagged, over_time.flags, await _shares(run, own, measure, period)])
        flagged = await _new_doubts(run, flagged, measure_id, period_id)
        note(findings, flagged, run.context.value_columns)
        if over_time.whole and await _brings_news(run, own, measure_id, period_id):
            for finding in over_time.whole:
                findings.add(finding)
    return findings


async def _prepare(
    session: AsyncSession,
    dataset_id: int,
    slices: Slices,
    periods: Mapping[str, Period],
    breakdowns: Sequence[str],
    value_columns: Sequence[str],
) -> _Run:
    adding = await repository.begin(session, dataset_id)
    measure_ids = sorted({measure for measure, _ in slices})
    area_ids = slices.areas()
    known: dict[int, list[Period]] = {}
    for measure_id, code in await repository.periods_with_facts(session, dataset_id, measure_ids):
        period = parse_period(code)
        if period is not None:
            known.setdefault(measure_id, []).append(period)
    context = PlausibilityContext(
        adding=adding,
        measures=await repository.measures(session, measure_ids),
        shares=await repository.shares(session, dataset_id, measure_ids),
        breakdowns=breakdowns,
        periods={period.id: period for period in periods.values()},
        areas=await repository.areas(session, area_ids),
        children=await repository.children(session, area_ids),
        value_columns=value_columns,
    )
    ids = await repository.breakdown_ids(session, breakdowns)
    usual = await _usual(session, context, slices, ids)
    return _Run(session, dataset_id, context, slices, ids, known, usual)


def _within(own: pl.DataFrame, measure: Measure, period: Period, run: _Run) -> pl.DataFrame:
    """What a slice shows by itself."""
    context = run.context
    found = [
        area_totals(own, measure, context, period.end_on),
        breakdown_totals(own, measure, context),
        above_hundred(own, measure),
    ]
    if measure.kind == "rate":
        found.append(values_unlike_others(own, measure, context))
        found.append(_rates_unlike_released(run, own, measure, period))
    return pl.concat(found)


async def _over_time(run: _Run, own: pl.DataFrame, measure: Measure, now: Period) -> OverTime:
    """The slice against the period before it, in the file or in what was taken earlier."""
    of_file = [run.context.periods[period] for period in run.slices.periods_of(measure.id)]
    earlier = [
        period
        for period in (*of_file, *run.known.get(measure.id, ()))
        if is_comparable(now, period)
    ]
    if not earlier:
        return OverTime()
    then = max(earlier, key=lambda period: period.end_on)
    before = run.slices.frame(measure.id, then.id)
    if before.is_empty():
        before = await repository.facts(
            run.session, run.dataset_id, measure.id, then.id, run.breakdown_ids
        )
    return await asyncio.to_thread(against_before, own, before, measure, now, then)


async def _shares(run: _Run, own: pl.DataFrame, measure: Measure, now: Period) -> pl.DataFrame:
    """The slice as numerators, against their denominators and against similar areas."""
    found = [no_flags()]
    context = run.context
    codes = {code: place for place, code in enumerate(context.breakdowns)}
    for share in context.shares:
        if share.numerator != measure.id:
            continue
        parts = in_breakdown(own, codes.get(share.numerator_breakdown))
        if parts.is_empty():
            continue
        wholes = denominators.in_file(share, run.slices, context.breakdowns, now)
        if wholes is None:
            wholes = await denominators.on_record(
                run.session, run.dataset_id, share, now, parts["area_id"].to_list()
            )
        found.append(part_above_whole(parts, wholes, context))
        found.append(unlike_others(parts, wholes, context))
        usual = run.usual.get(asked_of(share, now))
        if usual is not None:
            found.append(unlike_released(paired(parts, wholes), usual, "share", context))
    return pl.concat(found).unique(
        ["code", "row", "breakdown", "area_id"], keep="first", maintain_order=True
    )


async def _usual(
    session: AsyncSession, context: PlausibilityContext, slices: Slices, breakdowns: pl.DataFrame
) -> dict[Asked, list[Usual]]:
    """What is usual for shares and rates of the file where it has few areas of a kind itself."""
    kinds = few_kinds(context)
    asked: dict[Asked, None] = {}
    for measure_id, period_id in slices if kinds else ():
        period, measure = context.periods.get(period_id), context.measures.get(measure_id)
        if period is None or measure is None:
            continue
        for share in context.shares:
            if share.numerator == measure_id:
                asked[asked_of(share, period)] = None
        if measure.kind == "rate":
            asked |= {item: None for item, _ in _rates(measure, period, breakdowns)}
    few = {kind for kind, _ in kinds}
    own = context.areas.filter(pl.col("kind").is_in(few))["area_id"].to_list()
    return await usual_figures(session, list(asked), kinds, own)


def _rates(measure: Measure, period: Period, breakdowns: pl.DataFrame) -> list[tuple[Asked, int]]:
    """What is asked about a rate, by the breakdown's place in the file."""
    return [
        (Asked(measure.id, row["breakdown_id"], period.end_on, period.kind, scale_of(measure)),
         row["breakdown"])
        for row in breakdowns.iter_rows(named=True)
    ]  # fmt: skip


def _rates_unlike_released(
    run: _Run, own: pl.DataFrame, measure: Measure, now: Period
) -> pl.DataFrame:
    """The slice of a rate against what is released of similar areas."""
    found = [no_flags()]
    for asked, place in _rates(measure, now, run.breakdown_ids):
        usual = run.usual.get(asked)
        if usual is not None:
            cells = in_breakdown(own, place)
            found.append(unlike_released(cells, usual, asked.scale, run.context))
    return pl.concat(found)


async def _new_doubts(
    run: _Run, flagged: pl.DataFrame, measure_id: int, period_id: int
) -> pl.DataFrame:
    """Flags without the doubts about values that stand so already."""
    is_doubt = pl.col("code").is_in(
        [code for code, kind in KINDS.items() if kind.severity == "warning"]
    )
    doubts = flagged.filter(is_doubt)
    areas = doubts["area_id"].unique().to_list()
    is_known = any(period.id == period_id for period in run.known.get(measure_id, ()))
    if not areas or not is_known or len(areas) > _MOST_LOOKED_UP:
        return flagged
    standing = await repository.facts(
        run.session, run.dataset_id, measure_id, period_id, run.breakdown_ids, areas
    )
    keys = ["breakdown", "area_id", "value"]
    new = doubts.join(
        standing.select(keys), on=keys, how="anti", nulls_equal=True, maintain_order="left"
    )
    return pl.concat([flagged.filter(~is_doubt), new])


async def _brings_news(run: _Run, own: pl.DataFrame, measure_id: int, period_id: int) -> bool:
    """Whether any value of a slice is not among the facts as it is."""
    if not any(period.id == period_id for period in run.known.get(measure_id, ())):
        return True
    standing = await repository.facts(
        run.session, run.dataset_id, measure_id, period_id, run.breakdown_ids
    )
    keys = ["breakdown", "area_id", "value"]
    return not own.join(standing.select(keys), on=keys, how="anti", nulls_equal=True).is_empty()
