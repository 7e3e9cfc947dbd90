"""What the database itself keeps from the role qb_consultation, whatever the code does."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any
from uuid import UUID

import psycopg
import pytest

from services.consultation_api.identity.area_codes import is_covered
from services.consultation_api.identity.models import metadata
from tests.consultation_api.world import Person, World
from tests.support.databases import TestDatabase

TABLES = sorted(table.name for table in metadata.sorted_tables)
READABLE = [table for table in TABLES if table not in ("audit", "login_attempt")]


@contextmanager
def _as_service(
    database: TestDatabase,
    principal: Mapping[str, object] = MappingProxyType({}),
    service: str = "consultation",
) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    url = database.service_url(service).replace("postgresql+psycopg:", "postgresql:")
    with psycopg.connect(url) as connection:
        for name, value in principal.items():
            connection.execute("SELECT set_config(%s, %s, true)", (f"qb.{name}", str(value)))
        yield connection
        connection.rollback()


def _count(connection: psycopg.Connection[tuple[Any, ...]], table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM identity.{table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
async def filled(world: World, statistician: Person, manager: Person) -> World:
    """A world in which each readable table has a row."""
    await world.headers(statistician)
    world.database.execute(
        "INSERT INTO identity.api_key (id, organisation_id, name, prefix, secret_hash, rights,"
        " area_codes, created_at, created_by, expires_at) VALUES (gen_random_uuid(), %s, 'k',"
        " 'abcdefgh', '\\x00', '{}', '{}', now(), %s, now() + interval '1 day')",
        statistician.organisation_id,
        statistician.id,
    )
    world.database.execute(
        "INSERT INTO identity.idempotency_key (organisation_id, key, fingerprint)"
        " VALUES (%s, 'k', '\\x00')",
        statistician.organisation_id,
    )
    return world


async def test_every_table_is_under_row_level_security_and_owned_by_the_owner(
    database: TestDatabase,
) -> None:
    rows = database.execute(
        "SELECT relname, relrowsecurity, relowner::regrole::text FROM pg_class"
        " WHERE relnamespace = 'identity'::regnamespace AND relkind IN ('r', 'p')"
        " ORDER BY relname"
    )
    assert rows == [(table, True, "qb_owner") for table in TABLES]


async def test_without_a_principal_there_are_no_rows(filled: World) -> None:
    for table in READABLE:
        assert filled.database.execute(f"SELECT count(*) > 0 FROM identity.{table}") == [(True,)]
        with _as_service(filled.database) as connection:
            assert _count(connection, table) == 0, table


async def test_a_foreign_principal_sees_nothing_of_others(filled: World, planner: Person) -> None:
    foreign = {
        "subject_id": planner.id,
        "organisation_id": planner.organisation_id,
        "administration_id": planner.organisation_id,
        "rights": "account:self,organisations:read,api_keys:manage,facts:read_raw",
    }
    expected = {"organisation": 1, "account": 1, "membership": 1}
    for table in READABLE:
        if table in ("role", "role_right"):
            continue
        with _as_service(filled.database, foreign) as connection:
            assert _count(connection, table) == expected.get(table, 0), table


async def test_a_foreign_principal_changes_nothing(filled: World, planner: Person) -> None:
    principal = {"subject_id": planner.id, "organisation_id": planner.organisation_id}
    changes = [
        "UPDATE identity.organisation SET name = 'x'",
        "UPDATE identity.session SET revoked_at = now()",
        "UPDATE identity.api_key SET revoked_at = now()",
        "DELETE FROM identity.membership",
    ]
    for change in changes:
        with _as_service(filled.database, principal) as connection:
            assert connection.execute(change.encode()).rowcount == 0, change
    with (
        _as_service(filled.database, principal) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(
            "INSERT INTO identity.membership (id, account_id, organisation_id, role, created_at)"
            " VALUES (gen_random_uuid(), %s, %s, 'verwaltung', now())",
            (planner.id, planner.organisation_id),
        )


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT password_hash FROM identity.account",
        "SELECT * FROM identity.account",
        "SELECT secret_hash FROM identity.session",
        "SELECT secret_hash FROM identity.api_key",
        "SELECT 1 FROM identity.account WHERE password_hash LIKE '$argon2%'",
        "UPDATE identity.account SET display_name = password_hash",
        "SELECT * FROM identity.audit",
        "UPDATE identity.audit SET action = 'x'",
        "DELETE FROM identity.audit",
        "TRUNCATE identity.audit",
        "SELECT * FROM identity.login_attempt",
        "DELETE FROM identity.login_attempt",
        "DELETE FROM identity.account",
        "DELETE FROM identity.organisation",
        "UPDATE identity.role_right SET right_code = 'accounts:manage'",
        "INSERT INTO identity.role_right VALUES ('kreis', 'accounts:manage')",
        "UPDATE identity.session SET expires_at = 'infinity'",
        "UPDATE identity.api_key SET rights = '{accounts:manage}'",
        "ALTER TABLE identity.account DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE identity.mine (a int)",
        "SET ROLE qb_owner",
    ],
)
async def test_hashes_trail_and_rights_are_out_of_reach(
    database: TestDatabase, statement: str
) -> None:
    everything = {"rights": "accounts:manage,organisations:manage,api_keys:manage"}
    with (
        _as_service(database, everything) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


@pytest.mark.parametrize("service", ["indicator", "report"])
@pytest.mark.parametrize(
    "statement",
    [
        *(f"SELECT 1 FROM identity.{table}" for table in TABLES),
        "SELECT * FROM identity.login_credential('a')",
        "SELECT identity.begin_login_attempt('', '1 s', 1)",
        "SELECT identity.clear_login_attempts('')",
        "SELECT * FROM identity.use_session('')",
        "SELECT identity.remove_expired_credentials('1 s')",
    ],
)
async def test_other_services_reach_no_table_and_no_credential(
    database: TestDatabase, service: str, statement: str
) -> None:
    with (
        _as_service(database, service=service) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


async def test_other_services_find_principals_and_names(
    filled: World, statistician: Person
) -> None:
    session_id = filled.database.execute("SELECT id FROM identity.session")[0][0]
    with _as_service(filled.database, service="indicator") as connection:
        row = connection.execute(
            "SELECT subject_id, organisation_kind, administration_id, roles, area_codes,"
            " audiences, state FROM identity.session_principal(%s)",
            (session_id,),
        ).fetchone()
        names = connection.execute(
            "SELECT name FROM identity.organisation_public ORDER BY name"
        ).fetchall()
    town = filled.database.execute("SELECT id FROM identity.organisation WHERE kind = 'kommune'")[
        0
    ][0]
    assert row == (
        statistician.id,
        "statistikstelle",
        town,
        ["statistikstelle"],
        ["99001001"],
        ["public", f"administration:{town}"],
        "active",
    )
    assert ("Stadt Musterstadt",) in names


@pytest.mark.parametrize(
    ("kind", "role", "expected"),
    [
        ("kommune", "sozialplanung", {"public", "administration"}),
        ("kreis", "kreis", {"public", "administration", "kreis"}),
        ("landesberatung", "beratung", {"public", "advisory"}),
        ("landesberatung", "teamleitung", {"public", "advisory"}),
        ("ministerium", "ministerium", {"public", "ministry"}),
        ("landesamt", "landesamt", {"public"}),
        ("bewilligungsbehoerde", "bewilligungsbehoerde", {"public"}),
        ("betrieb", "verwaltung", {"public"}),
    ],
)
async def test_audiences_follow_role_and_organisation(
    world: World, kind: str, role: str, expected: set[str]
) -> None:
    place = world.organisation("Ort", kind)
    await world.headers(world.account("jemand", place, role))
    rows = world.database.execute(
        "SELECT p.audiences, p.administration_id FROM identity.session s,"
        " identity.session_principal(s.id) p"
    )
    audiences, administration = rows[0]
    assert isinstance(audiences, list)
    assert administration == place
    assert {audience.partition(":")[0] for audience in audiences} == expected
    assert {UUID(a.partition(":")[2]) for a in audiences if ":" in a} <= {place}


async def test_several_roles_add_up_and_narrowed_areas_hold(world: World, planner: Person) -> None:
    world.database.execute("UPDATE identity.membership SET area_codes = '{9900100201,05}'")
    world.membership(planner.id, planner.organisation_id, "datenlieferung", "2020-01-01")
    await world.headers(planner)
    rows = world.database.execute(
        "SELECT p.roles, p.area_codes FROM identity.session s, identity.session_principal(s.id) p"
    )
    assert rows == [(["sozialplanung"], ["9900100201"])]


async def test_database_and_code_agree_on_which_area_lies_in_which(
    database: TestDatabase,
) -> None:
    codes = ["DG", "05", "051", "05111", "05111000", "06", "99", "99001", "9900100101"]
    for code in codes:
        for root in codes:
            rows = database.execute("SELECT identity.area_is_covered(%s, %s)", code, [root])
            assert rows == [(is_covered(code, [root]),)], (code, root)
    assert database.execute("SELECT identity.area_is_covered('05', '{}')") == [(False,)]


async def test_nobody_signs_or_opens_a_session_as_somebody_else(
    world: World, planner: Person, statistician: Person
) -> None:
    principal = {
        "subject_id": planner.id,
        "organisation_id": planner.organisation_id,
        "rights": "api_keys:manage",
    }
    forged = [
        (
            "INSERT INTO identity.audit (id, subject_id, action, record_kind, record_id, fields)"
            " VALUES (gen_random_uuid(), %s, 'a', 'b', 'c', '{}')",
            (statistician.id,),
        ),
        (
            "INSERT INTO identity.session (id, account_id, organisation_id, secret_hash,"
            " created_at, last_used_at, idle_limit, expires_at) VALUES (gen_random_uuid(), %s,"
            " %s, '\\x00', now(), now(), '1 h', now() + interval '1 h')",
            (statistician.id, planner.organisation_id),
        ),
        (
            "INSERT INTO identity.api_key (id, organisation_id, name, prefix, secret_hash,"
            " rights, area_codes, created_at, created_by, expires_at) VALUES"
            " (gen_random_uuid(), %s, 'k', 'p', '\\x00', '{}', '{}', now(), %s, now())",
            (statistician.organisation_id, planner.id),
        ),
    ]
    for statement, parameters in forged:
        with (
            _as_service(world.database, principal) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        ):
            connection.execute(statement.encode(), parameters)
