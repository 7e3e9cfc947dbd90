"""The application as it runs, over a fresh database, as the role qb_consultation."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.consultation_api.app import create_app
from services.consultation_api.identity.sessions.rules import access_claims
from services.consultation_api.settings import ConsultationSettings
from services.shared.auth import TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER
from services.shared.ids import new_id
from tests.consultation_api.advice_world import Advice, Cast, populate
from tests.consultation_api.world import Person, World
from tests.support import databases
from tests.support.applications import lent_service
from tests.support.databases import TestDatabase
from tests.support.keys import signing_key_pair
from tests.support.people import People


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


@asynccontextmanager
async def open_world(database: TestDatabase) -> AsyncIterator[World]:
    """The application over a database."""
    async with lent_service(create_app, settings_for(database)) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield World(database, app, client)


@pytest.fixture
async def world(database: TestDatabase) -> AsyncIterator[World]:
    """An application without any organisation or account."""
    async with open_world(database) as world:
        yield world


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


@dataclass(frozen=True)
class AdviceTemplate:
    """A database with the cast of advice, everybody logged in."""

    database: TestDatabase
    cast: Cast
    tokens: dict[str, str]


@pytest.fixture(scope="session")
def advice_template(template_database: TestDatabase) -> Iterator[AdviceTemplate]:
    """Made once: logging everybody in takes longer than most tests."""
    template = databases.clone(template_database)
    cast = populate(People(template))
    settings = settings_for(template)
    tokens = {person.name: open_session(template, settings, person) for person in cast.everybody()}
    with psycopg.connect(template.server_url, autocommit=True) as connection:
        databases.close_for_cloning(connection, template.name)
    yield AdviceTemplate(template, cast, tokens)
    databases.drop(template)


def open_session(database: TestDatabase, settings: ConsultationSettings, person: Person) -> str:
    """An access token that outlasts the run, of a session that does, too."""
    session_id, now = new_id(), datetime.now(UTC)
    database.execute(
        "INSERT INTO identity.session (id, account_id, organisation_id, secret_hash, created_at,"
        " last_used_at, idle_limit, expires_at) VALUES (%s, %s, %s, sha256(%s), now(), now(),"
        " '1 day', now() + interval '1 day')",
        session_id,
        person.id,
        person.organisation_id,
        person.id.bytes,
    )
    claims = access_claims(
        issuer=TOKEN_ISSUER,
        audience=TOKEN_AUDIENCE,
        account_id=person.id,
        session_id=session_id,
        now=now,
        lifetime=timedelta(days=1),
    )
    key = OKPKey.import_key(settings.token_signing_key.get_secret_value())
    return jwt.encode({"alg": TOKEN_ALGORITHM}, claims, key, algorithms=[TOKEN_ALGORITHM])


@pytest.fixture
async def advice(advice_template: AdviceTemplate) -> AsyncIterator[Advice]:
    """The application over a copy of that database."""
    database = databases.clone(advice_template.database)
    tokens = {name: {"access_token": token} for name, token in advice_template.tokens.items()}
    async with lent_service(create_app, settings_for(database)) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield Advice(**vars(advice_template.cast), world=World(database, app, client, tokens))
    databases.drop(database)


@pytest.fixture
async def filled(advice: Advice) -> Advice:
    """A world with a case that has something of everything, some of it internal."""
    request = await advice.request()
    await advice.create(
        advice.advisor, f"/requests/{request['id']}/messages", {"text": "Eine Frage"}
    )
    case = await advice.consent(await advice.offer(request["id"]))
    answer = await advice.act(advice.advisor, f"/cases/{case['id']}/state", {"state": "laufend"})
    assert answer.status_code == 200, answer.text
    await advice.goal(advice.advisor, case["id"])
    for visibility in ("gemeinsam", "intern"):
        await advice.entry(advice.advisor, case["id"], visibility=visibility)
        await advice.task(advice.advisor, case["id"], side="beratung", visibility=visibility)
    return advice
