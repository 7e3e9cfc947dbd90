"""Profiles of areas and their nearest neighbours over HTTP."""

import asyncio
import hashlib
from datetime import date
from typing import Annotated, Any, Literal

import orjson
from fastapi import Query, Request, Response

from services.indicator_api.areas.service import check_begun
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.service import Answer
from services.indicator_api.profiles import service, similar_file, similarity
from services.indicator_api.profiles.schemas import Profile, Similar
from services.indicator_api.profiles.service import Place
from services.shared.auth import Requires
from services.shared.csv_file import MEDIA_TYPE as CSV_TYPE
from services.shared.csv_file import CsvWriter
from services.shared.etags import etag_of, not_modified
from services.shared.list_files import DialectChoice, table_headers
from services.shared.negotiation import MEDIA_TYPES, Format, choose_format
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Gebietsprofile")

_OFFERED: dict[Format, str] = {form: MEDIA_TYPES[form] for form in ("json", "csv", "xlsx")}

ValidOn = Annotated[date | None, Query(description="Gebietsstand (JJJJ-MM-TT); sonst der heutige")]


@router.get("/areas/{code}/profile", response_model=Profile)
async def read_area_profile(
    code: str,
    request: Request,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    valid_on: ValidOn = None,
) -> Response:
    """All released figures of an area and of those above it, over all times, with gaps named."""
    day = AreaChoice(valid_on=valid_on).day
    if valid_on is not None:
        await check_begun(session, code, valid_on)
    place = await service.find_place(session, code, day)
    answer = await service.plan_profile(session, principal, place, day)
    headers = _headers(place, answer, request, day)
    unchanged = not_modified(request, headers["ETag"])
    if unchanged is not None:
        return unchanged
    return _json(await service.read_profile(session, place, answer, day), headers)


@router.get(
    "/areas/{code}/similar",
    response_model=Similar,
    responses={200: {"content": {_OFFERED["csv"]: {}, _OFFERED["xlsx"]: {}}}},
)
async def read_similar_areas(
    code: str,
    request: Request,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    indicator: Annotated[
        list[str] | None,
        Query(
            max_length=60,
            description="Wonach verglichen wird; sonst die Schlüsselindikatoren, oder was es gibt",
        ),
    ] = None,
    level: Annotated[
        str | None, Query(description="Ebene; verglichen wird nur auf der eigenen")
    ] = None,
    count: Annotated[int, Query(ge=1, le=100, description="Wie viele Nachbarn")] = 10,
    f: Annotated[
        Literal["json", "csv", "xlsx"] | None,
        Query(description="Format; sonst nach dem Kopf „Accept“"),
    ] = None,
    dialect: DialectChoice = "semicolon",
) -> Response:
    """The areas of the same level that are most like this one, with distances and z values."""
    day = AreaChoice().day
    place = await service.find_place(session, code, day)
    if level is not None and level != place.kind:
        detail = (
            f"{place.name} gehört zur Ebene „{place.kind}“ und lässt sich nur mit Gebieten dieser "
            "Ebene vergleichen."
        )
        raise Invalid("other_level", detail, errors=[FieldError("level", "other_level", detail)])
    answer = await similarity.plan_similar(session, principal, place, indicator or (), day)
    form = choose_format(request.headers.get("accept"), f, _OFFERED)
    headers = _headers(place, answer, request, day, form)
    unchanged = not_modified(request, headers["ETag"])
    if unchanged is not None:
        return unchanged
    document = await similarity.read_similar(
        session, place, answer, is_default=not indicator, count=count, valid_on=day
    )
    if form == "json":
        return _json(document, headers)
    headers |= table_headers(similar_file.name_of(document), form)
    if form == "csv":
        writer = CsvWriter(dialect)
        body = writer.head(list(similar_file.COLUMNS))
        body += writer.rows(list(similar_file.rows_of(document)))
        return Response(body, media_type=CSV_TYPE, headers=headers)
    body = await asyncio.to_thread(similar_file.workbook, document)
    return Response(body, media_type=_OFFERED["xlsx"], headers=headers)


def _headers(
    place: Place, answer: Answer, request: Request, day: date, form: str = "json"
) -> dict[str, str]:
    """The entity tag changes with the place, the catalogue, the releases read and the question."""
    read = (answer.plan.key, answer.plan.sources, answer.notes)
    parts = (place, read, request.url.path, request.url.query, day, form)
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    return {
        "ETag": etag_of(digest[:32]),
        "Vary": "Accept, Authorization",
        "Cache-Control": "no-cache",
    }


def _json(document: dict[str, Any], headers: dict[str, str]) -> Response:
    body = orjson.dumps(document, default=lambda value: value.model_dump())
    return Response(body, media_type="application/json", headers=headers)
