"""Files and tiles of a service handed on to the browser, with what caches and compression need."""

from collections.abc import Mapping

import httpx
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from web.clients.base import Query
from web.clients.indicator import Stream
from web.visit import Visit

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


async def hand_on_list(visit: Visit, path: str, asked: Query, name: str) -> Response:
    """All of the list at a path of indicator_api (`/v1/areas`) as a CSV file called `name`."""
    stream = visit.indicator.list_file(path, asked, asked_headers(visit.request))
    return await hand_on(stream, {"content-disposition": f'attachment; filename="{name}.csv"'})


def file_name(*parts: str) -> str:
    """The parts as the name of a file, without its ending: ASCII letters, digits, hyphens.

    A header takes no other letters, and addresses are written by anybody.
    """
    joined = "_".join(part for part in parts if part)
    kept = "".join(sign for sign in joined if (sign.isascii() and sign.isalnum()) or sign in "_-")
    return kept[:120]
