"""The bare application that serving is measured beside: a route, a pool, the same SQL.

It knows no principal and no policy, plans nothing, checks nothing: each path has its fixed
statements, recorded from the platform, and answers with what they return.
"""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from psycopg_pool import AsyncConnectionPool

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


def _as_bytes(rows: list[tuple[Any, ...]]) -> bytes:
    if len(rows) == 1 and isinstance(rows[0][0], bytes):
        return rows[0][0]
    return orjson.dumps(rows)


def _asked(scope: dict[str, Any]) -> str:
    query: bytes = scope["query_string"]
    return f"{scope['path']}?{query.decode()}" if query else str(scope["path"])


def create_app() -> Application:
    """The application; reads the paths' statements from the file in QB_BENCH_STATEMENTS."""
    answers = json.loads(Path(os.environ["QB_BENCH_STATEMENTS"]).read_text())
    pool = AsyncConnectionPool(
        os.environ["QB_BENCH_DATABASE_URL"],
        open=False,
        min_size=8,
        max_size=8,
        kwargs={"autocommit": True, "options": "-cjit=off -csearch_path=public"},
    )

    async def lifespan(receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await pool.open(wait=True)
                await send({"type": "lifespan.startup.complete"})
            else:
                await pool.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        body = b""
        async with pool.connection() as connection:
            for statement, values in answers[_asked(scope)]:
                cursor = await connection.execute(statement, values)
                body += _as_bytes(await cursor.fetchall())
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
