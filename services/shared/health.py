"""Whether a process lives, whether it can work, and its metrics."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from services.shared.auth import Public
from services.shared.database import DatabaseDependency
from services.shared.principal import Principal
from services.shared.problems import Unavailable

Check = Callable[[], Awaitable[bool]]
AnyPrincipal = Annotated[Principal, Public()]

router = APIRouter(tags=["Betrieb"])


@router.get("/healthz", include_in_schema=False)
async def healthz(_principal: AnyPrincipal) -> JSONResponse:
    """The process lives."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", include_in_schema=False)
async def readyz(_principal: AnyPrincipal, database: DatabaseDependency) -> JSONResponse:
    """The process can work: its database answers."""
    try:
        await database.is_ready()
    except (SQLAlchemyError, OSError) as error:
        raise Unavailable(
            "database_unreachable", "Die Datenbank antwortet nicht. Versuchen Sie es gleich wieder."
        ) from error
    return JSONResponse({"status": "ok"})


@router.get("/metrics", include_in_schema=False)
async def metrics(_principal: AnyPrincipal, request: Request) -> Response:
    """Counters and latencies in the Prometheus text format; holds no record and no name."""
    registry: CollectorRegistry = request.app.state.metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
