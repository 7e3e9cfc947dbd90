"""Deliveries on the wire."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

DeliveryState = Literal["received", "checking", "loading", "accepted", "rejected", "failed"]


class DatasetReference(BaseModel):
    """The dataset a delivery went into."""

    code: str
    title: str


class DeliveryProgress(BaseModel):
    """What is being done, and how far it is; `done` and `total` count rows."""

    step: str = ""
    label: str = ""
    done: int = 0
    total: int = 0


class FindingCount(BaseModel):
    """How many findings of one kind."""

    code: str
    severity: Literal["error", "warning", "note"]
    title: str
    count: int


class Failure(BaseModel):
    """Why the processing broke off; not the sender's fault."""

    code: str
    detail: str


class DeliveryRead(BaseModel):
    """A delivery and what became of it."""

    id: UUID
    number: int
    dataset: DatasetReference
    filename: str | None
    format: str | None
    content_type: str
    size_bytes: int
    sha256: str
    state: DeliveryState
    progress: DeliveryProgress
    counts: dict[str, int]
    finding_counts: list[FindingCount]
    understood: dict[str, Any]
    delivered_by: str
    organisation: str
    created_at: datetime
    finished_at: datetime | None
    failure: Failure | None
    audience_note: str


class FindingRead(BaseModel):
    """One finding; `row` counts the file's lines from 1."""

    row: int | None
    column: str | None
    value: str | None
    severity: Literal["error", "warning", "note"]
    code: str
    detail: str
    remedy: str
