"""Indicators over HTTP."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.indicator_api.indicators import service
from services.indicator_api.indicators.schemas import IndicatorRead, IndicatorWrite
from services.shared.auth import Requires
from services.shared.idempotency import IdempotencyKey, Outcome, fingerprint_of_body, once
from services.shared.paging import Cursor, Limit, Page, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession, WriteSession

router = feature_router("Indikatoren")


@router.get("/indicators")
async def list_indicators(
    request: Request,
    response: Response,
    _principal: Annotated[Principal, Requires("indicators:read")],
    session: ReadSession,
    dimension: Annotated[str | None, Query(description="Code der Dimension")] = None,
    limit: Limit = 200,
    cursor: Cursor = None,
) -> Page[IndicatorRead]:
    """Which indicators there are, and for which levels and periods figures are released."""
    page = await service.list_indicators(session, dimension=dimension, cursor=cursor, limit=limit)
    link_next(request, response, page.next)
    return page


@router.get("/indicators/{code}")
async def read_indicator(
    code: str,
    _principal: Annotated[Principal, Requires("indicators:read")],
    session: ReadSession,
) -> IndicatorRead:
    """One indicator with its definition."""
    return await service.read_indicator(session, code)


@router.post("/indicators", status_code=201, response_model=IndicatorRead)
async def create_indicator(
    request: Request,
    wanted: IndicatorWrite,
    principal: Annotated[Principal, Requires("indicators:write")],
    session: WriteSession,
    key: IdempotencyKey,
) -> Response:
    """Register a definition, or the next version of a known one."""

    async def act() -> Outcome:
        indicator = await service.create_indicator(session, principal, wanted)
        location = f"/v1/indicators/{indicator.code}"
        return Outcome(201, indicator.model_dump(mode="json"), {"Location": location})

    return await once(session, "indicator", principal, key, await fingerprint_of_body(request), act)
