"""Files and tiles of a service handed on to the browser, with what caches and compression need."""

from collections.abc import Mapping

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from web.clients.indicator import Stream

_ASKED = ("accept-encoding", "if-none-match")
_ANSWERED = (
    "content-type",
    "content-encoding",
    "content-disposition",
    "etag",
    "last-modified",
    "cache-control",
)


def asked_headers(request: Request) -> dict[str, str]:
    """What of the browser's headers decides the service's answer."""
    return {name: request.headers[name] for name in _ASKED if name in request.headers} or {
        "accept-encoding": "identity"
    }


async def hand_on(stream: Stream, headers: Mapping[str, str] | None = None) -> Response:
    """The service's answer, its body as it comes and as it is compressed.

    `headers` replace the service's own. Raises `ServiceProblem` and `ServiceUnavailable` before
    anything has been sent.
    """
    response: httpx.Response = await stream.__aenter__()

    async def close() -> None:
        await stream.__aexit__(None, None, None)

    kept = {name: response.headers[name] for name in _ANSWERED if name in response.headers}
    kept["vary"] = "Accept-Encoding, Cookie"
    kept.update(headers or {})
    if response.status_code == 304:
        await close()
        return Response(status_code=304, headers=kept)
    return StreamingResponse(
        response.aiter_raw(),
        status_code=response.status_code,
        headers=kept,
        background=BackgroundTask(close),
    )


def file_name(*parts: str) -> str:
    """The parts as the name of a file, without its ending: letters, digits, hyphens."""
    joined = "_".join(part for part in parts if part)
    return "".join(sign for sign in joined if sign.isalnum() or sign in "_-")[:120]
