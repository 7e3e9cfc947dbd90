"""Preparing a database on a real server of its own: roles belong to the whole server."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from deploy.database import (
    SERVICE_ROLES,
    DatabaseError,
    database_url,
    prepare_database,
    service_url,
)
from deploy.local.cluster import Cluster
from deploy.local.local_folder import LocalFolder, LocalRunError
from deploy.local.server import database_server

PASSWORDS = {role: f"p'a\"s%s:@/ {role} ?&=#\\ß" for role in SERVICE_ROLES}
DATABASE = "quartierblick"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    with Cluster("cluster", folder, is_disposable=True) as cluster:
        yield cluster.admin_url()


@pytest.fixture(scope="module")
def prepared(server: str) -> str:
    """The server with a database prepared on it, twice."""
    for _ in range(2):
        prepare_database(server, DATABASE, PASSWORDS)
    return server


def _libpq(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _rows(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(_libpq(url)) as connection:
        return connection.execute(statement.encode()).fetchall()


@pytest.mark.parametrize("role", SERVICE_ROLES)
def test_a_role_logs_in_with_its_awkward_password(prepared: str, role: str) -> None:
    url = service_url(prepared, DATABASE, role, PASSWORDS[role])
    assert url.startswith("postgresql+psycopg://")
    assert _rows(url, "SELECT current_user::text") == [(role,)]


def test_a_password_is_set_anew(prepared: str) -> None:
    role = SERVICE_ROLES[0]
    prepare_database(prepared, DATABASE, PASSWORDS | {role: "another"})
    try:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            _rows(service_url(prepared, DATABASE, role, PASSWORDS[role]), "SELECT 1")
        assert _rows(service_url(prepared, DATABASE, role, "another"), "SELECT 1") == [(1,)]
    finally:
        prepare_database(prepared, DATABASE, PASSWORDS)


@pytest.mark.parametrize("role", SERVICE_ROLES)
def test_a_role_can_neither_make_nor_own_anything_lasting(prepared: str, role: str) -> None:
    url = service_url(prepared, DATABASE, role, PASSWORDS[role])
    with psycopg.connect(_libpq(url), autocommit=True) as connection:
        for schema in ("public", "identity", "indicator", "consultation", "report", "jobs"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(
                    sql.SQL("CREATE TABLE {}.mine (a int)").format(sql.Identifier(schema))
                )
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE SCHEMA mine")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET ROLE qb_owner")
        connection.execute("CREATE TEMPORARY TABLE staged (a int)")
    owned = _rows(
        database_url(prepared, DATABASE),
        # what is temporary goes soon after the connection
        f"SELECT relname FROM pg_class WHERE relowner = '{role}'::regrole"
        " AND relpersistence <> 't'",
    )
    assert owned == []


def test_the_roles_have_no_right_beyond_logging_in(prepared: str) -> None:
    rows = _rows(
        prepared,
        "SELECT rolname::text, rolcanlogin FROM pg_roles WHERE rolname LIKE 'qb\\_%' "
        "AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)",
    )
    assert set(rows) == {("qb_owner", False), *((role, True) for role in SERVICE_ROLES)}


def test_everything_belongs_to_the_owner(prepared: str) -> None:
    foreign = _rows(
        database_url(prepared, DATABASE),
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname IN ('identity', 'indicator', 'consultation', 'report') "
        "AND c.relowner <> 'qb_owner'::regrole",
    )
    assert foreign == []


def test_a_password_is_missing(server: str) -> None:
    with pytest.raises(ValueError, match="qb_report"):
        prepare_database(server, DATABASE, {"qb_indicator": "only one"})


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(DatabaseError, match="cannot be reached"):
        prepare_database("postgresql://nobody@127.0.0.1:1/postgres", DATABASE, PASSWORDS)


def _administrator(server: str, name: str, options: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'administrator' {options}".encode())
    return service_url(server, "postgres", name, "administrator")


def test_an_administrator_who_may_not_create_roles(server: str) -> None:
    url = _administrator(server, "weak", "CREATEDB")
    with pytest.raises(DatabaseError, match="needs CREATEROLE"):
        prepare_database(url, "elsewhere", PASSWORDS)


def test_a_role_with_too_many_rights_is_refused(prepared: str) -> None:
    with psycopg.connect(prepared, autocommit=True) as connection:
        connection.execute("ALTER ROLE qb_report BYPASSRLS")
        try:
            with pytest.raises(DatabaseError, match="qb_report exists with more rights"):
                prepare_database(prepared, DATABASE, PASSWORDS)
        finally:
            connection.execute("ALTER ROLE qb_report NOBYPASSRLS")


def test_an_administrator_who_may_not_install_postgis(prepared: str) -> None:
    url = _administrator(prepared, "halfway", "CREATEDB CREATEROLE")
    with pytest.raises(DatabaseError, match=r"extensions postgis.*superuser"):
        prepare_database(url, "elsewhere", PASSWORDS)


def test_a_plain_administrator_suffices_where_postgis_is_installed(server: str) -> None:
    url = _administrator(server, "plain", "CREATEROLE")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE platform OWNER plain")
    with psycopg.connect(database_url(server, "platform"), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis")
        connection.execute("CREATE EXTENSION btree_gist")
    for _ in range(2):
        prepare_database(url, "platform", PASSWORDS)
    role = SERVICE_ROLES[0]
    own = service_url(server, "platform", role, PASSWORDS[role])
    assert _rows(own, "SELECT current_user::text") == [(role,)]


def test_the_given_url_names_the_database(prepared: str, tmp_path: Path) -> None:
    folder = LocalFolder.of_clone(tmp_path)
    with database_server(folder, prepared) as given:
        assert given.database == "quartierblick"
    with database_server(folder, database_url(prepared, "postgres")) as given:
        assert given.database == "quartierblick"
    with database_server(folder, database_url(prepared, DATABASE)) as given:
        assert given.database == DATABASE
    with pytest.raises(LocalRunError, match="must be a URL"), database_server(folder, "no url"):
        pass
