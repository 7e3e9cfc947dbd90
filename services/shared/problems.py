"""Errors that a client can understand: RFC 9457 problem documents with a stable code."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

PROBLEM_MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in the input: where (JSON pointer or parameter name), which, and in words."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """Base of all problems; a subclass fixes the HTTP status and a default title.

    `code` is stable and meant for programs; `title` and `detail` are German and meant for the
    person in front of it: what happened, what it means, what to do.
    """

    status = 500
    title = "Der Dienst konnte die Anfrage nicht bearbeiten"

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        title: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.title = title or type(self).title
        self.errors = tuple(errors)
        self.headers = headers or {}
        self.extra = extra

    def document(self, instance: str, request_id: str) -> dict[str, Any]:
        """The problem document (RFC 9457 section 3) as JSON values."""
        document: dict[str, Any] = {
            "type": f"urn:quartierblick:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors:
            document["errors"] = [asdict(error) for error in self.errors]
        return document | self.extra


class BadRequest(Problem):
    """400: the request itself is not well formed."""

    status = 400
    title = "Die Anfrage ist unvollständig"


class Unauthorised(Problem):
    """401: nobody, or nobody any more, stands behind the request."""

    status = 401
    title = "Anmeldung nötig"


class Forbidden(Problem):
    """403: the principal lacks the right that the route names."""

    status = 403
    title = "Dafür fehlt die Berechtigung"


class NotFound(Problem):
    """404: it does not exist, or the principal may not see it."""

    status = 404
    title = "Nicht gefunden"


class NotAcceptable(Problem):
    """406: there is no answer in a format that the client accepts."""

    status = 406
    title = "In diesem Format gibt es die Antwort nicht"


class Conflict(Problem):
    """409: the state of the record does not allow it."""

    status = 409
    title = "Das geht im jetzigen Zustand nicht"


class Gone(Problem):
    """410: it existed, and was withdrawn."""

    status = 410
    title = "Nicht mehr verfügbar"


class PreconditionFailed(Problem):
    """412: somebody changed the record since it was read."""

    status = 412
    title = "Inzwischen wurde etwas geändert"


class PayloadTooLarge(Problem):
    """413: the body is above the configured limit."""

    status = 413
    title = "Die Datei ist zu groß"


class UnsupportedMediaType(Problem):
    """415: the content type is none that the route reads."""

    status = 415
    title = "Dieses Dateiformat wird nicht gelesen"


class Invalid(Problem):
    """422: the input is readable and wrong."""

    status = 422
    title = "Die Angaben sind nicht gültig"


class PreconditionRequired(Problem):
    """428: a change must say which state it starts from."""

    status = 428
    title = "Die Angabe des Standes fehlt"


class TooManyRequests(Problem):
    """429: too often in too short a time."""

    status = 429
    title = "Zu viele Versuche"


class Unavailable(Problem):
    """503: a part it needs does not answer; trying again later may help."""

    status = 503
    title = "Zurzeit nicht erreichbar"
