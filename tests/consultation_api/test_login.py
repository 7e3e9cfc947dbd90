"""Logging in, renewing, logging out; and everything that must not work."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.consultation_api.world import Person, World, assert_problem, bearer
from tests.support.people import PASSWORD


async def test_a_login_opens_a_session_that_gives_access(world: World, planner: Person) -> None:
    response = await world.log_in("planung")
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    login = response.json()
    assert login["token_type"] == "Bearer"
    assert login["expires_in"] == 300
    until = datetime.fromisoformat(login["session_expires_at"])
    assert timedelta(hours=11) < until - datetime.now(UTC) <= timedelta(hours=12)
    me = await world.client.get("/v1/accounts/me", headers=bearer(login["access_token"]))
    assert me.status_code == 200
    assert me.json()["id"] == str(planner.id)
    assert me.json()["organisation"]["name"] == "Gemeinde Nachbarort"
    assert me.json()["roles"] == [{"code": "sozialplanung", "label": "Sozialplanung"}]
    assert me.json()["area_codes"] == ["99001002"]
    assert "facts:read_raw" in me.json()["rights"]
    assert "api_keys:manage" not in me.json()["rights"]
    assert len(me.json()["memberships"]) == 1


async def test_the_name_is_found_however_it_is_written(world: World, planner: Person) -> None:
    assert (await world.log_in("  PLANUNG ")).status_code == 201


async def test_a_wrong_password_and_an_unknown_name_look_the_same(
    world: World, planner: Person
) -> None:
    wrong = await world.log_in("planung", "Falsches-Passwort-1")
    unknown = await world.log_in("niemand", "Falsches-Passwort-1")
    documents = [assert_problem(answer, 401, "credentials_invalid") for answer in (wrong, unknown)]
    for document in documents:
        document.pop("request_id")
    assert documents[0] == documents[1]
    assert wrong.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("name", ["planung", "niemand"])
async def test_guessing_is_limited_for_known_and_unknown_names(
    world: World, planner: Person, name: str
) -> None:
    for _ in range(3):
        assert_problem(await world.log_in(name, "Geraten-Geraten"), 401, "credentials_invalid")
    refused = await world.log_in(name)
    assert_problem(refused, 429, "too_many_attempts")
    assert refused.headers["retry-after"] == "900"


async def test_the_limit_ends_with_its_time(world: World, planner: Person) -> None:
    for _ in range(4):
        await world.log_in("planung", "Geraten-Geraten")
    world.database.execute("UPDATE identity.login_attempt SET at = at - interval '16 minutes'")
    assert (await world.log_in("planung")).status_code == 201


async def test_a_good_login_forgets_the_bad_ones(world: World, planner: Person) -> None:
    for _ in range(2):
        for _ in range(2):
            await world.log_in("planung", "Geraten-Geraten")
        assert (await world.log_in("planung")).status_code == 201
    assert world.database.execute("SELECT count(*) FROM identity.login_attempt") == [(0,)]


async def test_no_name_is_kept_in_the_attempts(world: World) -> None:
    await world.log_in("mein geheimes Passwort", "x")
    rows = world.database.execute("SELECT name_digest FROM identity.login_attempt")
    assert len(rows) == 1
    assert b"geheim" not in bytes(rows[0][0])  # type: ignore[call-overload]


async def test_an_inactive_account_cannot_log_in(world: World, planner: Person) -> None:
    world.database.execute("UPDATE identity.account SET is_active = false")
    assert_problem(await world.log_in("planung"), 401, "credentials_invalid")


async def test_an_account_without_a_place_is_told_so(world: World, planner: Person) -> None:
    world.database.execute("UPDATE identity.membership SET valid_until = current_date - 1")
    assert_problem(await world.log_in("planung"), 403, "no_membership")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"grant_type": "magic"},
        {"grant_type": "password", "name": "a"},
        {"grant_type": "password", "name": "a\x00b", "password": "x"},
        {"grant_type": "password", "name": "a", "password": "x" * 2000},
        {"grant_type": "session", "session_token": "x", "extra": 1},
    ],
)
async def test_a_bad_body_is_refused(world: World, body: dict[str, str]) -> None:
    assert_problem(await world.client.post("/v1/tokens", json=body), 422, "invalid_request")


async def test_an_outdated_hash_is_renewed_at_login(world: World, planner: Person) -> None:
    from pwdlib.hashers.argon2 import Argon2Hasher

    weak = Argon2Hasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
    world.database.execute("UPDATE identity.account SET password_hash = %s", weak)
    assert (await world.log_in("planung")).status_code == 201
    rows = world.database.execute("SELECT password_hash FROM identity.account")
    assert rows[0][0] != weak
    assert (await world.log_in("planung")).status_code == 201


async def test_a_stored_value_that_is_no_hash_locks_the_account(
    world: World, planner: Person
) -> None:
    world.database.execute("UPDATE identity.account SET password_hash = '!'")
    assert_problem(await world.log_in("planung", "!"), 401, "credentials_invalid")


async def test_a_token_with_changed_claims_is_refused(world: World, planner: Person) -> None:
    token = (await world.log_in("planung")).json()["access_token"]
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["exp"] += 3600
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    answer = await world.client.get(
        "/v1/accounts/me", headers=bearer(f"{header}.{forged}.{signature}")
    )
    assert_problem(answer, 401, "token_invalid")
