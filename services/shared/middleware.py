"""What happens around every request: request id, access log, metrics, answers to crashes."""

import re
import time
from collections.abc import Callable
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.shared.ids import new_id
from services.shared.logging import get_logger

REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9._-]{8,64}")
logger = get_logger("access")


class Metrics:
    """A service's own registry: requests by route and status, and how long they took."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "http_requests",
            "Requests by method, route and status",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "http_request_seconds", "Seconds a request took", ["route"], registry=self.registry
        )


def header(scope: Scope, name: bytes) -> str | None:
    """The first value of a request header, or None."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


class RequestContext:
    """Give each request an id (the caller's, if well-formed), log it and count it.

    Pure ASGI: streams pass through untouched. `on_crash` makes the answer to an error that
    nothing else has answered; made here, it carries the request's id as all others do.
    """

    def __init__(
        self, app: ASGIApp, metrics: Metrics, on_crash: Callable[[Request, Exception], Response]
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.on_crash = on_crash

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        request_id = given if given and REQUEST_ID_FORM.fullmatch(given) else str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        status = 500
        has_started = False

        async def send_with_id(message: Message) -> None:
            nonlocal status, has_started
            if message["type"] == "http.response.start":
                has_started = True
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception as error:
                if has_started:
                    raise
                await self.on_crash(Request(scope), error)(scope, receive, send_with_id)
            finally:
                self._account(scope, status, time.perf_counter() - started)

    def _account(self, scope: Scope, status: int, seconds: float) -> None:
        route: Any = scope.get("route")
        path = getattr(route, "path", "unmatched")
        self.metrics.requests.labels(scope["method"], path, str(status)).inc()
        self.metrics.seconds.labels(path).observe(seconds)
        if path not in ("/healthz", "/readyz", "/metrics"):
            logger.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                ms=round(seconds * 1000, 1),
            )
