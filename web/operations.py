"""What the operator's machines ask: is the process alive, is it ready, what does it measure."""

import asyncio
from typing import Annotated

import httpx
from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from web.access import Public
from web.services import Services
from web.visit import Visit

AnyVisit = Annotated[Visit, Public()]

router = APIRouter()

_READY_SECONDS = 3.0


@router.get("/healthz")
async def healthz(_visit: AnyVisit) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(_visit: AnyVisit, request: Request) -> Response:
    """200 when all services are ready, else 503 that names the ones that are not."""
    services: Services = request.app.state.services
    clients = services.by_name()
    states = await asyncio.gather(*(_is_ready(client) for client in clients.values()))
    body = {
        "status": "ok" if all(states) else "unavailable",
        "services": {
            name: "ok" if ready else "unavailable"
            for name, ready in zip(clients, states, strict=True)
        },
    }
    return JSONResponse(body, status_code=200 if all(states) else 503)


@router.get("/metrics")
async def metrics(_visit: AnyVisit, request: Request) -> Response:
    """Counts and durations in Prometheus' text format."""
    body = generate_latest(request.app.state.metrics.registry)
    return Response(body, media_type=CONTENT_TYPE_LATEST)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz", timeout=_READY_SECONDS)).status_code == 200
    except httpx.HTTPError:
        return False
