"""Releases on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.indicator_api.deliveries.schemas import DatasetReference
from services.indicator_api.measures.schemas import CatalogueCode
from services.indicator_api.releases.rules import Audience

ReleaseState = Literal[
    "checking",
    "draft",
    "publishing",
    "released",
    "superseded",
    "withdrawn",
    "discarded",
    "failed",
]


class ReleaseWrite(BaseModel):
    """A release to prepare: the dataset as it stands, for one audience."""

    model_config = ConfigDict(extra="forbid")

    dataset: CatalogueCode
    audience: Audience
    note: Annotated[str, Field(max_length=2000)] = ""


class Withdrawal(BaseModel):
    """Why a release is withdrawn; one for disclosure is gone for all but the holder."""

    model_config = ConfigDict(extra="forbid")

    reason: Literal["error", "disclosure"]
    note: Annotated[str, Field(max_length=2000)] = ""


class RuleResult(BaseModel):
    """A rule of protection and how many cells it hides."""

    code: str
    text: str
    hidden: int


class CheckResult(BaseModel):
    """What the check found; the differences are to the audience's present release."""

    cells: int
    hidden: int
    missing: int
    new: int
    changed: int
    removed: int
    unchanged: int
    rules: list[RuleResult]
    limits: str


class ReleaseProgress(BaseModel):
    """What is being done."""

    label: str = ""


class ReleaseRead(BaseModel):
    """A release; `is_stale`: the dataset has changed since it was checked."""

    id: UUID
    dataset: DatasetReference
    audience: Audience
    audience_label: str
    number: int | None
    state: ReleaseState
    dataset_version: int
    is_stale: bool
    is_own: bool
    check: CheckResult | None
    note: str
    created_by: str
    created_at: datetime
    published_by: str | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: Literal["error", "disclosure"] | None
    progress: ReleaseProgress


class HiddenCell(BaseModel):
    """A cell that a release hides, for its holder's eyes."""

    area: str
    name: str
    measure: str
    period: str
    breakdown: str
    value: float
    rule: str
