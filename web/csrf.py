"""Refusal of requests that other sites send in a visitor's name.

Two independent checks on every unsafe method: the `Origin` (or `Sec-Fetch-Site`) must be ours,
and the form (or the header `X-CSRF-Token`) must carry a token bound to the session.
"""

from urllib.parse import urlsplit

from web.errors import ForgeryRefused
from web.signing import is_csrf_token
from web.visit import Visit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def refuse_forgery(visit: Visit) -> None:
    """Raise `ForgeryRefused` unless the request is safe or comes from our own page."""
    if visit.request.method in SAFE_METHODS:
        return
    if not _is_same_origin(visit):
        raise ForgeryRefused
    token = visit.request.headers.get("X-CSRF-Token")
    if token is None:
        form = await visit.request.form()
        field = form.get("csrf_token")
        token = field if isinstance(field, str) else ""
    if not is_csrf_token(visit.services.secret, visit.csrf_binding, token):
        raise ForgeryRefused


def _is_same_origin(visit: Visit) -> bool:
    headers = visit.request.headers
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == headers.get("host")
    return headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
