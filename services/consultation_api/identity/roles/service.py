"""Use cases of roles."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.roles import repository
from services.consultation_api.identity.roles.models import Role
from services.consultation_api.identity.roles.schemas import RoleBrief, RoleRead
from services.shared.problems import FieldError, Invalid


async def list_roles(session: AsyncSession) -> list[RoleRead]:
    """All roles with their rights."""
    rights = defaultdict(list)
    for right in await repository.list_rights(session):
        rights[right.role].append(right.right_code)
    return [
        RoleRead(
            code=role.code,
            label=role.label,
            organisation_kinds=role.organisation_kinds,
            rights=rights[role.code],
        )
        for role in await repository.list_roles(session)
    ]


async def describe(session: AsyncSession, codes: Iterable[str]) -> list[RoleBrief]:
    """Code and label of these roles."""
    wanted = set(codes)
    return [
        RoleBrief.model_validate(role)
        for role in await repository.list_roles(session)
        if role.code in wanted
    ]


async def require_role(session: AsyncSession, code: str) -> Role:
    """The role with this code; raises `Invalid` (422) that lists the known ones."""
    role = await repository.get_role(session, code)
    if role is None:
        known = ", ".join(known.code for known in await repository.list_roles(session))
        detail = f"Die Rolle „{code}“ gibt es nicht. Möglich sind: {known}."
        raise Invalid("role_unknown", detail, errors=[FieldError("/role", "role_unknown", detail)])
    return role
