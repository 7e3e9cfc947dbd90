"""What the database itself shows to whom in matters of advice, and who opens a case."""

import psycopg
import pytest
from psycopg import sql

from services.consultation_api.models import metadata
from tests.consultation_api.advice_world import Advice
from tests.consultation_api.service_role import EVERY_RIGHT, as_service, count, principal_of, value
from tests.support.databases import TestDatabase

UNMAPPED = ("audit", "idempotency_key", "reference_counter")
TABLES = sorted([*(table.name for table in metadata.sorted_tables), *UNMAPPED])
# What belongs to the two sides of a request.
TWO_SIDED = sorted(
    table.name for table in metadata.sorted_tables if "team_organisation_id" in table.columns
)


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
    # the same person, working for the team just now
    across = principal_of(advice, advice.advisor, EVERY_RIGHT) | {"subject_id": advice.planner.id}
    with (
        as_service(advice.world.database, across) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(_CASE_VALUES, own)
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
