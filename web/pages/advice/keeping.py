"""Forms that outlive a lost session and a silent service: what was typed is shown again.

A form that cannot be handled, because the session is over, a service is away or a right is gone,
comes back with everything in it, ready to be sent again.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from web.clients.base import Access, ServiceProblem, ServiceUnavailable
from web.csrf import SAFE_METHODS, is_same_origin
from web.error_pages import SERVICE_TASKS, SESSION_INVALID, SESSION_OVER
from web.errors import ForgeryRefused, RightMissing, SignInRequired
from web.logging import get_logger
from web.replies import end_session, render
from web.rights import right_label
from web.visit import Visit

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

# Fields a person types into, with their labels; all others are sent along unseen.
_WRITTEN = {
    "betreff": "Betreff",
    "titel": "Titel",
    "text": "Text",
    "ziel": "Ziel",
    "vereinbarung": "Vereinbarung",
    "grund": "Grund",
}
_SHORT = frozenset({"betreff", "titel"})
_NOT_KEPT = frozenset({"csrf_token"})

_HANDLED = (ServiceUnavailable, ServiceProblem, SignInRequired, RightMissing, ForgeryRefused)
_NOT_YET = "Noch nicht gespeichert"

_log = get_logger("web.advice")


@dataclass(frozen=True, slots=True)
class Interruption:
    """Why a form was not handled: `status`, what happened, what to do before sending it again."""

    status: int
    title: str
    happened: str
    needs_login: bool = False


class KeepingRoute(APIRoute):
    """A route whose form is kept when it cannot be handled."""

    def get_route_handler(self) -> Handler:
        """The handler that gives the form back instead of an error page."""
        handle = super().get_route_handler()

        async def keep(request: Request) -> Response:
            try:
                return await handle(request)
            except _HANDLED as error:
                interruption = _interruption(request, error)
                if request.method in SAFE_METHODS or interruption is None:
                    raise
                _log.warning("form_kept", status=interruption.status, reason=str(error))
                return await _give_back(request, interruption)

        return keep


def _interruption(request: Request, error: Exception) -> Interruption | None:
    """What to say of an error; None where nothing may be given back (another site's form)."""
    if not is_same_origin(_visit_of(request)):
        return None
    if isinstance(error, ServiceUnavailable):
        task = SERVICE_TASKS.get(error.service, "Ein Dienst")
        return Interruption(503, _NOT_YET, f"{task} antwortet gerade nicht.")
    if isinstance(error, ServiceProblem):
        return _refusal(error)
    if isinstance(error, RightMissing):
        return Interruption(403, _NOT_YET, f"Ihnen fehlt das Recht „{right_label(error.right)}“.")
    if isinstance(error, SignInRequired):
        return Interruption(401, _NOT_YET, SESSION_INVALID, needs_login=True)
    if _visit_of(request).account is None:
        return Interruption(401, _NOT_YET, SESSION_INVALID, needs_login=True)
    return Interruption(403, "Bitte noch einmal absenden", _SIGNED_IN_ANEW)


def _visit_of(request: Request) -> Visit:
    """The visit, which a service that failed may have kept from being opened."""
    known = getattr(request.state, "visit", None)
    if isinstance(known, Visit):
        return known
    return Visit(request, request.app.state.services, None, Access(request.state.request_id))


_SIGNED_IN_ANEW = (
    "Seit Sie dieses Formular geöffnet haben, haben Sie sich neu angemeldet. Zu Ihrem Schutz ist "
    "noch nichts gespeichert."
)


def _refusal(problem: ServiceProblem) -> Interruption:
    if problem.ends_session:
        happened = SESSION_OVER.get(problem.code, SESSION_INVALID)
        return Interruption(401, _NOT_YET, happened, needs_login=True)
    if problem.status >= 500:
        task = SERVICE_TASKS.get(problem.service, "Ein Dienst")
        return Interruption(503, _NOT_YET, f"{task} ist gerade gestört.")
    return Interruption(problem.status, _NOT_YET, problem.detail or problem.title)


async def _give_back(request: Request, interruption: Interruption) -> Response:
    services = request.app.state.services
    token = request.cookies.get(services.cookies.session) or None
    known = getattr(request.state, "visit", None)
    access = Access(request.state.request_id)
    if isinstance(known, Visit) and not interruption.needs_login:
        visit = known
    else:
        visit = Visit(request, services, None if interruption.needs_login else token, access)
    form = await request.form()
    fields = [
        (name, value)
        for name, value in form.multi_items()
        if isinstance(value, str) and name not in _NOT_KEPT
    ]
    context = {
        "title": interruption.title,
        "interruption": interruption,
        "action": visit.path_and_query,
        "written": [(n, v, _WRITTEN[n], n in _SHORT) for n, v in fields if v and n in _WRITTEN],
        "unseen": [(name, value) for name, value in fields if not value or name not in _WRITTEN],
        "has_error": True,
        "page_styles": ["css/advice.css"],
    }
    response = render(
        visit,
        "pages/advice/kept.html",
        context,
        partial="pages/advice/kept_form.html",
        status=interruption.status,
        # The part to be swapped knows nothing of this page: it takes the place of them all.
        headers={"HX-Retarget": "#inhalt", "HX-Reswap": "innerHTML"},
    )
    if interruption.needs_login and token:
        end_session(Visit(request, services, token, access), response)
    return response
