"""The database's own walls around releases: steps, second person, moment, terms, reasons."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.indicator_api.everyone import NOBODY, connect_as
from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.release_desk import Desk, make_desk

RIGHTS = ("facts:read_raw", "releases:write", "datasets:read", "datasets:write", "indicators:read")
OF_HOLDER = ("release_planned_cell", "release_hidden_cell")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A desk with a draft (`public`), a confirmed release (`ministry`) and who is who."""

    desk: Desk
    anna: str
    bert: str


@pytest.fixture(scope="module")
async def waiting(
    kept_world: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Waiting]:
    async with kept_world.opened(tmp_path_factory.mktemp("walls")) as world:
        desk = await make_desk(world)
        confirmed = await desk.prepare(desk.anna, "ministry")
        moment = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        await desk.step(desk.bert, confirmed, "confirm", embargo_until=moment)
        await desk.prepare(desk.anna)
        rows = world.stack.database.execute(
            "SELECT id::text FROM identity.account WHERE name IN ('anna', 'bert') ORDER BY name"
        )
        anna, bert = (str(row[0]) for row in rows)
        yield Waiting(desk, anna, bert)


def principal(waiting: Waiting, subject: str, *rights: str) -> dict[str, Any]:
    """A person of the office, with all rights unless named."""
    office = str(waiting.desk.world.office_id)
    return NOBODY | {
        "subject_id": subject,
        "organisation_id": office,
        "administration_id": office,
        "rights": list(rights or RIGHTS),
    }


def attempt(waiting: Waiting, who: dict[str, Any], statement: str) -> int:
    """How many rows a statement touches as the service's role; nothing of it is kept."""
    database = waiting.desk.stack.database
    with connect_as(database, "indicator", who) as connection:
        count = connection.execute(statement.encode()).rowcount
        connection.rollback()
    return count


def test_another_office_sees_and_changes_nothing_of_it(waiting: Waiting) -> None:
    other = str(waiting.desk.world.other_office_id)
    who = NOBODY | {"organisation_id": other, "administration_id": other, "rights": list(RIGHTS)}
    for table in (*OF_HOLDER, "release", "raw_delegation"):
        assert attempt(waiting, who, f"SELECT 1 FROM indicator.{table}") == 0, table
    for statement in (
        "UPDATE indicator.release SET state = 'discarded'",
        "UPDATE indicator.protection_rule SET is_active = false",
        "UPDATE indicator.dataset SET releases_version = 0",
        *(f"DELETE FROM indicator.{table}" for table in OF_HOLDER),
    ):
        assert attempt(waiting, who, statement) == 0, statement


def test_why_a_cell_is_hidden_needs_the_right_to_its_raw_value(waiting: Waiting) -> None:
    colleague = principal(waiting, waiting.bert, "releases:write", "indicators:read")
    assert attempt(waiting, colleague, "SELECT 1 FROM indicator.release_planned_cell") == 16
    assert attempt(waiting, colleague, "SELECT 1 FROM indicator.release_hidden_cell") == 0
    assert attempt(waiting, principal(waiting, waiting.bert), "SELECT 1 FROM"
                   " indicator.release_hidden_cell") == 2  # fmt: skip
    nobody = NOBODY | {"rights": list(RIGHTS)}
    for table in (*OF_HOLDER, "fact"):
        assert attempt(waiting, nobody, f"SELECT 1 FROM indicator.{table}") == 0


def test_the_plan_holds_no_value_that_is_hidden(waiting: Waiting) -> None:
    rows = waiting.desk.stack.database.execute(
        "SELECT count(*), count(p.value) FROM indicator.release_planned_cell AS p"
        " JOIN indicator.release_hidden_cell AS h USING (release_id, measure_id, period_id,"
        " breakdown_id, area_id)"
    )
    assert rows == [(2, 0)]


DRAFT = "UPDATE indicator.release SET state = '{state}' WHERE state = 'draft'"
CONFIRMED = "UPDATE indicator.release SET {change} WHERE state = 'confirmed'"


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (DRAFT.format(state="confirmed"), "another person"),
        (DRAFT.format(state="publishing"), "second person"),
        (DRAFT.format(state="released"), "goes from draft to released"),
        (CONFIRMED.format(change="state = 'publishing'"), "moment"),
        (CONFIRMED.format(change="embargo_until = NULL"), "moment that was confirmed"),
        (CONFIRMED.format(change="state = 'released'"), "goes from confirmed to released"),
        ("UPDATE indicator.release SET prepared_account = gen_random_uuid()", "prepared as"),
        ("UPDATE indicator.release SET rules = '[]'", "prepared as"),
        ("UPDATE indicator.protection_rule SET kind = 'extremes' WHERE dataset_id IS NOT NULL",
         "concerns"),
    ],
)  # fmt: skip
def test_no_step_is_skipped_whatever_the_service_does(
    waiting: Waiting, statement: str, words: str
) -> None:
    with pytest.raises(
        (psycopg.errors.InsufficientPrivilege, psycopg.errors.IntegrityConstraintViolation),
        match=words,
    ):
        attempt(waiting, principal(waiting, waiting.anna), statement)


def test_another_person_may_take_the_step(waiting: Waiting) -> None:
    """The walls stand where they should, not everywhere."""
    bert = principal(waiting, waiting.bert)
    assert attempt(waiting, bert, DRAFT.format(state="confirmed")) == 1


def test_a_release_begins_unchecked(waiting: Waiting) -> None:
    statement = (
        "INSERT INTO indicator.release (id, series_id, dataset_version, acting, created_by, state)"
        " SELECT gen_random_uuid(), series_id, 1, '{}', 'x', 'confirmed' FROM indicator.release"
        " WHERE state = 'draft'"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        attempt(waiting, principal(waiting, waiting.bert), statement)


def test_terms_of_the_source_hold_in_the_database(waiting: Waiting) -> None:
    bert = principal(waiting, waiting.bert)
    database = waiting.desk.stack.database
    with connect_as(database, "indicator", bert) as connection:
        connection.execute("UPDATE indicator.dataset SET released_at_most_to = 'ministry'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="audience"):
            connection.execute(DRAFT.format(state="confirmed").encode())
        connection.rollback()
    with connect_as(database, "indicator", bert) as connection:
        connection.execute("UPDATE indicator.dataset SET released_smallest_level = 'kreis'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="as small"):
            connection.execute(
                "INSERT INTO indicator.released_cell (measure_id, period_id, breakdown_id,"
                " series_id, area_id, released_from, status, quality, value)"
                " SELECT p.measure_id, p.period_id, p.breakdown_id, r.series_id, p.area_id, 1,"
                " p.status, p.quality, p.value FROM indicator.release_planned_cell AS p"
                " JOIN indicator.release AS r ON r.id = p.release_id"
            )


@pytest.mark.parametrize("column", ["check_result", "refusals", "rules", "acting", "note"])
def test_reports_read_no_more_of_a_release_than_which_it_is(waiting: Waiting, column: str) -> None:
    with (
        connect_as(waiting.desk.stack.database, "report", NOBODY) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(f"SELECT {column} FROM indicator.release".encode())


def test_nobody_changes_what_a_rule_was(waiting: Waiting) -> None:
    for statement in (
        "UPDATE indicator.protection_rule_history SET is_active = false",
        "DELETE FROM indicator.protection_rule_history",
        "DELETE FROM indicator.protection_rule",
        "DELETE FROM indicator.raw_delegation",
        "DELETE FROM indicator.release",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            attempt(waiting, principal(waiting, waiting.anna), statement)
