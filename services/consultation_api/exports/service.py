"""Use case: take a case away, with all that one may see of it."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.case_tasks import service as case_tasks
from services.consultation_api.cases import service as cases
from services.consultation_api.cases.scope import see
from services.consultation_api.entries import service as entries
from services.consultation_api.exports.schemas import CaseExport
from services.consultation_api.goals import service as goals
from services.consultation_api.requests import service as requests
from services.shared.principal import Principal


async def export(session: AsyncSession, principal: Principal, case_id: UUID) -> CaseExport:
    """The case as the principal sees it, whole; raises `NotFound` if it may not be seen."""
    scope = await see(session, principal, case_id)
    case = await cases.read(session, principal, case_id)
    return CaseExport(
        exported_at=datetime.now(UTC),
        exported_by=principal.subject_name,
        case=case,
        request=await requests.read(session, principal, case.request.id),
        state_changes=await cases.list_state_changes(session, principal, case_id),
        goals=await goals.all_goals(session, scope),
        tasks=await case_tasks.all_tasks(session, principal, scope),
        entries=await entries.all_entries(session, principal, scope),
    )
