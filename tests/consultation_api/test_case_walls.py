"""What the database itself keeps from the role qb_consultation in matters of advice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from services.consultation_api.models import metadata
from tests.consultation_api.advice_world import Advice
from tests.consultation_api.world import Person
from tests.support.databases import TestDatabase

Row = dict[str, Any]
Connection = psycopg.Connection[tuple[Any, ...]]
UNMAPPED = ("audit", "idempotency_key", "reference_counter")
TABLES = sorted([*(table.name for table in metadata.sorted_tables), *UNMAPPED])
# What belongs to the two sides of a request.
TWO_SIDED = sorted(
    table.name for table in metadata.sorted_tables if "team_organisation_id" in table.columns
)
EVERY_RIGHT = "cases:read,cases:write,cases:advise,requests:create"


@contextmanager
def as_service(
    database: TestDatabase, principal: Row | None = None, service: str = "consultation"
) -> Iterator[Connection]:
    """A transaction of the service's own role in a principal's name; undone at the end."""
    url = database.service_url(service).replace("postgresql+psycopg:", "postgresql:")
    with psycopg.connect(url) as connection:
        for name, value in (principal or {}).items():
            connection.execute("SELECT set_config(%s, %s, true)", (f"qb.{name}", str(value)))
        yield connection
        connection.rollback()


def count(connection: Connection, table: str) -> int:
    """How many rows of a table the transaction has."""
    query = sql.SQL("SELECT count(*) FROM consultation.{}").format(sql.Identifier(table))
    row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def principal_of(advice: Advice, person: Person, rights: str | None = None) -> Row:
    """The settings of a transaction in somebody's name, with the rights they really have."""
    (found,) = advice.world.database.execute(
        "SELECT array_to_string(array_agg(DISTINCT r.right_code), ',') FROM identity.membership m"
        " JOIN identity.role_right r ON r.role = m.role WHERE m.account_id = %s",
        person.id,
    )
    return {
        "subject_id": person.id,
        "organisation_id": person.organisation_id,
        "administration_id": person.organisation_id,
        "rights": found[0] if rights is None else rights,
    }


def value(advice: Advice, statement: str, *parameters: object) -> Any:
    """One value, read by the administrator."""
    return advice.world.database.execute(statement, *parameters)[0][0]


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


def test_every_table_is_under_row_level_security_and_owned_by_the_owner(
    database: TestDatabase,
) -> None:
    rows = database.execute(
        "SELECT relname, relrowsecurity, relowner::regrole::text FROM pg_class"
        " WHERE relnamespace = 'consultation'::regnamespace AND relkind IN ('r', 'p')"
        " ORDER BY relname"
    )
    assert rows == [(table, True, "qb_owner") for table in TABLES]


async def test_without_a_principal_there_are_no_rows(filled: Advice) -> None:
    for table in TABLES:
        assert value(filled, f"SELECT count(*) > 0 FROM consultation.{table}"), table
        if table in ("audit", "reference_counter"):
            continue
        with as_service(filled.world.database) as connection:
            assert count(connection, table) == 0, table


async def test_the_two_sides_see_their_rows_and_the_municipality_nothing_internal(
    filled: Advice,
) -> None:
    for person in (filled.planner, filled.advisor, filled.colleague, filled.leader):
        inside = person in (filled.advisor, filled.leader)
        with as_service(filled.world.database, principal_of(filled, person)) as connection:
            for table in TWO_SIDED:
                everything = value(filled, f"SELECT count(*) FROM consultation.{table}")
                hidden = 0 if inside or table not in ("entry", "task") else 1
                assert count(connection, table) == everything - hidden, (person.name, table)


async def test_nobody_else_sees_anything_not_even_with_every_right(filled: Advice) -> None:
    others = [filled.other_planner, filled.other_advisor, filled.kreis, *filled.outsiders.values()]
    assert len(others) == 9
    for person in others:
        for rights in (None, EVERY_RIGHT):
            if rights is not None and person is filled.outsiders["datenlieferung"]:
                continue  # works in the town itself: with those rights it would be a planner
            principal = principal_of(filled, person, rights)
            with as_service(filled.world.database, principal) as connection:
                for table in [*TWO_SIDED, "idempotency_key"]:
                    assert count(connection, table) == 0, (person.name, rights, table)


