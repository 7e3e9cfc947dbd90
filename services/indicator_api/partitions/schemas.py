"""Partitions on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.indicator_api.areas.schemas import AreaCode

Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class PartitionWrite(BaseModel):
    """A base partition to set up: a municipality divided without gap or overlap.

    `kind` is the level of its units (e.g. quartier, statistischer_bezirk, baublock). Areas of
    this kind that the register already holds below the municipality become its units
    (`take_existing`); others come by `POST /v1/area-imports`. `valid_to` is the first day it no
    longer holds.
    """

    model_config = ConfigDict(extra="forbid")

    code: AreaCode
    name: Name
    municipality: AreaCode
    kind: AreaCode
    valid_from: date | None = None
    valid_to: date | None = None
    source: Text
    attribution: Text
    take_existing: bool = True


class PartitionChange(BaseModel):
    """What may be changed of a partition; what is not sent stays. `valid_to` ends it."""

    model_config = ConfigDict(extra="forbid")

    # No field that a partition must have takes null; as factories the defaults are not written.
    name: Name = Field(default_factory=str)
    source: Text = Field(default_factory=str)
    attribution: Text = Field(default_factory=str)
    valid_to: date | None = None
    take_existing: bool = False


class Named(BaseModel):
    """An area by key and name."""

    code: str
    name: str


class Keeper(BaseModel):
    """The organisation that keeps a partition or set."""

    id: UUID
    name: str


class PartitionRead(BaseModel):
    """A base partition. Of addresses only the organisation that keeps them learns: else null."""

    code: str
    name: str
    municipality: Named
    kind: str
    kind_label: str
    kind_plural: str
    valid_from: date | None
    valid_to: date | None
    holder: Keeper
    is_own: bool
    is_fictional: bool
    source: str
    attribution: str
    units: int
    addresses: int | None
    addresses_at: datetime | None


class UnitRead(Named):
    """A unit of a partition; `addresses` is null for all but the keeper."""

    area_km2: float | None
    has_geometry: bool
    addresses: int | None


class PartitionDetail(PartitionRead):
    """One partition with its units; areas in square kilometres, measured from the borders."""

    unit_items: list[UnitRead]
    units_km2: float | None
    municipality_km2: float | None
