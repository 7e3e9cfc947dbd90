"""Indicators on the wire."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.indicator_api.measures.schemas import CatalogueCode

IndicatorKind = Literal["rate", "density", "mean", "count"]
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


class IndicatorDefinition(BaseModel):
    """A definition: value = numerator / denominator * factor, or the numerator * factor alone.

    `polarity` says what a higher value means: worse, better, or context only. What is unknown
    stays empty; `is_checked` is false until somebody has checked the definition.
    """

    model_config = ConfigDict(extra="forbid")

    code: CatalogueCode
    name: Annotated[str, Field(min_length=1, max_length=200)]
    short_name: Annotated[str, Field(min_length=1, max_length=60)]
    question: str = ""
    kind: IndicatorKind
    numerator_text: Annotated[str, Field(min_length=1)]
    denominator_text: str = ""
    unit: Annotated[str, Field(min_length=1, max_length=40)]
    factor: float = 1.0
    decimals: Annotated[int, Field(ge=0, le=6)] = 1
    polarity: Polarity
    dimension: Dimension
    legal_basis: str = ""
    definition_source: str = ""
    smallest_level: str | None = None
    is_checked: bool = False
    is_fictional: bool = False
    note: str = ""


class IndicatorWrite(IndicatorDefinition):
    """A definition to register."""

    numerator: Part
    denominator: DenominatorPart | None = None

    @model_validator(mode="after")
    def _denominator_as_kind(self) -> Self:
        if self.kind in ("density", "mean") and self.denominator is None:
            raise ValueError("Eine Dichte und ein Mittelwert brauchen einen Nenner (denominator).")
        if self.kind == "count" and self.denominator is not None:
            raise ValueError("Eine Anzahl hat keinen Nenner.")
        return self


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


class IndicatorRead(IndicatorDefinition):
    """An indicator, with what of it is released to the caller (newest period first)."""

    version: int
    levels: list[Level]
    periods: list[PeriodReference]
    datasets: list[IndicatorSource]
    coverage: list[Coverage]
