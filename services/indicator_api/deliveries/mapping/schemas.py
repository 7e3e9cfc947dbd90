"""Mappings on the wire."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from services.indicator_api.deliveries.mapping.document import Mapping

MappingName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]


class MappingChoice(BaseModel):
    """How a delivery is to be read: by this document, or by the mapping saved under a name."""

    model_config = ConfigDict(extra="forbid")

    document: Mapping | None = None
    name: MappingName | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.document is None) == (self.name is None):
            raise ValueError("Nennen Sie entweder eine Zuordnung oder den Namen einer.")
        return self


class MappingDraft(BaseModel):
    """A mapping to look at before it is used."""

    model_config = ConfigDict(extra="forbid")

    document: Mapping


class MappingWrite(BaseModel):
    """A mapping to save under a name."""

    model_config = ConfigDict(extra="forbid")

    name: MappingName
    document: Mapping


class SavedMappingRead(BaseModel):
    """A saved mapping, who changed it last and when; `version` is its `ETag`."""

    id: UUID
    name: str
    document: Mapping
    changed_by: str
    version: int
    created_at: datetime
    changed_at: datetime


class RawTableRead(BaseModel):
    """A table as it stands in the file: its header rows, one name a column, the first rows.

    `skip_rows` lines stand above the header; the first row below it is line `first_row`.
    """

    kind: str
    header: list[list[str]]
    names: list[str]
    rows: list[list[str]]
    sheet: str | None
    sheets: list[str]
    header_rows: int
    skip_rows: int
    first_row: int


class QuestionRead(BaseModel):
    """What could not be decided: the part of the mapping, and in words."""

    field: str
    detail: str


class PreviewRead(BaseModel):
    """The first rows as they would be understood, in words."""

    columns: list[str]
    rows: list[list[str]]


class MappingPreview(BaseModel):
    """What a mapping makes of the table, and what it leaves open."""

    is_complete: bool
    questions: list[QuestionRead]
    preview: PreviewRead


class DeliveryMappingRead(MappingPreview):
    """A delivery's table, how it is read (`mapping`; null: not yet), and what is proposed."""

    table: RawTableRead
    mapping: dict[str, Any] | None
    mapping_name: str | None
    proposal: Mapping
