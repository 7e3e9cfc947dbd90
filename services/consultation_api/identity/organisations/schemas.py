"""Wire types of organisations."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.consultation_api.identity.inputs import MAXIMUM_AREA_CODES, AreaCodes, Input, Line
from services.consultation_api.identity.organisations.rules import OrganisationKind

ShortName = Annotated[Line, StringConstraints(max_length=60)]
Responsibility = Annotated[AreaCodes, Field(max_length=MAXIMUM_AREA_CODES)]


class OrganisationBrief(BaseModel):
    """An organisation as others refer to it; `area_codes` are the roots of its areas."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    short_name: str
    kind: OrganisationKind
    area_codes: list[str]


class OrganisationRead(OrganisationBrief):
    """An organisation; `parent_id` is the administration it belongs to."""

    parent_id: UUID | None
    is_active: bool
    created_at: datetime
    row_version: int


class OrganisationCreate(Input):
    """A new organisation."""

    name: Line
    short_name: ShortName
    kind: OrganisationKind
    parent_id: UUID | None = None
    area_codes: Responsibility = Field(default_factory=list)


class OrganisationChange(Input):
    """The fields to change; what is left out stays."""

    name: Line | None = None
    short_name: ShortName | None = None
    area_codes: Responsibility | None = None
    is_active: bool | None = None

    @model_validator(mode="after")
    def _no_null(self) -> Self:
        for field in self.model_fields_set:
            if getattr(self, field) is None:
                raise ValueError(f"„{field}“ kann nicht leer sein. Lassen Sie es weg.")
        return self
