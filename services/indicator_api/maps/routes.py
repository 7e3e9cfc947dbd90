"""Static maps over HTTP."""

import hashlib
from typing import Annotated, Any

from babel.numbers import format_decimal
from fastapi import Depends, Query, Request, Response

from services.indicator_api.facts.status import Status
from services.indicator_api.maps.repository import read_paths
from services.indicator_api.observations import service
from services.indicator_api.observations.asking import class_choice, map_question
from services.indicator_api.observations.classes import map_classes
from services.indicator_api.observations.plan import FigurePlan
from services.indicator_api.observations.question import ClassChoice, Question
from services.shared.auth import Requires
from services.shared.choropleth import PictureText, Shape, draw_choropleth
from services.shared.etags import etag_of, not_modified
from services.shared.principal import Principal
from services.shared.problems import NotFound
from services.shared.routing import feature_router
from services.shared.sessions import ReadSession

_WORDS = {
    Status.HIDDEN: "geheim",
    Status.UNKNOWN: "unbekannt oder geheim",
    Status.UNRELIABLE: "zu unsicher",
}

router = feature_router("Karten")


@router.get("/maps/{indicator}/{period}.svg", response_class=Response)
async def read_map(
    request: Request,
    principal: Annotated[Principal, Requires("observations:read")],
    session: ReadSession,
    question: Annotated[Question, Depends(map_question)],
    classed: Annotated[ClassChoice, Depends(class_choice)],
    width: Annotated[int, Query(ge=120, le=2400, description="Breite in Pixeln")] = 720,
) -> Response:
    """The map as a picture (SVG) with title and text alternative."""
    answer = await service.plan_figures(session, principal, question)
    digest = hashlib.sha256(f"{answer.plan.key}|{request.url}".encode()).hexdigest()
    etag = etag_of(digest[:32])
    unchanged = not_modified(request, etag)
    if unchanged is not None:
        return unchanged
    if answer.reason is not None:
        raise NotFound("map_empty", answer.reason.detail)
    choice = question.choice
    classes = await map_classes(session, answer.plan, choice, classed)
    paths = await read_paths(session, answer.plan, choice, classes.limits, width)
    if not paths.rows:
        raise NotFound("map_empty", "Zu diesen Gebieten liegen keine Grenzen vor.")
    areas = [_drawn(row, answer.plan) for row in paths.rows]
    label = answer.period["label"] if answer.period else question.periods[0]
    words = _words(answer.plan, label, areas)
    size = (width, paths.height)
    body = draw_choropleth(areas, len(classes.limits) - 1, size, words, follows_dark_pages=True)
    headers = {"ETag": etag, "Vary": "Authorization", "Cache-Control": "no-cache"}
    return Response(body, media_type="image/svg+xml", headers=headers)


def _number(value: float, plan: FigurePlan) -> str:
    pattern = "#,##0" + ("." + "0" * plan.definition.decimals if plan.definition.decimals else "")
    return f"{format_decimal(value, format=pattern, locale='de_DE')} {plan.definition.unit}"


def _drawn(row: dict[str, Any], plan: FigurePlan) -> Shape:
    status = Status(row["status"])
    value = row["value"]
    words = _WORDS.get(status, "keine Angabe") if value is None else _number(value, plan)
    return Shape(
        name=row["name"],
        path=row["path"],
        class_index=row["class"],
        is_hidden=status is Status.HIDDEN,
        text=words,
    )


def _words(plan: FigurePlan, label: str, areas: list[Shape]) -> PictureText:
    """The text alternative, written from the figures."""
    invented = " (erfundene Zahlen)" if any(item.is_fictional for item in plan.sources) else ""
    title = f"{plan.definition.name}, {label}{invented}"
    hidden = sum(area.is_hidden for area in areas)
    shown = [area for area in areas if area.class_index is not None]
    missing = len(areas) - hidden - len(shown)
    sentences = [f"Karte mit {len(areas)} Gebieten; {len(shown)} tragen einen Wert."]
    if hidden:
        sentences.append(f"{hidden} sind geheim.")
    if missing:
        sentences.append(f"Zu {missing} gibt es keine Angabe.")
    sources = "; ".join(dict.fromkeys(item.attribution for item in plan.sources))
    sentences.append(f"Quelle: {sources}.")
    return PictureText(title, " ".join(sentences))
