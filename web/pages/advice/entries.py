"""Entries of the timeline: adding one, changing one's own."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.advice_types import Case, Entry, current_of
from web.clients.base import Document, ServiceProblem
from web.forms import field_text
from web.pages.advice import words
from web.pages.advice.case import ONE, UNKNOWN, done, show_form_again
from web.pages.advice.editing import Edit, Field, is_saved_already, show_edit
from web.pages.advice.keeping import KeepingRoute
from web.pages.advice.sending import (
    STALE,
    Given,
    checked_id,
    given_of,
    refusal,
    submission_key,
    with_errors,
)
from web.replies import redirect
from web.visit import Visit

router = APIRouter(route_class=KeepingRoute)

Writer = Annotated[Visit, Requires("cases:write")]

_EDIT = ONE + "/eintraege/{entry_id}/bearbeiten"
_UNKNOWN_ENTRY = "Diesen Eintrag gibt es nicht."
_FORM = ("art", "datum", "titel", "text", "sicht")
_FIELDS = {
    "kind": "art",
    "occurred_on": "datum",
    "title": "titel",
    "text": "text",
    "visibility": "sicht",
}


@router.post(ONE + "/notizen")
async def add_entry(visit: Writer, case_id: str) -> Response:
    """Write a note or another entry into the timeline."""
    checked = checked_id(case_id, UNKNOWN)
    given = given_of(await form_of(visit), *_FORM)
    errors = _missing(given)
    if errors:
        return await show_form_again(visit, checked, "notiz", with_errors(given, errors))
    try:
        await visit.advice.add_entry(checked, _body(given), submission_key(given))
    except ServiceProblem as problem:
        errors = refusal(problem, _FIELDS)
        return await show_form_again(visit, checked, "notiz", with_errors(given, errors))
    is_internal = given.text("sicht") == "intern"
    notice = (
        "Intern gespeichert: nur das Beratungsteam liest es." if is_internal else "Gespeichert."
    )
    return await done(visit, checked, "notiz", notice)


@router.get(_EDIT)
async def show_entry_form(visit: Writer, case_id: str, entry_id: str) -> Response:
    """The form to change an entry one has written."""
    case, entry = await _read(visit, case_id, entry_id)
    if not entry.is_mine:
        message = "Ändern kann einen Eintrag nur, wer ihn geschrieben hat."
        return redirect(visit, words.case_path(case.id), notice=message, kind="warning")
    return show_edit(visit, case, _edit(entry), Given(_values(entry)))


@router.post(_EDIT)
async def change_entry(visit: Writer, case_id: str, entry_id: str) -> Response:
    """Save the entry as it stands in the form."""
    case, entry = await _read(visit, case_id, entry_id)
    form = await form_of(visit)
    given = given_of(form, *_FORM)
    errors = _missing(given)
    if errors:
        kept = _edit(entry, etag=_etag(form, entry))
        return show_edit(visit, case, kept, with_errors(given, errors))
    try:
        await visit.advice.change_entry(case.id, entry.id, _body(given), _etag(form, entry))
    except ServiceProblem as problem:
        if problem.status == STALE:
            current = current_of(problem.document)
            theirs = Entry.model_validate(current) if current else entry
            if not is_saved_already(given, _values(theirs)):
                return show_edit(visit, case, _edit(theirs), given, theirs=_values(theirs))
            return _saved(visit, case)
        kept = _edit(entry, etag=_etag(form, entry))
        return show_edit(visit, case, kept, with_errors(given, refusal(problem, _FIELDS)))
    return _saved(visit, case)


def _saved(visit: Visit, case: Case) -> Response:
    path = f"{words.case_path(case.id)}#verlauf"
    return redirect(visit, path, notice="Der Eintrag ist gespeichert.")


async def _read(visit: Visit, case_id: str, entry_id: str) -> tuple[Case, Entry]:
    case = await visit.advice.case(checked_id(case_id, UNKNOWN))
    return case, await visit.advice.entry(case.id, checked_id(entry_id, _UNKNOWN_ENTRY))


def _etag(form: FormData, entry: Entry) -> str:
    return field_text(form, "etag") or entry.etag


def _values(entry: Entry) -> dict[str, str]:
    return {
        "art": entry.kind.code,
        "datum": entry.occurred_on.isoformat(),
        "titel": entry.title or "",
        "text": entry.text,
        "sicht": entry.visibility.code,
    }


def _edit(entry: Entry, *, etag: str = "") -> Edit:
    fields = [
        Field("select", "art", "Art", words.ENTRY_KINDS),
        Field("date", "datum", "Wann war das?"),
        Field("text", "titel", "Überschrift", is_optional=True),
        Field("textarea", "text", "Text", rows=8),
    ]
    if entry.visibility.code == words.SHARED:
        # What was shared stays shared: the other side has read it.
        fields.append(Field("hidden", "sicht", "Sichtbar für"))
    else:
        fields.append(Field("radios", "sicht", "Wer liest mit?", words.VISIBILITIES))
    return Edit(
        "Eintrag ändern",
        f"eintraege/{entry.id}/bearbeiten",
        tuple(fields),
        etag or entry.etag,
        changed_at=entry.changed_at,
        anchor="verlauf",
    )


def _missing(given: Given) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not given.text("text"):
        errors["text"] = "Schreiben Sie, was war; ein Satz genügt."
    if given.text("datum"):
        try:
            date.fromisoformat(given.text("datum"))
        except ValueError:
            errors["datum"] = "Geben Sie einen Tag an, zum Beispiel 12.11.2026."
    return errors


def _body(given: Given) -> Document:
    return {
        "kind": given.text("art") or "notiz",
        "occurred_on": given.text("datum") or words.today().isoformat(),
        "title": given.text("titel"),
        "text": given.text("text"),
        "visibility": given.text("sicht") or words.SHARED,
    }
