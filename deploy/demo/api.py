"""A small client of the platform's HTTP API, as any outside program would write one."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx

Progress = Callable[[str, int, int], None]
"""Called as (label in words, steps done, steps in all)."""

_ATTEMPTS = 6
_PAUSE_SECONDS = 0.3
_RETRIED_STATUSES = (502, 503, 504)


class DemoError(Exception):
    """The demo cannot be loaded; the message is the API's own answer in words."""


class Api:
    """One service, spoken to by one account, one API key or nobody.

    `authorise` gives the value of the Authorization header for each request, None for none.
    Requests that fail on the way or meet a service that is just starting are repeated: every
    POST carries an Idempotency-Key, so a repetition does nothing twice.
    """

    def __init__(self, base_url: str, authorise: Callable[[], str | None]) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=60.0, trust_env=False)
        self._authorise = authorise

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """The JSON of a GET."""
        return self._read(self.send("GET", path, params=parameters))

    def items(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """All items of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **parameters, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def post(self, path: str, body: Any, *, key: str | None = None, **more: Any) -> dict[str, Any]:
        """The JSON that answers a POST of JSON; the Idempotency-Key follows from the content."""
        content = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
        headers = {
            "content-type": "application/json",
            "idempotency-key": key or content_key(path, content),
            **more.pop("headers", {}),
        }
        return self._read(self.send("POST", path, content=content, headers=headers, **more))

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send a request, repeat it while the service cannot be reached; raises DemoError."""
        headers = more.pop("headers", {})
        for attempt in range(_ATTEMPTS):
            authorisation = self._authorise()
            if authorisation is not None:
                headers = headers | {"authorization": authorisation}
            try:
                response = self._client.request(method, path, headers=headers, **more)
            except httpx.TransportError as error:
                if attempt == _ATTEMPTS - 1:
                    raise DemoError(f"{method} {path}: {error}") from error
            else:
                if response.status_code not in _RETRIED_STATUSES or attempt == _ATTEMPTS - 1:
                    return _accepted(response)
            time.sleep(_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("unreachable")

    def wait(
        self,
        path: str,
        running: tuple[str, ...],
        on_change: Callable[[dict[str, Any]], None] | None = None,
        timeout_seconds: float = 600.0,
    ) -> dict[str, Any]:
        """Read a status document until its state is none of `running`; raises DemoError."""
        end = time.monotonic() + timeout_seconds
        pause = 0.1
        while True:
            status = self.get(path)
            if on_change is not None:
                on_change(status)
            if status["state"] not in running:
                return status
            if time.monotonic() > end:
                raise DemoError(
                    f"{path} is still „{status['state']}“ after {timeout_seconds:.0f} s"
                )
            time.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    @staticmethod
    def _read(response: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = response.json()
        return body


def content_key(*parts: str | bytes) -> str:
    """An Idempotency-Key that follows from the parts: the same content, the same key."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return f"demo-{digest.hexdigest()[:40]}"


def nobody() -> None:
    """The authorisation of the public: none."""
    return


def with_key(secret: str) -> Callable[[], str]:
    """The authorisation of an API key."""
    return lambda: f"Bearer {secret}"


class Login:
    """The authorisation of an account: logs in, and fetches a new access token in time."""

    def __init__(self, consultation_url: str, name: str, password: str) -> None:
        self._api = Api(consultation_url, nobody)
        self._name = name
        self._password = password
        self._session_token = ""
        self._access_token = ""
        self._renew_at = 0.0

    def __call__(self) -> str:
        if time.monotonic() >= self._renew_at:
            self._renew()
        return f"Bearer {self._access_token}"

    def _renew(self) -> None:
        if self._session_token:
            grant = {"grant_type": "session", "session_token": self._session_token}
        else:
            grant = {"grant_type": "password", "name": self._name, "password": self._password}
        tokens = self._api.send("POST", "/v1/tokens", json=grant).json()
        self._session_token = tokens.get("session_token", self._session_token)
        self._access_token = tokens["access_token"]
        # Half the lifetime: a request begun with a token must also end with it.
        self._renew_at = time.monotonic() + tokens["expires_in"] / 2

    def log_out(self) -> None:
        """End the session, if there is one; a service that is gone has ended it its own way."""
        if self._session_token:
            with suppress(DemoError):
                headers = {"authorization": self()}
                self._api.send("DELETE", "/v1/sessions/current", headers=headers)
            self._session_token, self._renew_at = "", 0.0
        self._api.close()


def _accepted(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    request = response.request
    try:
        problem = response.json()
        words = (
            f"{problem.get('title', '')} {problem.get('detail', '')} {problem.get('errors', '')}"
        )
    except ValueError:
        words = response.text[:300]
    raise DemoError(f"{request.method} {request.url.path}: {response.status_code} {words.strip()}")
