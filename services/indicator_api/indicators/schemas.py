"""Indicators on the wire."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicator_api.measures.schemas import CatalogueCode

# `difference` has a signed numerator, `value` is delivered ready: a median, a score.
IndicatorKind = Literal["rate", "density", "mean", "count", "difference", "value"]
Polarity = Literal["worse", "better", "context"]


class Dimension(BaseModel):
    """The dimension of a life situation an indicator belongs to."""

    model_config = ConfigDict(extra="forbid")

    code: CatalogueCode
    label: Annotated[str, Field(min_length=1, max_length=100)]


class Part(BaseModel):
    """Numerator: which measure, split how (`GES=GESW`), from which dataset (any if null)."""

    model_config = ConfigDict(extra="forbid")

    measure: CatalogueCode
    breakdown: str = ""
    dataset: CatalogueCode | None = None


class DenominatorPart(Part):
    """Denominator; `nearest` takes the figure whose date lies nearest to the numerator's."""

    period_rule: Literal["same", "nearest"] = "same"


class Break(BaseModel):
    """A day from which on figures do not compare with earlier ones, and why."""

    model_config = ConfigDict(extra="forbid")

    on: date
    detail: Annotated[str, Field(min_length=1)]


class IndicatorDefinition(BaseModel):
    """A definition: value = numerator / denominator * factor, or the numerator * factor alone.

    `polarity` says what a higher value means: worse, better, or context only. `explanation` says
    in plain German what the figure tells, what it does not, and how to read it; `applies_to` for
    which places it is made, `usual_source` who usually delivers it. What is unknown stays empty;
    `is_checked` is false until somebody has checked the definition.
    """

    model_config = ConfigDict(extra="forbid")

    code: CatalogueCode
    name: Annotated[str, Field(min_length=1, max_length=200)]
    short_name: Annotated[str, Field(min_length=1, max_length=60)]
    question: str = ""
    explanation: str = ""
    kind: IndicatorKind
    numerator_text: Annotated[str, Field(min_length=1)]
    denominator_text: str = ""
    unit: Annotated[str, Field(min_length=1, max_length=40)]
    factor: float = 1.0
    decimals: Annotated[int, Field(ge=0, le=6)] = 1
    polarity: Polarity
    dimension: Dimension
    legal_basis: str = ""
    confidentiality_rule: str = ""
    denominator_basis_note: str = ""
    usual_source: str = ""
    definition_source: str = ""
    applies_to: str = ""
    smallest_level: str | None = None
    is_checked: bool = False
    note: str = ""
    breaks: list[Break] = []


class IndicatorParts(IndicatorDefinition):
    """A definition with the measures it is made of."""

    numerator: Part
    denominator: DenominatorPart | None = None


class IndicatorWrite(IndicatorParts):
    """A definition to register; `change_note` says why it takes the place of the present one."""

    change_note: Annotated[str, Field(max_length=2000)] = ""

    @model_validator(mode="after")
    def _denominator_as_kind(self) -> Self:
        if self.kind in ("density", "mean", "difference") and self.denominator is None:
            raise ValueError(
                "Eine Dichte, ein Mittelwert und ein Saldo brauchen einen Nenner (denominator)."
            )
        if self.kind in ("count", "value") and self.denominator is not None:
            raise ValueError("Eine Anzahl und ein fertig gelieferter Wert haben keinen Nenner.")
        return self


class DimensionRead(Dimension):
    """A dimension with the number of indicators that are offered in it."""

    indicators: int


class Level(BaseModel):
    """A level for which there are released figures, and for how many areas at most."""

    kind: str
    label: str
    areas: int


class PeriodReference(BaseModel):
    """A period with its code and how it is written."""

    code: str
    label: str


class IndicatorSource(BaseModel):
    """A dataset behind an indicator."""

    code: str
    title: str
    publisher: str
    attribution: str
    licence: str
    is_fictional: bool
    is_sample: bool


class Coverage(BaseModel):
    """That a dataset has released figures of a period for a level, and for how many areas."""

    dataset: str
    is_fictional: bool
    level: str
    period: str
    areas: int


class IndicatorRead(IndicatorParts):
    """An indicator, with what of it is released to the caller (newest period first).

    `number` and `variant` are its place in the catalogue of 59, null for an office's own one;
    `origin` says who defined this version: `catalogue` or `own`.
    """

    number: int | None
    variant: str
    is_key_indicator: bool
    origin: Literal["catalogue", "own"]
    version: int
    changed_on: date
    change_note: str
    retired_on: date | None
    levels: list[Level]
    periods: list[PeriodReference]
    datasets: list[IndicatorSource]
    coverage: list[Coverage]


class ChangedField(BaseModel):
    """A field in which a version differs from the one before it, and how it is called."""

    field: str
    label: str


class VersionReference(BaseModel):
    """A version in the history of a definition; `changed` is empty for the first."""

    version: int
    changed_on: date
    change_note: str
    changed: list[ChangedField]
    origin: Literal["catalogue", "own"]
    is_current: bool


class IndicatorDetail(IndicatorRead):
    """An indicator with the history of its definition, newest version first."""

    versions: list[VersionReference]


class IndicatorVersion(IndicatorParts, VersionReference):
    """A definition as it stood in one version."""
