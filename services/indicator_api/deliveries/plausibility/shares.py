"""Shares: parts that exceed their whole, and areas unlike all others of their kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
from services.indicator_api.deliveries.plausibility.scales import (
    LEAST_AREAS,
    ROBUST,
    far_from_usual,
    on_scale,
    scale_of,
)
from services.indicator_api.deliveries.plausibility.slices import beside
from services.indicator_api.periods.rules import Period

_DEVIATIONS = 6


@dataclass(frozen=True, slots=True)
class Wholes:
    """Denominators: `cells` has `area_id` and `value`.

    `is_certain`: numerator and denominator are of one source and one file. Those of another
    dataset have `dataset` too, its title, and `period`.
    """

    cells: pl.DataFrame
    is_certain: bool = False
    period: Period | None = None


def part_above_whole(
    parts: pl.DataFrame, wholes: Wholes, context: PlausibilityContext
) -> pl.DataFrame:
    """Numerators above their denominators; an indicator of kind rate is a share by definition.

    `parts` have `area_id`, `value`, `row` and `breakdown`. Certain is it for exact figures of one
    source; rounded ones may exceed by the rounding base, of figures that were perturbed nobody
    can say.
    """
    adding, is_certain = context.adding, wholes.is_certain
    leeway = {"rounded": adding.rounding_base, "exact": 1e-9}.get(adding.additivity)
    if leeway is None and is_certain:
        if adding.additivity != "suppressed_at_source":
            return no_flags()
        leeway = 1e-9
    beyond = (leeway or 0) + 1e-12 * pl.col("whole").abs()
    found = paired(parts, wholes).filter(pl.col("value") > pl.col("whole") + beyond)
    is_error = is_certain and adding.additivity in ("exact", "suppressed_at_source")
    code = "numerator_above_denominator" if is_error else "numerator_above_other_figure"
    if wholes.period is not None:
        found = found.join(wholes.cells.select("area_id", "dataset"), on="area_id")
    return flags(code, found, lambda cell: _told_whole(cell, wholes.period))


def _told_whole(cell: Mapping[str, Any], period: Period | None) -> tuple[str, str]:
    told = f"der Nenner ist {german(cell['whole'])}"
    told_en = f"the denominator is {english(cell['whole'])}"
    if period is None:
        return told, told_en
    return (
        f"{told} („{cell['dataset']}“, {period.label})",
        f"{told_en} (“{cell['dataset']}”, {period.code})",
    )


def paired(parts: pl.DataFrame, wholes: Wholes) -> pl.DataFrame:
    """Numerators that have a value, with that of their denominator as `whole`."""
    return beside(parts, wholes.cells, ("area_id",), "whole").filter(
        pl.col("whole").is_not_null() & pl.col("value").is_not_null()
    )


def unlike_others(
    parts: pl.DataFrame, wholes: Wholes, context: PlausibilityContext
) -> pl.DataFrame:
    """Areas whose share lies far from those of all areas of their kind in the file.

    Farther than six robust standard deviations (chance of a small whole included) and four times
    the median, either way.
    """
    placed = on_scale(paired(parts, wholes), "share")
    found = _far(placed.join(context.areas.select("area_id", "kind"), on="area_id"))
    return flags("unlike_similar_areas", found, _told_share)


def values_unlike_others(
    cells: pl.DataFrame, measure: Measure, context: PlausibilityContext
) -> pl.DataFrame:
    """The same for a measure that is a rate itself."""
    placed = on_scale(cells, scale_of(measure)).join(
        context.areas.select("area_id", "kind"), on="area_id"
    )
    by_breakdown = placed.with_columns(
        kind=pl.concat_str(pl.col("kind"), pl.col("breakdown").cast(pl.String), separator=" ")
    )
    found = _far(by_breakdown).with_columns(
        median=pl.col("median") * pl.col("value") / pl.col("share")
    )
    return flags("unlike_similar_areas", found, _told_median)


def _far(placed: pl.DataFrame) -> pl.DataFrame:
    middle = placed.with_columns(
        areas=pl.len().over("kind"),
        usual=pl.col("at").median().over("kind"),
        median=pl.col("share").median().over("kind"),
    ).filter(pl.col("areas") >= LEAST_AREAS)
    apart = (pl.col("at") - pl.col("usual")).abs()
    spread = middle.with_columns(spread=apart.median().over("kind") * ROBUST)
    return far_from_usual(spread, _DEVIATIONS)


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
    if measure.kind != "rate" or scale_of(measure) != "percent":
        return no_flags()
    return flags("percentage_above_100", cells.filter(pl.col("value") > 100), lambda _: ("", ""))


def in_breakdown(cells: pl.DataFrame, place: int | None) -> pl.DataFrame:
    """The cells of one breakdown; none if the file has it not."""
    return cells.clear() if place is None else cells.filter(pl.col("breakdown") == place)
