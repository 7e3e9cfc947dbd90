"""A service of three routes over everything that the real ones stand on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import BaseModel
from sqlalchemy import text

from services.shared.app import ServiceDescription, build_app
from services.shared.auth import Public, Requires
from services.shared.etags import require_match
from services.shared.principal import Principal
from services.shared.problems import Conflict
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession
from tests.support.databases import TestDatabase
from tests.support.stack import report_settings

Anybody = Annotated[Principal, Public()]
SECRET = "geheim-4711"


class Body(BaseModel):
    """A body with one field."""

    number: int


def small_app(database: TestDatabase, objects: Path) -> FastAPI:
    """The service."""
    router = feature_router("Test")

    @router.post("/echo")
    async def echo(body: Body, _principal: Anybody) -> Body:
        return body

    @router.get("/crash")
    async def crash(_principal: Anybody) -> None:
        raise ValueError(f"SELECT {SECRET} FROM somewhere")

    @router.get("/broken-query")
    async def broken_query(_principal: Anybody, session: ReadSession) -> None:
        await session.execute(text("SELECT :secret FROM nowhere"), {"secret": SECRET})

    @router.get("/slow-query")
    async def slow_query(_principal: Anybody, session: ReadSession) -> None:
        await session.execute(text("SELECT pg_sleep(30)"))

    @router.get("/nul")
    async def nul(value: str, _principal: Anybody, session: ReadSession) -> None:
        await session.execute(text("SELECT CAST(:value AS text)"), {"value": value})

    @router.get("/conflict")
    async def conflict(_principal: Anybody) -> None:
        raise Conflict("test_conflict", "Das geht so nicht.", state="x")

    @router.put("/versioned")
    async def versioned(request: Request, _principal: Anybody) -> None:
        require_match(request, 7)

    @router.get("/closed")
    async def closed(_principal: Annotated[Principal, Requires("x:y")]) -> None:
        return None

    description = ServiceDescription(name="test", title="Test", summary="Test")
    return build_app(
        description, report_settings(database, objects, statement_timeout_ms=300), [router]
    )


@pytest.fixture
async def small(database: TestDatabase, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service."""
    app = small_app(database, tmp_path)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test"
    ) as client:
        yield client
    await app.state.database.close()
