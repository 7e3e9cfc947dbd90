"""Areas on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

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


class AreaReference(BaseModel):
    """Just enough to name an area and link to it."""

    code: str
    name: str
    kind: str


class AreaDetail(AreaRead):
    """One area with its place in the tree; `bbox` is west, south, east, north in degrees."""

    ancestors: list[AreaReference]
    children_count: dict[str, int]
    bbox: tuple[float, float, float, float] | None
    note: str | None
    source: str
    attribution: str


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


class AreaImportRead(BaseModel):
    """What became of an import."""

    id: UUID
    source: str
    state: Literal["received", "checking", "accepted", "rejected", "failed"]
    progress: dict[str, Any]
    counts: dict[str, int]
    findings: list[ImportFinding]
    created_at: datetime
    finished_at: datetime | None
