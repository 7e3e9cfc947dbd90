"""What is there and what is missing, over HTTP."""

import asyncio
import hashlib
from typing import Annotated, Literal

from fastapi import Query, Request, Response

from services.indicator_api.coverage import coverage_file, service
from services.indicator_api.coverage.schemas import Coverage
from services.indicator_api.coverage.service import CoverageQuestion
from services.shared.auth import Requires
from services.shared.etags import etag_of, not_modified
from services.shared.list_files import DialectChoice, csv_answer, table_headers
from services.shared.negotiation import MEDIA_TYPES, Format, choose_format
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Datenbestand")
_OFFERED: dict[Format, str] = {form: MEDIA_TYPES[form] for form in ("json", "csv", "xlsx")}


@router.get(
    "/coverage",
    response_model=Coverage,
    responses={200: {"content": {_OFFERED["csv"]: {}, _OFFERED["xlsx"]: {}}}},
)
async def read_coverage(
    request: Request,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    level: Annotated[str, Query(description="Ebene der Gebiete", max_length=40)] = "gemeinde",
    parent: Annotated[
        str | None, Query(description="Gebiet, dessen Teile gemeint sind; sonst die eigenen")
    ] = None,
    indicator: Annotated[
        list[str] | None,
        Query(description="Mehrfach möglich, * für alle; sonst die Schlüsselindikatoren"),
    ] = None,
    period: Annotated[
        str | None, Query(description="Wofür etwas vorliegen soll; sonst das jeweils Neueste")
    ] = None,
    f: Annotated[
        Literal["json", "csv", "xlsx"] | None,
        Query(description="Format; sonst nach dem Kopf „Accept“"),
    ] = None,
    dialect: DialectChoice = "semicolon",
) -> Response:
    """What is released, delivered, outdated or missing, by area and indicator, with reasons."""
    form = choose_format(request.headers.get("accept"), f, _OFFERED)
    question = CoverageQuestion(level, parent, tuple(indicator or ()), period)
    coverage = await service.read_coverage(session, principal, question)
    if form == "csv":
        rows = coverage_file.rows_of(coverage)
        return csv_answer(coverage_file.NAME, coverage_file.COLUMNS, rows, dialect)
    if form == "xlsx":
        content = await asyncio.to_thread(coverage_file.workbook, coverage)
        headers = table_headers(coverage_file.NAME, "xlsx")
        return Response(content, media_type=_OFFERED["xlsx"], headers=headers)
    body = coverage.model_dump_json().encode()
    headers = {
        "ETag": etag_of(hashlib.sha256(body).hexdigest()[:32]),
        "Vary": "Accept, Authorization",
        "Cache-Control": "no-cache",
    }
    unchanged = not_modified(request, headers["ETag"])
    return unchanged or Response(body, media_type=_OFFERED["json"], headers=headers)
