"""Revisions and earlier states of knowledge over HTTP."""

import hashlib
import re
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from services.indicator_api.revisions import changes, knowledge, service
from services.indicator_api.revisions.changes import MAXIMUM_CHANGES, ChangeQuestion
from services.indicator_api.revisions.knowledge import Knowledge, KnownQuestion
from services.indicator_api.revisions.revisions_file import revisions_file
from services.indicator_api.revisions.schemas import Basis, ChangePage, KnownFacts, RevisionPage
from services.indicator_api.revisions.service import RevisionQuestion
from services.shared.auth import Requires
from services.shared.csv_file import MEDIA_TYPE, Dialect
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of, not_modified
from services.shared.list_files import CSV_ANSWER, CsvWanted, ListFilesDependency
from services.shared.negotiation import (
    MEDIA_TYPES,
    Format,
    choose_format,
)
from services.shared.paging import Cursor, Limit, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession
from services.shared.streaming import FileStream, StreamPlacesDependency

router = feature_router("Revisionen")

Codes = Annotated[list[str] | None, Query(description="Mehrfach möglich")]
DatasetFilter = Annotated[str | None, Query(description="Code des Datenbestands")]
BasisFilter = Annotated[
    Basis | None,
    Query(description="Geänderte Lieferungen (nur die führende Stelle) oder Freigaben"),
]
AsOf = Annotated[
    str | None, Query(description="Tag (JJJJ-MM-TT, sein Ende) oder Zeitpunkt mit Zeitzone")
]
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_FACT_FORMATS: dict[Format, str] = {"json": MEDIA_TYPES["json"], "csv": MEDIA_TYPES["csv"]}


@router.get("/revisions", response_model=RevisionPage, responses=CSV_ANSWER)
async def read_revisions(
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    files: ListFilesDependency,
    csv: CsvWanted,
    dataset: DatasetFilter = None,
    indicator: Codes = None,
    measure: Codes = None,
    area: Codes = None,
    period: Codes = None,
    basis: BasisFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> RevisionPage | Response:
    """What changed, from what to what, with which delivery or release; as CSV all of it."""
    question = RevisionQuestion(
        dataset, indicator or (), measure or (), area or (), period or (), basis
    )
    if csv is not None:
        return files.csv(principal, revisions_file(principal, question), csv)
    page = await service.list_revisions(session, principal, question, cursor, limit)
    link_next(request, response, page.next)
    response.headers["Vary"] = "Authorization"
    return page


@router.get("/changes")
async def read_changes(
    response: Response,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    since: Annotated[
        str | None,
        Query(description="`next` der vorigen Antwort, oder ein Zeitpunkt (JJJJ-MM-TT…)"),
    ] = None,
    dataset: DatasetFilter = None,
    indicator: Codes = None,
    raw: Annotated[
        bool, Query(description="Gelieferte Zahlen; nur für die Stelle, die sie führt")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=MAXIMUM_CHANGES, description="Änderungen")] = 1000,
) -> ChangePage:
    """Cells that changed since then, in the order of publishing, for those who pull.

    `next` leads on from there, also when nothing has changed: no change is missed or repeated.
    """
    question = ChangeQuestion(since, dataset, tuple(indicator or ()), raw)
    response.headers["Vary"] = "Authorization"
    response.headers["Cache-Control"] = "no-cache"
    return await changes.list_changes(session, principal, question, limit)


@router.get(
    "/datasets/{code}/facts",
    response_model=KnownFacts,
    responses={200: {"content": {"text/csv": {}}}},
)
async def read_facts(
    code: str,
    request: Request,
    response: Response,
    principal: Annotated[Principal, Requires("facts:read_raw")],
    session: ReadSession,
    database: DatabaseDependency,
    places: StreamPlacesDependency,
    as_of: AsOf = None,
    measure: Codes = None,
    area: Codes = None,
    period: Codes = None,
    f: Annotated[Literal["json", "csv"] | None, Query(description="Format")] = None,
    dialect: Annotated[Dialect, Query(description="Schreibweise der CSV-Datei")] = "semicolon",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> KnownFacts | Response:
    """Raw facts of an own dataset as they are known, or were known at an earlier time."""
    question = KnownQuestion(code, as_of, measure or (), area or (), period or ())
    found = await knowledge.find_knowledge(session, principal, question)
    form = choose_format(request.headers.get("accept"), f, _FACT_FORMATS)
    headers = {
        "ETag": _etag(found, request, form),
        "Vary": "Accept, Authorization",
        "Cache-Control": "no-cache",
    }
    unchanged = not_modified(request, headers["ETag"])
    if unchanged is not None:
        return unchanged
    if form == "csv":
        day = "" if as_of is None else f"_bekannt_{_day_in_name(as_of)}"
        headers["Content-Disposition"] = f'attachment; filename="{code}_Rohdaten{day}.csv"'
        content = knowledge.stream_csv(database, places, principal, found, dialect)
        return FileStream(content, media_type=MEDIA_TYPE, headers=headers)
    page = await knowledge.list_facts(session, found, cursor, limit)
    response.headers.update(headers)
    link_next(request, response, page.next)
    return page


def _etag(found: Knowledge, request: Request, form: str) -> str:
    """Changes with the facts of the dataset, and with what was asked of them."""
    versions = (found.dataset.code, found.dataset.version, found.dataset.row_version)
    moment: datetime | None = found.before
    digest = hashlib.sha256(repr((versions, moment, request.url.query, form)).encode())
    return etag_of(digest.hexdigest()[:32])


def _day_in_name(as_of: str) -> str:
    """The day for a file's name; a moment may be written with signs that no header takes."""
    day = _DAY.match(as_of)
    return "Zeitpunkt" if day is None else day.group()
