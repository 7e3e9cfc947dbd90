"""Which statements the platform answers with, recorded for the bare application."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import AsyncCursor

from tests.support.stack import Stack

Statement = tuple[str, Any]


async def record(stack: Stack, path: str) -> list[Statement]:
    """The statements on released cells that answer a path.

    Those that only plan the answer (definition, releases, sources) are left out, and so are
    those that are asked once and remembered while others are asked again.
    """
    last: list[Statement] = []
    for _ in range(2):
        found = await statements_of(stack, path)
        last = [item for item in found if "released_cell" in item[0]] or last
    assert last, f"{path} reads no released cell"
    return last


async def statements_of(stack: Stack, path: str) -> list[Statement]:
    """All statements of a path's answer but the two that begin it: „are you there?“, who asks."""
    with _listening() as found:
        answer = await stack.indicator.get(path)
    assert answer.status_code == 200, answer.text
    return [item for item in found if "set_config" not in item[0] and item[0] != ";"]


@contextmanager
def _listening() -> Iterator[list[Statement]]:
    found: list[Statement] = []
    execute = AsyncCursor.execute

    async def listening(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(query, str):
            found.append((query, params))
        return await execute(cursor, query, params, **options)

    AsyncCursor.execute = listening  # type: ignore[assignment, method-assign]
    try:
        yield found
    finally:
        AsyncCursor.execute = execute  # type: ignore[method-assign]
