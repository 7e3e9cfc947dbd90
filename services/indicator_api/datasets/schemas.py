"""Datasets on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.indicator_api.areas.schemas import AreaCode
from services.indicator_api.datasets.rules import Audience
from services.indicator_api.measures.schemas import CatalogueCode

Additivity = Literal["exact", "rounded", "cell_key", "suppressed_at_source", "not_additive"]
UnplacedCases = Annotated[int | None, Field(ge=0, le=1_000_000_000)]
AmountRounding = Annotated[float, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class DatasetWrite(BaseModel):
    """A dataset to set up; it is held by the organisation that sets it up.

    `minimum_count`: counts above 0 and below it are not released (Bundesagentur für Arbeit: 3;
    0 where the source has protected its figures itself). `rounding_base` counts where `additivity`
    is `rounded`. With `needs_approval` somebody else than the sender must agree to a delivery.
    `releases_need_second_person`: who prepared a release cannot let it out alone; to do without
    that needs `second_person_reason`. `released_at_most_to` and `released_smallest_level` are what
    the source's terms allow at most, `release_terms` their words.

    How far totals may differ from their parts, as the published table does:
    `unplaced_cases`, Restfälle ohne Ortsangabe: so many cases of a total at most belong to no part;
    null: some do, and nobody says how many. `amount_rounding`: to multiples of this unit the
    source has rounded amounts, in the measure's unit (1 in a table in thousands of euros).
    """

    model_config = ConfigDict(extra="forbid")

    code: CatalogueCode
    title: Text
    description: str = ""
    publisher: Text
    source: Text
    source_url: str | None = None
    licence: Text
    attribution: Text
    denominator_basis: str | None = None
    additivity: Additivity
    is_fictional: bool = False
    is_sample: bool = False
    minimum_count: Annotated[int, Field(ge=0, le=1000)] = 3
    rounding_base: Annotated[int, Field(ge=1, le=1000)] = 5
    unplaced_cases: UnplacedCases = 0
    amount_rounding: AmountRounding = 0
    needs_approval: bool = False
    releases_need_second_person: bool = True
    second_person_reason: Annotated[str, Field(max_length=500)] = ""
    released_at_most_to: Audience | None = None
    released_smallest_level: CatalogueCode | None = None
    release_terms: Annotated[str, Field(max_length=2000)] = ""
    area_code: AreaCode


class DatasetChange(BaseModel):
    """What may be changed of a dataset later; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    # No field that a dataset must have takes null. The defaults are never written: as factories
    # they do not stand in the documentation either.
    title: Text = Field(default_factory=str)
    description: str = Field(default_factory=str)
    publisher: Text = Field(default_factory=str)
    source: Text = Field(default_factory=str)
    source_url: str | None = None
    licence: Text = Field(default_factory=str)
    attribution: Text = Field(default_factory=str)
    denominator_basis: str | None = None
    minimum_count: Annotated[int, Field(ge=0, le=1000)] = Field(default_factory=int)
    rounding_base: Annotated[int, Field(ge=1, le=1000)] = Field(default_factory=int)
    # null: some, nobody says how many
    unplaced_cases: UnplacedCases = None
    amount_rounding: AmountRounding = Field(default_factory=float)
    needs_approval: bool = Field(default_factory=bool)
    releases_need_second_person: bool = Field(default_factory=bool)
    second_person_reason: Annotated[str, Field(max_length=500)] = Field(default_factory=str)
    released_at_most_to: Audience | None = None
    released_smallest_level: CatalogueCode | None = None
    release_terms: Annotated[str, Field(max_length=2000)] = Field(default_factory=str)


class Holder(BaseModel):
    """The office that holds the raw facts."""

    id: UUID
    name: str


class DatasetRead(DatasetWrite):
    """A dataset; `version` rises with each delivery that changed a fact."""

    holder: Holder
    version: int
    is_own: bool
