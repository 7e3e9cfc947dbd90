"""SQL of roles."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.identity.roles.models import Role, RoleRight


async def list_roles(session: AsyncSession) -> Sequence[Role]:
    """All roles by their label."""
    return (await session.scalars(select(Role).order_by(Role.label, Role.code))).all()


async def list_rights(session: AsyncSession) -> Sequence[RoleRight]:
    """All rights of all roles, sorted by right."""
    return (await session.scalars(select(RoleRight).order_by(RoleRight.right_code))).all()


async def get_role(session: AsyncSession, code: str) -> Role | None:
    """The role with this code, or None."""
    return await session.get(Role, code)
