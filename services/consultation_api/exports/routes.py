"""HTTP of exports."""

from typing import Annotated
from uuid import UUID

from fastapi import Response

from services.consultation_api.exports import service
from services.consultation_api.exports.schemas import CaseExport
from services.shared.auth import Requires
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Fälle")


@router.get("/cases/{case_id}/export")
async def export_case(
    principal: Annotated[Principal, Requires("cases:read")],
    session: ReadSession,
    response: Response,
    case_id: UUID,
) -> CaseExport:
    """The case with all that the caller may see of it, as a JSON file to keep."""
    exported = await service.export(session, principal, case_id)
    filename = f"beratungsfall-{exported.case.reference}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return exported
