"""The bare application that taking in a file is measured beside: it hashes and writes the body."""

import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from uuid_utils import uuid7

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def create_app() -> Callable[[dict[str, Any], Receive, Send], Awaitable[None]]:
    """The application; keeps the bodies in the folder QB_BENCH_FOLDER."""
    folder = Path(os.environ["QB_BENCH_FOLDER"])

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        digest = hashlib.sha256()
        with (folder / str(uuid7())).open("wb") as file:
            is_more = True
            while is_more:
                message = await receive()
                digest.update(message["body"])
                file.write(message["body"])
                is_more = message["more_body"]
        body = digest.hexdigest().encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app
