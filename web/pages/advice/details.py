"""What a case is about and who works on it: title, phase, topics, areas, advisor."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.advice_types import Case, Explained, current_of
from web.clients.base import Document, ServiceProblem
from web.clients.indicator_types import Area
from web.forms import field_text, field_texts
from web.pages.advice import words
from web.pages.advice.case import ONE, UNKNOWN
from web.pages.advice.editing import Edit, Field, is_saved_already, show_edit
from web.pages.advice.keeping import KeepingRoute
from web.pages.advice.places import read_case_choices
from web.pages.advice.sending import STALE, Given, checked_id, given_of, refusal, with_errors
from web.replies import redirect
from web.visit import Visit

router = APIRouter(route_class=KeepingRoute)

Writer = Annotated[Visit, Requires("cases:write")]

_FIELDS = {
    "title": "titel",
    "phase": "phase",
    "topics": "themen",
    "area_codes": "gebiete",
    "advisor_id": "beratung",
}
_LISTS = ("themen", "gebiete")


@router.get(ONE + "/bearbeiten")
async def show_details_form(visit: Writer, case_id: str) -> Response:
    """The form with the case's details."""
    case = await visit.advice.case(checked_id(case_id, UNKNOWN))
    return show_edit(visit, case, await _edit(visit, case), Given(_values(case)))


@router.post(ONE + "/bearbeiten")
async def change_details(visit: Writer, case_id: str) -> Response:
    """Save the details as they stand in the form."""
    case = await visit.advice.case(checked_id(case_id, UNKNOWN))
    form = await form_of(visit)
    given = _given(form)
    etag = field_text(form, "etag") or case.etag
    errors = _missing(given)
    if errors:
        kept = await _edit(visit, case, etag=etag)
        return show_edit(visit, case, kept, with_errors(given, errors))
    try:
        await visit.advice.change_case(case.id, _body(case, given), etag)
    except ServiceProblem as problem:
        if problem.status == STALE:
            return await _stale(visit, case, problem, given)
        kept = await _edit(visit, case, etag=etag)
        return show_edit(visit, case, kept, with_errors(given, refusal(problem, _FIELDS)))
    return redirect(visit, words.case_path(case.id), notice="Die Angaben sind gespeichert.")


async def _stale(visit: Visit, case: Case, problem: ServiceProblem, given: Given) -> Response:
    current = current_of(problem.document)
    theirs = Case.model_validate(current) if current else case
    if is_saved_already(given, _values(theirs)):
        return redirect(visit, words.case_path(case.id), notice="Die Angaben sind gespeichert.")
    edit = await _edit(visit, theirs)
    return show_edit(visit, theirs, edit, given, theirs=_values(theirs))


def _values(case: Case) -> dict[str, str]:
    return {
        "titel": case.title,
        "phase": case.phase.code if case.phase else "",
        "themen": " ".join(sorted(topic.code for topic in case.topics)),
        "gebiete": " ".join(sorted(case.area_codes)),
        **({"beratung": _advisor(case)} if case.my_side == "beratung" else {}),
    }


def _advisor(case: Case) -> str:
    return case.advisor.id if case.advisor else ""


def _given(form: FormData) -> Given:
    plain = given_of(form, "titel", "phase", "beratung")
    lists = {name: " ".join(sorted(field_texts(form, name))) for name in _LISTS}
    return Given({**plain.values, **lists})


async def _edit(visit: Visit, case: Case, *, etag: str = "") -> Edit:
    is_team = case.my_side == "beratung"
    topics, phases, areas = await asyncio.gather(
        visit.advice.topics(),
        visit.advice.phases(),
        read_case_choices(visit.indicator, case.area_codes),
    )
    fields = [
        Field("text", "titel", "Titel"),
        Field("radios", "phase", "Phase", [_explained(item) for item in phases]),
        Field("checkboxes", "themen", "Themen", [(item.code, item.label) for item in topics]),
        Field("checkboxes", "gebiete", "Gebiete", _area_options(areas)),
    ]
    if is_team:
        advisors = await visit.advice.advisors(case.id)
        people = [(person.id, person.name) for person in advisors]
        fields.append(Field("select", "beratung", "Wer berät?", people, empty_label="noch niemand"))
    return Edit("Angaben zum Fall ändern", "bearbeiten", tuple(fields), etag or case.etag)


def _explained(item: Explained) -> tuple[str, str, str]:
    return item.code, item.label, item.description


def _area_options(areas: Sequence[Area]) -> list[tuple[str, str]]:
    """By name; the kind stands beside those of which there are few, not beside each Quartier."""
    kinds = Counter(area.kind for area in areas)
    usual = kinds.most_common(1)[0][0] if len(areas) > 2 else ""
    return [
        (area.code, area.name if area.kind == usual else f"{area.name} ({area.kind_label})")
        for area in areas
    ]


def _missing(given: Given) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not given.text("titel"):
        errors["titel"] = "Geben Sie dem Fall einen Titel."
    if not given.text("gebiete"):
        errors["gebiete"] = "Wählen Sie mindestens ein Gebiet."
    return errors


def _body(case: Case, given: Given) -> Document:
    body: Document = {
        "title": given.text("titel"),
        "topics": given.text("themen").split(),
        "area_codes": given.text("gebiete").split(),
    }
    if given.text("phase"):
        body["phase"] = given.text("phase")
    if case.my_side == "beratung":
        body["advisor_id"] = given.text("beratung") or None
    return body
