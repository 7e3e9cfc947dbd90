"""Pages for what went wrong: what happened, what it means, what to do, and the request id."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from web.access import open_visit
from web.clients.base import Access, ServiceProblem, ServiceUnavailable
from web.csrf import SAFE_METHODS
from web.errors import BodyTooLarge, ForgeryRefused, PageNotFound, RightMissing, SignInRequired
from web.format import file_size
from web.logging import get_logger
from web.redirects import login_url
from web.replies import end_session, leave_notice, redirect, render
from web.rights import right_label
from web.visit import Visit

SESSION_OVER = {
    "session_revoked": "Ihre Sitzung wurde beendet. Bitte melden Sie sich neu an.",
    "session_expired": "Ihre Sitzung ist abgelaufen. Bitte melden Sie sich neu an.",
}
SESSION_INVALID = "Ihre Anmeldung gilt nicht mehr. Bitte melden Sie sich neu an."

SERVICE_TASKS = {
    "indicator_api": "Der Dienst für Gebiete und Zahlen",
    "consultation_api": "Der Dienst für Konten und Anmeldung",
    "report_api": "Der Dienst für Berichte",
}

_log = get_logger("web.errors")


@dataclass(frozen=True, slots=True)
class Failure:
    """What an error page says."""

    status: int
    title: str
    happened: str
    advice: tuple[str, ...]


_BY_API = (
    "Größere Lieferungen nimmt die Schnittstelle an (POST /v1/deliveries), am einfachsten mit dem "
    "Befehl „quartierblick deliver DATEI“. Ihre IT kann das einrichten."
)
NOT_FOUND = Failure(
    404,
    "Diese Seite gibt es nicht",
    "Die Adresse führt zu keiner Seite, oder der Eintrag ist für Sie nicht sichtbar.",
    (
        "Prüfen Sie die Adresse auf Tippfehler.",
        "Suchen Sie das Gebiet oder den Indikator über die Suche oben.",
        "Wenn Sie den Link von einer Kollegin oder einem Kollegen haben: Melden Sie sich an – "
        "manches ist nur für bestimmte Stellen sichtbar.",
    ),
)

CRASH = Failure(
    500,
    "Diese Seite konnte nicht erstellt werden",
    "Bei uns ist etwas schiefgegangen, das nicht an Ihnen liegt. Es ist nichts gespeichert worden, "
    "was Sie gerade abgeschickt haben.",
    (
        "Laden Sie die Seite in einer Minute noch einmal.",
        "Bleibt es dabei, nennen Sie uns die Vorgangsnummer unten. Damit finden wir die Ursache.",
    ),
)

FORGERY = Failure(
    403,
    "Das Formular war nicht mehr gültig",
    "Das Formular gehörte zu einer anderen Sitzung oder kam von einer anderen Seite. Zu Ihrem "
    "Schutz wurde es nicht ausgeführt.",
    ("Gehen Sie zurück, laden Sie die Seite neu und schicken Sie das Formular noch einmal ab.",),
)


def _unavailable(service: str) -> Failure:
    task = SERVICE_TASKS.get(service, "Ein Dienst")
    return Failure(
        503,
        "Dieser Teil ist gerade nicht erreichbar",
        f"{task} antwortet nicht. Die übrigen Seiten können Sie weiter benutzen.",
        (
            "Laden Sie die Seite in einer Minute noch einmal.",
            "Bleibt es dabei, sagen Sie dem Betrieb die Vorgangsnummer unten.",
        ),
    )


def _right_missing(right: str) -> Failure:
    return Failure(
        403,
        "Dafür fehlt Ihnen das Recht",
        f"Diese Seite braucht das Recht „{right_label(right)}“ ({right}). Ihr Konto hat es an dem "
        "Ort, für den Sie gerade arbeiten, nicht.",
        (
            "Arbeiten Sie für mehrere Stellen, dann wechseln Sie oben den Ort.",
            "Sonst bitten Sie die Verwaltung Ihrer Organisation um das Recht.",
        ),
    )


def _refused(problem: ServiceProblem) -> Failure:
    if problem.status == 404:
        return Failure(404, problem.title, problem.detail or NOT_FOUND.happened, NOT_FOUND.advice)
    if problem.code == "right_missing":
        return _right_missing(str(problem.document.get("right") or problem.detail))
    if problem.status >= 500:
        return CRASH
    advice = {
        410: ("Fragen Sie die Stelle, der die Zahlen gehören, nach der neuen Fassung.",),
        412: ("Laden Sie die Seite neu und sehen Sie, was sich geändert hat.",),
        429: ("Warten Sie einige Minuten und versuchen Sie es dann noch einmal.",),
    }.get(problem.status, ("Gehen Sie zurück und prüfen Sie Ihre Angaben.",))
    return Failure(problem.status, problem.title, problem.detail, advice)


def show_failure(
    visit: Visit, failure: Failure, headers: Mapping[str, str] | None = None
) -> Response:
    """The error page, or a short notice in its place where htmx asked for a part."""
    context = {"title": failure.title, "failure": failure, "request_id": visit.request_id}
    return render(
        visit,
        "errors/page.html",
        context,
        partial="errors/part.html",
        status=failure.status,
        headers=headers,
    )


async def _visit_of(request: Request) -> Visit:
    """The visit with the account where that is possible, else as the public."""
    known = getattr(request.state, "visit", None)
    if isinstance(known, Visit):
        return known
    try:
        return await open_visit(request)
    except (ServiceProblem, ServiceUnavailable):
        return Visit(request, request.app.state.services, None, Access(request.state.request_id))


def _to_login(visit: Visit, text: str | None, *, ends_session: bool) -> Response:
    back_to = visit.path_and_query if visit.request.method in SAFE_METHODS else "/"
    if visit.is_htmx:
        back_to = visit.request.headers.get("HX-Current-URL", "/")
        back_to = "/" + back_to.split("://", 1)[-1].partition("/")[2]
    response = redirect(visit, login_url(back_to))
    if visit.is_htmx:
        response.status_code = 401
    if text:
        leave_notice(visit, response, text, "info")
    if ends_session:
        end_session(visit, response)
    return response


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceProblem)  # noqa: S101 - the handler is registered for it
    if error.ends_session:
        services = request.app.state.services
        token = request.cookies.get(services.cookies.session)
        visit = Visit(request, services, token, Access(request.state.request_id))
        return _to_login(visit, SESSION_OVER.get(error.code, SESSION_INVALID), ends_session=True)
    _log.warning("service_refused", service=error.service, status=error.status, code=error.code)
    return show_failure(await _visit_of(request), _refused(error))


async def _on_unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceUnavailable)  # noqa: S101 - the handler is registered for it
    _log.error("service_unavailable", service=error.service, reason=error.reason)
    visit = await _visit_of(request)
    return show_failure(visit, _unavailable(error.service), {"Retry-After": "30"})


async def _on_sign_in_required(request: Request, _error: Exception) -> Response:
    visit = await _visit_of(request)
    return _to_login(
        visit, "Bitte melden Sie sich an, um diese Seite zu sehen.", ends_session=False
    )


async def _on_right_missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, RightMissing)  # noqa: S101 - the handler is registered for it
    return show_failure(await _visit_of(request), _right_missing(error.right))


async def _on_forgery(request: Request, _error: Exception) -> Response:
    _log.warning("forgery_refused", path=request.url.path)
    return show_failure(await _visit_of(request), FORGERY)


async def _on_large_body(request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyTooLarge)  # noqa: S101 - the handler is registered for it
    failure = Failure(
        413,
        "Die Datei ist zu groß",
        f"Mehr als {file_size(error.limit)} nehmen wir in einem Stück nicht an. Es ist nichts "
        "gespeichert worden.",
        (
            *([_BY_API] if request.url.path.startswith("/lieferungen") else []),
            "Teilen Sie die Datei, zum Beispiel nach Jahren, und liefern Sie die Teile einzeln.",
            "Eine CSV-Datei ohne überflüssige Spalten ist oft viel kleiner.",
        ),
    )
    response = show_failure(await _visit_of(request), failure)
    # The body was not read: the connection cannot be used for another request.
    response.headers["Connection"] = "close"
    return response


async def _on_not_found(request: Request, error: Exception) -> Response:
    detail = error.detail if isinstance(error, PageNotFound) else ""
    failure = Failure(404, NOT_FOUND.title, detail or NOT_FOUND.happened, NOT_FOUND.advice)
    return show_failure(await _visit_of(request), failure)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for it
    if error.status_code == 404:
        return await _on_not_found(request, error)
    failure = Failure(
        error.status_code,
        "Diese Anfrage können wir nicht ausführen",
        "Die Adresse kennt diese Art von Anfrage nicht.",
        ("Beginnen Sie auf der Startseite neu.",),
    )
    return show_failure(await _visit_of(request), failure, error.headers)


async def _on_bad_address(request: Request, _error: Exception) -> Response:
    failure = Failure(
        422,
        "Mit dieser Adresse können wir nichts anfangen",
        "Ein Teil der Adresse oder des Formulars hat nicht die erwartete Form.",
        ("Prüfen Sie die Adresse, oder beginnen Sie auf der Startseite neu.",),
    )
    return show_failure(await _visit_of(request), failure)


async def on_crash(request: Request) -> Response:
    """The page for an error nobody caught; needs no service."""
    services = request.app.state.services
    return show_failure(Visit(request, services, None, Access(request.state.request_id)), CRASH)


def add_error_pages(app: FastAPI) -> None:
    """Register all handlers."""
    app.add_exception_handler(ServiceProblem, _on_problem)
    app.add_exception_handler(ServiceUnavailable, _on_unavailable)
    app.add_exception_handler(SignInRequired, _on_sign_in_required)
    app.add_exception_handler(RightMissing, _on_right_missing)
    app.add_exception_handler(ForgeryRefused, _on_forgery)
    app.add_exception_handler(BodyTooLarge, _on_large_body)
    app.add_exception_handler(PageNotFound, _on_not_found)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_bad_address)
