"""Settings refuse weak secrets outside development; cookies follow."""

import pytest
from pydantic import ValidationError

from web.services import CookieNames, TokenCache
from web.settings import WebSettings

GOOD = "f3Kd92-mmPq_81xZ-long-enough-secret-0"


@pytest.mark.parametrize("secret", ["", "short", "a" * 40])
def test_weak_secret_stops_the_start(secret: str) -> None:
    with pytest.raises(ValidationError, match="QB_WEB_SECRET"):
        WebSettings(environment="production", web_secret=secret)  # type: ignore[arg-type]


def test_secret_never_shows() -> None:
    settings = WebSettings(environment="production", web_secret=GOOD)  # type: ignore[arg-type]
    assert GOOD not in repr(settings)


def test_development_makes_its_own_secret() -> None:
    first, second = WebSettings(environment="development"), WebSettings(environment="development")
    assert len(first.web_secret.get_secret_value()) >= 32
    assert first.web_secret != second.web_secret


def test_cookies_are_bound_to_the_host_in_production() -> None:
    settings = WebSettings(environment="production", web_secret=GOOD)  # type: ignore[arg-type]
    assert settings.has_secure_cookies
    assert CookieNames(settings.has_secure_cookies).session == "__Host-qb_session"
    assert CookieNames(False).session == "qb_session"


def test_tokens_are_held_until_shortly_before_their_end() -> None:
    cache = TokenCache()
    cache.put("session", "token", expires_in=300)
    assert cache.get("session") == "token"
    cache.put("session", "token", expires_in=20)
    assert cache.get("session") is None
    cache.put("session", "token", expires_in=300)
    cache.forget("session")
    assert cache.get("session") is None
