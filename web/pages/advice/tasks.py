"""Tasks of a case: adding, changing, ticking off."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.advice_types import Case, Task, current_of
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

_TASK = ONE + "/aufgaben/{task_id}"
_UNKNOWN_TASK = "Diese Aufgabe gibt es nicht."
_FORM = ("titel", "text", "faellig", "seite", "sicht")
_FIELDS = {
    "title": "titel",
    "text": "text",
    "due_on": "faellig",
    "side": "seite",
    "visibility": "sicht",
}
_CHANGED = "Die Aufgabe hat sich inzwischen geändert. Sehen Sie sie noch einmal an."


@router.post(ONE + "/aufgaben")
async def add_task(visit: Writer, case_id: str) -> Response:
    """Add a task for one of the sides."""
    checked = checked_id(case_id, UNKNOWN)
    given = given_of(await form_of(visit), *_FORM)
    errors = _missing(given)
    if errors:
        return await show_form_again(visit, checked, "aufgabe", with_errors(given, errors))
    try:
        await visit.advice.add_task(checked, _body(given), submission_key(given))
    except ServiceProblem as problem:
        errors = refusal(problem, _FIELDS)
        return await show_form_again(visit, checked, "aufgabe", with_errors(given, errors))
    return await done(visit, checked, "aufgabe", "Die Aufgabe steht in der Liste.")


@router.post(_TASK + "/stand")
async def change_task_state(visit: Writer, case_id: str, task_id: str) -> Response:
    """Tick a task off, or open it again."""
    checked = checked_id(case_id, UNKNOWN)
    task = checked_id(task_id, _UNKNOWN_TASK)
    form = await form_of(visit)
    given = given_of(form, "stand")
    wanted = given.text("stand")
    notice = (
        "Die Aufgabe ist erledigt." if wanted == "erledigt" else "Die Aufgabe ist wieder offen."
    )
    try:
        await visit.advice.change_task_state(checked, task, wanted, field_text(form, "etag"))
    except ServiceProblem as problem:
        if problem.status in {409, STALE} and await _has_state(visit, checked, task, wanted):
            return await done(visit, checked, "aufgabenstand", notice)
        errors = {"": _CHANGED} if problem.status == STALE else refusal(problem)
        return await show_form_again(visit, checked, "aufgabenstand", with_errors(given, errors))
    return await done(visit, checked, "aufgabenstand", notice)


@router.get(_TASK + "/bearbeiten")
async def show_task_form(visit: Writer, case_id: str, task_id: str) -> Response:
    """The form to change a task."""
    case, task = await _read(visit, case_id, task_id)
    return show_edit(visit, case, _edit(case, task), Given(_values(task)))


@router.post(_TASK + "/bearbeiten")
async def change_task(visit: Writer, case_id: str, task_id: str) -> Response:
    """Save the task as it stands in the form."""
    case, task = await _read(visit, case_id, task_id)
    form = await form_of(visit)
    given = given_of(form, *_FORM)
    kept = _edit(case, task, etag=_etag(form, task))
    errors = _missing(given)
    if errors:
        return show_edit(visit, case, kept, with_errors(given, errors))
    try:
        await visit.advice.change_task(case.id, task.id, _body(given), _etag(form, task))
    except ServiceProblem as problem:
        if problem.status == STALE:
            current = current_of(problem.document)
            theirs = Task.model_validate(current) if current else task
            if not is_saved_already(given, _values(theirs)):
                return show_edit(visit, case, _edit(case, theirs), given, theirs=_values(theirs))
            return _saved(visit, case)
        errors = refusal(problem, _FIELDS)
        return show_edit(visit, case, kept, with_errors(given, errors))
    return _saved(visit, case)


def _saved(visit: Visit, case: Case) -> Response:
    path = f"{words.case_path(case.id)}#aufgaben"
    return redirect(visit, path, notice="Die Aufgabe ist gespeichert.")


async def _read(visit: Visit, case_id: str, task_id: str) -> tuple[Case, Task]:
    case = await visit.advice.case(checked_id(case_id, UNKNOWN))
    return case, await visit.advice.task(case.id, checked_id(task_id, _UNKNOWN_TASK))


async def _has_state(visit: Visit, case_id: str, task_id: str, state: str) -> bool:
    """Whether the deed was done already: a button pressed twice is no mistake."""
    return (await visit.advice.task(case_id, task_id)).state.code == state


def _etag(form: FormData, task: Task) -> str:
    return field_text(form, "etag") or task.etag


def _values(task: Task) -> dict[str, str]:
    return {
        "titel": task.title,
        "text": task.text or "",
        "faellig": task.due_on.isoformat() if task.due_on else "",
        "seite": task.side,
        "sicht": task.visibility.code,
    }


def _edit(case: Case, task: Task, *, etag: str = "") -> Edit:
    sides = tuple((side, words.side_name(case, side)) for side in words.SIDES)
    visibility = (
        Field("radios", "sicht", "Wer sieht die Aufgabe?", words.VISIBILITIES)
        if task.visibility.code != words.SHARED
        else Field("hidden", "sicht", "Sichtbar für")
    )
    return Edit(
        "Aufgabe ändern",
        f"aufgaben/{task.id}/bearbeiten",
        (
            Field("text", "titel", "Was ist zu tun?"),
            Field("textarea", "text", "Näheres", is_optional=True),
            Field("date", "faellig", "Bis wann?", is_optional=True),
            Field("radios", "seite", "Wer kümmert sich?", sides),
            visibility,
        ),
        etag or task.etag,
        anchor="aufgaben",
    )


def _missing(given: Given) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not given.text("titel"):
        errors["titel"] = "Schreiben Sie, was zu tun ist."
    if given.text("faellig"):
        try:
            date.fromisoformat(given.text("faellig"))
        except ValueError:
            errors["faellig"] = "Geben Sie einen Tag an, zum Beispiel 12.12.2026."
    if given.text("seite") not in words.SIDES:
        errors["seite"] = "Wählen Sie, wer sich kümmert."
    return errors


def _body(given: Given) -> Document:
    return {
        "title": given.text("titel"),
        "text": given.text("text"),
        "due_on": given.text("faellig") or None,
        "side": given.text("seite"),
        "visibility": given.text("sicht") or words.SHARED,
    }
