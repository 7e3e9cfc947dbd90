"""Files sent while they are made, with flat memory.

A session of a route ends before its answer is sent (see `sessions`). A file that is made from a
cursor needs one for longer: its generator opens its own, and `FileStream` sees that it is closed.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from services.shared.problems import Unavailable

# A client that takes nothing for so long is let go: it holds a connection to the database.
STALL_SECONDS = 60.0
# At a time and process; the others wait, and those that only read pages are not held up.
MAXIMUM_STREAMS = 4


class StreamPlaces:
    """How many files may be made or sent at a time; one more is refused, not queued."""

    def __init__(
        self,
        places: int = MAXIMUM_STREAMS,
        *,
        code: str = "too_many_exports",
        detail: str = "Gerade werden schon mehrere Dateien zusammengestellt. Versuchen Sie es in "
        "einer Minute noch einmal.",
        retry_after: int = 60,
    ) -> None:
        """`code`, `detail` and `retry_after` (seconds) are what the refusal says."""
        self.free = places
        self._code, self._detail, self._retry_after = code, detail, retry_after

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a place; raises `Unavailable` (503) if there is none."""
        if self.free <= 0:
            headers = {"Retry-After": str(self._retry_after)}
            raise Unavailable(self._code, self._detail, headers=headers)
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1


async def get_places(request: Request) -> StreamPlaces:
    """The service's places for files, from the application's state."""
    return cast(StreamPlaces, request.app.state.stream_places)


StreamPlacesDependency = Annotated[StreamPlaces, Depends(get_places)]


class FileStream(StreamingResponse):
    """A file sent piece by piece.

    An error in the middle ends the connection without the closing chunk, so that no client takes
    half a file for a whole one. Whatever ends the answer also closes `content`, and with it the
    cursor it reads from. Nothing is cancelled: when the client is gone, the piece being made is
    the last one, and the connection to the database stays fit for use.
    """

    def __init__(
        self,
        content: AsyncGenerator[bytes, None],
        *,
        media_type: str,
        headers: Mapping[str, str],
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        """`content` may make empty pieces: they are not sent, but let a client go that is gone."""
        super().__init__(content, media_type=media_type, headers=headers)
        self._content = content
        self._stall_seconds = stall_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, or as much of it as the client stays for."""
        watching = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await self._send_pieces(send, watching)
        finally:
            watching.cancel()
            await self._content.aclose()

    async def _send_pieces(self, send: Send, watching: asyncio.Task[None]) -> None:
        # the head goes out with the first piece: until then an error has an answer of its own
        started = False
        async for piece in self._content:
            if watching.done():
                return
            if not started:
                await self._send(send, self._start())
                started = True
            if piece:
                await self._send(send, _body(piece, more=True))
        if not started:
            await self._send(send, self._start())
        await self._send(send, _body(b"", more=False))

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._stall_seconds):
            await send(message)

    def _start(self) -> Message:
        return {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }


def _body(piece: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}
