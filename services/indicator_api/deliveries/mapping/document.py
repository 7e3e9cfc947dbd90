"""How a table of any shape is read: which column says what, as a document on the wire.

Columns are named as `RawTable.names` has them. A wide table has several columns of values, each
with the measure, period or breakdown that its head stands for; a long one has a single column.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Codes = Annotated[dict[str, Key], Field(max_length=20_000)]
MissingPart = Literal["area", "period", "measure", "values"]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Source(_Document):
    """A column, or one fixed text for all rows; exactly one of both.

    `codes` leads from texts in the column to what they mean; other texts stand for themselves.
    """

    column: ColumnName | None = None
    fixed: Key | None = None
    codes: Codes = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) == (self.fixed is None):
            raise ValueError("Nennen Sie entweder eine Spalte oder einen festen Wert.")
        return self


class AreaSource(_Source):
    """Where the area's key stands.

    A number of an own area is filled with leading zeros up to `digits`, and `prefix` (as a rule
    the municipality's key) is put before it. `by_name`: the texts are names, looked for among the
    areas the sender answers for; where several have a name, the one of `kind` is meant. `codes`
    says it for single texts.
    """

    prefix: Annotated[str, Field(max_length=40)] = ""
    digits: Annotated[int, Field(ge=1, le=12)] | None = None
    by_name: bool = False
    kind: Annotated[str, Field(max_length=40)] | None = None


class PeriodPart(_Document):
    """The column that says which month or quarter of the year in another one."""

    column: ColumnName
    kind: Literal["month", "quarter"]


class PeriodSource(_Source):
    """Where the period stands; with `part` the column holds the year alone."""

    part: PeriodPart | None = None

    @model_validator(mode="after")
    def _part_of_a_column(self) -> Self:
        if self.part is not None and self.column is None:
            raise ValueError("Monat oder Quartal gehören zu einer Spalte mit dem Jahr.")
        return self


class MeasureSource(_Source):
    """Where the measure stands."""


class ColumnSource(_Document):
    """A column by its name."""

    column: ColumnName


class ValueColumn(_Document):
    """A column of values, and what its head stands for.

    `status` is the column of signs for these values alone.
    """

    column: ColumnName
    measure: Key | None = None
    period: Key | None = None
    breakdown: dict[Key, Key] = Field(default_factory=dict)
    status: ColumnSource | None = None


class BreakdownColumn(_Document):
    """A column that breaks figures down.

    `codes` leads from texts to codes; a code written `VARIABLE=CODE` names its variable itself,
    for columns that hold attributes of several variables. The texts in `totals`, and empty cells,
    mean all together.
    """

    column: ColumnName
    variable: Key
    codes: Codes = Field(default_factory=dict)
    totals: list[str] = Field(default_factory=list)


class OnlyRows(_Document):
    """Of several tables in one file, the rows whose column holds one of these texts."""

    column: ColumnName
    equals: Annotated[list[str], Field(min_length=1, max_length=1000)]


class Mapping(_Document):
    """How a table is read.

    `area`, `period` or `measure` may be left out only where each column of values says it.
    `unit_factor` multiplies the values of a measure, e.g. by 1000 for a table in thousands.
    `empty` says what an empty cell of values means: nothing was delivered for it (`left_out`), or
    a slip (`error`). `left_out` are columns that are known and not needed.
    """

    sheet: Annotated[str, Field(max_length=255)] | None = None
    header_rows: Annotated[int, Field(ge=1, le=10)] = 1
    skip_rows: Annotated[int, Field(ge=0, le=1000)] = 0
    area: AreaSource | None = None
    period: PeriodSource | None = None
    measure: MeasureSource | None = None
    values: Annotated[list[ValueColumn], Field(max_length=2000)] = Field(default_factory=list)
    breakdowns: Annotated[list[BreakdownColumn], Field(max_length=10)] = Field(default_factory=list)
    status: ColumnSource | None = None
    quality: ColumnSource | None = None
    unit_factor: dict[Key, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        default_factory=dict
    )
    only: Annotated[list[OnlyRows], Field(max_length=10)] = Field(default_factory=list)
    empty: Literal["left_out", "error"] = "left_out"
    left_out: list[ColumnName] = Field(default_factory=list)

    def missing(self) -> list[MissingPart]:
        """What must still be said before the table can be read."""
        missing: list[MissingPart] = []
        if self.area is None:
            missing.append("area")
        if self.period is None and not all(item.period for item in self.values):
            missing.append("period")
        if self.measure is None and not all(item.measure for item in self.values):
            missing.append("measure")
        if not self.values:
            missing.append("values")
        return missing

    def columns(self) -> Iterator[str]:
        """The columns that it reads, each as often as it does; not those it leaves out."""
        for source in (self.area, self.period, self.measure, self.status, self.quality):
            if source is not None and source.column is not None:
                yield source.column
        if self.period is not None and self.period.part is not None:
            yield self.period.part.column
        for value in self.values:
            yield value.column
            if value.status is not None:
                yield value.status.column
        yield from (item.column for item in self.breakdowns)
        yield from (item.column for item in self.only)
