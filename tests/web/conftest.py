"""The web layer for tests: alone, or over the real services on a fresh database."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.consultation_api.app import create_app as create_consultation_app
from services.indicator_api.app import create_app as create_indicator_app
from tests.consultation_api.conftest import settings_for
from tests.consultation_api.world import World
from tests.support.applications import lent_service, lent_web
from tests.support.databases import TestDatabase
from tests.support.stack import Stack, indicator_settings
from tests.web.advice_world import Advice, KeptAdvice, keep_advice
from tests.web.asserting_client import AssertingClient
from tests.web.delivery_world import KeptOffice, Office, keep_office
from tests.web.report_world import Desk, open_desk
from web.settings import WebSettings

SERVICES = ("indicator_api", "consultation_api", "report_api")


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
        log_level="ERROR",
    )


@pytest.fixture
async def lonely_app(web_settings: WebSettings) -> AsyncIterator[FastAPI]:
    """The web layer while no service answers."""
    async with lent_web(web_settings, dict.fromkeys(SERVICES, httpx.MockTransport(refuse))) as app:
        yield app


@pytest.fixture
async def lonely(lonely_app: FastAPI) -> AsyncIterator[AssertingClient]:
    """A visitor while no service answers."""
    client = AssertingClient(lonely_app)
    yield client
    await client.aclose()


@pytest.fixture
async def identity(database: TestDatabase) -> AsyncIterator[World]:
    """The real consultation_api without any organisation or account."""
    async with (
        lent_service(create_consultation_app, settings_for(database)) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as http,
    ):
        yield World(database, app, http)


@pytest.fixture
async def indicator_app(database: TestDatabase, tmp_path: Path) -> AsyncIterator[FastAPI]:
    """The real indicator_api on the same database; its worker does not run."""
    settings = indicator_settings(database, tmp_path)
    async with lent_service(create_indicator_app, settings) as app:
        yield app


@pytest.fixture
async def web_app(
    web_settings: WebSettings, identity: World, indicator_app: FastAPI
) -> AsyncIterator[FastAPI]:
    """The web layer over the real consultation_api and indicator_api."""
    transports: dict[str, httpx.AsyncBaseTransport] = {
        "consultation_api": httpx.ASGITransport(identity.app),
        "indicator_api": httpx.ASGITransport(indicator_app),
        "report_api": httpx.MockTransport(refuse),
    }
    async with lent_web(web_settings, transports) as app:
        yield app


@pytest.fixture
async def browser(web_app: FastAPI) -> AsyncIterator[AssertingClient]:
    """A visitor of `web_app`, not logged in."""
    client = AssertingClient(web_app)
    yield client
    await client.aclose()


@pytest.fixture
async def second_browser(web_app: FastAPI) -> AsyncIterator[AssertingClient]:
    """Another browser on the same platform."""
    client = AssertingClient(web_app)
    yield client
    await client.aclose()


@pytest.fixture
async def demo_visitor(
    web_settings: WebSettings, read_demo_stack: Stack
) -> AsyncIterator[AssertingClient]:
    """A visitor, not logged in, of the web layer over all services with the demo in them.

    Visitors share the demo: they log in and read, no more.
    """
    async with lent_web(web_settings, read_demo_stack.transports) as app:
        client = AssertingClient(app)
        yield client
        await client.aclose()


@pytest.fixture(scope="session")
async def kept_office(
    template_database: TestDatabase,
    web_settings: WebSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[KeptOffice]:
    """The small world's office, made once."""
    objects = tmp_path_factory.mktemp("office")
    async with keep_office(template_database, objects, web_settings) as kept:
        yield kept


@pytest.fixture
async def office(
    kept_office: KeptOffice, web_settings: WebSettings, tmp_path: Path
) -> AsyncIterator[Office]:
    """The small world's office in front of its pages."""
    async with kept_office.opened(tmp_path / "objects", web_settings) as opened:
        yield opened


@pytest.fixture(scope="session")
async def kept_desk(
    template_database: TestDatabase,
    web_settings: WebSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[KeptOffice]:
    """The same with a public release, made once."""
    objects = tmp_path_factory.mktemp("desk")
    async with keep_office(template_database, objects, web_settings, open_desk) as kept:
        yield kept


@pytest.fixture
async def desk(
    kept_desk: KeptOffice, web_settings: WebSettings, tmp_path: Path
) -> AsyncIterator[Desk]:
    """The small world's office with a public release."""
    async with kept_desk.opened(tmp_path / "objects", web_settings) as opened:
        yield Desk(opened, opened.browser)


@pytest.fixture(scope="session")
async def kept_advice(
    template_database: TestDatabase,
    web_settings: WebSettings,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[KeptAdvice]:
    """Both sides of advice, made once."""
    objects = tmp_path_factory.mktemp("advice")
    async with keep_advice(template_database, objects, web_settings) as kept:
        yield kept


@pytest.fixture
async def advice(
    kept_advice: KeptAdvice, web_settings: WebSettings, tmp_path: Path
) -> AsyncIterator[Advice]:
    """Both sides of advice before empty pages."""
    async with kept_advice.opened(tmp_path / "objects", web_settings) as opened:
        yield opened
