"""What the web process holds for its lifetime: connections to the services and access tokens."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from web.settings import WebSettings

_TIMEOUT = httpx.Timeout(10.0, read=30.0, write=60.0, pool=5.0)
_LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)
_RENEW_SECONDS_BEFORE_END = 30.0
_MAXIMUM_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class CookieNames:
    """Names of the cookies; `__Host-` binds them to this host where they are `Secure`."""

    is_secure: bool

    def _name(self, name: str) -> str:
        return f"__Host-qb_{name}" if self.is_secure else f"qb_{name}"

    @property
    def session(self) -> str:
        """Holds the session token."""
        return self._name("session")

    @property
    def nonce(self) -> str:
        """Binds CSRF tokens before login."""
        return self._name("visitor")

    @property
    def notice(self) -> str:
        """One signed message for the next page."""
        return self._name("notice")

    @property
    def theme(self) -> str:
        """`light` or `dark`."""
        return self._name("theme")


class TokenCache:
    """Access tokens by session, until shortly before they end. Keys are hashes of the session."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    @staticmethod
    def _key(session_token: str) -> bytes:
        return hashlib.sha256(session_token.encode()).digest()

    def get(self, session_token: str) -> str | None:
        """The access token of a session while it holds."""
        token, ends = self._tokens.get(self._key(session_token), ("", 0.0))
        return token if time.monotonic() < ends else None

    def put(self, session_token: str, access_token: str, expires_in: float) -> None:
        """Keep an access token that holds for `expires_in` seconds."""
        ends = time.monotonic() + expires_in - _RENEW_SECONDS_BEFORE_END
        self._tokens[self._key(session_token)] = (access_token, ends)
        if len(self._tokens) > _MAXIMUM_TOKENS:
            self._tokens.popitem(last=False)

    def forget(self, session_token: str) -> None:
        """Drop what is held for a session."""
        self._tokens.pop(self._key(session_token), None)


@dataclass(slots=True)
class Services:
    """One shared HTTP client per service, the token cache and the signing secret."""

    settings: WebSettings
    indicator: httpx.AsyncClient
    consultation: httpx.AsyncClient
    report: httpx.AsyncClient
    tokens: TokenCache
    cookies: CookieNames

    @property
    def secret(self) -> str:
        """The key for signing."""
        return self.settings.web_secret.get_secret_value()

    def by_name(self) -> dict[str, httpx.AsyncClient]:
        """The clients by the name of their service."""
        return {
            "indicator_api": self.indicator,
            "consultation_api": self.consultation,
            "report_api": self.report,
        }

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self.by_name().values():
            await client.aclose()


def open_services(
    settings: WebSettings, transports: Mapping[str, httpx.AsyncBaseTransport] | None = None
) -> Services:
    """Clients for all services; `transports` (by service name) replaces the network in tests."""
    given = transports or {}

    def client(name: str, url: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=url,
            timeout=_TIMEOUT,
            limits=_LIMITS,
            transport=given.get(name),
            trust_env=False,
        )

    return Services(
        settings=settings,
        indicator=client("indicator_api", settings.indicator_url),
        consultation=client("consultation_api", settings.consultation_url),
        report=client("report_api", settings.report_url),
        tokens=TokenCache(),
        cookies=CookieNames(settings.has_secure_cookies),
    )
