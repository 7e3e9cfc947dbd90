"""Keyed hashes: CSRF tokens bound to a session, and short signed values for cookies."""

import base64
import hashlib
import hmac
import secrets

_SALT_BYTES = 12


def _mac(secret: str, purpose: str, message: str) -> bytes:
    return hmac.digest(secret.encode(), f"{purpose}\0{message}".encode(), hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def make_csrf_token(secret: str, binding: str) -> str:
    """A token valid only together with `binding` (the session, or the visitor's nonce).

    It is salted anew each time, so that a compressed page gives nothing away about it (BREACH).
    """
    salt = _encode(secrets.token_bytes(_SALT_BYTES))
    return f"{salt}.{_encode(_mac(secret, 'csrf', f'{salt}|{binding}'))}"


def is_csrf_token(secret: str, binding: str, token: str) -> bool:
    """Whether `token` was made for `binding` with this secret."""
    salt, _, mac = token.partition(".")
    expected = _encode(_mac(secret, "csrf", f"{salt}|{binding}"))
    return hmac.compare_digest(mac.encode(), expected.encode())


def sign(secret: str, purpose: str, text: str) -> str:
    """`text` with its keyed hash, as letters a cookie may hold."""
    return f"{_encode(text.encode())}.{_encode(_mac(secret, purpose, text))}"


def unsign(secret: str, purpose: str, signed: str) -> str | None:
    """The text inside `signed`, or None when it was not signed for this purpose."""
    body, _, mac = signed.partition(".")
    try:
        text = _decode(body).decode()
    except ValueError:
        return None
    expected = _encode(_mac(secret, purpose, text))
    return text if hmac.compare_digest(mac.encode(), expected.encode()) else None
