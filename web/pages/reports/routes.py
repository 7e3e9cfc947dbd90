"""Reports: the library, putting one together, its making, the report itself and its files."""

from typing import Annotated, get_args
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires
from web.clients.report_types import FileFormat
from web.errors import PageNotFound
from web.handing_on import asked_headers, hand_on
from web.pages.reports import composing, library, one
from web.pages.reports.address import LIST_PATH, NEW_PATH
from web.visit import Visit

router = APIRouter()

Reader = Annotated[Visit, Requires("reports:read")]
Author = Annotated[Visit, Requires("reports:create")]

# The file brings its own styles and must never run as a page of ours, however it is opened.
_FILE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@router.get(LIST_PATH)
async def list_reports(
    visit: Reader, suche: str = "", gebiet: str = "", stand: str = "", ab: str = ""
) -> Response:
    """The place's reports, newest first; `suche`, `gebiet` and `stand` narrow the list."""
    return await library.show(visit, suche, gebiet, stand, ab)


@router.post(LIST_PATH)
async def create_report(visit: Author) -> Response:
    """Begin a report as its preview showed it."""
    return await composing.create(visit)


@router.get(NEW_PATH)
async def compose_report(visit: Author) -> Response:
    """Choose template, place, map and chart, and see the report before it is made."""
    return await composing.show(visit)


@router.get(LIST_PATH + "/{report_id}")
async def show_report(visit: Reader, report_id: str) -> Response:
    """One report: its making, then the report with its files."""
    return await one.show(visit, await visit.reports.report(_checked(report_id)))


@router.get(LIST_PATH + "/{report_id}/dateien/{file_format}")
async def download_file(visit: Reader, report_id: str, file_format: str) -> Response:
    """A file of the report under its own name, or its figures (`snapshot`) as JSON."""
    checked, headers = _checked(report_id), asked_headers(visit.request)
    if file_format == "snapshot":
        stream = visit.reports.snapshot(checked, headers)
    elif file_format in get_args(FileFormat):
        stream = visit.reports.file(checked, _format(file_format), headers)
    else:
        raise PageNotFound("In diesem Format gibt es den Bericht nicht.")
    return await hand_on(
        stream, {"content-security-policy": _FILE_POLICY, "cache-control": "private, no-cache"}
    )


def _format(name: str) -> FileFormat:
    return "pdf" if name == "pdf" else "html"


def _checked(report_id: str) -> str:
    """The id in its usual form; what is none leads to the page for the unknown."""
    try:
        return str(UUID(report_id))
    except ValueError as error:
        raise PageNotFound("Diesen Bericht gibt es nicht.") from error
