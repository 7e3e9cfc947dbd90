"""On which scale shares and rates are compared, and what is far from what is usual on it."""

from typing import Literal

import polars as pl

from services.indicator_api.deliveries.plausibility.context import Measure

# As many areas show what is usual, and a whole of so many persons how large a share is.
LEAST_AREAS = 20
LEAST_WHOLE = 100
# of the median absolute deviation to a standard deviation
ROBUST = 1.4826
_LEAST_TIMES = 4
Scale = Literal["share", "percent", "plain"]


def scale_of(measure: Measure) -> Scale:
    """The scale of a measure that is a rate itself."""
    is_percent = measure.unit.strip().lower() in ("%", "prozent")
    return "percent" if is_percent else "plain"


def on_scale(cells: pl.DataFrame, scale: Scale) -> pl.DataFrame:
    """Cells with `share`, its place `at` on the scale, and `chance`, the variance of a small whole.

    Shares (of `whole`) and per cents are compared as log odds, where they spread evenly; other
    rates as logarithms. What has no place on the scale is left out.
    """
    if scale == "share":
        cells = cells.filter(
            (pl.col("whole") >= LEAST_WHOLE) & (pl.col("value") <= pl.col("whole"))
        )
        share = (pl.col("value") + 0.5) / (pl.col("whole") + 1)
    elif scale == "percent":
        cells = cells.filter((pl.col("value") > 0) & (pl.col("value") < 100))
        share = pl.col("value") / 100
    else:
        cells = cells.filter(pl.col("value") > 0)
        share = pl.col("value")
    chance = (
        1 / (pl.col("whole") * pl.col("share") * (1 - pl.col("share")))
        if scale == "share"
        else pl.lit(0.0)
    )
    odds = pl.col("share") if scale == "plain" else pl.col("share") / (1 - pl.col("share"))
    return cells.with_columns(share=share).with_columns(at=odds.log(), chance=chance)


def far_from_usual(placed: pl.DataFrame, deviations: float) -> pl.DataFrame:
    """Cells farther from `usual` than so many robust deviations and than four times the `median`.

    `spread` is the robust standard deviation of the others on the scale.
    """
    allowed = deviations * (pl.col("spread") ** 2 + pl.col("chance")).sqrt()
    times = pl.max_horizontal(
        pl.col("share") / pl.col("median"), pl.col("median") / pl.col("share")
    )
    apart = (pl.col("at") - pl.col("usual")).abs()
    return placed.filter((apart > allowed) & (times > _LEAST_TIMES))
