"""Totals against their parts, as the dataset's additivity demands."""

from collections.abc import Sequence
from datetime import date
from math import inf

import polars as pl

from services.indicator_api.deliveries.plausibility.context import Measure, PlausibilityContext
from services.indicator_api.deliveries.plausibility.flags import (
    english,
    flags,
    german,
    no_flags,
)
from services.indicator_api.facts.additivity import (
    LAST_DIGITS,
    LEAST_DEVIATION,
    Adding,
    Tolerance,
    area_tolerance,
    breakdown_tolerance,
)

_OF_AREAS = ("area_total_wrong", "area_total_doubtful")
_OF_BREAKDOWNS = ("breakdown_total_wrong", "breakdown_total_doubtful")
# Values of a characteristic that exclude each other and leave nothing out (GENESIS: GES sex,
# NAT nationality); of others the file itself must show it.
_COMPLETE = {"GES": {"GESM", "GESW"}, "NAT": {"NATD", "NATA"}}
_LEAST_GROUPS = 10
_LEAST_AGREEING = 0.9
# Sums that cover less than this of the area, by km², leave parts out (as for released figures).
_COVERED = 0.02
_RANK_OF_KREIS = 40


def area_totals(
    cells: pl.DataFrame, measure: Measure, context: PlausibilityContext, day: date
) -> pl.DataFrame:
    """Areas whose value is not what their complete parts of the same file give.

    Administrative areas tile the one above them as one kind, the divisions of a municipality as
    one partition; parts count only if all of them have a value and together they are the whole.
    """
    tolerance = area_tolerance(context.adding, measure.kind)
    if measure.kind == "rate" or tolerance is None:
        return no_flags()
    parts = _complete_parts(context.children, day)
    if parts.is_empty():
        return no_flags()
    filled = cells.filter(pl.col("value").is_not_null())
    # only what stands below one of the totals of this slice
    totals = filled.filter(pl.col("area_id").is_in(parts["parent_id"].unique().implode()))
    together = (
        parts.join(filled.select("area_id", "breakdown", "value"), on="area_id")
        .group_by("parent_id", "division", "breakdown")
        .agg(
            pl.len().alias("found"),
            pl.col("count").first(),
            pl.col("value").sum().alias("together"),
        )
        .filter(pl.col("found") == pl.col("count"))
    )
    compared = totals.join(
        together, left_on=("area_id", "breakdown"), right_on=("parent_id", "breakdown")
    )
    return _deviating(compared, context.adding, tolerance, _OF_AREAS)


def _complete_parts(children: pl.DataFrame, day: date) -> pl.DataFrame:
    """The areas valid on a day that tile the one above them, and how many they are."""
    valid = children.filter(
        pl.col("valid_from").is_null() | (pl.col("valid_from") <= day),
        pl.col("valid_to").is_null() | (pl.col("valid_to") > day),
    )
    keys = ["parent_id", "division"]
    whole = valid.group_by(keys).agg(
        pl.len().alias("count"),
        pl.col("kind").n_unique().alias("kinds"),
        (pl.col("area_km2").sum() / pl.col("parent_km2").first()).alias("covered"),
        (pl.col("area_km2").null_count() == 0).alias("is_measured"),
        pl.col("parent_km2").first().alias("parent_km2"),
        pl.col("parent_rank").first().alias("parent_rank"),
    )
    covers = (
        pl.when(pl.col("is_measured") & (pl.col("parent_km2") > 0))
        .then(pl.col("covered").is_between(1 - _COVERED, 1 + _COVERED))
        .otherwise(pl.col("parent_rank") >= _RANK_OF_KREIS)
    )
    whole = whole.filter((pl.col("kinds") == 1) & covers)
    return valid.join(whole.select(*keys, "count"), on=keys).select(*keys, "area_id", "count")


def breakdown_totals(
    cells: pl.DataFrame, measure: Measure, context: PlausibilityContext
) -> pl.DataFrame:
    """Totals that are not the sum of their breakdown, and parts that exceed their total.

    The values of a characteristic are held to add up where they are known to be complete, or
    where the file shows it: they do so in nine of ten areas, at least ten. A single part above
    its total is impossible for any count.
    """
    tolerance = breakdown_tolerance(context.adding, measure.kind)
    if measure.kind != "count" or tolerance is None:
        return no_flags()
    links = _links(context.breakdowns, cells["breakdown"].unique().to_list())
    if links.is_empty():
        return no_flags()
    filled = cells.filter(pl.col("value").is_not_null())
    together = (
        links.join(filled.select("area_id", "breakdown", "value"), left_on="part",
                   right_on="breakdown")
        .group_by("group", "area_id")
        .agg(
            pl.col("total").first(),
            pl.len().alias("found"),
            pl.col("count").first(),
            pl.col("is_complete").first(),
            pl.col("value").sum().alias("together"),
            pl.col("value").max().alias("largest"),
        )
    )  # fmt: skip
    compared = filled.join(
        together, left_on=("breakdown", "area_id"), right_on=("total", "area_id")
    )
    whole = _shown_complete(compared.filter(pl.col("found") == pl.col("count")), tolerance)
    wrong = _deviating(whole, context.adding, tolerance, _OF_BREAKDOWNS)
    exceeding = compared.filter(pl.col("largest") > pl.col("value")).with_columns(
        pl.col("largest").alias("together"), pl.lit(1, pl.UInt32).alias("count")
    )
    exceeding = _deviating(exceeding, context.adding, tolerance, _OF_BREAKDOWNS)
    return pl.concat([wrong, exceeding]).unique(
        ["row", "breakdown", "area_id"], keep="first", maintain_order=True
    )


