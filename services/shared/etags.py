"""Entity tags: a change names the version it starts from, a read may be answered by 304."""

from fastapi import Request
from starlette.responses import Response

from services.shared.problems import PreconditionFailed, PreconditionRequired


def etag_of(version: int | str) -> str:
    """The strong entity tag of a record's version."""
    return f'"{version}"'


def require_match(request: Request, version: int | str) -> None:
    """Raise unless `If-Match` names this version (RFC 9110 section 13.1.1).

    Raises `PreconditionRequired` (428) without the header, `PreconditionFailed` (412) with
    another version.
    """
    header = request.headers.get("if-match")
    if header is None:
        raise PreconditionRequired(
            "precondition_required",
            "Geben Sie im Kopf „If-Match“ den ETag an, den Sie zuletzt gelesen haben.",
        )
    tags = [tag.strip() for tag in header.split(",")]
    if "*" not in tags and etag_of(version) not in tags:
        raise PreconditionFailed(
            "precondition_failed",
            "Jemand hat den Eintrag inzwischen geändert. Laden Sie ihn neu und prüfen Sie, "
            "ob Ihre Änderung noch passt.",
            headers={"ETag": etag_of(version)},
        )


def not_modified(request: Request, etag: str) -> Response | None:
    """The 304 answer if the client already holds this version, else None."""
    header = request.headers.get("if-none-match")
    if header is None:
        return None
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    if "*" in tags or etag.removeprefix("W/") in tags:
        return Response(status_code=304, headers={"ETag": etag})
    return None
