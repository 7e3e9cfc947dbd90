"""What the database itself refuses to write in matters of advice, whatever the code does."""

from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from services.consultation_api.models import metadata
from tests.consultation_api.advice_world import Advice
from tests.consultation_api.service_role import (
    EVERY_RIGHT,
    Connection,
    Row,
    as_service,
    principal_of,
    value,
)
from tests.consultation_api.world import Person
from tests.support.databases import TestDatabase

UNMAPPED = ("audit", "idempotency_key", "reference_counter")
TABLES = sorted([*(table.name for table in metadata.sorted_tables), *UNMAPPED])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consultation.agreement SET text = 'x'",
        "UPDATE consultation.request SET text = 'x'",
        "UPDATE consultation.request SET organisation_id = gen_random_uuid()",
        "UPDATE consultation.advice_case SET organisation_id = gen_random_uuid()",
        "UPDATE consultation.advice_case SET agreement_id = gen_random_uuid()",
        "UPDATE consultation.entry SET author_id = gen_random_uuid()",
        "UPDATE consultation.entry SET case_id = gen_random_uuid()",
        "UPDATE consultation.task SET organisation_id = gen_random_uuid()",
        "UPDATE consultation.request_message SET text = 'x'",
        "UPDATE consultation.state_change SET reason = 'x'",
        "UPDATE consultation.topic SET label = 'x'",
        "SELECT * FROM consultation.audit",
        "UPDATE consultation.audit SET action = 'x'",
        "SELECT * FROM consultation.reference_counter",
        *(f"DELETE FROM consultation.{table}" for table in TABLES),
        *(f"TRUNCATE consultation.{table}" for table in TABLES),
    ],
)
async def test_what_was_said_agreed_and_done_is_out_of_reach(
    database: TestDatabase, statement: str
) -> None:
    with (
        as_service(database, {"rights": EVERY_RIGHT}) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


async def test_each_side_leads_only_where_it_may(filled: Advice) -> None:
    request = await filled.request()
    steps = [
        (filled.planner, "UPDATE consultation.request SET state = 'angeboten' WHERE id = %s"),
        (filled.planner, "UPDATE consultation.request SET state = 'abgelehnt' WHERE id = %s"),
        (filled.advisor, "UPDATE consultation.request SET state = 'zurueckgezogen' WHERE id = %s"),
        (
            filled.advisor,
            "UPDATE consultation.advice_case SET state = 'zurueckgezogen' WHERE request_id <> %s",
        ),
    ]
    for person, statement in steps:
        with (
            as_service(filled.world.database, principal_of(filled, person)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement.encode(), (request["id"],))
    with (
        as_service(filled.world.database, principal_of(filled, filled.planner)) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="request_accepted_with_case"),
    ):
        connection.execute(
            "UPDATE consultation.request SET state = 'angenommen' WHERE id = %s", (request["id"],)
        )


def _plain_rows(advice: Advice) -> dict[str, Row]:
    """A row for each table that would do, but for who writes it."""
    (case,) = advice.world.database.execute(
        "SELECT id, request_id, organisation_id, team_organisation_id FROM consultation.advice_case"
    )
    parties = {"id": uuid4(), "organisation_id": case[2], "team_organisation_id": case[3]}
    within = parties | {"case_id": case[0], "text": "x", "changed_at": "now"}
    shared = {"title": "x", "visibility": "gemeinsam", "created_at": "now"}
    day = {"kind": "notiz", "occurred_on": "2026-01-01", "topics": []}
    return {
        "entry": within | shared | day | {"author_name": "x"},
        "task": within | shared | {"side": "kommune", "state": "offen", "created_by_name": "x"},
        "request_message": parties
        | {"request_id": case[1], "author_name": "x", "text": "x", "at": "now"},
        "goal": within | {"state": "vorgeschlagen", "proposed_by_name": "x", "proposed_at": "now"},
    }


def _forged_rows(advice: Advice) -> list[tuple[Person, str, Row]]:
    """Who tries to write what into which table."""
    planner, advisor, ministry = advice.planner, advice.advisor, advice.outsiders["ministerium"]
    neighbour = advice.other_planner
    by_team = {"proposed_by_side": "beratung"}
    internal = {"visibility": "intern", "side": "beratung"}
    return [
        # in the other side's name
        (planner, "entry", {"side": "beratung", "author_id": planner.id}),
        (planner, "goal", by_team | {"proposed_by": planner.id}),
        (planner, "request_message", {"side": "beratung", "author_id": planner.id}),
        # in somebody else's name
        (advisor, "entry", {"side": "beratung", "author_id": advice.leader.id}),
        (planner, "task", {"created_by": advisor.id}),
        (advisor, "goal", by_team | {"proposed_by": planner.id}),
        # as agreed without the other side
        (advisor, "goal", by_team | {"proposed_by": advisor.id, "state": "vereinbart"}),
        # internal, by the municipality
        (planner, "task", internal | {"created_by": planner.id}),
        # into another's case
        (neighbour, "task", {"created_by": neighbour.id}),
        (advice.other_advisor, "task", {"created_by": advice.other_advisor.id}),
        (ministry, "entry", {"side": "kommune", "author_id": ministry.id}),
        # into another's case, said to be one's own
        (
            neighbour,
            "task",
            {"created_by": neighbour.id, "organisation_id": neighbour.organisation_id},
        ),
    ]


def _insert(connection: Connection, table: str, row: Row) -> None:
    statement = sql.SQL("INSERT INTO consultation.{} ({}) VALUES ({})").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() for _ in row),
    )
    connection.execute(statement, list(row.values()))


