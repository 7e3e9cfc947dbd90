"""Shares: parts that exceed their whole, and areas unlike all others of their kind."""

import polars as pl

from services.indicator_api.deliveries.plausibility.context import (
    Measure,
    PlausibilityContext,
)
from services.indicator_api.deliveries.plausibility.flags import (
    english,
    figures,
    flags,
    german,
    no_flags,
)
from services.indicator_api.deliveries.plausibility.slices import beside

# As many areas show what is usual, and a whole of so many persons how large a share is.
_LEAST_AREAS = 20
_LEAST_WHOLE = 100
_SCALE = 1.4826
_DEVIATIONS = 6
_LEAST_TIMES = 4


def part_above_whole(
    parts: pl.DataFrame, wholes: pl.DataFrame, context: PlausibilityContext, *, is_certain: bool
) -> pl.DataFrame:
    """Numerators above their denominators; an indicator of kind rate is a share by definition.

    Both frames have `area_id` and `value`, the first `row` and `breakdown`. Certain is it for
    exact figures of one source; rounded ones may exceed by the rounding base, of figures that
    were perturbed nobody can say.
    """
    leeway = {"rounded": context.rounding, "exact": 1e-9}.get(context.additivity)
    if leeway is None and is_certain:
        if context.additivity != "suppressed_at_source":
            return no_flags()
        leeway = 1e-9
    beyond = (leeway or 0) + 1e-12 * pl.col("whole").abs()
    found = _paired(parts, wholes).filter(pl.col("value") > pl.col("whole") + beyond)
    is_error = is_certain and context.additivity in ("exact", "suppressed_at_source")
    code = "numerator_above_denominator" if is_error else "numerator_above_other_figure"
    return flags(
        code,
        found,
        lambda cell: (
            f"der Nenner ist {german(cell['whole'])}",
            f"the denominator is {english(cell['whole'])}",
        ),
    )


def _paired(parts: pl.DataFrame, wholes: pl.DataFrame) -> pl.DataFrame:
    return beside(parts, wholes, ("area_id",), "whole").filter(
        pl.col("whole").is_not_null() & pl.col("value").is_not_null()
    )


def unlike_others(
    parts: pl.DataFrame, wholes: pl.DataFrame, context: PlausibilityContext
) -> pl.DataFrame:
    """Areas whose share lies far from those of all areas of their kind.

    On the scale of log odds, where shares spread evenly, farther than six robust standard
    deviations (chance of a small whole included) and four times the median, either way.
    """
    paired = _paired(parts, wholes).filter(
        (pl.col("whole") >= _LEAST_WHOLE) & (pl.col("value") <= pl.col("whole"))
    )
    paired = paired.join(context.areas.select("area_id", "kind"), on="area_id").with_columns(
        share=(pl.col("value") + 0.5) / (pl.col("whole") + 1)
    )
    odds = (pl.col("share") / (1 - pl.col("share"))).log()
    chance = 1 / (pl.col("whole") * pl.col("share") * (1 - pl.col("share")))
    found = _far(paired.with_columns(at=odds, chance=chance))
    return flags("unlike_similar_areas", found, _told_share)


def values_unlike_others(cells: pl.DataFrame, context: PlausibilityContext) -> pl.DataFrame:
    """The same for a measure that is a rate itself, on the scale of logarithms."""
    placed = cells.filter(pl.col("value") > 0).join(
        context.areas.select("area_id", "kind"), on="area_id"
    )
    by_breakdown = placed.with_columns(
        kind=pl.concat_str(pl.col("kind"), pl.col("breakdown").cast(pl.String), separator=" "),
        share=pl.col("value"),
        at=pl.col("value").log(),
        chance=pl.lit(0.0),
    )
    found = _far(by_breakdown)
    return flags("unlike_similar_areas", found, _told_median)


def _far(placed: pl.DataFrame) -> pl.DataFrame:
    middle = placed.with_columns(
        areas=pl.len().over("kind"),
        usual=pl.col("at").median().over("kind"),
        median=pl.col("share").median().over("kind"),
    ).filter(pl.col("areas") >= _LEAST_AREAS)
    apart = middle.with_columns(apart=(pl.col("at") - pl.col("usual")).abs())
    spread = apart.with_columns(spread=pl.col("apart").median().over("kind") * _SCALE)
    allowed = _DEVIATIONS * (pl.col("spread") ** 2 + pl.col("chance")).sqrt()
    times = pl.max_horizontal(
        pl.col("share") / pl.col("median"), pl.col("median") / pl.col("share")
    )
    return spread.filter((pl.col("apart") > allowed) & (times > _LEAST_TIMES))


def _told_share(cell: dict[str, float]) -> tuple[str, str]:
    own, usual = 100 * cell["value"] / cell["whole"], 100 * cell["median"]
    return (
        f"Das sind {german(own)} % von {german(cell['whole'])}, üblich sind {german(usual)} %",
        f"that is {english(own)} % of {english(cell['whole'])}, usual is {english(usual)} %",
    )


def _told_median(cell: dict[str, float]) -> tuple[str, str]:
    usual, usual_en = figures(cell["median"])
    return f"üblich sind {usual}", f"usual is {usual_en}"


def above_hundred(cells: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Values above 100 of a measure that is a rate in per cent."""
    if measure.kind != "rate" or measure.unit.strip().lower() not in ("%", "prozent"):
        return no_flags()
    return flags("percentage_above_100", cells.filter(pl.col("value") > 100), lambda _: ("", ""))


def in_breakdown(cells: pl.DataFrame, place: int | None) -> pl.DataFrame:
    """The cells of one breakdown; none if the file has it not."""
    return cells.clear() if place is None else cells.filter(pl.col("breakdown") == place)
