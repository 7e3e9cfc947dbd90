"""Observations over HTTP."""

import hashlib
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.observations import repository, service
from services.indicator_api.observations.csv_table import to_csv
from services.indicator_api.observations.question import AreaChoice, Question
from services.indicator_api.observations.remembered import read_figures
from services.indicator_api.observations.service import Answer
from services.shared.auth import Requires
from services.shared.etags import etag_of, not_modified
from services.shared.paging import Cursor, decode_cursor, encode_cursor, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

DEFAULT_OBSERVATIONS = 1_000
MAXIMUM_OBSERVATIONS = 50_000
Format = Literal["json", "csv", "geojson"]
_MEDIA_TYPES: dict[str, Format] = {
    "application/json": "json",
    "text/csv": "csv",
    "application/geo+json": "geojson",
}

router = feature_router("Zahlen")


def _format(request: Request, asked: Format | None) -> Format:
    if asked is not None:
        return asked
    for part in request.headers.get("accept", "").split(","):
        media_type = part.split(";")[0].strip().lower()
        if media_type in _MEDIA_TYPES:
            return _MEDIA_TYPES[media_type]
    return "json"


@router.get(
    "/observations",
    responses={200: {"content": {media_type: {} for media_type in _MEDIA_TYPES}}},
)
async def read_observations(
    request: Request,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    indicator: Annotated[str | None, Query(description="Code des Indikators")] = None,
    measure: Annotated[
        str | None, Query(description="Code einer Messgröße, statt indicator")
    ] = None,
    period: Annotated[
        str | None, Query(description="Zeitraum, z. B. 2022 oder 2022-05-15; sonst der neueste")
    ] = None,
    level: Annotated[str | None, Query(description="Ebene, z. B. gemeinde")] = None,
    within: Annotated[str | None, Query(description="Nur Gebiete in diesem Gebiet")] = None,
    area: Annotated[
        list[str] | None,
        Query(description="Schlüssel, mehrfach möglich; ohne period die ganze Zeitreihe"),
    ] = None,
    breakdown: Annotated[str | None, Query(description="Aufgliederung, z. B. GES=GESW")] = None,
    release: Annotated[UUID | None, Query(description="Eine bestimmte Freigabe")] = None,
    f: Annotated[Format | None, Query(description="Format; sonst nach Accept")] = None,
    limit: Annotated[
        int | None,
        Query(
            ge=1,
            le=MAXIMUM_OBSERVATIONS,
            description="Zahlen je Seite; sonst 1.000, als CSV so viele wie möglich",
        ),
    ] = None,
    cursor: Cursor = None,
) -> Response:
    """Released figures with source, release, quality and interval."""
    question = Question(
        indicators=(indicator,) if indicator is not None else (),
        measures=(measure,) if measure is not None else (),
        periods=(period,) if period is not None else (),
        breakdowns=(breakdown,) if breakdown is not None else (),
        release=release,
        choice=AreaChoice(levels=(level,) if level else (), within=within, codes=tuple(area or ())),
    )
    answer = await service.plan_figures(session, principal, question)
    form = _format(request, f)
    etag = _etag(answer, request, form)
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    headers = {"ETag": etag, "Vary": "Accept, Authorization", "Cache-Control": "no-cache"}
    write = {"json": _json, "csv": _csv, "geojson": _geojson}[form]
    size = limit or (MAXIMUM_OBSERVATIONS if form == "csv" else DEFAULT_OBSERVATIONS)
    return await write(request, session, answer, question, size, cursor, headers)


def _etag(answer: Answer, request: Request, form: Format) -> str:
    """Changes with the definition, the releases read, their sources, and what was asked."""
    parts = (answer.comparison.key, answer.plan.sources, request.url.query, form)
    digest = hashlib.sha256(repr(parts).encode())
    return etag_of(digest.hexdigest()[:32])


async def _json(
    request: Request,
    session: AsyncSession,
    answer: Answer,
    question: Question,
    limit: int,
    cursor: str | None,
    headers: dict[str, str],
) -> Response:
    head = service.head_of(answer)
    items, comparison, following = b"[]", b"[]", None
    reason = answer.reason
    if reason is None:
        after = _place(cursor)
        figures = await read_figures(session, answer, after=after, limit=limit)
        items, comparison, following = figures.items, figures.comparison, figures.following
        if figures.shown == 0 and cursor is None:
            reason = service.why_no_area(answer)
        if figures.classes is not None:
            head["classes"] = figures.classes
    head["next"] = None if following is None else encode_cursor(*following)
    head["reason"] = None if reason is None else reason.model_dump()
    body = orjson.dumps(head)[:-1] + b',"items":' + items + b',"comparison":' + comparison + b"}"
    response = Response(body, media_type="application/json", headers=headers)
    link_next(request, response, head["next"])
    return response


async def _csv(
    request: Request,
    session: AsyncSession,
    answer: Answer,
    question: Question,
    limit: int,
    cursor: str | None,
    headers: dict[str, str],
) -> Response:
    rows: list[dict[str, Any]] = []
    following = None
    if answer.reason is None:
        rows, following = await repository.read_rows(
            session, answer.plan, question.choice, after=_place(cursor), limit=limit
        )
    else:
        headers["X-Reason-Code"] = answer.reason.code
    name = f"{answer.plan.definition.code}.csv"
    headers["Content-Disposition"] = f'attachment; filename="{name}"'
    body = to_csv(answer.plan, rows)
    response = Response(body, media_type="text/csv; charset=utf-8", headers=headers)
    link_next(request, response, None if following is None else encode_cursor(*following))
    return response


async def _geojson(
    request: Request,
    session: AsyncSession,
    answer: Answer,
    question: Question,
    limit: int,
    cursor: str | None,
    headers: dict[str, str],
) -> Response:
    features, following = b"[]", None
    if answer.reason is None:
        features, following = await repository.read_geojson(
            session, answer.plan, question.choice, after=_place(cursor), limit=limit
        )
    head = {"type": "FeatureCollection"} | service.head_of(answer)
    head["next"] = None if following is None else encode_cursor(*following)
    head["reason"] = None if answer.reason is None else answer.reason.model_dump()
    body = orjson.dumps(head)[:-1] + b',"features":' + features + b"}"
    response = Response(body, media_type="application/geo+json", headers=headers)
    link_next(request, response, head["next"])
    return response


def _place(cursor: str | None) -> repository.Place | None:
    key = decode_cursor(cursor, int, str, str)
    return None if key is None else (key[0], key[1], key[2])
