"""Every error leaves a service as a problem document: ours, the framework's, and crashes."""

from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.shared.logging import get_logger
from services.shared.problems import (
    PROBLEM_MEDIA_TYPE,
    BadRequest,
    FieldError,
    Invalid,
    NotFound,
    Problem,
    Unavailable,
)
from services.shared.validation_words import fault_in_words

logger = get_logger(__name__)


class _MethodNotAllowed(Problem):
    status = 405
    title = "So geht das hier nicht"


def problem_response(request: Request, problem: Problem) -> Response:
    """The problem as an HTTP answer."""
    request_id = getattr(request.state, "request_id", "")
    return Response(
        orjson.dumps(problem.document(request.url.path, request_id)),
        status_code=problem.status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers=problem.headers,
    )


def _field_error(error: dict[str, Any]) -> FieldError:
    place, *path = error["loc"]
    pointer = "/" + "/".join(str(part) for part in path) if place == "body" else str(path[-1])
    return FieldError(pointer, error["type"], fault_in_words(error))


def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    errors = [_field_error(dict(item)) for item in error.errors()]
    problem = Invalid(
        "invalid_request",
        "Bitte prüfen Sie: "
        + "; ".join(f"{item.pointer.lstrip('/') or 'Inhalt'}: {item.detail}" for item in errors),
        errors=errors,
    )
    return problem_response(request, problem)


def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    if error.status_code == 404:
        problem: Problem = NotFound(
            "route_unknown", "Diese Adresse gibt es nicht. Die Übersicht steht unter /docs."
        )
    elif error.status_code == 405:
        problem = _MethodNotAllowed(
            "method_not_allowed",
            f"„{request.method}“ gibt es an dieser Adresse nicht.",
            headers=dict(error.headers or {}),
        )
    else:
        problem = BadRequest("bad_request", str(error.detail))
        problem.status = error.status_code
    return problem_response(request, problem)


def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it alone
    return problem_response(request, error)


def _on_database_error(request: Request, error: Exception) -> Response:
    logger.error("database_error", exc_info=error)
    if _is_not_storable(error):
        return problem_response(
            request,
            Invalid(
                "character_not_allowed", "Das Zeichen NUL (U+0000) ist in Texten nicht erlaubt."
            ),
        )
    if isinstance(error, OperationalError | PoolTimeoutError):
        return problem_response(
            request,
            Unavailable(
                "database_unavailable",
                "Die Datenbank antwortet gerade nicht. Es wurde nichts geändert; "
                "versuchen Sie es gleich wieder.",
                headers={"Retry-After": "5"},
            ),
        )
    return problem_response(request, _crash())


def _is_not_storable(error: Exception) -> bool:
    """Whether a text held NUL, which PostgreSQL stores in none.

    The driver refuses to send it in a text, PostgreSQL to read it in a document of JSON.
    """
    if not isinstance(error, DataError):
        return False
    said = str(error.orig)
    return "NUL (0x00)" in said or "\\u0000 cannot be converted" in said


def on_crash(request: Request, error: Exception) -> Response:
    """The answer to an error that nobody foresaw; the log has the details."""
    logger.error("unhandled_error", exc_info=error)
    return problem_response(request, _crash())


def _crash() -> Problem:
    return Problem(
        "internal_error",
        "Das liegt an uns, nicht an Ihrer Anfrage. Es wurde nichts geändert. "
        "Nennen Sie bei einer Rückfrage die „request_id“.",
    )


def install_error_handlers(app: FastAPI) -> None:
    """Register the handlers for all kinds of errors but crashes (see `on_crash`)."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(DBAPIError, _on_database_error)
    app.add_exception_handler(PoolTimeoutError, _on_database_error)