async def test_no_row_is_written_in_a_name_or_case_that_is_not_ones_own(filled: Advice) -> None:
    plain = _plain_rows(filled)
    for person, table, forged in _forged_rows(filled):
        principal = principal_of(filled, person, EVERY_RIGHT)
        with (
            as_service(filled.world.database, principal) as connection,
            pytest.raises(
                (psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation)
            ),
        ):
            _insert(connection, table, plain[table] | forged)
    advisor = filled.advisor
    with as_service(filled.world.database, principal_of(filled, advisor)) as connection:
        for table, honest in (
            ("entry", {"side": "beratung", "author_id": advisor.id}),
            ("task", {"created_by": advisor.id}),
            ("goal", {"proposed_by_side": "beratung", "proposed_by": advisor.id}),
        ):
            _insert(connection, table, plain[table] | honest)


async def test_a_goal_is_never_confirmed_by_who_proposed_it(filled: Advice) -> None:
    confirm = (
        "UPDATE consultation.goal SET state = 'vereinbart', confirmed_by_side = 'beratung',"
        " confirmed_by_name = 'x', confirmed_at = now()"
    )
    for person, kept_by in (
        (filled.leader, "goal_confirmed_by_the_other"),
        (filled.advisor, "in one's own name"),
    ):
        with (
            as_service(filled.world.database, principal_of(filled, person)) as connection,
            pytest.raises(psycopg.errors.CheckViolation, match=kept_by),
        ):
            connection.execute(confirm.encode())
    with (
        as_service(filled.world.database, principal_of(filled, filled.advisor)) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="goal_agreed_is_confirmed"),
    ):
        connection.execute("UPDATE consultation.goal SET state = 'vereinbart'")


async def test_events_and_what_others_wrote_are_not_changed(filled: Advice) -> None:
    change = "UPDATE consultation.entry SET text = 'x'"
    with as_service(filled.world.database, principal_of(filled, filled.leader)) as connection:
        assert connection.execute(change.encode()).rowcount == 0
    with as_service(filled.world.database, principal_of(filled, filled.advisor)) as connection:
        assert connection.execute(change.encode()).rowcount == 2, "the two it wrote, no event"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE consultation.entry SET kind = 'ereignis'")


@pytest.mark.parametrize("table", ["entry", "task"])
async def test_what_was_shared_stays_shared(filled: Advice, table: str) -> None:
    statement = sql.SQL("UPDATE consultation.{} SET visibility = 'intern'").format(
        sql.Identifier(table)
    )
    with (
        as_service(filled.world.database, principal_of(filled, filled.advisor)) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="stays shared"),
    ):
        connection.execute(statement)


async def test_nothing_is_written_into_an_ended_case(filled: Advice) -> None:
    case_id = value(filled, "SELECT id FROM consultation.advice_case")
    answer = await filled.act(
        filled.planner, f"/cases/{case_id}/state", {"state": "zurueckgezogen"}
    )
    assert answer.status_code == 200, answer.text
    for statement in (
        "UPDATE consultation.advice_case SET title = 'x'",
        "UPDATE consultation.advice_case SET state = 'laufend'",
        "UPDATE consultation.goal SET text = 'x'",
        "UPDATE consultation.task SET title = 'x'",
        "UPDATE consultation.entry SET text = 'x'",
    ):
        with (
            as_service(filled.world.database, principal_of(filled, filled.advisor)) as connection,
            pytest.raises(psycopg.errors.CheckViolation, match="ended case"),
        ):
            connection.execute(statement.encode())


@pytest.mark.parametrize("service", ["indicator", "report"])
async def test_other_services_reach_nothing_of_advice(database: TestDatabase, service: str) -> None:
    statements = [f"SELECT 1 FROM consultation.{table}" for table in TABLES] + [
        "SELECT consultation.next_reference('A', 2026)",
        "SELECT * FROM consultation.teams_for('{}')",
        "SELECT * FROM consultation.advisors_of_own_team()",
        "SELECT consultation.remove_old_answers('0 s')",
    ]
    for statement in statements:
        with (
            as_service(database, {"rights": EVERY_RIGHT}, service) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement.encode())


async def test_owner_functions_give_nothing_without_the_right(advice: Advice) -> None:
    for function in ("teams_for('{99001001}')", "advisors_of_own_team()"):
        for person in (advice.outsiders["ministerium"], advice.outsiders["verwaltung"]):
            with as_service(advice.world.database, principal_of(advice, person)) as connection:
                rows = connection.execute(f"SELECT * FROM consultation.{function}".encode())
                assert rows.fetchall() == [], (function, person.name)
    with as_service(advice.world.database) as connection:
        row = connection.execute("SELECT consultation.next_reference('A', 2026)").fetchone()
    assert row in (None, (None,))


async def test_the_trail_names_everything_and_nobody_signs_as_another(filled: Advice) -> None:
    rows = filled.world.database.execute(
        "SELECT action, subject_id, record_kind, fields FROM consultation.audit ORDER BY id"
    )
    assert [str(row[0]) for row in rows] == [
        "request.created",
        "request.message_added",
        "request.agreement_proposed",
        "request.consented",
        "request.accepted",
        "case.opened",
        "case.state_changed",
        "goal.proposed",
        "entry.written",
        "task.created",
        "entry.written",
        "task.created",
    ]
    assert {row[1] for row in rows} == {filled.planner.id, filled.advisor.id}
    words = str(rows)
    assert "Eine Frage" not in words
    assert "Erstes Gespräch" not in words
    forged = (
        "INSERT INTO consultation.audit (id, subject_id, action, record_kind, record_id, fields)"
        " VALUES (gen_random_uuid(), %s, 'a', 'b', 'c', '{}')"
    )
    with (
        as_service(filled.world.database, principal_of(filled, filled.planner)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(forged, (UUID(int=1),))
