"""Wire types of memberships."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.consultation_api.identity.inputs import MAXIMUM_AREA_CODES, AreaCodes, Input, Line
from services.consultation_api.identity.organisations.schemas import OrganisationBrief
from services.consultation_api.identity.roles.schemas import RoleBrief


class MembershipRead(BaseModel):
    """An account's role in an organisation.

    `area_codes` null: all areas of the organisation; `valid_until`: the last day, null: open.
    """

    id: UUID
    organisation: OrganisationBrief
    role: RoleBrief
    area_codes: list[str] | None
    valid_until: date | None


class MembershipCreate(Input):
    """A new membership."""

    organisation_id: UUID
    role: Line
    area_codes: Annotated[AreaCodes, Field(max_length=MAXIMUM_AREA_CODES)] | None = None
    valid_until: date | None = None
