"""Wire types of accounts."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, model_validator

from services.consultation_api.identity.accounts.rules import (
    is_possible_name,
    normalise_name,
)
from services.consultation_api.identity.inputs import Input, Line, Password
from services.consultation_api.identity.memberships.schemas import (
    MembershipCreate,
    MembershipRead,
)
from services.consultation_api.identity.organisations.schemas import OrganisationBrief
from services.consultation_api.identity.roles.schemas import RoleBrief


def _login_name(value: str) -> str:
    name = normalise_name(value)
    if not is_possible_name(name):
        raise ValueError(
            "Der Anmeldename hat 2 bis 100 Zeichen: Buchstaben a–z, Ziffern und . _ @ + -"
        )
    return name


LoginName = Annotated[Line, AfterValidator(_login_name)]


class AccountRead(BaseModel):
    """An account with its memberships."""

    id: UUID
    name: str
    display_name: str
    is_active: bool
    created_at: datetime
    password_changed_at: datetime
    row_version: int
    memberships: list[MembershipRead]


class AccountCreate(Input):
    """A new account; `name` is what one logs in with."""

    name: LoginName
    display_name: Line
    password: Password
    memberships: list[MembershipCreate] = Field(default_factory=list, max_length=50)


class AccountChange(Input):
    """The fields to change; what is left out stays. A new password ends all sessions."""

    name: LoginName | None = None
    display_name: Line | None = None
    password: Password | None = None
    is_active: bool | None = None

    @model_validator(mode="after")
    def _no_null(self) -> Self:
        for field in self.model_fields_set:
            if getattr(self, field) is None:
                raise ValueError(f"„{field}“ kann nicht leer sein. Lassen Sie es weg.")
        return self


class PasswordChange(Input):
    """The own password, the present one and the next."""

    current_password: Password
    new_password: Password


class OwnMembership(BaseModel):
    """One of the own roles, and where."""

    organisation: OrganisationBrief
    role: RoleBrief


class OwnAccount(BaseModel):
    """Who one is, for whom one works just now, and what one may do there."""

    id: UUID
    name: str
    display_name: str
    organisation: OrganisationBrief
    roles: list[RoleBrief]
    rights: list[str]
    area_codes: list[str]
    memberships: list[OwnMembership]
