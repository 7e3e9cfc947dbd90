"""Sessions: renewed, revoked, expired, unused, switched to another place."""

from typing import Any

import pytest

from tests.consultation_api.world import Person, World, assert_problem, bearer, once
from tests.support.people import PASSWORD


async def _login(world: World, name: str = "planung") -> dict[str, Any]:
    response = await world.log_in(name)
    assert response.status_code == 201
    login: dict[str, Any] = response.json()
    return login


async def _renew(world: World, login: dict[str, Any]) -> Any:
    return await world.client.post(
        "/v1/tokens", json={"grant_type": "session", "session_token": login["session_token"]}
    )


async def test_an_open_session_gives_new_access_tokens(world: World, planner: Person) -> None:
    login = await _login(world)
    world.database.execute(
        "UPDATE identity.session SET last_used_at = last_used_at - interval '1 hour'"
    )
    renewed = await _renew(world, login)
    assert renewed.status_code == 201
    assert set(renewed.json()) == {"access_token", "token_type", "expires_in"}
    me = await world.client.get("/v1/accounts/me", headers=bearer(renewed.json()["access_token"]))
    assert me.status_code == 200
    rows = world.database.execute(
        "SELECT last_used_at > now() - interval '1 minute' FROM identity.session"
    )
    assert rows == [(True,)]


async def test_logging_out_ends_both_tokens_at_once(world: World, planner: Person) -> None:
    login = await _login(world)
    headers = bearer(login["access_token"])
    assert (await world.client.delete("/v1/sessions/current", headers=headers)).status_code == 204
    assert_problem(
        await world.client.get("/v1/accounts/me", headers=headers), 401, "session_revoked"
    )
    assert_problem(await _renew(world, login), 401, "session_revoked")
    assert [action for action, _ in world.audit()] == ["session.created", "session.revoked"]


@pytest.mark.parametrize(
    "change",
    ["expires_at = now() - interval '1 second'", "last_used_at = now() - interval '121 minutes'"],
)
async def test_a_session_expires_by_the_clock_and_by_lying_idle(
    world: World, planner: Person, change: str
) -> None:
    login = await _login(world)
    world.database.execute(f"UPDATE identity.session SET {change}")
    answer = await world.client.get("/v1/accounts/me", headers=bearer(login["access_token"]))
    assert_problem(answer, 401, "session_expired")
    assert_problem(await _renew(world, login), 401, "session_expired")


async def test_an_unknown_session_token_is_refused(world: World) -> None:
    assert_problem(await _renew(world, {"session_token": "qbs_x"}), 401, "session_revoked")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE identity.account SET is_active = false",
        "UPDATE identity.organisation SET is_active = false",
        "DELETE FROM identity.membership",
    ],
)
async def test_whoever_is_no_longer_there_loses_access_at_once(
    world: World, planner: Person, change: str
) -> None:
    login = await _login(world)
    world.database.execute(change)
    answer = await world.client.get("/v1/accounts/me", headers=bearer(login["access_token"]))
    assert_problem(answer, 401, "account_inactive")
    assert_problem(await _renew(world, login), 401, "account_inactive")


async def test_the_own_sessions_page_and_one_can_be_ended(world: World, planner: Person) -> None:
    logins = [await _login(world) for _ in range(3)]
    headers = bearer(logins[0]["access_token"])
    seen: list[dict[str, Any]] = []
    url: str | None = "/v1/sessions?limit=2"
    while url is not None:
        page = await world.client.get(url, headers=headers)
        assert page.status_code == 200
        seen += page.json()["items"]
        following = page.json()["next"]
        assert ("link" in page.headers) == (following is not None)
        url = None if following is None else f"/v1/sessions?limit=2&cursor={following}"
    assert [item["is_current"] for item in seen] == [False, False, True]
    other = seen[0]["id"]
    assert (await world.client.delete(f"/v1/sessions/{other}", headers=headers)).status_code == 204
    assert_problem(await _renew(world, logins[2]), 401, "session_revoked")
    left = await world.client.get("/v1/sessions", headers=headers)
    assert len(left.json()["items"]) == 2


async def test_a_foreign_session_is_not_found(
    world: World, planner: Person, manager: Person
) -> None:
    await _login(world)
    rows = world.database.execute("SELECT id FROM identity.session")
    answer = await world.client.delete(
        f"/v1/sessions/{rows[0][0]}", headers=await world.headers(manager)
    )
    assert_problem(answer, 404, "session_not_found")


async def test_switching_the_place_changes_the_rights_at_once(
    world: World, planner: Person
) -> None:
    kreis = world.organisation("Kreis Musterkreis", "kreis", ("99001",))
    world.membership(planner.id, kreis, "kreis")
    headers = await world.headers(planner)
    switched = await world.client.patch(
        "/v1/sessions/current", json={"organisation_id": str(kreis)}, headers=headers
    )
    assert switched.status_code == 200
    assert switched.json()["organisation"]["name"] == "Kreis Musterkreis"
    me = (await world.client.get("/v1/accounts/me", headers=headers)).json()
    assert me["organisation"]["id"] == str(kreis)
    assert [role["code"] for role in me["roles"]] == ["kreis"]
    assert len(me["memberships"]) == 2
    # The next login begins where the last one ended.
    again = bearer((await _login(world))["access_token"])
    me = (await world.client.get("/v1/accounts/me", headers=again)).json()
    assert me["organisation"]["id"] == str(kreis)


async def test_one_cannot_switch_to_a_foreign_place(
    world: World, planner: Person, statistician: Person
) -> None:
    answer = await world.client.patch(
        "/v1/sessions/current",
        json={"organisation_id": str(statistician.organisation_id)},
        headers=await world.headers(planner),
    )
    assert_problem(answer, 404, "organisation_not_found")


async def test_changing_the_password_ends_the_other_sessions(world: World, planner: Person) -> None:
    first, second = await _login(world), await _login(world)
    headers = bearer(first["access_token"])
    changed = await world.client.post(
        "/v1/accounts/me/password",
        json={"current_password": PASSWORD, "new_password": "Birke-Tunnel-Kanu-12"},
        headers=headers,
    )
    assert changed.status_code == 204
    assert (await world.client.get("/v1/accounts/me", headers=headers)).status_code == 200
    assert_problem(await _renew(world, second), 401, "session_revoked")
    assert_problem(await world.log_in("planung"), 401, "credentials_invalid")
    assert (await world.log_in("planung", "Birke-Tunnel-Kanu-12")).status_code == 201


async def test_the_present_password_must_be_right_and_guessing_is_limited(
    world: World, planner: Person
) -> None:
    headers = await world.headers(planner)
    body = {"current_password": "Falsch-Falsch-1", "new_password": "Birke-Tunnel-Kanu-12"}
    for _ in range(3):
        answer = await world.client.post("/v1/accounts/me/password", json=body, headers=headers)
        problem = assert_problem(answer, 422, "current_password_wrong")
        assert problem["errors"][0]["pointer"] == "/current_password"
    answer = await world.client.post("/v1/accounts/me/password", json=body, headers=headers)
    assert_problem(answer, 429, "too_many_attempts")
    assert (await world.client.get("/v1/accounts/me", headers=headers)).status_code == 200


async def test_a_bad_new_password_is_refused(world: World, planner: Person) -> None:
    answer = await world.client.post(
        "/v1/accounts/me/password",
        json={"current_password": PASSWORD, "new_password": "kurz"},
        headers=await world.headers(planner) | once(),
    )
    assert_problem(answer, 422, "password_too_short")
