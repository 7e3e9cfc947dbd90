"""Measures over HTTP."""

from typing import Annotated

from fastapi import Request, Response

from services.indicator_api.measures import service
from services.indicator_api.measures.schemas import MeasureRead, MeasureWrite
from services.shared.auth import Requires
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Messgrößen")


@router.get("/measures")
async def list_measures(
    request: Request,
    response: Response,
    _principal: Annotated[Principal, Requires("indicators:read")],
    session: ReadSession,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> Page[MeasureRead]:
    """What can be delivered."""
    page = await service.list_measures(session, cursor, limit)
    link_next(request, response, page.next)
    return page


@router.get("/measures/{code}")
async def read_measure(
    code: str, _principal: Annotated[Principal, Requires("indicators:read")], session: ReadSession
) -> MeasureRead:
    """One measure."""
    return await service.read_measure(session, code)


@router.post("/measures", status_code=201, response_model=MeasureRead)
async def create_measure(
    request: Request,
    wanted: MeasureWrite,
    principal: Annotated[Principal, Requires("measures:write")],
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Register a measure."""

    async def act() -> Outcome:
        measure = await service.create_measure(session, principal, wanted)
        location = f"/v1/measures/{measure.code}"
        return Outcome(201, measure.model_dump(mode="json"), {"Location": location})

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)
