"""Answers to the browser: pages, parts of pages, redirects, and the cookies they carry."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from starlette.responses import HTMLResponse, RedirectResponse, Response

from web.navigation import navigation_for
from web.signing import sign
from web.visit import NOTICE_PURPOSE, Visit

NoticeKind = Literal["info", "success", "warning", "danger"]

_YEAR_SECONDS = 365 * 24 * 3600


def render(
    visit: Visit,
    template: str,
    context: Mapping[str, Any],
    *,
    partial: str | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The page `template`, or only `partial` (which the page includes) when htmx asks for a part.

    Paths are relative to `web/templates`. Templates see `context`, `visit`, `csrf_field()`,
    `navigation`, and the filters of `web.format`.
    """
    is_part = partial is not None and visit.wants_fragment
    environment = visit.request.app.state.templates
    notice = None if is_part else visit.notice()
    body = environment.get_template(partial if is_part else template).render(
        visit=visit,
        account=visit.account,
        csrf_field=visit.csrf_field,
        navigation=navigation_for(visit),
        notice=notice,
        now=datetime.now(UTC),
        **context,
    )
    response = HTMLResponse(body, status_code=status, headers=dict(headers or {}))
    _add_page_headers(visit, response)
    if notice is not None:
        response.delete_cookie(visit.services.cookies.notice, **_cookie_scope(visit))
    return response


def _add_page_headers(visit: Visit, response: Response) -> None:
    response.headers["Vary"] = "HX-Request, HX-Request-Type, HX-History-Restore-Request, Cookie"
    keeps_nothing = visit.account is not None or visit.session_token is not None
    response.headers.setdefault("Cache-Control", "no-store" if keeps_nothing else "no-cache")
    if visit.new_nonce is not None:
        set_cookie(visit, response, visit.services.cookies.nonce, visit.new_nonce)


def redirect(
    visit: Visit, path: str, *, notice: str | None = None, kind: NoticeKind = "success"
) -> Response:
    """Lead to `path` after a form: 303, or `HX-Redirect` for htmx. `notice` is shown there."""
    response: Response
    if visit.is_htmx:
        response = Response(status_code=200, headers={"HX-Redirect": path})
    else:
        response = RedirectResponse(path, status_code=303)
    response.headers["Vary"] = "HX-Request"
    response.headers["Cache-Control"] = "no-store"
    if notice:
        leave_notice(visit, response, notice, kind)
    return response


def leave_notice(visit: Visit, response: Response, text: str, kind: NoticeKind) -> None:
    """Show `text` on the next page the visitor sees."""
    signed = sign(visit.services.secret, NOTICE_PURPOSE, f"{kind}|{text}")
    set_cookie(visit, response, visit.services.cookies.notice, signed, max_age=60)


def start_session(visit: Visit, response: Response, session_token: str, ends_at: datetime) -> None:
    """Set the session cookie until the session ends."""
    left = int((ends_at - datetime.now(UTC)).total_seconds())
    name = visit.services.cookies.session
    set_cookie(visit, response, name, session_token, max_age=max(left, 0))
    response.delete_cookie(visit.services.cookies.nonce, **_cookie_scope(visit))


def end_session(visit: Visit, response: Response) -> None:
    """Clear the session cookie and what is held for it."""
    if visit.session_token:
        visit.services.tokens.forget(visit.session_token)
    response.delete_cookie(visit.services.cookies.session, **_cookie_scope(visit))


def choose_theme(visit: Visit, response: Response, theme: str) -> None:
    """Remember `light` or `dark`; anything else follows the system again."""
    name = visit.services.cookies.theme
    if theme in {"light", "dark"}:
        set_cookie(visit, response, name, theme, max_age=_YEAR_SECONDS)
    else:
        response.delete_cookie(name, **_cookie_scope(visit))


def set_cookie(
    visit: Visit, response: Response, name: str, value: str, *, max_age: int | None = None
) -> None:
    """Set a cookie no script can read and other sites' forms do not send."""
    response.set_cookie(name, value, max_age=max_age, **_cookie_scope(visit))


def _cookie_scope(visit: Visit) -> dict[str, Any]:
    return {
        "path": "/",
        "httponly": True,
        "samesite": "lax",
        "secure": visit.services.cookies.is_secure,
    }
