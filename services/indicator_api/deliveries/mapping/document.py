"""How a table of any shape is read: which column says what, as a document on the wire.

Columns are named as `RawTable.names` has them. A wide table has several columns of values, each
with the measure, period or breakdown that its head stands for; a long one has a single column.
"""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

ColumnName = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Codes = dict[str, Key]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Source(_Document):
    """A column, or one fixed text for all rows; exactly one of both."""

    column: ColumnName | None = None
    fixed: Key | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.column is None) == (self.fixed is None):
            raise ValueError("Nennen Sie entweder eine Spalte oder einen festen Wert.")
        return self


class AreaSource(_Source):
    """Where the area's key stands; `prefix` goes before the text (own keys below a town)."""

    prefix: Annotated[str, Field(max_length=40)] = ""


class PeriodSource(_Source):
    """Where the period stands."""


class MeasureSource(_Source):
    """Where the measure stands; `codes` leads from the texts in the column to measures."""

    codes: Codes = Field(default_factory=dict)


class ValueColumn(_Document):
    """A column of values, and what its head stands for."""

    column: ColumnName
    measure: Key | None = None
    period: Key | None = None
    breakdown: dict[Key, Key] = Field(default_factory=dict)


class BreakdownColumn(_Document):
    """A column that breaks figures down.

    `codes` leads from texts to codes; the texts in `totals` mean all together.
    """

    column: ColumnName
    variable: Key
    codes: Codes = Field(default_factory=dict)
    totals: list[str] = Field(default_factory=list)


class ColumnSource(_Document):
    """A column by its name."""

    column: ColumnName


class OnlyRows(_Document):
    """Of several tables in one file, the rows whose column holds one of these texts."""

    column: ColumnName
    equals: Annotated[list[str], Field(min_length=1, max_length=1000)]


class Mapping(_Document):
    """How a table is read.

    `area`, `period` or `measure` may be left out only where each column of values says it.
    `unit_factor` multiplies the values of a measure, e.g. by 1000 for a table in thousands.
    """

    sheet: Annotated[str, Field(max_length=255)] | None = None
    header_rows: Annotated[int, Field(ge=1, le=5)] = 1
    skip_rows: Annotated[int, Field(ge=0, le=1000)] = 0
    area: AreaSource | None = None
    period: PeriodSource | None = None
    measure: MeasureSource | None = None
    values: Annotated[list[ValueColumn], Field(min_length=1, max_length=2000)]
    breakdowns: Annotated[list[BreakdownColumn], Field(max_length=10)] = Field(default_factory=list)
    status: ColumnSource | None = None
    quality: ColumnSource | None = None
    unit_factor: dict[Key, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    only: Annotated[list[OnlyRows], Field(max_length=10)] = Field(default_factory=list)
    left_out: list[ColumnName] = Field(default_factory=list)
