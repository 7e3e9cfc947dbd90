"""Which statements the platform reads released figures with, recorded for the bare application."""

from typing import Any

from psycopg import AsyncCursor

from tests.support.stack import Stack

Statement = tuple[str, Any]


async def record(stack: Stack, path: str) -> list[Statement]:
    """The statements on released cells that answer a path.

    Those that only plan the answer (definition, releases, sources) are left out, and so are
    those that are asked once and remembered while others are asked again.
    """
    found: list[Statement] = []
    last: list[Statement] = []
    execute = AsyncCursor.execute

    async def listening(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(query, str) and "released_cell" in query:
            found.append((query, params))
        return await execute(cursor, query, params, **options)

    for _ in range(2):
        found.clear()
        AsyncCursor.execute = listening  # type: ignore[assignment, method-assign]
        try:
            answer = await stack.indicator.get(path)
        finally:
            AsyncCursor.execute = execute  # type: ignore[method-assign]
        assert answer.status_code == 200, answer.text
        last = found.copy() or last
    assert last, f"{path} reads no released cell"
    return last
