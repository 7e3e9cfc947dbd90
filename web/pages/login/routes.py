"""Log in and log out."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public, form_of
from web.clients.base import Access, ServiceProblem
from web.clients.consultation import ConsultationClient
from web.forms import field_text
from web.redirects import safe_path
from web.replies import end_session, redirect, render, start_session
from web.visit import Visit

router = APIRouter()

_STATUS_SHOWN = {401: 422, 429: 429, 422: 422}


@router.get("/anmelden")
async def show_login(visit: Annotated[Visit, Public()], weiter: str = "/") -> Response:
    """The login form; whoever is logged in already goes on."""
    if visit.account is not None:
        return redirect(visit, safe_path(weiter))
    return _login_page(visit, name="", weiter=weiter, errors={}, status=200)


@router.post("/anmelden")
async def log_in(visit: Annotated[Visit, Public()]) -> Response:
    """Begin a session and go on to `weiter`."""
    form = await form_of(visit)
    name, password = field_text(form, "name"), field_text(form, "password", strips=False)
    weiter = field_text(form, "weiter")
    missing = {
        field: message
        for field, value, message in (
            ("name", name, "Geben Sie Ihren Anmeldenamen ein."),
            ("password", password, "Geben Sie Ihr Passwort ein."),
        )
        if not value
    }
    if missing:
        return _login_page(visit, name, weiter, missing, 422)
    # Asked as nobody: an old session must not speak for the one that begins.
    asking = ConsultationClient(visit.services.consultation, Access(visit.request_id))
    try:
        user_agent = visit.request.headers.get("user-agent", "")
        granted = await asking.log_in(name, password, user_agent)
    except ServiceProblem as problem:
        if problem.status not in _STATUS_SHOWN:
            raise
        message = problem.detail or problem.title
        return _login_page(visit, name, weiter, {"name": message}, _STATUS_SHOWN[problem.status])
    await _end_former_session(visit)
    response = redirect(visit, safe_path(weiter))
    ends_at = datetime.fromisoformat(granted["session_expires_at"])
    start_session(visit, response, granted["session_token"], ends_at)
    return response


@router.post("/abmelden")
async def log_out(visit: Annotated[Visit, Public()]) -> Response:
    """End the session everywhere, not only in this browser's cookie."""
    await _end_former_session(visit)
    response = redirect(visit, "/", notice="Sie sind abgemeldet.")
    end_session(visit, response)
    return response


async def _end_former_session(visit: Visit) -> None:
    if visit.account is None:
        return
    try:
        await visit.consultation.log_out()
    except ServiceProblem as problem:
        if not problem.ends_session:
            raise


def _login_page(
    visit: Visit, name: str, weiter: str, errors: dict[str, str], status: int
) -> Response:
    context = {
        "title": "Anmelden",
        "name": name,
        "weiter": safe_path(weiter),
        "errors": errors,
        "has_error": bool(errors),
    }
    return render(visit, "pages/login/page.html", context, status=status)
