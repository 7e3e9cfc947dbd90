"""Wire types of sessions and tokens."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.consultation_api.identity.inputs import Input, Line, Password
from services.consultation_api.identity.organisations.schemas import OrganisationBrief


class PasswordGrant(Input):
    """Log in with name and password: opens a session."""

    grant_type: Literal["password"]
    name: Line
    password: Password


class SessionGrant(Input):
    """A new access token for an open session."""

    grant_type: Literal["session"]
    session_token: Line


Grant = Annotated[PasswordGrant | SessionGrant, Field(discriminator="grant_type")]


class TokenRead(BaseModel):
    """An access token for the header `Authorization: Bearer …`; `expires_in` in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a name, not a secret
    expires_in: int


class LoginRead(TokenRead):
    """A new session with its first access token. The session token is shown only here."""

    session_token: str
    session_expires_at: datetime


class SessionRead(BaseModel):
    """One of the own open sessions."""

    id: UUID
    organisation: OrganisationBrief
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    user_agent: str | None
    is_current: bool


class PlaceChange(Input):
    """The organisation to work for from now on."""

    organisation_id: UUID
