"""What the values of a delivery are held against."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from services.indicator_api.facts.additivity import Adding
from services.indicator_api.periods.rules import Period

# The columns of a slice: the cells of one measure and period, from the file or from the facts.
SLICE_SCHEMA = {
    "row": pl.UInt32,
    "breakdown": pl.Int32,
    "area_id": pl.Int32,
    "status": pl.Int8,
    "value": pl.Float64,
    # the place of its name in `value_columns`
    "value_column": pl.UInt16,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: `kind` is count, amount or rate."""

    id: int
    name: str
    kind: str
    unit: str


@dataclass(frozen=True, slots=True)
class Share:
    """An indicator of kind rate: its numerator is a part of its denominator by definition.

    `is_of_one_source`: both come from the dataset delivered into, of the same period.
    Datasets are None where the definition names none. `takes_nearest`: the denominator may be of
    another period, the nearest there is.
    """

    code: str
    numerator: int
    numerator_breakdown: str
    numerator_breakdown_id: int
    numerator_dataset: int | None
    denominator: int
    denominator_breakdown: str
    denominator_breakdown_id: int
    denominator_dataset: int | None
    takes_nearest: bool
    is_of_one_source: bool


@dataclass(frozen=True, slots=True)
class PlausibilityContext:
    """The registers a delivery's values are held against.

    `breakdowns` are the codes by their place in the cells, `periods` by id. `areas` has `area_id`,
    `kind` and `is_fictional` of the file's areas; `children` the areas directly below them:
    `parent_id`, `area_id`, `division`, `kind`, `valid_from`, `valid_to`, `area_km2`, `parent_km2`,
    `parent_rank`. `value_columns` are the sender's names for the columns of values.
    """

    adding: Adding
    measures: dict[int, Measure]
    shares: Sequence[Share]
    breakdowns: Sequence[str]
    periods: dict[int, Period]
    areas: pl.DataFrame
    children: pl.DataFrame
    value_columns: Sequence[str]
