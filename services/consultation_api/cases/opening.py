"""How a case begins: by a municipality's consent to an agreement, and in no other way."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import Request as HttpRequest
from sqlalchemy.ext.asyncio import AsyncSession

from services.consultation_api.base import SCHEMA
from services.consultation_api.cases import repository
from services.consultation_api.cases.rules import FIRST_STATE
from services.consultation_api.cases.schemas import CaseRead
from services.consultation_api.cases.scope import note_event, see
from services.consultation_api.cases.service import read
from services.consultation_api.requests import service as requests
from services.consultation_api.sides import Parties
from services.shared import audit
from services.shared.ids import new_id
from services.shared.principal import Principal

FIRST_PHASE = "einleitung"


async def consent(
    session: AsyncSession,
    principal: Principal,
    request_id: UUID,
    agreement_version: int,
    http_request: HttpRequest,
) -> CaseRead:
    """Consent to the agreement in this version, and open the case.

    Raises `NotFound`, `PreconditionFailed` with `current`, and `Conflict`
    (`state_change_forbidden`, `agreement_changed`).
    """
    request = await requests.begin_step(session, principal, request_id, "consent", http_request)
    case_id, now = new_id(), datetime.now(UTC)
    agreement_id = await requests.record_consent(
        session, principal, request_id, agreement_version, now
    )
    await repository.add(
        session,
        {
            "id": case_id,
            "reference": await requests.next_reference(session, "B", now),
            "request_id": request_id,
            "agreement_id": agreement_id,
            **Parties.of(request).columns(),
            "title": request["subject"],
            "state": FIRST_STATE,
            "phase": FIRST_PHASE,
            "topics": request["topics"],
            "area_codes": request["area_codes"],
            "opened_at": now,
            "changed_at": now,
        },
    )
    await requests.accept(session, principal, request_id, case_id)
    scope = await see(session, principal, case_id)
    await note_event(
        session,
        principal,
        scope,
        "Beratung vereinbart",
        f"{request['organisation_name']} hat der Beratungsvereinbarung zugestimmt. "
        f"Der Fall {scope.reference} beginnt.",
    )
    await audit.record(session, SCHEMA, principal, "case.opened", "case", case_id)
    return await read(session, principal, case_id)
