"""Recording one change of areas: the form, what it would change in words, and the record."""

import asyncio
from datetime import date, timedelta
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires, form_of
from web.area_kinds import plural
from web.clients.area_changes import AreaChange, AreaChangesClient
from web.clients.base import ServiceProblem
from web.clients.indicator_types import Area
from web.format import day, parse_day
from web.forms import field_text
from web.pages.area_changes import words
from web.pages.area_changes.event_form import KINDS, MOST_ROWS, Errors, EventForm
from web.pages.area_changes.words import LAND, PATH
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter()

FORM_PATH = f"{PATH}/neu"
Recorder = Annotated[Visit, Requires("areas:write", "partitions:write")]
_OFFICIAL = ("kreis", "gemeinde")
_SHOWN_IN_FORM = frozenset({400, 403, 404, 409, 422})
_ROWS = 500


@router.get(FORM_PATH)
async def show_form(visit: Recorder) -> Response:
    """The empty form."""
    return await _form(visit, EventForm(), {})


@router.post(FORM_PATH)
async def take_form(visit: Recorder) -> Response:
    """Add a row, show in words what would change, or record it."""
    form = await form_of(visit)
    step = field_text(form, "schritt")
    key = field_text(form, "idempotency_key") or str(uuid4())
    if step in ("mehr", "aendern"):
        return await _form(visit, EventForm.read(form, more=int(step == "mehr")), {})
    event = EventForm.read(form)
    errors = event.faults()
    if errors:
        return await _form(visit, event, errors)
    areas = {area.code: area for area in await _areas(visit, event)}
    client = AreaChangesClient(visit.services.indicator, visit.access)
    try:
        if step == "verzeichnen":
            made = await client.record(event.values(areas), key)
            notice = "Die Gebietsänderung ist verzeichnet."
            return redirect(visit, f"{PATH}/{made.id}", notice=notice)
        change = await client.rehearse(event.values(areas), key)
    except ServiceProblem as problem:
        if problem.status not in _SHOWN_IN_FORM:
            raise
        errors = event.errors_of(list(problem.errors)) or {"": problem.detail or problem.title}
        return await _form(visit, event, errors)
    context = {
        "title": "Gebietsänderung prüfen",
        "crumbs": _crumbs(("Gebietsänderung verzeichnen", FORM_PATH)),
        "change": change,
        "sentences": sentences(change),
        "words": words,
        "event": event,
        "path": FORM_PATH,
        "idempotency_key": key,
        "page_styles": ["css/areas.css"],
    }
    return render(visit, "pages/area_changes/confirm.html", context)


async def _form(visit: Visit, event: EventForm, errors: Errors) -> Response:
    areas = await _areas(visit, event)
    groups: dict[str, list[tuple[str, str]]] = {}
    for area in areas:
        groups.setdefault(plural(area.kind), []).append((area.code, f"{area.name} ({area.code})"))
    context = {
        "title": "Gebietsänderung verzeichnen",
        "crumbs": _crumbs(),
        "event": event,
        "kinds": list(KINDS.items()),
        "areas": list(groups.items()),
        "may_add": len(event.rows) < MOST_ROWS,
        "path": FORM_PATH,
        "errors": errors,
        "has_error": bool(errors),
        "idempotency_key": str(uuid4()),
        "page_styles": ["css/map.css", "css/areas.css"],
        "page_scripts": ["js/combobox.js"],
    }
    return render(visit, "pages/area_changes/record.html", context, status=422 if errors else 200)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Gebiete", "/gebiete"), ("Gebietsänderungen", PATH), *more]


async def _areas(visit: Visit, event: EventForm) -> list[Area]:
    """What one may change: the towns and Kreise of the Land, else the own areas of one's towns.

    They are those of the eve of the change, once its day is known.
    """
    asked = parse_day(event.head["tag"])
    eve = (date.fromisoformat(asked) - timedelta(days=1)).isoformat() if asked else None
    client = visit.indicator
    if visit.may("areas:write"):
        pages = await asyncio.gather(
            *(client.areas(kind=kind, within=LAND, valid_on=eve, limit=_ROWS) for kind in _OFFICIAL)
        )
        return [area for page in pages for area in page.items]
    roots = visit.account.area_codes if visit.account else ()
    pages = await asyncio.gather(
        *(client.areas(within=code, valid_on=eve, limit=_ROWS) for code in roots)
    )
    official = (*_OFFICIAL, "bund", "land", "regierungsbezirk")
    own = {area.code: area for page in pages for area in page.items if area.kind not in official}
    return list(own.values())


def sentences(change: AreaChange) -> list[str]:
    """What a change does to the register, an area a sentence: „05313 Aachen endet am …“."""
    before = {link.before.code: link.before for link in change.links if link.before}
    after = {link.after.code: link.after for link in change.links if link.after}
    eve = day(change.effective_on - timedelta(days=1))
    first = day(change.effective_on)
    found = [
        f"{code} {area.name} endet am {eve}." for code, area in before.items() if code not in after
    ]
    for code, area in after.items():
        old = before.get(code)
        if old is None:
            found.append(f"{code} {area.name} gilt ab dem {first}.")
        elif old.name != area.name:
            found.append(f"{code} {old.name} heißt ab dem {first} {area.name}.")
        elif change.kind != "rename":
            found.append(f"{code} {area.name} besteht weiter, ab dem {first} im neuen Zuschnitt.")
    found += [
        f"{words.share(link)} von {link.before.name} gehen an {link.after.name}."
        for link in change.links
        if link.before and link.after and words.share(link)
    ]
    is_exact = all(link.basis == "whole" for link in change.links)
    if change.kind != "rename":
        found.append(
            "Zeitreihen rechnen genau um."
            if is_exact
            else "Zeitreihen rechnen mit den Anteilen um; solche Zahlen gelten als geschätzt."
        )
    return found
