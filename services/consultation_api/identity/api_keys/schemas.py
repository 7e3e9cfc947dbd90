"""Wire types of API keys."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from services.consultation_api.identity.inputs import MAXIMUM_AREA_CODES, AreaCodes, Input, Line

ApiKeyState = Literal["active", "expired", "revoked"]


def _sorted_once(values: list[str]) -> list[str]:
    return sorted(set(values))


class ApiKeyRead(BaseModel):
    """An API key; its secret is not kept, `prefix` is the part to tell keys apart by."""

    id: UUID
    organisation_id: UUID
    name: str
    prefix: str
    rights: list[str]
    area_codes: list[str]
    state: ApiKeyState
    created_at: datetime
    created_by: UUID
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class ApiKeyCreated(ApiKeyRead):
    """A new API key. `secret` is the whole key and shown only once: null in a repetition."""

    secret: str | None


class ApiKeyCreate(Input):
    """A new API key of the own organisation; `expires_at` with time zone."""

    name: Line
    rights: Annotated[list[Line], Field(min_length=1, max_length=50), AfterValidator(_sorted_once)]
    area_codes: Annotated[AreaCodes, Field(min_length=1, max_length=MAXIMUM_AREA_CODES)]
    expires_at: AwareDatetime
