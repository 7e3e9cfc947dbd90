"""Values against those of other areas of their kind that are released to the sender.

A file of a few areas does not show what is usual. Fewer values are looked at than in a file of
many, so that a smaller distance raises as few false doubts: four robust standard deviations in
place of six.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from services.indicator_api.deliveries.plausibility.context import PlausibilityContext
from services.indicator_api.deliveries.plausibility.flags import english, flags, german
from services.indicator_api.deliveries.plausibility.scales import (
    LEAST_AREAS,
    Scale,
    far_from_usual,
    on_scale,
)
from services.indicator_api.periods.rules import parse_period

_DEVIATIONS = 4


@dataclass(frozen=True, slots=True)
class Usual:
    """What other areas of a kind have in a period: so many of them (`areas`).

    `usual` and `spread` are median and robust standard deviation on the scale of comparison,
    `median`, `low` and `high` (quartiles) the figures themselves, those of shares and per cents
    as parts of one. `kinds` is the kind's plural.
    """

    kind: str
    is_fictional: bool
    kinds: str
    period: str
    areas: int
    usual: float
    spread: float
    median: float
    low: float
    high: float


def few_kinds(context: PlausibilityContext) -> list[tuple[str, bool]]:
    """Kinds of areas (and whether they are invented) of which the file has too few to compare."""
    counted = context.areas.group_by("kind", "is_fictional").len().sort("kind", "is_fictional")
    few = counted.filter(pl.col("len") < LEAST_AREAS)
    return list(few.select("kind", "is_fictional").iter_rows())


def unlike_released(
    cells: pl.DataFrame, usual: Sequence[Usual], scale: Scale, context: PlausibilityContext
) -> pl.DataFrame:
    """Flags for cells (with their `whole`, where they are shares of it) far from what is usual."""
    known = pl.DataFrame(
        [[getattr(item, name) for name in _COMPARED] for item in usual],
        schema=_COMPARED,
        orient="row",
    )
    placed = on_scale(cells, scale).join(context.areas, on="area_id")
    found = far_from_usual(placed.join(known, on=["kind", "is_fictional"]), _DEVIATIONS)
    return flags("unlike_similar_areas", found, lambda cell: _told(cell, scale))


_COMPARED = {
    "kind": pl.String,
    "is_fictional": pl.Boolean,
    "kinds": pl.String,
    "period": pl.String,
    "areas": pl.Int64,
    "usual": pl.Float64,
    "spread": pl.Float64,
    "median": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


def _told(cell: dict[str, Any], scale: Scale) -> tuple[str, str]:
    """Own share, how many others there are, when, their median and their middle half."""
    factor, unit = (1, "") if scale == "plain" else (100, " %")
    own, own_en = "", ""
    if scale == "share":
        share = 100 * cell["value"] / cell["whole"]
        own = f"Das sind {german(share)} % von {german(cell['whole'])}; "
        own_en = f"that is {english(share)} % of {english(cell['whole'])}; "
    period = parse_period(cell["period"])
    when = cell["period"] if period is None else period.label
    median, low, high = (factor * cell[name] for name in ("median", "low", "high"))
    return (
        f"{own}verglichen ist mit {cell['areas']} anderen ({cell['kinds']}, {when}, für Sie "
        f"freigegeben): Ihr Median ist {german(median)}{unit}, die mittlere Hälfte liegt zwischen "
        f"{german(low)} und {german(high)}{unit}",
        f"{own_en}compared with {cell['areas']} others ({cell['kinds']}, {cell['period']}, "
        f"released to you): their median is {english(median)}{unit}, the middle half lies between "
        f"{english(low)} and {english(high)}{unit}",
    )
