"""Delegations of raw facts on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class DelegationWrite(BaseModel):
    """Who may read a dataset's raw facts, until which day (included), and why."""

    model_config = ConfigDict(extra="forbid")

    organisation: UUID
    until: date
    reason: Annotated[str, Field(min_length=10, max_length=1000)]


class DelegatedTo(BaseModel):
    """An organisation."""

    id: UUID
    name: str


class DelegationRead(BaseModel):
    """A delegation; `is_valid`: the organisation may read the raw facts today."""

    id: UUID
    dataset: str
    dataset_title: str
    organisation: DelegatedTo
    until: date
    reason: str
    granted_by: str
    granted_at: datetime
    revoked_by: str | None
    revoked_at: datetime | None
    is_valid: bool
