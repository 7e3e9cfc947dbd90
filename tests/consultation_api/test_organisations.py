"""Organisations: who sees which, and how they change."""

from typing import Any
from uuid import uuid4

import pytest

from tests.consultation_api.world import Person, World, assert_problem, once

TOWN = {"name": "Stadt Neu", "short_name": "Neu", "kind": "kommune", "area_codes": ["99001003"]}


async def _create(world: World, manager: Person, **changes: Any) -> dict[str, Any]:
    response = await world.client.post(
        "/v1/organisations",
        json=TOWN | changes,
        headers=await world.headers(manager) | once(),
    )
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def test_an_organisation_is_made_read_and_changed(world: World, manager: Person) -> None:
    made = await _create(world, manager)
    headers = await world.headers(manager)
    url = f"/v1/organisations/{made['id']}"
    read = await world.client.get(url, headers=headers)
    assert read.json() == made
    etag = read.headers["etag"]
    unchanged = await world.client.get(url, headers=headers | {"If-None-Match": etag})
    assert unchanged.status_code == 304
    changed = await world.client.patch(
        url, json={"short_name": "Neuer"}, headers=headers | {"If-Match": etag}
    )
    assert changed.status_code == 200
    assert changed.json() == made | {"short_name": "Neuer", "row_version": 2}
    assert changed.headers["etag"] != etag
    actions = [action for action, record in world.audit() if record == made["id"]]
    assert actions == ["organisation.created", "organisation.changed"]
    fields = world.database.execute(
        "SELECT fields FROM identity.audit WHERE action = 'organisation.changed'"
    )
    assert fields == [(["short_name"],)]


async def test_a_stale_etag_changes_nothing(world: World, manager: Person) -> None:
    made = await _create(world, manager)
    headers = await world.headers(manager)
    url = f"/v1/organisations/{made['id']}"
    without = await world.client.patch(url, json={"short_name": "X"}, headers=headers)
    assert_problem(without, 428, "precondition_required")
    stale = await world.client.patch(
        url, json={"short_name": "X"}, headers=headers | {"If-Match": '"7"'}
    )
    assert_problem(stale, 412, "precondition_failed")
    assert stale.headers["etag"] == '"1"'
    assert (await world.client.get(url, headers=headers)).json() == made


async def test_the_same_key_acts_once_and_another_body_is_refused(
    world: World, manager: Person
) -> None:
    headers = await world.headers(manager) | once()
    first = await world.client.post("/v1/organisations", json=TOWN, headers=headers)
    again = await world.client.post("/v1/organisations", json=TOWN, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    other = await world.client.post(
        "/v1/organisations", json=TOWN | {"name": "Anders"}, headers=headers
    )
    assert_problem(other, 422, "idempotency_key_reused")
    missing = await world.client.post(
        "/v1/organisations", json=TOWN, headers=await world.headers(manager)
    )
    assert_problem(missing, 400, "idempotency_key_missing")
    assert world.database.execute("SELECT count(*) FROM identity.organisation") == [(2,)]


async def test_a_name_is_taken_once(world: World, manager: Person) -> None:
    await _create(world, manager)
    answer = await world.client.post(
        "/v1/organisations", json=TOWN, headers=await world.headers(manager) | once()
    )
    assert_problem(answer, 409, "organisation_name_taken")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "verein"}, "invalid_request"),
        ({"kind": "statistikstelle"}, "parent_missing"),
        ({"parent_id": str(uuid4())}, "organisation_unknown"),
        ({"area_codes": ["5"]}, "invalid_request"),
        ({"name": "Stadt\u0000Neu"}, "invalid_request"),
        ({"colour": "red"}, "invalid_request"),
    ],
)
async def test_a_bad_organisation_is_refused(
    world: World, manager: Person, changes: dict[str, Any], code: str
) -> None:
    answer = await world.client.post(
        "/v1/organisations",
        json=TOWN | changes,
        headers=await world.headers(manager) | once(),
    )
    assert_problem(answer, 422, code)
    assert world.database.execute("SELECT count(*) FROM identity.organisation") == [(1,)]


