"""Profiles of areas and their nearest neighbours over HTTP."""

import hashlib
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response

from services.indicator_api.areas.service import check_begun
from services.indicator_api.observations.question import AreaChoice
from services.indicator_api.observations.service import Answer
from services.indicator_api.profiles import service, similarity
from services.indicator_api.profiles.schemas import Profile, Similar
from services.indicator_api.profiles.service import Place
from services.shared.auth import Requires
from services.shared.etags import etag_of, not_modified
from services.shared.principal import Principal
from services.shared.problems import FieldError, Invalid
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

router = feature_router("Gebietsprofile")

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


@router.get("/areas/{code}/similar", response_model=Similar)
async def read_similar_areas(
    code: str,
    request: Request,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    indicator: Annotated[
        list[str] | None,
        Query(max_length=60, description="Wonach verglichen wird; sonst die Schlüsselindikatoren"),
    ] = None,
    level: Annotated[
        str | None, Query(description="Ebene; verglichen wird nur auf der eigenen")
    ] = None,
    count: Annotated[int, Query(ge=1, le=100, description="Wie viele Nachbarn")] = 10,
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
    headers = _headers(place, answer, request, day)
    unchanged = not_modified(request, headers["ETag"])
    if unchanged is not None:
        return unchanged
    document = await similarity.read_similar(
        session, place, answer, is_default=not indicator, count=count, valid_on=day
    )
    return _json(document, headers)


def _headers(place: Place, answer: Answer | None, request: Request, day: date) -> dict[str, str]:
    """The entity tag changes with the place, the catalogue, the releases read and the question."""
    read = None if answer is None else (answer.plan.key, answer.plan.sources, answer.notes)
    parts = (place, read, request.url.path, request.url.query, day)
    digest = hashlib.sha256(repr(parts).encode()).hexdigest()
    return {
        "ETag": etag_of(digest[:32]),
        "Vary": "Authorization",
        "Cache-Control": "no-cache",
    }


def _json(document: dict[str, Any], headers: dict[str, str]) -> Response:
    body = orjson.dumps(document, default=lambda value: value.model_dump())
    return Response(body, media_type="application/json", headers=headers)
