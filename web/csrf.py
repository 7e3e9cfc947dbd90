"""Refusal of requests that other sites send in a visitor's name, or that are too large to read.

Two independent checks on every unsafe method: the `Origin` (or `Sec-Fetch-Site`) must be ours,
and the form (or the header `X-CSRF-Token`) must carry a token bound to the session. The size is
looked at before a byte of the form is read.
"""

from urllib.parse import urlsplit

from web.errors import BodyTooLarge, ForgeryRefused
from web.signing import is_csrf_token
from web.visit import Visit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# Room for the other fields of a form beside the largest file that may be delivered.
_FORM_OVERHEAD_BYTES = 64 * 1024


async def refuse_forgery(visit: Visit) -> None:
    """Raise `ForgeryRefused` or `BodyTooLarge` unless the request is safe or from our own page."""
    if visit.request.method in SAFE_METHODS:
        return
    if not is_same_origin(visit):
        raise ForgeryRefused
    _refuse_large_body(visit)
    token = visit.request.headers.get("X-CSRF-Token")
    if token is None:
        form = await visit.request.form()
        field = form.get("csrf_token")
        token = field if isinstance(field, str) else ""
    if not is_csrf_token(visit.services.secret, visit.csrf_binding, token):
        raise ForgeryRefused


def _refuse_large_body(visit: Visit) -> None:
    """Browsers name the size of a form; a body of unknown size is nothing a browser sends."""
    limit = visit.services.settings.max_body_bytes
    length = visit.request.headers.get("content-length", "")
    if not length.isdigit():
        if "transfer-encoding" in visit.request.headers:
            raise BodyTooLarge(limit)
        return
    if int(length) > limit + _FORM_OVERHEAD_BYTES:
        raise BodyTooLarge(limit)


def is_same_origin(visit: Visit) -> bool:
    """Whether the browser says that one of our own pages sent the request."""
    headers = visit.request.headers
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == headers.get("host")
    return headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
