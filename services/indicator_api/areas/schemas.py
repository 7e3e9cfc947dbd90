"""Areas on the wire."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

AreaCode = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")]
Detail = Literal["low", "mid", "full"]


class AreaRead(BaseModel):
    """An area in a list. `valid_to` is the first day it no longer exists."""

    code: str
    ars: str | None
    name: str
    kind: str
    kind_label: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    area_km2: float | None
    is_fictional: bool
    has_geometry: bool
    is_set: bool
    partition: str | None


class AreaListed(AreaRead):
    """An area in the register; `attribution` names whose borders and key they are."""

    attribution: str


class AreaReference(BaseModel):
    """Just enough to name an area and link to it."""

    code: str
    name: str
    kind: str


class AreaShare(BaseModel):
    """An area that another came from or became, with the share that went over, where known."""

    code: str
    name: str
    kind: str
    share: float | None
    basis: Literal["whole", "residents", "area"] | None


class AreaChange(BaseModel):
    """The event behind an end."""

    id: int
    kind: str
    effective_on: date
    is_day_known: bool
    title: str
    legal_basis: str


class AreaEnded(BaseModel):
    """An area that is no more on the day asked for: since when, and what became of it.

    `detail`: „05313 endete am 20.10.2009; Nachfolger ist 05334 Städteregion Aachen.“
    """

    last_day: date
    detail: str
    events: list[AreaChange]
    successors: list[AreaShare]


class AreaDetail(AreaListed):
    """One area with its place in the tree; `bbox` is west, south, east, north in degrees.

    `ended` is null unless the area ended before the day asked for; `predecessors` are what it
    came from.
    """

    ancestors: list[AreaReference]
    children_count: dict[str, int]
    bbox: tuple[float, float, float, float] | None
    note: str | None
    source: str
    ended: AreaEnded | None
    predecessors: list[AreaShare]


class AreaWrite(BaseModel):
    """An area in an import; `geometry` is a GeoJSON (Multi)Polygon in the import's `crs`."""

    model_config = ConfigDict(extra="forbid")

    code: AreaCode
    ars: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    kind: str
    name: Annotated[str, Field(min_length=1, max_length=200)]
    parent: AreaCode | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    area_km2: Annotated[float, Field(ge=0)] | None = None
    is_fictional: bool = False
    note: str | None = None
    geometry: dict[str, Any] | None = None


class AreaImportWrite(BaseModel):
    """A set of areas, taken as a whole or not at all."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[str, Field(min_length=1)]
    attribution: Annotated[str, Field(min_length=1)]
    crs: Literal["EPSG:25832", "EPSG:4326"] = "EPSG:25832"
    areas: Annotated[list[AreaWrite], Field(min_length=1)]


class ImportFinding(BaseModel):
    """A fault in an import: which area, which fault, in words."""

    area: str | None
    code: str
    detail: str
