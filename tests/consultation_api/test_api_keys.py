"""API keys: shown once, kept as a hash, scoped, ended."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.consultation_api.world import Person, World, assert_problem, bearer, once


def _wanted(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Fachverfahren",
        "rights": ["deliveries:create", "deliveries:read", "organisations:read"],
        "area_codes": ["99001001"],
        "expires_at": (datetime.now(UTC) + timedelta(days=365)).isoformat(),
        **changes,
    }


async def _make(world: World, person: Person, **changes: Any) -> dict[str, Any]:
    response = await world.client.post(
        "/v1/api-keys",
        json=_wanted(**changes),
        headers=await world.headers(person) | once(),
    )
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_a_key_is_shown_once_and_kept_as_a_hash(world: World, statistician: Person) -> None:
    headers = await world.headers(statistician)
    sent = headers | once()
    wanted = _wanted()
    first = await world.client.post("/v1/api-keys", json=wanted, headers=sent)
    assert first.status_code == 201
    assert first.headers["location"] == f"/v1/api-keys/{first.json()['id']}"
    assert first.headers["cache-control"] == "no-store"
    secret = first.json()["secret"]
    assert secret.startswith(f"qbk_{first.json()['prefix']}_")

    again = await world.client.post("/v1/api-keys", json=wanted, headers=sent)
    assert again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json() | {"secret": None}

    listed = await world.client.get("/v1/api-keys", headers=headers)
    assert [item["id"] for item in listed.json()["items"]] == [first.json()["id"]]
    assert "secret" not in listed.json()["items"][0]
    rows = world.database.execute("SELECT secret_hash FROM identity.api_key")
    assert rows == [(hashlib.sha256(secret.encode()).digest(),)]
    for table in ("api_key", "idempotency_key", "audit"):
        dump = world.database.execute(f"SELECT string_agg(t::text, '') FROM identity.{table} t")
        assert secret not in str(dump)
        assert secret.rsplit("_", 1)[1] not in str(dump)


async def test_a_key_acts_for_its_organisation_within_its_rights(
    world: World, statistician: Person
) -> None:
    made = await _make(world, statistician)
    headers = bearer(made["secret"])
    listed = await world.client.get("/v1/organisations", headers=headers)
    names = [item["name"] for item in listed.json()["items"]]
    assert names == ["Stadt Musterstadt", "Statistikstelle Musterstadt"]
    document = assert_problem(
        await world.client.get("/v1/api-keys", headers=headers), 403, "right_missing"
    )
    assert document["right"] == "api_keys:manage"
    assert_problem(await world.client.get("/v1/accounts/me", headers=headers), 403, "right_missing")


async def test_a_revoked_key_stops_at_once(world: World, statistician: Person) -> None:
    made = await _make(world, statistician)
    headers = await world.headers(statistician)
    for _ in range(2):
        gone = await world.client.delete(f"/v1/api-keys/{made['id']}", headers=headers)
        assert gone.status_code == 204
    answer = await world.client.get("/v1/organisations", headers=bearer(made["secret"]))
    assert_problem(answer, 401, "api_key_revoked")
    listed = await world.client.get("/v1/api-keys", headers=headers)
    assert listed.json()["items"][0]["state"] == "revoked"
    revoked = [record for action, record in world.audit() if action == "api_key.revoked"]
    assert revoked == [made["id"]]


async def test_an_expired_key_is_told_from_an_unknown_one(
    world: World, statistician: Person
) -> None:
    made = await _make(world, statistician)
    world.database.execute("UPDATE identity.api_key SET expires_at = now()")
    answer = await world.client.get("/v1/organisations", headers=bearer(made["secret"]))
    assert_problem(answer, 401, "api_key_expired")
    unknown = made["secret"][:-1] + ("a" if made["secret"][-1] != "a" else "b")
    answer = await world.client.get("/v1/organisations", headers=bearer(unknown))
    assert_problem(answer, 401, "api_key_unknown")
    listed = await world.client.get("/v1/api-keys", headers=await world.headers(statistician))
    assert listed.json()["items"][0]["state"] == "expired"


async def test_a_key_of_a_closed_organisation_stops(world: World, statistician: Person) -> None:
    made = await _make(world, statistician)
    world.database.execute("UPDATE identity.organisation SET is_active = false")
    answer = await world.client.get("/v1/organisations", headers=bearer(made["secret"]))
    assert_problem(answer, 401, "api_key_revoked")


async def test_the_use_is_noted_at_most_once_a_minute(world: World, statistician: Person) -> None:
    made = await _make(world, statistician)

    async def last_used() -> object:
        answer = await world.client.get("/v1/organisations", headers=bearer(made["secret"]))
        assert answer.status_code == 200
        return world.database.execute("SELECT last_used_at FROM identity.api_key")[0][0]

    first = await last_used()
    assert first is not None
    assert await last_used() == first
    world.database.execute(
        "UPDATE identity.api_key SET last_used_at = last_used_at - interval '61 seconds'"
    )
    assert await last_used() > first  # type: ignore[operator]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"rights": ["api_keys:manage"]}, "right_not_for_machines", "/rights"),
        ({"rights": ["measures:write"]}, "right_beyond_own", "/rights"),
        ({"area_codes": ["99001002"]}, "area_outside", "/area_codes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expiry_passed", "/expires_at"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "expiry_too_far", "/expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "invalid_request", "/expires_at"),
        ({"expires_at": None}, "invalid_request", "/expires_at"),
        ({"rights": []}, "invalid_request", "/rights"),
        ({"area_codes": []}, "invalid_request", "/area_codes"),
        ({"area_codes": ["5"]}, "invalid_request", "/area_codes/0"),
        ({"name": " "}, "invalid_request", "/name"),
    ],
)
async def test_a_key_beyond_the_limits_is_refused(
    world: World, statistician: Person, changes: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await world.client.post(
        "/v1/api-keys",
        json=_wanted(**changes),
        headers=await world.headers(statistician) | once(),
    )
    document = assert_problem(answer, 422, code)
    assert document["errors"][0]["pointer"] == pointer
    assert world.database.execute("SELECT count(*) FROM identity.api_key") == [(0,)]
    assert world.database.execute("SELECT count(*) FROM identity.idempotency_key") == [(0,)]


async def test_areas_taken_from_the_organisation_are_taken_from_its_keys(
    world: World, statistician: Person
) -> None:
    made = await _make(world, statistician)
    world.database.execute("UPDATE identity.organisation SET area_codes = '{99001004}'")
    rows = world.database.execute(
        "SELECT area_codes FROM identity.api_key_principal(%s)",
        hashlib.sha256(made["secret"].encode()).digest(),
    )
    assert rows == [([],)]


async def test_keys_of_a_foreign_organisation_are_not_found(
    world: World, statistician: Person
) -> None:
    made = await _make(world, statistician)
    place = world.organisation("Landesamt", "landesamt", ("DG",))
    foreign = await world.headers(world.account("landesamt", place, "landesamt"))
    listed = await world.client.get("/v1/api-keys", headers=foreign)
    assert listed.json()["items"] == []
    assert listed.json()["reason"]["code"] == "no_api_keys"
    answer = await world.client.delete(f"/v1/api-keys/{made['id']}", headers=foreign)
    assert_problem(answer, 404, "api_key_not_found")
    used = await world.client.get("/v1/organisations", headers=bearer(made["secret"]))
    assert used.status_code == 200


async def test_the_platforms_administration_can_revoke_a_leaked_key(
    world: World, statistician: Person, manager: Person
) -> None:
    made = await _make(world, statistician)
    answer = await world.client.delete(
        f"/v1/api-keys/{made['id']}", headers=await world.headers(manager)
    )
    assert answer.status_code == 204


async def test_keys_page(world: World, statistician: Person) -> None:
    made = [(await _make(world, statistician, name=f"Schlüssel {n}"))["id"] for n in range(5)]
    headers = await world.headers(statistician)
    seen: list[str] = []
    cursor = ""
    while True:
        page = await world.client.get(f"/v1/api-keys?limit=2{cursor}", headers=headers)
        seen += [item["id"] for item in page.json()["items"]]
        if page.json()["next"] is None:
            break
        cursor = f"&cursor={page.json()['next']}"
    assert seen == made[::-1]


async def test_whoever_may_not_manage_keys_makes_none(world: World, planner: Person) -> None:
    answer = await world.client.post(
        "/v1/api-keys",
        json=_wanted(area_codes=["99001002"]),
        headers=await world.headers(planner) | once(),
    )
    assert_problem(answer, 403, "right_missing")
