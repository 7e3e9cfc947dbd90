"""Changes of areas on the wire."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.indicator_api.areas.schemas import AreaCode

EventKind = Literal[
    "key_change", "rename", "parent_change", "merge", "split", "partial", "founded", "ended"
]
Weight = Annotated[float, Field(gt=0, le=1)]
Basis = Literal["whole", "residents", "area"]
DirectoryState = Literal["received", "checking", "accepted", "replaced", "rejected", "failed"]


class LinkWrite(BaseModel):
    """Which area became (part of) which; weights are the share of `from` that went to `to`.

    Without weights the whole of `from` went to `to`; where it went to several, which came of it
    alone, the residents of the next directory are the shares.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: Annotated[AreaCode | None, Field(alias="from")] = None
    target: Annotated[AreaCode | None, Field(alias="to")] = None
    weight_residents: Weight | None = None
    weight_area: Weight | None = None


class AreaOpening(BaseModel):
    """An area that begins with an event, or how one that goes on is from then on.

    What is left out stays as it was; for a new key `kind` and `name` are needed.
    """

    model_config = ConfigDict(extra="forbid")

    code: AreaCode
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    kind: str | None = None
    parent: AreaCode | None = None
    ars: Annotated[str, Field(pattern=r"^\d{12}$")] | None = None
    area_km2: Annotated[float, Field(ge=0)] | None = None


class EventWrite(BaseModel):
    """A change of areas; `effective_on` is the first day of the new state."""

    model_config = ConfigDict(extra="forbid")

    kind: EventKind
    effective_on: date
    title: Annotated[str, Field(min_length=1, max_length=300)]
    legal_basis: Annotated[str, Field(max_length=500)] = ""
    source: Annotated[str, Field(min_length=1, max_length=500)]
    note: Annotated[str, Field(max_length=2000)] = ""
    links: Annotated[list[LinkWrite], Field(min_length=1, max_length=5000)]
    opens: Annotated[list[AreaOpening], Field(max_length=5000)] = []


class LinkEnd(BaseModel):
    """One end of a change: the area with its name of the day, and the share that went over."""

    code: str
    name: str
    kind: str
    share: float | None = None
    basis: Basis | None = None


class LinkRead(BaseModel):
    """One way of a change; without `to` the successor is not in the source."""

    model_config = ConfigDict(populate_by_name=True)

    source: Annotated[LinkEnd | None, Field(alias="from", serialization_alias="from")]
    target: Annotated[LinkEnd | None, Field(alias="to", serialization_alias="to")]
    share: float | None
    basis: Basis | None


class EventRead(BaseModel):
    """A change of areas. `is_day_known` false: it happened before `effective_on`, the day of the
    first directory that shows it. `is_derived`: it follows from two directories."""

    id: int
    kind: EventKind
    kind_label: str
    effective_on: date
    is_day_known: bool
    is_derived: bool
    title: str
    legal_basis: str
    source: str
    note: str
    links: list[LinkRead]


class HistoryEntry(BaseModel):
    """A change that an area took part in: what came from where and went where."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    kind: EventKind
    kind_label: str
    effective_on: date
    is_day_known: bool
    title: str
    legal_basis: str
    source: str
    note: str
    sources: Annotated[list[LinkEnd], Field(alias="from", serialization_alias="from")]
    targets: Annotated[list[LinkEnd], Field(alias="to", serialization_alias="to")]


class History(BaseModel):
    """All changes of an area, the latest first; an empty list says why."""

    items: list[HistoryEntry]
    detail: str | None = None


class DirectoryFinding(BaseModel):
    """What was noticed in a directory: the row of the sheet, which fault, in words."""

    row: int | None
    code: str
    detail: str


class DirectoryRead(BaseModel):
    """An official directory that was handed in, and what became of it."""

    id: UUID
    filename: str | None
    stands_on: date | None
    title: str
    attribution: str
    state: DirectoryState
    progress: dict[str, Any]
    counts: dict[str, int]
    findings: list[DirectoryFinding]
    created_at: datetime
    finished_at: datetime | None
