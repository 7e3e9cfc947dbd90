"""Which statements the platform reads released figures with, recorded for the bare application."""

from typing import Any

from psycopg import AsyncCursor

from tests.support.stack import Stack

Statement = tuple[str, Any]


async def record(stack: Stack, path: str) -> list[Statement]:
    """The statements on released cells that answer a path once the caches are warm.

    Those that only plan the answer (definition, releases, sources) are left out.
    """
    found: list[Statement] = []
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
    assert found, f"{path} reads no released cell"
    return found
