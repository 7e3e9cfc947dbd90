"""Around every request: its id, the security headers, the log line, the metrics, the last net."""

import re
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.logging import get_logger

_REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")
_UNLOGGED = ("/static/", "/healthz", "/readyz", "/metrics")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

HSTS = "max-age=63072000; includeSubDomains"


class Metrics:
    """Counts and durations of requests, by route template."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "web_requests_total",
            "Requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.duration = Histogram(
            "web_request_duration_seconds",
            "Time until the answer was sent",
            ("method", "route"),
            registry=self.registry,
        )


class RequestFrame:
    """ASGI middleware; `on_crash` makes the page for an error nobody caught."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        has_secure_cookies: bool,
        on_crash: Callable[[Request], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._on_crash = on_crash
        self._headers = dict(SECURITY_HEADERS)
        if has_secure_cookies:
            self._headers["Strict-Transport-Security"] = HSTS
        self._log = get_logger("web.requests")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope).get("x-request-id"))
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        status = 0

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_framed)
            except Exception:
                self._log.exception("request_crashed", path=scope["path"])
                if status:
                    raise
                response = await self._on_crash(Request(scope, receive))
                await response(scope, receive, send_framed)
            finally:
                self._record(scope, status, time.perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or "(none)"
        self._metrics.requests.labels(scope["method"], route, str(status)).inc()
        self._metrics.duration.labels(scope["method"], route).observe(seconds)
        if not scope["path"].startswith(_UNLOGGED):
            self._log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )


def _request_id(given: str | None) -> str:
    return given if given and _REQUEST_ID.match(given) else str(uuid4())
