"""Databases for tests: a migrated template, and clones of it (about 20 ms each)."""

import secrets
from dataclasses import dataclass
from urllib.parse import quote

import psycopg
from psycopg import sql

from deploy.database import prepare_database, service_url

SERVICES = ("indicator", "consultation", "report")
PASSWORDS = {f"qb_{service}": f"test-password-of-{service}" for service in SERVICES}


def with_database(admin_url: str, database: str) -> str:
    """The admin URL with another database in it."""
    head, _, query = admin_url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{quote(database)}" + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True)
class TestDatabase:
    """One database and how to reach it: as administrator, or as a service's own role."""

    __test__ = False

    server_url: str
    name: str

    @property
    def admin_url(self) -> str:
        """As the administrator, to whom no policy applies; for arranging and inspecting."""
        return with_database(self.server_url, self.name)

    def service_url(self, service: str) -> str:
        """As the service does (`postgresql+psycopg://qb_<service>…`)."""
        role = f"qb_{service}"
        return service_url(self.server_url, self.name, role, PASSWORDS[role])

    def execute(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        """Run one statement as administrator; the rows, if it returns any."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []


def make_template(server_url: str, name: str) -> TestDatabase:
    """A freshly migrated database, made once even if several test processes ask for it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(51430)")
        found = connection.execute(
            "SELECT datallowconn FROM pg_database WHERE datname = %s", (name,)
        ).fetchone()
        if found is None or found[0]:
            if found is not None:
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
            prepare_database(server_url, name, PASSWORDS)
            close_for_cloning(connection, name)
        connection.execute("SELECT pg_advisory_unlock(51430)")
    return TestDatabase(server_url, name)


def close_for_cloning(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    """Let nobody in: a template must have no visitors while it is cloned.

    It is also the mark of a template that is finished.
    """
    connection.execute(
        sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
    )


def keep_for_cloning(database: TestDatabase) -> None:
    """Make a template of a database that was filled; nobody must be connected."""
    with psycopg.connect(database.server_url, autocommit=True) as connection:
        close_for_cloning(connection, database.name)


def clone(template: TestDatabase) -> TestDatabase:
    """A copy of a template that was closed for cloning."""
    name = f"qb_test_{secrets.token_hex(6)}"
    with psycopg.connect(template.server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template.name)
            )
        )
    return TestDatabase(template.server_url, name)


def drop(database: TestDatabase) -> None:
    """Remove a clone, ending whoever is still connected."""
    with psycopg.connect(database.server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name))
        )