def _links(codes: Sequence[str], present: Sequence[int]) -> pl.DataFrame:
    """Which breakdowns are parts of which, one characteristic less.

    `total` and `part` are places in `codes`; `group` numbers the pairs of a total and the
    characteristic it is broken down by.
    """
    places = {codes[place]: place for place in present}
    groups: dict[tuple[int, str], list[tuple[int, str]]] = {}
    for code, place in places.items():
        parts = code.split("|") if code else []
        for number, part in enumerate(parts):
            variable, _, value = part.partition("=")
            total = places.get("|".join(parts[:number] + parts[number + 1 :]))
            if total is not None:
                groups.setdefault((total, variable), []).append((place, value))
    rows = [
        (total, group, place, len(found), _is_complete(variable, {value for _, value in found}))
        for group, ((total, variable), found) in enumerate(groups.items())
        for place, _ in found
    ]
    schema = {
        "total": pl.Int32,
        "group": pl.Int32,
        "part": pl.Int32,
        "count": pl.UInt32,
        "is_complete": pl.Boolean,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _is_complete(variable: str, values: set[str]) -> bool:
    known = _COMPLETE.get(variable)
    return known is not None and known <= values


def _shown_complete(compared: pl.DataFrame, tolerance: Tolerance) -> pl.DataFrame:
    """Of totals with all parts those of characteristics that add up as a rule."""
    fits = _fits(tolerance)
    shown = compared.group_by("group").agg(pl.len().alias("groups"), fits.mean().alias("agreeing"))
    is_shown = (pl.col("groups") >= _LEAST_GROUPS) & (pl.col("agreeing") >= _LEAST_AGREEING)
    return compared.join(shown.with_columns(is_shown=is_shown), on="group").filter(
        pl.col("is_complete") & (pl.col("count") == 2) | pl.col("is_shown")
    )


def _deviating(
    compared: pl.DataFrame,
    adding: Adding,
    tolerance: Tolerance,
    codes: tuple[str, str],
) -> pl.DataFrame:
    """Flags for totals (`value`) that cannot be the sum (`together`) of `count` parts.

    `codes`: of what is certain, for exact figures alone, and of what is doubtful.
    """
    wrong = compared.filter(~_fits(tolerance))
    code = codes[0] if adding.additivity == "exact" else codes[1]
    return flags(code, wrong, lambda cell: _told(cell, tolerance))


def _fits(tolerance: Tolerance) -> pl.Expr:
    """`Tolerance.leeway` and `adds_up` of `facts.additivity`, over columns."""
    beyond = pl.col("together") - pl.col("value")
    rounded = tolerance.each * (pl.col("count").cast(pl.Float64) + 1)
    last_digits = LAST_DIGITS * pl.col("value").abs()
    above = pl.max_horizontal(pl.lit(LEAST_DEVIATION), rounded) + last_digits
    return (beyond <= above) & (beyond >= -(above + tolerance.missing))


def _told(cell: dict[str, float], tolerance: Tolerance) -> tuple[str, str]:
    """What the parts give, how far that is from the total, and how far it may be."""
    together, beyond = cell["together"], cell["together"] - cell["value"]
    side, side_en = ("mehr", "more") if beyond > 0 else ("weniger", "less")
    allowed, allowed_en = _allowed(tolerance, cell["count"])
    return (
        f"{german(together)}, also {german(abs(beyond))} {side}; erlaubt {allowed}",
        f"{english(together)}, that is {english(abs(beyond))} {side_en}; {allowed_en} allowed",
    )


def _allowed(tolerance: Tolerance, parts: float) -> tuple[str, str]:
    more = tolerance.each * (parts + 1)
    less = more + tolerance.missing
    if less == 0:
        return "ist kein Unterschied", "no difference is"
    up, up_en = f"höchstens {german(more)} mehr", f"at most {english(more)} more"
    if less == inf:
        return f"sind {up} oder beliebig viel weniger", f"{up_en} or any number less is"
    down, down_en = f"höchstens {german(less)} weniger", f"at most {english(less)} less"
    return f"sind {up} oder {down}", f"{up_en} or {down_en} is"
