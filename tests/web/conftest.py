"""The web layer for tests: alone, with its services out of reach."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from tests.web.asserting_client import AssertingClient
from web.app import create_app
from web.settings import WebSettings


def refuse(request: httpx.Request) -> httpx.Response:
    """What a service that is down does to its caller."""
    raise httpx.ConnectError("connection refused", request=request)


@pytest.fixture(scope="session")
def web_settings() -> WebSettings:
    """Development settings with a fixed secret."""
    return WebSettings(
        environment="development",
        web_secret="test secret of the web layer, 32+",  # type: ignore[arg-type]
        contact_name="Ansprechstelle",
        contact_mail="hilfe@example.org",
    )


@pytest.fixture
async def lonely_app(web_settings: WebSettings) -> AsyncIterator[FastAPI]:
    """The web layer while no service answers."""
    down = httpx.MockTransport(refuse)
    names = ("indicator_api", "consultation_api", "report_api")
    app = create_app(web_settings, dict.fromkeys(names, down))
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def lonely(lonely_app: FastAPI) -> AsyncIterator[AssertingClient]:
    """A visitor while no service answers."""
    client = AssertingClient(lonely_app)
    yield client
    await client.aclose()