async def test_a_field_cannot_be_emptied(world: World, manager: Person) -> None:
    made = await _create(world, manager)
    answer = await world.client.patch(
        f"/v1/organisations/{made['id']}",
        json={"name": None},
        headers=await world.headers(manager) | {"If-Match": '"1"'},
    )
    assert_problem(answer, 422, "invalid_request")


async def test_areas_stay_around_those_of_the_parts(world: World, manager: Person) -> None:
    town = await _create(world, manager)
    await _create(
        world,
        manager,
        name="Statistikstelle Neu",
        kind="statistikstelle",
        parent_id=town["id"],
    )
    answer = await world.client.patch(
        f"/v1/organisations/{town['id']}",
        json={"area_codes": ["99001004"]},
        headers=await world.headers(manager) | {"If-Match": '"1"'},
    )
    assert_problem(answer, 422, "part_outside")


async def test_one_sees_the_own_administration_and_no_foreign_one(
    world: World, statistician: Person, planner: Person
) -> None:
    headers = await world.headers(planner)
    listed = await world.client.get("/v1/organisations", headers=headers)
    assert [item["name"] for item in listed.json()["items"]] == ["Gemeinde Nachbarort"]
    foreign = await world.client.get(
        f"/v1/organisations/{statistician.organisation_id}", headers=headers
    )
    assert_problem(foreign, 404, "organisation_not_found")
    missing = await world.client.get(f"/v1/organisations/{uuid4()}", headers=headers)
    assert missing.json()["detail"] == foreign.json()["detail"]
    refused = await world.client.patch(
        f"/v1/organisations/{planner.organisation_id}",
        json={"name": "Meins"},
        headers=headers | {"If-Match": '"1"'},
    )
    assert_problem(refused, 403, "right_missing")


async def test_the_list_pages_and_filters(world: World, manager: Person) -> None:
    for number in range(5):
        world.organisation(f"Gemeinde {number}")
    world.organisation("Kreis 100%", "kreis")
    headers = await world.headers(manager)
    seen: list[str] = []
    url: str | None = "/v1/organisations?limit=3"
    while url is not None:
        page = await world.client.get(url, headers=headers)
        assert page.status_code == 200
        seen += [item["name"] for item in page.json()["items"]]
        url = page.links["next"]["url"] if "next" in page.links else None
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == {*(f"Gemeinde {n}" for n in range(5)), "Kreis 100%", "Plattformbetrieb"}

    async def names(query: str) -> list[str]:
        page = await world.client.get(f"/v1/organisations?{query}", headers=headers)
        return [item["name"] for item in page.json()["items"]]

    assert await names("kind=kreis") == ["Kreis 100%"]
    assert await names("q=gemeinde%203") == ["Gemeinde 3"]
    assert await names("q=%25") == ["Kreis 100%"]
    empty = await world.client.get("/v1/organisations?q=gibt-es-nicht", headers=headers)
    assert empty.json()["reason"]["code"] == "none_match"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("farbe=rot", "unknown_parameter"),
        ("cursor=unsinn", "cursor_invalid"),
        ("cursor=WzEsMl0", "cursor_invalid"),
        ("limit=0", "invalid_request"),
        ("kind=verein", "invalid_request"),
        ("q=a%00b", "invalid_request"),
    ],
)
async def test_a_bad_query_is_refused(world: World, manager: Person, query: str, code: str) -> None:
    answer = await world.client.get(
        f"/v1/organisations?{query}", headers=await world.headers(manager)
    )
    assert_problem(answer, 422, code)


async def test_nobody_reads_organisations_without_an_account(world: World) -> None:
    assert_problem(await world.client.get("/v1/organisations"), 401, "token_missing")
