"""The application as it runs, over a fresh database, as the role qb_consultation."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.consultation_api.app import create_app
from services.consultation_api.settings import ConsultationSettings
from tests.consultation_api.advice_world import Advice, make_advice
from tests.consultation_api.world import Person, World
from tests.support.databases import TestDatabase
from tests.support.keys import signing_key_pair


def settings_for(database: TestDatabase, **changes: Any) -> ConsultationSettings:
    """The service's settings for a test database."""
    private, public = signing_key_pair()
    values: dict[str, Any] = {
        "environment": "development",
        "QB_CONSULTATION_DATABASE_URL": database.service_url("consultation"),
        "token_signing_key": private,
        "token_verify_key": public,
        "login_attempts": 3,
        "log_level": "ERROR",
        **changes,
    }
    return ConsultationSettings(**values)


@pytest.fixture
async def world(database: TestDatabase) -> AsyncIterator[World]:
    """An application without any organisation or account."""
    app = create_app(settings_for(database))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield World(database, app, client)
    await app.state.database.close()


@pytest.fixture
def manager(world: World) -> Person:
    """Somebody of the platform's administration."""
    place = world.organisation("Plattformbetrieb", "betrieb", ("DG", "99"))
    return world.account("verwaltung", place, "verwaltung")


@pytest.fixture
def statistician(world: World) -> Person:
    """Somebody of a walled-off statistics office, part of a town."""
    town = world.organisation("Stadt Musterstadt")
    place = world.organisation("Statistikstelle Musterstadt", "statistikstelle", parent_id=town)
    return world.account("statistik", place, "statistikstelle")


@pytest.fixture
def planner(world: World) -> Person:
    """Somebody who plans in another town."""
    place = world.organisation("Gemeinde Nachbarort", area_codes=("99001002",))
    return world.account("planung", place, "sozialplanung")


@pytest.fixture
def advice(world: World) -> Advice:
    """People on both sides of advice, and all those it is not for."""
    return make_advice(world)
