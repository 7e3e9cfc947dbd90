"""Counting the statements that a service sends."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from services.shared.database import Database


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent over a database's pool meanwhile."""
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
