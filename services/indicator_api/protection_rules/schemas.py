"""Rules of protection on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.indicator_api.measures.schemas import CatalogueCode
from services.indicator_api.protection_rules.kinds import Kind

SourceText = Annotated[str, Field(min_length=3, max_length=1000)]


class ProtectionRuleWrite(BaseModel):
    """A rule for a dataset, or for one of its measures; `source_text`: where it comes from."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    measure: CatalogueCode | None = None
    parameters: dict[str, Any] = {}
    source_text: SourceText
    is_active: bool = True


class ProtectionRuleChange(BaseModel):
    """What may be changed of a rule; other parameters need the text they come from."""

    model_config = ConfigDict(extra="forbid")

    # the defaults are never written: they stand for what was not sent
    parameters: dict[str, Any] = Field(default_factory=dict)
    source_text: SourceText = Field(default_factory=str)
    is_active: bool = Field(default_factory=bool)


class ProtectionRuleRead(BaseModel):
    """A rule; `is_in_force`: it decides about this dataset's figures.

    Without a dataset it is one that holds wherever there is none of its kind (if active), or a
    proposal (if not). `text` says what it does.
    """

    id: UUID
    dataset: str | None
    measure: str | None
    measure_name: str | None
    kind: Kind
    label: str
    parameters: dict[str, Any]
    text: str
    source_text: str
    is_active: bool
    is_in_force: bool
    version: int
    changed_by: str
    changed_at: datetime


class ProtectionRuleState(BaseModel):
    """A rule as it was; `until` is empty for the one that holds now."""

    version: int
    parameters: dict[str, Any]
    text: str
    source_text: str
    is_active: bool
    changed_by: str
    changed_at: datetime
    until: datetime | None
