"""Accounts and memberships, as the platform's administration manages them."""

from typing import Any
from uuid import uuid4

import pytest

from tests.consultation_api.world import Person, World, assert_problem, bearer, once
from tests.support.people import PASSWORD


@pytest.fixture
def town(world: World) -> str:
    """A town's id."""
    return str(world.organisation("Stadt Musterstadt"))


def _wanted(town: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Planung.Neu",
        "display_name": "Sozialplanung Musterstadt",
        "password": PASSWORD,
        "memberships": [{"organisation_id": town, "role": "sozialplanung"}],
        **changes,
    }


async def _create(world: World, manager: Person, town: str, **changes: Any) -> dict[str, Any]:
    response = await world.client.post(
        "/v1/accounts",
        json=_wanted(town, **changes),
        headers=await world.headers(manager) | once(),
    )
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_an_account_is_made_and_can_log_in(world: World, manager: Person, town: str) -> None:
    made = await _create(world, manager, town)
    assert made["name"] == "planung.neu"
    assert made["memberships"][0]["organisation"]["name"] == "Stadt Musterstadt"
    assert "password" not in str(made).replace("password_changed_at", "")
    headers = await world.headers(manager)
    read = await world.client.get(f"/v1/accounts/{made['id']}", headers=headers)
    assert read.json() == made
    assert (await world.log_in("planung.neu")).status_code == 201
    assert [action for action, _ in world.audit()].count("membership.created") == 1


async def test_no_password_is_kept_in_clear_or_as_a_plain_hash(
    world: World, manager: Person, town: str
) -> None:
    await _create(world, manager, town)
    for table in ("account", "idempotency_key", "audit"):
        dump = world.database.execute(f"SELECT string_agg(t::text, '') FROM identity.{table} t")
        assert PASSWORD not in str(dump)
    rows = world.database.execute("SELECT password_hash FROM identity.account")
    assert all(str(row[0]).startswith("$argon2id$") for row in rows)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "kurz"}, "password_too_short"),
        ({"password": "planung.neu1"}, "password_is_name"),
        ({"name": "ä"}, "invalid_request"),
        (
            {"memberships": [{"organisation_id": str(uuid4()), "role": "kreis"}]},
            "organisation_unknown",
        ),
    ],
)
async def test_a_bad_account_is_refused_as_a_whole(
    world: World, manager: Person, town: str, changes: dict[str, Any], code: str
) -> None:
    answer = await world.client.post(
        "/v1/accounts",
        json=_wanted(town, **changes),
        headers=await world.headers(manager) | once(),
    )
    assert_problem(answer, 422, code)
    assert world.database.execute("SELECT count(*) FROM identity.account") == [(1,)]


async def test_a_login_name_is_taken_once(world: World, manager: Person, town: str) -> None:
    await _create(world, manager, town)
    answer = await world.client.post(
        "/v1/accounts",
        json=_wanted(town, name="PLANUNG.NEU"),
        headers=await world.headers(manager) | once(),
    )
    assert_problem(answer, 409, "account_name_taken")


async def test_a_repeated_request_with_another_password_is_refused(
    world: World, manager: Person, town: str
) -> None:
    headers = await world.headers(manager) | once()
    first = await world.client.post("/v1/accounts", json=_wanted(town), headers=headers)
    again = await world.client.post("/v1/accounts", json=_wanted(town), headers=headers)
    assert again.json() == first.json()
    other = await world.client.post(
        "/v1/accounts", json=_wanted(town, password=PASSWORD + "!"), headers=headers
    )
    assert_problem(other, 422, "idempotency_key_reused")


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "Neu-Gesetzt-Am-Montag"}])
async def test_closing_an_account_or_a_new_password_ends_its_sessions(
    world: World, manager: Person, town: str, change: dict[str, Any]
) -> None:
    made = await _create(world, manager, town)
    login = (await world.log_in("planung.neu")).json()
    answer = await world.client.patch(
        f"/v1/accounts/{made['id']}",
        json=change,
        headers=await world.headers(manager) | {"If-Match": '"1"'},
    )
    assert answer.status_code == 200
    assert answer.json()["row_version"] == 2
    me = await world.client.get("/v1/accounts/me", headers=bearer(login["access_token"]))
    assert_problem(me, 401, "session_revoked")
    assert_problem(await world.log_in("planung.neu"), 401, "credentials_invalid")


async def test_a_stale_etag_changes_nothing(world: World, manager: Person, town: str) -> None:
    made = await _create(world, manager, town)
    headers = await world.headers(manager)
    url = f"/v1/accounts/{made['id']}"
    body = {"display_name": "X"}
    assert_problem(
        await world.client.patch(url, json=body, headers=headers), 428, "precondition_required"
    )
    stale = await world.client.patch(url, json=body, headers=headers | {"If-Match": '"9"'})
    assert_problem(stale, 412, "precondition_failed")


