"""Vector tiles over HTTP."""

import hashlib
from typing import Annotated

from fastapi import Depends, Path, Request, Response

from services.indicator_api.observations import service
from services.indicator_api.observations.asking import class_choice, map_question
from services.indicator_api.observations.classes import map_classes
from services.indicator_api.observations.question import ClassChoice, Question
from services.indicator_api.tiles import repository
from services.shared.auth import Requires
from services.shared.etags import etag_of, not_modified
from services.shared.principal import Principal
from services.shared.problems import NotFound
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

MAXIMUM_ZOOM = 18

router = feature_router("Karten")


@router.get("/tiles/{indicator}/{period}/{z}/{x}/{y}.mvt", response_class=Response)
async def read_tile(
    z: Annotated[int, Path(ge=0, le=MAXIMUM_ZOOM)],
    x: Annotated[int, Path(ge=0)],
    y: Annotated[int, Path(ge=0)],
    request: Request,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    question: Annotated[Question, Depends(map_question)],
    classed: Annotated[ClassChoice, Depends(class_choice)],
) -> Response:
    """A Mapbox vector tile with the layer `areas`: code, name, value, status, class."""
    if x >= 2**z or y >= 2**z:
        raise NotFound("tile_unknown", f"In Zoomstufe {z} gibt es diese Kachel nicht.")
    answer = await service.plan_figures(session, principal, question)
    digest = hashlib.sha256(f"{answer.plan.key}|{request.url}".encode()).hexdigest()
    etag = etag_of(digest[:32])
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    body = b""
    if answer.reason is None:
        choice = question.choice
        classes = await map_classes(session, answer.plan, choice, classed)
        body = await repository.read_tile(session, answer.plan, choice, classes.limits, (z, x, y))
    headers = {"ETag": etag, "Vary": "Authorization", "Cache-Control": "no-cache"}
    return Response(body, media_type="application/vnd.mapbox-vector-tile", headers=headers)
