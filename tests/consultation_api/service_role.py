"""Transactions of the role qb_consultation in somebody's name, past the service's code."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from tests.consultation_api.advice_world import Advice
from tests.consultation_api.world import Person
from tests.support.databases import TestDatabase

Row = dict[str, Any]
Connection = psycopg.Connection[tuple[Any, ...]]
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