async def test_a_membership_changes_the_accounts_version(
    world: World, manager: Person, town: str
) -> None:
    made = await _create(world, manager, town)
    kreis = str(world.organisation("Kreis Musterkreis", "kreis", ("99001",)))
    headers = await world.headers(manager)
    url = f"/v1/accounts/{made['id']}"
    added = await world.client.post(
        f"{url}/memberships",
        json={"organisation_id": kreis, "role": "kreis", "area_codes": ["99001001"]},
        headers=headers | once(),
    )
    assert added.status_code == 201
    assert added.json()["area_codes"] == ["99001001"]
    twice = await world.client.post(
        f"{url}/memberships",
        json={"organisation_id": kreis, "role": "kreis"},
        headers=headers | once(),
    )
    assert_problem(twice, 409, "membership_exists")
    read = await world.client.get(url, headers=headers)
    assert read.json()["row_version"] == 2
    assert len(read.json()["memberships"]) == 2
    removed = await world.client.delete(f"{url}/memberships/{added.json()['id']}", headers=headers)
    assert removed.status_code == 204
    gone = await world.client.delete(f"{url}/memberships/{added.json()['id']}", headers=headers)
    assert_problem(gone, 404, "membership_not_found")
    assert (await world.client.get(url, headers=headers)).json()["row_version"] == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"role": "ministerium"}, "role_not_here"),
        ({"role": "zauberer"}, "role_unknown"),
        ({"role": "sozialplanung", "area_codes": ["05"]}, "area_outside"),
        ({"role": "sozialplanung", "valid_until": "2020-01-01"}, "date_passed"),
    ],
)
async def test_a_role_must_fit_the_organisation(
    world: World, manager: Person, town: str, change: dict[str, Any], code: str
) -> None:
    made = await _create(world, manager, town, memberships=[])
    answer = await world.client.post(
        f"/v1/accounts/{made['id']}/memberships",
        json={"organisation_id": town, **change},
        headers=await world.headers(manager) | once(),
    )
    assert_problem(answer, 422, code)


async def test_nobody_locks_themselves_out(world: World, manager: Person) -> None:
    headers = await world.headers(manager)
    url = f"/v1/accounts/{manager.id}"
    answer = await world.client.patch(
        url, json={"is_active": False}, headers=headers | {"If-Match": '"1"'}
    )
    assert_problem(answer, 409, "own_account")
    own = (await world.client.get(url, headers=headers)).json()["memberships"][0]["id"]
    answer = await world.client.delete(f"{url}/memberships/{own}", headers=headers)
    assert_problem(answer, 409, "own_membership")


async def test_the_list_pages_and_filters(world: World, manager: Person, town: str) -> None:
    for number in range(4):
        await _create(world, manager, town, name=f"konto{number}", display_name=f"K {number}")
    headers = await world.headers(manager)
    seen: list[str] = []
    url: str | None = "/v1/accounts?limit=2"
    while url is not None:
        page = await world.client.get(url, headers=headers)
        seen += [item["name"] for item in page.json()["items"]]
        url = page.links["next"]["url"] if "next" in page.links else None
    assert seen == ["konto0", "konto1", "konto2", "konto3", "verwaltung"]
    here = await world.client.get(f"/v1/accounts?organisation_id={town}", headers=headers)
    assert len(here.json()["items"]) == 4
    found = await world.client.get("/v1/accounts?q=konto3", headers=headers)
    assert [item["display_name"] for item in found.json()["items"]] == ["K 3"]
    empty = await world.client.get("/v1/accounts?q=niemand", headers=headers)
    assert empty.json()["reason"]["code"] == "none_match"


async def test_only_the_administration_sees_accounts(
    world: World, manager: Person, planner: Person
) -> None:
    headers = await world.headers(planner)
    assert_problem(await world.client.get("/v1/accounts", headers=headers), 403, "right_missing")
    assert_problem(
        await world.client.get(f"/v1/accounts/{manager.id}", headers=headers),
        403,
        "right_missing",
    )
    missing = await world.client.get(
        f"/v1/accounts/{uuid4()}", headers=await world.headers(manager)
    )
    assert_problem(missing, 404, "account_not_found")


async def test_roles_are_listed_with_their_rights(world: World, planner: Person) -> None:
    answer = await world.client.get("/v1/roles", headers=await world.headers(planner))
    roles = {role["code"]: role for role in answer.json()["items"]}
    assert len(roles) == 10
    assert roles["verwaltung"]["organisation_kinds"] == ["betrieb"]
    assert "facts:read_raw" in roles["statistikstelle"]["rights"]
    assert "facts:read_raw" not in roles["beratung"]["rights"]
    assert all("account:self" in role["rights"] for role in roles.values())
