"""Values against those of the period before: jumps, zeros, units, copies.

Thresholds are set so that figures of real series pass: social figures of small areas change by a
fifth from year to year, and counts below about 20 by chance alone (Poisson: a count of n has a
standard deviation of √n).
"""

from dataclasses import dataclass, field
from math import log

import polars as pl

from services.indicator_api.deliveries.findings import Finding
from services.indicator_api.deliveries.plausibility.context import Measure
from services.indicator_api.deliveries.plausibility.flags import (
    english,
    flags,
    german,
    no_flags,
)
from services.indicator_api.deliveries.plausibility.slices import beside
from services.indicator_api.facts.status import Status
from services.indicator_api.periods.rules import Period

# A count this large does not fall to nothing by chance.
LEAST_BEFORE_ZERO = 20
# Fewer cells say nothing about how figures usually move.
_LEAST_CELLS = 10
_SCALE = 1.4826  # of the median absolute deviation to a standard deviation
_DEVIATIONS = 6
_LEAST_RATIO = log(1.6)
_RATIO_OF_FEW = log(3)
_LEAST_DIFFERENCE = 30
_POISSON = 6
# How far the median ratio may lie from 1000 or 100 to be taken for a change of unit.
_UNIT_LEEWAY = log(1.5)
_UNITS = {
    1000.0: ("tausendmal so groß", "a thousand times as large"),
    100.0: ("hundertmal so groß", "a hundred times as large"),
    0.01: ("ein Hundertstel", "a hundredth"),
    0.001: ("ein Tausendstel", "a thousandth"),
}
_LEAST_OF_UNIT = 3
_LEAST_COPIED = 20
_COPIED_SHARE = 0.99
_DISTINCT_COPIED = 10
_MOST_YEARS = 3


@dataclass(frozen=True, slots=True)
class OverTime:
    """What the comparison shows: flags of cells, and findings about the slice as a whole."""

    flags: pl.DataFrame = field(default_factory=no_flags)
    whole: tuple[Finding, ...] = ()


def is_comparable(now: Period, before: Period) -> bool:
    """Whether two periods are of one kind and not too far apart."""
    is_near = 0 < now.start_on.year - before.start_on.year <= _MOST_YEARS
    is_earlier = before.end_on < now.end_on
    return now.kind == before.kind and is_earlier and (is_near or now.id - before.id < 1000)


def against_before(
    cells: pl.DataFrame, before: pl.DataFrame, measure: Measure, now: Period, then: Period
) -> OverTime:
    """Hold a measure's cells of one period against those of the period before.

    Both frames have `breakdown`, `area_id`, `value`; the first `row` and `status` too.
    """
    pairs = beside(cells, before, ("breakdown", "area_id"), "before").filter(
        pl.col("before").is_not_null()
    )
    if pairs.is_empty():
        return OverTime()
    zeros = _zeros(pairs, measure)
    moved = pairs.filter((pl.col("value") > 0) & (pl.col("before") > 0)).with_columns(
        ratio=(pl.col("value") / pl.col("before")).log()
    )
    if moved.is_empty():
        return OverTime(zeros)
    unit = _unit(moved, measure)
    if unit is not None:
        return OverTime(zeros, (unit,))
    copied = _copied(pairs, measure, now, then)
    if copied is not None:
        return OverTime(no_flags(), (copied,))
    return OverTime(pl.concat([zeros, _jumps(moved, measure, then)]))


def _zeros(pairs: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Counts of at least 20 that are now 0 or „-“."""
    if measure.kind != "count":
        return no_flags()
    is_zero = (pl.col("value") == 0) | (
        (pl.col("status") == int(Status.NOTHING)) & pl.col("value").is_null()
    )
    found = pairs.filter(is_zero & (pl.col("before") >= LEAST_BEFORE_ZERO))
    return flags(
        "zero_implausible", found, lambda cell: (german(cell["before"]), english(cell["before"]))
    )


def _unit(moved: pl.DataFrame, measure: Measure) -> Finding | None:
    """All values about 1000 or 100 times what they were, or that part of it.

    A measure of its own moves by so much only if it is counted in another unit; at least three
    cells must agree, three quarters of them nearly.
    """
    if moved.height < _LEAST_OF_UNIT:
        return None
    middle = float(moved["ratio"].median() or 0)  # type: ignore[arg-type]
    for factor, (told, told_en) in _UNITS.items():
        near = (moved["ratio"] - log(factor)).abs() <= _UNIT_LEEWAY
        if abs(middle - log(factor)) <= _UNIT_LEEWAY and (near.mean() or 0) >= 0.75:  # type: ignore[operator]
            return Finding("unit_doubtful", value=measure.name, hint=told, hint_en=told_en)
    return None


def _copied(pairs: pl.DataFrame, measure: Measure, now: Period, then: Period) -> Finding | None:
    """Nearly all of at least 20 different figures are those of the period before."""
    filled = pairs.filter((pl.col("value") != 0) & (pl.col("before") != 0))
    if filled.height < _LEAST_COPIED or filled["value"].n_unique() < _DISTINCT_COPIED:
        return None
    same = int((filled["value"] == filled["before"]).sum())
    if same < _COPIED_SHARE * filled.height:
        return None
    return Finding(
        "period_copied",
        value=measure.name,
        hint=f"{german(same)} von {german(filled.height)} Werten für {now.label} stehen ebenso"
        f" bei {then.label}",
        hint_en=f"{english(same)} of {english(filled.height)} values for {now.code} stand"
        f" likewise at {then.code}",
    )


def _jumps(moved: pl.DataFrame, measure: Measure, then: Period) -> pl.DataFrame:
    """Cells that moved far more than the others of their breakdown did.

    The ratio to the period before is held against the median of all areas: farther than six
    robust standard deviations and than 1.6 times (3 times where there are fewer than ten areas),
    and in absolute terms beyond 30 and beyond six times what chance moves a count by.
    """
    centred = moved.with_columns(
        usual=pl.col("ratio").median().over("breakdown"), cells=pl.len().over("breakdown")
    ).with_columns(usual=pl.when(pl.col("cells") >= _LEAST_CELLS).then("usual").otherwise(0.0))
    centred = centred.with_columns(apart=(pl.col("ratio") - pl.col("usual")).abs())
    centred = centred.with_columns(
        spread=pl.col("apart").median().over("breakdown") * _SCALE,
        expected=pl.col("before") * pl.col("usual").exp(),
    )
    is_far = (
        pl.when(pl.col("cells") >= _LEAST_CELLS)
        .then((pl.col("apart") > _DEVIATIONS * pl.col("spread")) & (pl.col("apart") > _LEAST_RATIO))
        .otherwise(pl.col("apart") > _RATIO_OF_FEW)
    )
    difference = (pl.col("value") - pl.col("expected")).abs()
    if measure.kind == "rate":
        is_large = pl.lit(value=True)
    else:
        chance = _POISSON * (pl.col("expected") + pl.col("value")).sqrt()
        is_large = (difference > _LEAST_DIFFERENCE) & (difference > chance)
    found = centred.filter(is_far & is_large)
    return flags("jump_over_time", found, lambda cell: _told(cell["before"], then))


def _told(before: float, then: Period) -> tuple[str, str]:
    return f"{then.label} waren es {german(before)}", f"in {then.code} it was {english(before)}"
