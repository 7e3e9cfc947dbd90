"""Observations over HTTP."""

import hashlib
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicator_api.indicators.service import get_indicator
from services.indicator_api.observations import repository, service
from services.indicator_api.observations.formats.answering import answer_as_file
from services.indicator_api.observations.formats.files import FileOrder
from services.indicator_api.observations.parameters import AskedQuestion, refused
from services.indicator_api.observations.remembered import read_figures
from services.indicator_api.observations.service import Answer
from services.indicator_api.observations.totals import asked_totals, read_notes
from services.shared.auth import Requires
from services.shared.csv_file import Dialect
from services.shared.database import DatabaseDependency
from services.shared.etags import etag_of, not_modified
from services.shared.negotiation import (
    MEDIA_TYPES,
    Format,
    choose_format,
)
from services.shared.paging import Cursor, decode_cursor, encode_cursor, link_next
from services.shared.principal import Principal
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession
from services.shared.streaming import StreamPlacesDependency

DEFAULT_OBSERVATIONS = 1_000
MAXIMUM_OBSERVATIONS = 50_000

router = feature_router("Zahlen")


@router.head("/observations", include_in_schema=False)
@router.get(
    "/observations",
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
)
async def read_observations(
    request: Request,
    principal: Annotated[Principal, Requires("observations:read")],
    question: AskedQuestion,
    session: ReadSession,
    database: DatabaseDependency,
    places: StreamPlacesDependency,
    f: Annotated[Format | None, Query(description="Format; sonst nach Accept")] = None,
    dialect: Annotated[
        Dialect | None,
        Query(
            description="CSV mit Semikolon und Dezimalkomma (sonst) oder mit Komma und Dezimalpunkt"
        ),
    ] = None,
    limit: Annotated[
        int | None,
        Query(
            ge=1,
            le=MAXIMUM_OBSERVATIONS,
            description="Zahlen je Seite, nur JSON; sonst 1.000. Dateien sind immer ganz",
        ),
    ] = None,
    cursor: Cursor = None,
) -> Response:
    """Released figures with source, release, quality and interval."""
    form = choose_format(request.headers.get("accept"), f)
    _refuse_what_the_format_has_not(form, dialect, limit, cursor)
    answer = await service.plan_figures(session, principal, question)
    etag = _etag(answer, request, form)
    headers = {"ETag": etag, "Vary": "Accept, Authorization", "Cache-Control": "no-cache"}
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    if question.checks_totals:
        differing = await read_notes(session, answer.plan, asked_totals(question))
        answer = replace(answer, notes=[*answer.notes, *differing])
    if form == "json":
        size = limit or DEFAULT_OBSERVATIONS
        return await _json(request, session, answer, size, cursor, headers)
    order = FileOrder(
        answer=answer,
        head=_head(answer),
        definitions=await _definitions(session, answer) if form == "xlsx" else {},
        database=database,
        places=places,
        principal=principal,
    )
    return answer_as_file(request, order, form, dialect or "semicolon", headers)


def _refuse_what_the_format_has_not(
    form: Format, dialect: Dialect | None, limit: int | None, cursor: str | None
) -> None:
    if dialect is not None and form != "csv":
        raise refused(
            "dialect", "dialect_needs_csv", "Eine Schreibweise (dialect) gibt es nur bei f=csv."
        )
    if form == "json":
        return
    for name, value in (("limit", limit), ("cursor", cursor)):
        if value is not None:
            raise refused(
                name,
                "not_for_files",
                f"Eine Datei enthält immer alle Zahlen; {name} geht nur mit f=json.",
            )


async def _definitions(session: AsyncSession, answer: Answer) -> dict[str, Any]:
    """The definitions of the indicators in words, by code."""
    codes = {item.code: None for item in answer.plan.definitions if not item.is_measure}
    return {code: await get_indicator(session, code) for code in codes}


def _etag(answer: Answer, request: Request, form: Format) -> str:
    """Changes with the definition, the releases read, their sources, what was asked, and with why
    there is nothing: a delivery that waits for its release changes no figure, but the reason."""
    parts = (answer.comparison.key, answer.plan.sources, answer.reason, request.url.query, form)
    digest = hashlib.sha256(repr(parts).encode())
    return etag_of(digest.hexdigest()[:32])


def _head(answer: Answer) -> dict[str, Any]:
    head = service.head_of(answer)
    head["reason"] = None if answer.reason is None else answer.reason.model_dump()
    return head


async def _json(
    request: Request,
    session: AsyncSession,
    answer: Answer,
    limit: int,
    cursor: str | None,
    headers: dict[str, str],
) -> Response:
    key = decode_cursor(cursor, int, str, str)
    after: repository.Place | None = None if key is None else (key[0], key[1], key[2])
    if request.method == "HEAD":
        return Response(media_type="application/json", headers=headers)
    head = service.head_of(answer)
    items, comparison, following = b"[]", b"[]", None
    reason = answer.reason
    if reason is None:
        figures = await read_figures(session, answer, after=after, limit=limit)
        items, comparison, following = figures.items, figures.comparison, figures.following
        if figures.shown == 0 and cursor is None:
            reason = await service.why_no_area(session, answer)
        elif following is None and cursor is None:
            head["notes"] = [*head["notes"], *_notes_without_items(answer, items)]
        if figures.classes is not None:
            head["classes"] = figures.classes
    head["next"] = None if following is None else encode_cursor(*following)
    head["reason"] = None if reason is None else reason.model_dump()
    body = orjson.dumps(head)[:-1] + b',"items":' + items + b',"comparison":' + comparison + b"}"
    response = Response(body, media_type="application/json", headers=headers)
    link_next(request, response, head["next"])
    return response


def _notes_without_items(answer: Answer, items: bytes) -> list[dict[str, Any]]:
    """What is said of those of several indicators that have no item; `items` are all there are."""
    if len(answer.plan.definitions) < 2:
        return []
    found = {(item["indicator"], item["breakdown"]) for item in orjson.loads(items)}
    return service.notes_without_items(answer, found)
