"""Revisions and earlier states of knowledge on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from services.indicator_api.areas.schemas import AreaReference
from services.indicator_api.deliveries.schemas import DatasetReference
from services.indicator_api.releases.rules import Audience
from services.shared.paging import Page, Reason

# delivered: raw facts, for the office that holds them; released: what readers saw change
Basis = Literal["delivered", "released"]
# changed: another value; removed: no longer among the figures; withdrawn: taken back as a whole
Change = Literal["changed", "removed", "withdrawn"]


class NamedCode(BaseModel):
    """A code with the words for it."""

    code: str
    name: str


class LabelledCode(BaseModel):
    """A code with how it is written."""

    code: str
    label: str


class CellState(BaseModel):
    """What a cell held; `value` is null wherever `status` is neither value nor nothing."""

    value: float | None
    status: str
    quality: list[str]


class RevisingDelivery(BaseModel):
    """The delivery that brought the new value, or took the old one away; `withdrawn`: its own."""

    number: int
    id: UUID | None
    filename: str | None
    delivered_by: str | None


class RevisingRelease(BaseModel):
    """The release with which the new value was shown; `note` and `published_by` the holder's."""

    id: UUID
    number: int
    audience: Audience
    audience_label: str
    published_at: datetime | None
    published_by: str | None
    note: str


class RevisedDataset(DatasetReference):
    """The dataset a figure is in, with what must be said where it is shown."""

    attribution: str
    is_fictional: bool


class Revision(BaseModel):
    """One cell that changed, from `old` to `new` (null where nothing stands any more)."""

    at: datetime
    change: Change
    dataset: RevisedDataset
    measure: NamedCode
    area: AreaReference
    period: LabelledCode
    breakdown: LabelledCode
    old: CellState
    new: CellState | None
    delivery: RevisingDelivery | None
    release: RevisingRelease | None


class RevisionPage(Page[Revision]):
    """A part of the list, newest first; `basis` says whether of raw facts or of releases."""

    basis: Basis
    basis_label: str


class ChangingRelease(BaseModel):
    """The release that brought a change, or whose withdrawal did."""

    id: UUID
    number: int
    audience: Audience
    audience_label: str
    published_at: datetime | None


class CellChange(BaseModel):
    """One cell that changed, to be done after those before it.

    `new` is what stands now (null: nothing any more), `old` what stood before (null: nothing).
    Where `change` is `blocked` there is no cell: all that was taken from this release is to be
    deleted.
    """

    at: datetime
    change: Literal["new", "changed", "removed", "withdrawn", "blocked"]
    dataset: RevisedDataset
    measure: NamedCode | None
    area: AreaReference | None
    period: LabelledCode | None
    breakdown: LabelledCode | None
    old: CellState | None
    new: CellState | None
    release: ChangingRelease | None
    delivery: RevisingDelivery | None


class ChangePage(BaseModel):
    """Changes in their order. `next` is where to go on, always; `has_more`: there is more now."""

    items: list[CellChange]
    next: str
    has_more: bool
    reason: Reason | None = None


class KnownFact(BaseModel):
    """A raw fact as it was known; the words of `quality` stand behind each other."""

    area: str
    name: str
    kind: str
    period: str
    measure: str
    breakdown: str
    value: float | None
    status: str
    quality: str
    delivery: int
    known_from: datetime


class KnownFacts(BaseModel):
    """A part of a dataset's facts as they were known right before `before` (null: now)."""

    dataset: DatasetReference
    before: datetime | None
    items: list[KnownFact]
    next: str | None = None
    reason: Reason | None = None
