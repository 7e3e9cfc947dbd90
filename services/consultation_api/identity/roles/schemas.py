"""Wire types of roles."""

from pydantic import BaseModel, ConfigDict


class RoleBrief(BaseModel):
    """A role as others refer to it."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    label: str


class RoleRead(RoleBrief):
    """A role, where it exists, and what it may do."""

    organisation_kinds: list[str]
    rights: list[str]