@pytest.mark.parametrize("table", TWO_SIDED)
async def test_a_foreign_principal_changes_nothing(filled: Advice, table: str) -> None:
    (column,) = filled.world.database.execute(
        "SELECT column_name FROM information_schema.column_privileges WHERE table_schema ="
        " 'consultation' AND table_name = %s AND grantee = 'qb_consultation'"
        " AND privilege_type = 'UPDATE' ORDER BY column_name DESC LIMIT 1",
        table,
    ) or [(None,)]
    if column[0] is None:
        return  # rows of this table are only ever added
    statement = sql.SQL("UPDATE consultation.{} SET {column} = {column}").format(
        sql.Identifier(table), column=sql.Identifier(str(column[0]))
    )
    for person in (filled.other_planner, filled.other_advisor, filled.outsiders["ministerium"]):
        principal = principal_of(filled, person, EVERY_RIGHT)
        with as_service(filled.world.database, principal) as connection:
            assert connection.execute(statement).rowcount == 0


_INSERT_CASE = (
    "INSERT INTO consultation.advice_case (id, reference, request_id, agreement_id,"
    " organisation_id, team_organisation_id, title, state, phase, topics, area_codes, opened_at,"
    " changed_at) SELECT gen_random_uuid(), gen_random_uuid()::text, request_id, id,"
    " organisation_id, team_organisation_id, 'x', 'vereinbart', 'einleitung', '{}', '{}', now(),"
    " now() FROM consultation.agreement"
)
_CASE_VALUES = (
    "INSERT INTO consultation.advice_case (id, reference, request_id, agreement_id,"
    " organisation_id, team_organisation_id, title, state, phase, topics, area_codes, opened_at,"
    " changed_at) VALUES (gen_random_uuid(), 'x', %s, %s, %s, %s, 'x', 'vereinbart',"
    " 'einleitung', '{}', '{}', now(), now())"
)


async def test_nobody_opens_a_case_on_an_agreement_without_consent(advice: Advice) -> None:
    offered = await advice.offer((await advice.request())["id"])
    agreement = value(advice, "SELECT id FROM consultation.agreement")
    parameters = (offered["id"], agreement, offered["organisation"]["id"], offered["team"]["id"])
    everybody = [
        advice.planner,
        advice.colleague,
        advice.advisor,
        advice.leader,
        advice.other_planner,
        advice.kreis,
        *advice.outsiders.values(),
    ]
    for person in everybody:
        principal = principal_of(advice, person, EVERY_RIGHT)
        with (
            as_service(advice.world.database, principal) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        ):
            connection.execute(_CASE_VALUES, parameters)
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="advice_case_agreement"):
        advice.world.database.execute(_INSERT_CASE)  # not even the administrator
    with pytest.raises(psycopg.errors.CheckViolation, match="advice_case_consented"):
        advice.world.database.execute(
            _INSERT_CASE.replace("title,", "is_consented, title,").replace("'x',", "false, 'x',")
        )


