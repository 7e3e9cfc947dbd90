"""Raw facts belong to who holds them; another office reads them for a time, if they are given."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from tests.indicator_api.everyone import NOBODY, connect_as
from tests.indicator_api.release_desk import Desk, make_desk
from tests.indicator_api.world import RAW_RIGHTS, World
from tests.support.stack import as_bearer, new_key

PATH = "/v1/datasets/sgb2/delegations"
FACTS = "/v1/datasets/sgb2/facts"
REASON = "Der Kreis schreibt den Sozialbericht für uns."
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()


async def grant(desk: Desk, organisation: object, **changes: Any) -> httpx.Response:
    """Hand the raw facts of `sgb2` to an organisation."""
    body = {"organisation": str(organisation), "until": TOMORROW, "reason": REASON} | changes
    return await desk.stack.indicator.post(
        PATH, json=body, headers=as_bearer(desk.anna) | new_key()
    )


async def status(desk: Desk, key: str, path: str = FACTS) -> int:
    """How a read is answered."""
    return (await desk.stack.indicator.get(path, headers=as_bearer(key))).status_code


def facts_seen(world: World, organisation: object, *rights: str) -> tuple[int, int]:
    """How many facts and old facts the database shows a principal of an organisation."""
    principal = NOBODY | {"organisation_id": str(organisation), "rights": list(rights)}
    with connect_as(world.stack.database, "indicator", principal) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM indicator.{table}".encode()).fetchone()
            for table in ("fact", "fact_history")
        ]
    return tuple(count[0] for count in counts if count)


async def test_a_kreis_reads_raw_what_it_was_given_until_that_ends(world: World) -> None:
    desk = await make_desk(world, needs_second_person=False)
    kreis = world.stack.people.organisation("Kreis", "kreis", ("99001",))
    key = world.stack.people.api_key(kreis, RAW_RIGHTS)
    without_right = world.stack.people.api_key(kreis, ("datasets:read", "releases:write"))
    assert await status(desk, key) == 404
    assert facts_seen(world, kreis, "facts:read_raw", "indicators:read") == (0, 0)

    answer = await grant(desk, kreis)
    assert answer.status_code == 201, answer.text
    assert answer.json()["is_valid"] is True
    assert (await desk.stack.read(key, FACTS))["items"]
    assert await status(desk, without_right) == 403
    facts, _ = facts_seen(world, kreis, "facts:read_raw", "indicators:read")
    assert facts == 8
    assert facts_seen(world, kreis, "indicators:read", "releases:write") == (0, 0)
    # it knows of the delegation; a third office does not
    assert len((await desk.stack.read(key, "/v1/delegations"))["items"]) == 1
    assert (await desk.stack.read(world.other_office, PATH))["items"] == []
    assert (await grant(desk, kreis)).json()["code"] == "delegation_exists"

    path = answer.headers["Location"]
    ended = await desk.stack.indicator.delete(
        path, headers=as_bearer(desk.anna) | {"If-Match": answer.headers["ETag"]}
    )
    assert (ended.status_code, ended.json()["is_valid"]) == (200, False)
    assert await status(desk, key) == 404
    assert facts_seen(world, kreis, "facts:read_raw", "indicators:read") == (0, 0)


async def test_a_delegation_ends_with_its_last_day(world: World) -> None:
    desk = await make_desk(world, needs_second_person=False)
    await grant(desk, world.other_office_id)
    assert await status(desk, world.other_office) == 200
    world.stack.database.execute(
        "UPDATE indicator.raw_delegation SET until = (now() AT TIME ZONE 'Europe/Berlin')::date - 1"
    )
    assert await status(desk, world.other_office) == 404
    assert facts_seen(world, world.other_office_id, "facts:read_raw", "indicators:read") == (0, 0)


async def test_what_was_given_to_read_cannot_be_written_or_given_on(world: World) -> None:
    desk = await make_desk(world, needs_second_person=False)
    await grant(desk, world.other_office_id)
    other = str(world.other_office_id)
    rights = ["facts:read_raw", "deliveries:create", "releases:write", "indicators:read"]
    principal = NOBODY | {"organisation_id": other, "administration_id": other, "rights": rights}
    with connect_as(world.stack.database, "indicator", principal) as connection:
        assert connection.execute("SELECT 1 FROM indicator.fact").rowcount == 8
        for statement in (
            "UPDATE indicator.fact SET value = 1",
            "DELETE FROM indicator.fact",
            "UPDATE indicator.raw_delegation SET revoked_at = NULL",
        ):
            assert connection.execute(statement.encode()).rowcount == 0, statement
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO indicator.raw_delegation (id, dataset_id, organisation_id, until,"
                " reason, granted_by) SELECT gen_random_uuid(), dataset_id, gen_random_uuid(),"
                " until, reason, 'x' FROM indicator.raw_delegation"
            )
    answer = await desk.stack.indicator.post(
        "/v1/releases",
        json={"dataset": "sgb2", "audience": "public"},
        headers=as_bearer(world.other_office) | new_key(),
    )
    assert answer.status_code == 404


async def test_colleagues_elsewhere_in_the_administration_see_no_raw_fact(world: World) -> None:
    town = world.stack.people.organisation("Rathaus", "kommune", ("99001001",))
    world.stack.database.execute(
        "UPDATE identity.organisation SET parent_id = %s WHERE id = %s", town, world.office_id
    )
    desk = await make_desk(world, needs_second_person=False)
    colleague = world.stack.people.api_key(town, RAW_RIGHTS)
    assert await status(desk, colleague) == 404
    assert facts_seen(world, town, *RAW_RIGHTS, "indicators:read") == (0, 0)


async def test_to_whom_and_how_long_is_checked(world: World) -> None:
    desk = await make_desk(world, needs_second_person=False)
    ministry = world.stack.people.organisation("Ministerium", "ministerium", ("05",))
    for organisation, changes, code in (
        (ministry, {}, "organisation_unfit"),
        (world.office_id, {}, "organisation_own"),
        ("00000000-0000-7000-8000-000000000000", {}, "organisation_unknown"),
        (world.other_office_id, {"until": "2020-01-01"}, "until_past"),
        (world.other_office_id, {"reason": "nur so"}, "invalid_request"),
    ):
        answer = await grant(desk, organisation, **changes)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
