"""A limit on request bodies that a route reads whole; uploads are streamed and limited apart."""

import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.shared.error_handlers import problem_response
from services.shared.problems import PayloadTooLarge

MAXIMUM_DOCUMENT_BYTES = 1024 * 1024


class BodyLimit:
    """Refuse bodies above 1 MiB (413) before a route reads them, however they are sent.

    `upload_paths` are the routes that take their body in and count it themselves, by POST or PUT;
    `{name}` stands for one part of a path.
    """

    def __init__(self, app: ASGIApp, upload_paths: Sequence[str]) -> None:
        self.app = app
        self.upload_paths = [_pattern(path) for path in upload_paths]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a small body ahead and hand it on."""
        is_upload = scope["type"] == "http" and (
            scope["method"] in ("POST", "PUT")
            and any(pattern.fullmatch(scope["path"]) for pattern in self.upload_paths)
        )
        if scope["type"] != "http" or is_upload or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        announced = Request(scope).headers.get("content-length", "")
        messages: list[Message] = []
        size = int(announced) if announced.isdigit() else 0
        if size <= MAXIMUM_DOCUMENT_BYTES:
            messages, size = await _read_ahead(receive)
        if size > MAXIMUM_DOCUMENT_BYTES:
            await _refuse(scope, receive, send)
            return

        async def replay() -> Message:
            return messages.pop(0) if messages else await receive()

        await self.app(scope, replay, send)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{\w+\}", path)
    return re.compile("[^/]+".join(re.escape(part) for part in parts))


async def _read_ahead(receive: Receive) -> tuple[list[Message], int]:
    messages: list[Message] = []
    size = 0
    while size <= MAXIMUM_DOCUMENT_BYTES:
        message = await receive()
        messages.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
    return messages, size


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    problem = PayloadTooLarge(
        "body_too_large",
        "Angaben in JSON dürfen höchstens 1 MB groß sein.",
        title="Die Anfrage ist zu groß",
        limit_bytes=MAXIMUM_DOCUMENT_BYTES,
    )
    await problem_response(Request(scope), problem)(scope, receive, send)