async def test_only_who_has_consented_opens_the_case(advice: Advice) -> None:
    offered = await advice.offer((await advice.request())["id"])
    advice.world.database.execute(
        "UPDATE consultation.agreement SET consented_by = %s, consented_by_name = 'x',"
        " consented_at = now()",
        advice.planner.id,
    )
    agreement = value(advice, "SELECT id FROM consultation.agreement")
    own = (offered["id"], agreement, offered["organisation"]["id"], offered["team"]["id"])
    refused = [
        (advice.colleague, own),
        (advice.advisor, own),
        (advice.other_planner, own),
        (advice.outsiders["ministerium"], own),
        # in one's own name, on another's agreement
        (
            advice.other_planner,
            (offered["id"], agreement, advice.other_planner.organisation_id, offered["team"]["id"]),
        ),
    ]
    for person, parameters in refused:
        principal = principal_of(advice, person, EVERY_RIGHT)
        with (
            as_service(advice.world.database, principal) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(_CASE_VALUES, parameters)
    with as_service(advice.world.database, principal_of(advice, advice.planner)) as connection:
        connection.execute(_CASE_VALUES, own)


async def test_consent_is_the_municipalitys_own_and_is_not_undone(filled: Advice) -> None:
    offered = await filled.offer((await filled.request())["id"])
    consent = (
        "UPDATE consultation.agreement SET consented_by = %s, consented_by_name = 'x',"
        " consented_at = now() WHERE request_id = %s"
    )
    database = filled.world.database
    for person in (filled.advisor, filled.leader, filled.other_planner, filled.kreis):
        with as_service(database, principal_of(filled, person, EVERY_RIGHT)) as connection:
            assert connection.execute(consent, (person.id, offered["id"])).rowcount == 0
    with (
        as_service(database, principal_of(filled, filled.planner)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(consent, (filled.colleague.id, offered["id"]))
    undo = (
        "UPDATE consultation.agreement SET consented_by = NULL, consented_by_name = NULL,"
        " consented_at = NULL WHERE is_consented"
    )
    with as_service(database, principal_of(filled, filled.planner)) as connection:
        assert connection.execute(undo.encode()).rowcount == 0
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        database.execute(undo)  # not even the administrator, while there is the case


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


def _forged_rows(advice: Advice) -> list[tuple[Person, str, Row]]:
    (case,) = advice.world.database.execute(
        "SELECT id, request_id, organisation_id, team_organisation_id FROM consultation.advice_case"
    )
    parties = {"organisation_id": case[2], "team_organisation_id": case[3]}
    within = {"id": uuid4(), "case_id": case[0], **parties}
    now = {"created_at": "now", "changed_at": "now"}
    entry = within | now | {"kind": "notiz", "occurred_on": "2026-01-01", "title": "", "text": "x"}
    entry |= {"visibility": "gemeinsam", "topics": [], "author_name": "x"}
    task = within | now | {"title": "x", "text": "", "side": "kommune", "state": "offen"}
    task |= {"visibility": "gemeinsam", "created_by_name": "x"}
    message = {"id": uuid4(), "request_id": case[1], **parties, "author_name": "x", "text": "x"}
    goal = within | {"text": "x", "state": "vorgeschlagen", "proposed_by_name": "x"}
    goal |= {"proposed_at": "now", "changed_at": "now"}
    planner, advisor = advice.planner, advice.advisor
    return [
        # in the other side's name
        (planner, "entry", entry | {"side": "beratung", "author_id": planner.id}),
        (planner, "goal", goal | {"proposed_by_side": "beratung", "proposed_by": planner.id}),
        (
            planner,
            "request_message",
            message | {"side": "beratung", "author_id": planner.id, "at": "now"},
        ),
        # in somebody else's name
        (advisor, "entry", entry | {"side": "beratung", "author_id": advice.leader.id}),
        (planner, "task", task | {"created_by": advisor.id}),
        (advisor, "goal", goal | {"proposed_by_side": "beratung", "proposed_by": planner.id}),
        # as agreed without the other side
        (
            advisor,
            "goal",
            goal
            | {"proposed_by_side": "beratung", "proposed_by": advisor.id, "state": "vereinbart"},
        ),
        # internal, by the municipality
        (
            planner,
            "task",
            task | {"visibility": "intern", "side": "beratung", "created_by": planner.id},
        ),
        # into another's case
        (advice.other_planner, "task", task | {"created_by": advice.other_planner.id}),
        (advice.other_advisor, "task", task | {"created_by": advice.other_advisor.id}),
        (
            advice.outsiders["ministerium"],
            "entry",
            entry | {"side": "kommune", "author_id": advice.outsiders["ministerium"].id},
        ),
        # into another's case, said to be one's own
        (
            advice.other_planner,
            "task",
            task
            | {
                "created_by": advice.other_planner.id,
                "organisation_id": advice.other_planner.organisation_id,
            },
        ),
    ]


async def test_no_row_is_written_in_a_name_or_case_that_is_not_ones_own(filled: Advice) -> None:
    for person, table, row in _forged_rows(filled):
        statement = sql.SQL("INSERT INTO consultation.{} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(sql.Placeholder() for _ in row),
        )
        principal = principal_of(filled, person, EVERY_RIGHT)
        with (
            as_service(filled.world.database, principal) as connection,
            pytest.raises(
                (psycopg.errors.InsufficientPrivilege, psycopg.errors.ForeignKeyViolation)
            ),
        ):
            connection.execute(statement, list(row.values()))


async def test_a_goal_is_never_confirmed_by_who_proposed_it(filled: Advice) -> None:
    confirm = (
        "UPDATE consultation.goal SET state = 'vereinbart', confirmed_by_side = 'beratung',"
        " confirmed_by_name = 'x', confirmed_at = now()"
    )
    with (
        as_service(filled.world.database, principal_of(filled, filled.advisor)) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="goal_confirmed_by_the_other"),
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
