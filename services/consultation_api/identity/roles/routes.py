"""HTTP of roles."""

from typing import Annotated

from services.consultation_api.identity.roles import service
from services.consultation_api.identity.roles.schemas import RoleRead
from services.shared.auth import Requires
from services.shared.paging import Page
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Rollen")


@router.get("/roles")
async def list_roles(
    _principal: Annotated[Principal, Requires("organisations:read")], session: ReadSession
) -> Page[RoleRead]:
    """All roles, with the rights they carry and the kinds of organisation they exist in."""
    return Page(items=await service.list_roles(session))
