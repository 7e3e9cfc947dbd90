"""Putting a report together: template, place, map and chart, with the preview beside them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import uuid4

from markupsafe import Markup
from starlette.responses import Response

from web.access import form_of
from web.area_kinds import FROM_LARGE_TO_SMALL, plural
from web.clients.base import ServiceProblem
from web.clients.indicator_types import AreaDetail
from web.clients.report_types import Choices, IndicatorChoice, Template
from web.clients.reports import Composition
from web.errors import PageNotFound
from web.forms import field_text
from web.pages.reports.address import LIST_PATH, composition_of, new_path
from web.pages.reports.places import MOST_FOUND, Found, PlaceGroup, own_places, search_places
from web.panels import Panel, panel
from web.replies import redirect, render
from web.visit import Visit

T = TypeVar("T")

STYLES = ["css/map.css", "css/report-article.css", "css/report.css"]
_SHOWN_IN_FORM = frozenset({400, 404, 409, 422, 429})
_EXISTS = (
    "Diesen Bericht gibt es schon: Seit er erstellt wurde, hat sich an seinen Zahlen nichts "
    "geändert."
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a template's first page: file inside `web/static`, pixels, text alternative."""

    path: str
    width: int
    height: int
    text: str


# Made from a report on the invented Musterstadt by `deploy.demo.make.report_picture`.
_PICTURES = {
    "gemeindeprofil": Picture(
        "img/reports/gemeindeprofil.png",
        546,
        772,
        "Erste Seite des Gemeindeprofils Musterstadt: der Leitsatz, darunter die Kennzahlen "
        "neben denen des Kreises",
    )
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no report on a place, and what would help."""

    title: str
    detail: str
    suggestion: str


_REFUSALS = {
    "template_unknown": "Diese Vorlage gibt es nicht",
    "area_unknown": "Dieses Gebiet gibt es nicht",
    "area_kind_unsupported": "Für Gebiete dieser Art gibt es die Vorlage nicht",
    "area_without_figures": "Für dieses Gebiet sind keine Zahlen freigegeben",
}
_NO_PLACE = Refusal(
    "Wählen Sie, worüber der Bericht sein soll", "Ein Bericht handelt von einem Gebiet.", ""
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A report as far as it is put together.

    `article` is None while it cannot be shown; `area` may be known all the same.
    """

    wanted: Composition
    template: Template
    area: AreaDetail | None = None
    choices: Choices | None = None
    article: Markup | None = None
    refusal: Refusal | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Where to choose a place from."""

    own: Panel[tuple[PlaceGroup, ...]]
    found: Panel[Found]


async def show(visit: Visit) -> Response:
    """The page for what the address asks."""
    wanted = composition_of(visit.request.query_params)
    return await _page(visit, wanted, visit.request.query_params.get("suche", ""))


async def create(visit: Visit) -> Response:
    """Begin the report and lead to it; else the page with what stands against it."""
    form = await form_of(visit)
    wanted = Composition(
        template=field_text(form, "vorlage"),
        area=field_text(form, "gebiet"),
        map_indicator=field_text(form, "karte"),
        chart_indicator=field_text(form, "verlauf"),
    )
    if not wanted.area:
        return await _page(visit, wanted, "", _NO_PLACE)
    key = field_text(form, "idempotency_key") or str(uuid4())
    try:
        created = await visit.reports.create(wanted, idempotency_key=key)
    except ServiceProblem as problem:
        return await _page(visit, wanted, "", _refusal(problem))
    path = f"{LIST_PATH}/{created.report.id}"
    if created.is_new:
        return redirect(visit, path)
    return redirect(visit, path, notice=_EXISTS, kind="info")


async def _page(
    visit: Visit, wanted: Composition, words: str, refusal: Refusal | None = None
) -> Response:
    templates = await visit.reports.templates()
    if not templates:
        raise PageNotFound("Auf dieser Plattform gibt es noch keine Vorlage für Berichte.")
    draft = await _draft(visit, templates, wanted)
    refusal = refusal or draft.refusal
    places = await _places(visit, draft, words)
    errors = {"suche" if places else "": refusal.title} if refusal else {}
    context = {
        "title": "Bericht erstellen",
        "crumbs": [("Berichte", LIST_PATH)],
        "templates": templates,
        "pictures": _PICTURES,
        "kinds_of": _kinds_in_words,
        "draft": draft,
        "refusal": refusal,
        "errors": errors,
        "has_error": bool(errors),
        "places": places,
        "most_found": MOST_FOUND,
        "path_with": lambda **changes: new_path(replace(draft.wanted, **changes)),
        "map_options": _options(draft.choices.map_indicators if draft.choices else ()),
        "chart_options": _options(draft.choices.chart_indicators if draft.choices else ()),
        "idempotency_key": str(uuid4()),
        "page_styles": STYLES,
        "page_scripts": ["js/combobox.js"],
    }
    is_search = "suche" in visit.request.query_params and not refusal
    part = "pages/reports/places_found.html" if is_search else "pages/reports/composition.html"
    return render(
        visit, "pages/reports/new.html", context, partial=part, status=422 if refusal else 200
    )


async def _draft(visit: Visit, templates: Sequence[Template], wanted: Composition) -> Draft:
    asked = next((item for item in templates if item.code == wanted.template), None)
    template = asked or templates[0]
    notes = (f"Die Vorlage „{wanted.template}“ gibt es nicht.",)
    draft = Draft(
        replace(wanted, template=template.code),
        template,
        notes=notes if wanted.template and asked is None else (),
    )
    if not wanted.area:
        return draft
    try:
        area, choices, article = await asyncio.gather(
            visit.indicator.area(wanted.area),
            visit.reports.choices(template.code, wanted.area),
            visit.reports.preview(draft.wanted),
            return_exceptions=True,
        )
        draft = replace(draft, area=_answered(area))
        draft = _settled(replace(draft, choices=_answered(choices)))
        if isinstance(article, ServiceProblem) and article.code == "indicator_unknown":
            # Asked for with an indicator that this place has not: now with the usual one.
            article = await visit.reports.preview(draft.wanted)
        return replace(draft, article=_answered(article))
    except ServiceProblem as problem:
        return replace(draft, refusal=_refusal(problem))


def _answered(answer: T | BaseException) -> T:
    """What was answered. Raises what was raised instead."""
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _settled(draft: Draft) -> Draft:
    """The draft with indicators that its place has; what it lacks is said, not just replaced."""
    choices, wanted = draft.choices or Choices(), draft.wanted
    shown_map, map_note = _choose(
        wanted.map_indicator, choices.map_indicators, choices.default_map_indicator, "als Karte"
    )
    shown_chart, chart_note = _choose(
        wanted.chart_indicator,
        choices.chart_indicators,
        choices.default_chart_indicator,
        "als Entwicklung",
    )
    return replace(
        draft,
        wanted=replace(wanted, map_indicator=shown_map, chart_indicator=shown_chart),
        notes=(*draft.notes, *filter(None, (map_note, chart_note))),
    )


def _choose(
    asked: str, offered: Sequence[IndicatorChoice], usual: str | None, where: str
) -> tuple[str, str]:
    """The code to show, and a sentence where it is another than the one asked for."""
    if not asked or any(item.code == asked for item in offered):
        return asked or usual or "", ""
    return usual or "", (
        f"Den Indikator „{asked}“ gibt es für dieses Gebiet nicht {where}. Gezeigt wird der "
        "übliche."
    )


def _kinds_in_words(template: Template) -> str:
    """What a template can be about: „Kreise und kreisfreie Städte, Gemeinden, Quartiere“."""
    return ", ".join(plural(kind) for kind in FROM_LARGE_TO_SMALL if kind in template.kinds)


def _options(offered: Sequence[IndicatorChoice]) -> list[tuple[str, str]]:
    return [(item.code, item.name) for item in offered]


async def _places(visit: Visit, draft: Draft, words: str) -> Places | None:
    """Where to choose from; None where the place is chosen."""
    if draft.article is not None and not words:
        return None
    codes = visit.account.area_codes if visit.account else ()
    kinds = draft.template.kinds
    own, found = await asyncio.gather(
        panel(own_places(visit.indicator, codes, kinds), "Die eigenen Gebiete"),
        panel(search_places(visit.indicator, words, kinds, codes), "Die Gebiete"),
    )
    return Places(own, found)


def _refusal(problem: ServiceProblem) -> Refusal:
    """The refusal in words. Raises `problem` again when it is not about what was chosen."""
    if problem.status not in _SHOWN_IN_FORM:
        raise problem
    title = _REFUSALS.get(problem.code, problem.title)
    return Refusal(title, problem.detail, str(problem.document.get("suggestion") or ""))
