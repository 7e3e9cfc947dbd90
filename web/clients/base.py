"""What all service clients share: the token, the request id, time limits and typed failures."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

Document = dict[str, Any]
"""A JSON object as a service sent it."""

Query = dict[str, str | int | Sequence[str]]
"""Query parameters; a sequence is repeated."""

_READ_TRIES = 2


class ServiceUnavailable(Exception):  # noqa: N818 - named as what is shown
    """A service did not answer in time, or not in a form that can be understood."""

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(f"{service}: {reason}")
        self.service = service
        self.reason = reason


class ServiceProblem(Exception):  # noqa: N818 - the term of RFC 9457
    """A service refused: its problem document (RFC 9457). `title` and `detail` are German."""

    def __init__(self, service: str, status: int, document: Document) -> None:
        self.service = service
        self.status = status
        self.code = str(document.get("code") or "unknown")
        self.title = str(document.get("title") or "Der Dienst hat die Anfrage abgelehnt.")
        self.detail = str(document.get("detail") or "")
        self.request_id = str(document.get("request_id") or "")
        self.errors: list[Document] = list(document.get("errors") or [])
        self.document = document
        super().__init__(f"{service}: {status} {self.code}")

    @property
    def ends_session(self) -> bool:
        """Whether the session this was asked with is over."""
        return self.status == 401 and self.code in {
            "session_revoked",
            "session_expired",
            "account_inactive",
            "token_invalid",
            "token_expired",
        }

    def errors_by_field(self) -> dict[str, str]:
        """The messages by name of the form field: the first part of each JSON pointer."""
        named: dict[str, str] = {}
        for error in self.errors:
            name = str(error.get("pointer") or "").lstrip("/").partition("/")[0]
            named.setdefault(name, str(error.get("detail") or self.detail))
        return named


@dataclass(slots=True)
class Access:
    """In whose name a service is asked. `renew` gives a fresh token when one has run out."""

    request_id: str
    token: str | None = None
    renew: Callable[[], Awaitable[str | None]] | None = field(default=None, repr=False)


class ServiceClient:
    """One service, asked in the name of one visitor. Subclasses name its resources.

    Reads are repeated once when the connection breaks; writes never are. Raises
    `ServiceProblem` for every status from 400 on, `ServiceUnavailable` when there is no
    usable answer.
    """

    service = "service"

    def __init__(self, http: httpx.AsyncClient, access: Access) -> None:
        self._http = http
        self._access = access

    async def get_json(self, path: str, params: Query | None = None) -> Any:
        """The decoded JSON at `path`."""
        return decode(self.service, await self.send("GET", path, params=params))

    async def get_raw(
        self, path: str, params: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The whole response of a GET, to hand its body on (tiles, small files)."""
        return await self.send("GET", path, params=params, headers=headers)

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Query | None = None,
        json: Any = None,
        content: bytes | AsyncIterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request; the response is read and below 400.

        Headers such as `Idempotency-Key` and `If-Match` are the caller's. A body given as an
        iterable is sent in pieces, never held as a whole.
        """
        is_stream = content is not None and not isinstance(content, bytes)
        if is_stream and self._access.renew is not None:
            # A stream can be sent only once, so its token must not run out on the way.
            self._access.token = await self._access.renew()
        build = partial(
            self._http.build_request, method, path, params=params, json=json, content=content
        )
        tries = _READ_TRIES if method == "GET" else 1
        response = await self._try(build, headers or {}, tries=tries)
        if not is_stream and _is_expired(response) and self._access.renew is not None:
            self._access.token = await self._access.renew()
            response = await self._try(build, headers or {}, tries=1)
        if response.status_code >= 400:
            self._raise_problem(response)
        return response

    @asynccontextmanager
    async def stream(
        self,
        path: str,
        params: Query | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        seconds_to_begin: float | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """GET whose body is handed on as it comes (tiles, files); problems raise as elsewhere.

        `seconds_to_begin`: for what is made only when it is asked for, and takes its time.
        """
        request = self._http.build_request(
            "GET", path, params=params, headers={**self._headers(), **(headers or {})}
        )
        if seconds_to_begin is not None:
            request.extensions["timeout"]["read"] = seconds_to_begin
        try:
            response = await self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            raise ServiceUnavailable(self.service, type(error).__name__) from error
        try:
            if response.status_code >= 400:
                await response.aread()
                self._raise_problem(response)
            yield response
        finally:
            await response.aclose()

    def _headers(self) -> dict[str, str]:
        headers = {"X-Request-ID": self._access.request_id}
        if self._access.token:
            headers["Authorization"] = f"Bearer {self._access.token}"
        return headers

    async def _try(
        self, build: Callable[..., httpx.Request], headers: Mapping[str, str], *, tries: int
    ) -> httpx.Response:
        for left in range(tries - 1, -1, -1):
            try:
                request = build(headers={**self._headers(), **headers})
                return await self._http.send(request)
            except httpx.HTTPError as error:
                if not left:
                    raise ServiceUnavailable(self.service, type(error).__name__) from error
        raise AssertionError("at least one try")

    def _raise_problem(self, response: httpx.Response) -> None:
        try:
            document = response.json()
        except ValueError as error:
            reason = f"status {response.status_code} without a problem document"
            raise ServiceUnavailable(self.service, reason) from error
        if not isinstance(document, dict) or response.status_code == 503:
            raise ServiceUnavailable(self.service, f"status {response.status_code}")
        raise ServiceProblem(self.service, response.status_code, document)


def present(**parameters: str | int | Sequence[str] | None) -> Query:
    """The query parameters that have a value; services refuse names they do not know."""
    return {name: value for name, value in parameters.items() if value not in (None, "", [], ())}


def decode(service: str, response: httpx.Response) -> Any:
    """The JSON of a response, None when it has no content."""
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as error:
        raise ServiceUnavailable(service, "no JSON") from error


def _is_expired(response: httpx.Response) -> bool:
    if response.status_code != 401:
        return False
    try:
        return bool(response.json().get("code") == "token_expired")
    except (ValueError, AttributeError):
        return False
