"""CSRF tokens, signed values, redirect targets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.redirects import login_url, safe_path
from web.signing import is_csrf_token, make_csrf_token, sign, unsign

SECRET = "a secret for tests, long enough."


def test_token_holds_for_its_session_only() -> None:
    token = make_csrf_token(SECRET, "session one")
    assert is_csrf_token(SECRET, "session one", token)
    assert not is_csrf_token(SECRET, "session two", token)
    assert not is_csrf_token(SECRET + "x", "session one", token)


def test_token_is_another_one_each_time() -> None:
    assert make_csrf_token(SECRET, "s") != make_csrf_token(SECRET, "s")


@given(st.text(max_size=60))
def test_made_up_tokens_are_refused(token: str) -> None:
    assert not is_csrf_token(SECRET, "session", token)


@given(st.text(max_size=200))
def test_signed_text_comes_back(text: str) -> None:
    signed = sign(SECRET, "notice", text)
    assert signed.isascii()
    assert unsign(SECRET, "notice", signed) == text
    assert unsign(SECRET, "other purpose", signed) is None


@given(st.text(max_size=60))
def test_unsigned_text_is_nothing(text: str) -> None:
    assert unsign(SECRET, "notice", text) is None


@pytest.mark.parametrize("path", ["/", "/karte?indikator=A&gebiet=05", "/gebiete/05911000#daten"])
def test_own_paths_are_kept(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    "target",
    [
        "",
        None,
        "karte",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/ok\\..\\evil",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/anmelden",
        "/anmelden?weiter=/konto",
        "/abmelden",
    ],
)
def test_elsewhere_becomes_the_start(target: str | None) -> None:
    assert safe_path(target) == "/"


def test_login_url_carries_the_way_back() -> None:
    assert login_url("/karte?a=1&b=2") == "/anmelden?weiter=/karte%3Fa%3D1%26b%3D2"
    assert login_url("//evil.example") == "/anmelden"
