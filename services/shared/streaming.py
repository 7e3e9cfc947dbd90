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
from starlette.types import Send

from services.shared.problems import Unavailable

# A client that takes nothing for so long is let go: it holds a connection to the database.
STALL_SECONDS = 60.0
# At a time and process; the others wait, and those that only read pages are not held up.
MAXIMUM_STREAMS = 4


class StreamPlaces:
    """How many files may be sent at a time; one more is refused, not queued."""

    def __init__(self, places: int = MAXIMUM_STREAMS) -> None:
        self.free = places

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold a place; raises `Unavailable` (503) if there is none."""
        if self.free <= 0:
            raise Unavailable(
                "too_many_exports",
                "Gerade werden schon mehrere Dateien zusammengestellt. Versuchen Sie es in einer "
                "Minute noch einmal.",
                headers={"Retry-After": "60"},
            )
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1


def get_places(request: Request) -> StreamPlaces:
    """The service's places for files, from the application's state."""
    return cast(StreamPlaces, request.app.state.stream_places)


StreamPlacesDependency = Annotated[StreamPlaces, Depends(get_places)]


class FileStream(StreamingResponse):
    """A file sent piece by piece.

    An error in the middle ends the connection without the closing chunk, so that no client takes
    half a file for a whole one. Whatever ends the answer also closes `content`, and with it the
    cursor it reads from.
    """

    def __init__(
        self,
        content: AsyncGenerator[bytes, None],
        *,
        media_type: str,
        headers: Mapping[str, str],
        stall_seconds: float = STALL_SECONDS,
    ) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._content = content
        self._stall_seconds = stall_seconds

    async def stream_response(self, send: Send) -> None:
        """Send the pieces, each within the time a client may take for it."""
        try:
            started = False
            async for piece in self._content:
                async with asyncio.timeout(self._stall_seconds):
                    # the head goes out with the first piece: until then an error has its own answer
                    if not started:
                        await send(self._start())
                        started = True
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            if not started:
                await send(self._start())
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await self._content.aclose()

    def _start(self) -> dict[str, object]:
        return {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
