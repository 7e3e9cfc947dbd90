"""Sets of units on the wire."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from services.indicator_api.areas.schemas import AreaCode
from services.indicator_api.partitions.rules import Basis
from services.indicator_api.partitions.schemas import Keeper, Name, Named

SetKind = Literal["quartier", "sozialraum", "foerdergebiet", "schuleinzugsgebiet"]
Crs = Literal["EPSG:4326", "EPSG:25832"]


class PartWrite(BaseModel):
    """A unit in a set: whole, or with a weight (above 0, up to 1) and what it was taken from."""

    model_config = ConfigDict(extra="forbid")

    unit: AreaCode
    weight: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    basis: Literal["residents", "area"] | None = None

    @model_validator(mode="after")
    def _weight_has_basis(self) -> Self:
        if self.weight is not None and self.weight < 1 and self.basis is None:
            raise ValueError("Zu einem Gewicht unter 1 gehört, woraus es stammt (basis).")
        return self


class SetShape(BaseModel):
    """What a set is made of: `parts` by name, or a `polygon` that cuts them.

    The polygon is a GeoJSON Polygon or MultiPolygon, a Feature or FeatureCollection of them, in
    `crs`. With `distribution` the sender claims that this set and those of the same kind that
    already hold divide the partition: each unit's weights must sum to one.
    """

    model_config = ConfigDict(extra="forbid")

    parts: Annotated[list[PartWrite], Field(min_length=1, max_length=10_000)] | None = None
    polygon: dict[str, Any] | None = None
    crs: Crs = "EPSG:4326"
    distribution: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.parts is None) == (self.polygon is None):
            raise ValueError("Erwartet werden entweder parts oder polygon.")
        return self


class AreaSetWrite(SetShape):
    """A set of units to set up; `valid_to` is the first day it no longer holds."""

    code: AreaCode
    name: Name
    kind: SetKind
    municipality: AreaCode
    valid_from: date | None = None
    valid_to: date | None = None
    note: Annotated[str, Field(max_length=1000)] | None = None


Distribution = Annotated[list[AreaSetWrite], Field(min_length=1, max_length=200)]
AreaSetsWrite = Annotated[
    Annotated[AreaSetWrite, Tag("set")] | Annotated[Distribution, Tag("distribution")],
    Discriminator(lambda value: "distribution" if isinstance(value, list) else "set"),
]


class SetDraft(SetShape):
    """A set that is only looked at: what it would be made of."""

    municipality: AreaCode
    valid_from: date | None = None


class AreaSetChange(BaseModel):
    """What may be changed of a set beside its parts; what is not sent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(default_factory=str)
    note: Annotated[str, Field(max_length=1000)] | None = None
    valid_to: date | None = None


class PartRead(BaseModel):
    """A unit in a set and what of it counts."""

    unit: str
    name: str
    weight: float
    basis: Basis
    basis_label: str
    detail: str = ""


class SetNote(BaseModel):
    """What was left out or assumed when a polygon was cut."""

    code: str
    detail: str
    unit: str | None = None


class DraftRead(BaseModel):
    """What a set would be made of; `geometry` is GeoJSON in EPSG:4326."""

    parts: list[PartRead]
    notes: list[SetNote]
    area_km2: float | None
    is_estimated: bool
    geometry: dict[str, Any] | None


class AreaSetRead(BaseModel):
    """A set of units, which is an area as well. `is_estimated`: some parts are weighted."""

    code: str
    name: str
    kind: str
    kind_label: str
    municipality: Named
    valid_from: date | None
    valid_to: date | None
    holder: Keeper
    is_own: bool
    is_fictional: bool
    area_km2: float | None
    has_geometry: bool
    parts_count: int
    is_estimated: bool
    note: str | None
    attribution: str


class AreaSetDetail(AreaSetRead):
    """One set with its parts; `notes` say what was left out when it was just cut, and which units
    are no more, with what became of them."""

    parts: list[PartRead]
    notes: list[SetNote]


class AreaSetsRead(BaseModel):
    """Sets that were set up together."""

    items: list[AreaSetDetail]
