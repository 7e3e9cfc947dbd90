"""Goals of a case: proposing, confirming, wording anew, reaching, giving up."""

from typing import Annotated

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.advice_types import Case, Goal, current_of
from web.clients.base import ServiceProblem
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

_GOAL = ONE + "/ziele/{goal_id}"
_UNKNOWN_GOAL = "Dieses Ziel gibt es nicht."
_EMPTY = "Beschreiben Sie das Ziel; ein Satz genügt."
_CHANGED = (
    "Das Ziel hat sich inzwischen geändert, deshalb ist nichts geschehen. Lesen Sie es noch "
    "einmal und entscheiden Sie neu."
)

_DONE = {
    "vereinbart": "Das Ziel ist vereinbart.",
    "abgelehnt": "Das Ziel ist abgelehnt.",
    "erreicht": "Das Ziel ist als erreicht vermerkt.",
    "aufgegeben": "Das Ziel ist aufgegeben.",
}


@router.post(ONE + "/ziele")
async def propose_goal(visit: Writer, case_id: str) -> Response:
    """Propose a goal to the other side."""
    checked = checked_id(case_id, UNKNOWN)
    given = given_of(await form_of(visit), "ziel")
    if not given.text("ziel"):
        return await show_form_again(visit, checked, "ziel", with_errors(given, {"ziel": _EMPTY}))
    try:
        await visit.advice.propose_goal(checked, given.text("ziel"), submission_key(given))
    except ServiceProblem as problem:
        errors = refusal(problem, {"text": "ziel"})
        return await show_form_again(visit, checked, "ziel", with_errors(given, errors))
    notice = "Das Ziel ist vorgeschlagen. Es gilt, sobald die andere Seite es bestätigt."
    return await done(visit, checked, "ziel", notice)


@router.post(_GOAL + "/stand")
async def change_goal_state(visit: Writer, case_id: str, goal_id: str) -> Response:
    """Confirm, decline, reach or give up a goal."""
    checked = checked_id(case_id, UNKNOWN)
    goal = checked_id(goal_id, _UNKNOWN_GOAL)
    form = await form_of(visit)
    given = given_of(form, "stand", "grund")
    wanted, reason = given.text("stand"), given.text("grund")
    try:
        await visit.advice.change_goal_state(
            checked, goal, wanted, reason, field_text(form, "etag")
        )
    except ServiceProblem as problem:
        if problem.status in {409, STALE} and await _has_state(visit, checked, goal, wanted):
            return await done(visit, checked, "zielstand", _DONE.get(wanted, "Gespeichert."))
        errors = {"": _CHANGED} if problem.status == STALE else refusal(problem)
        return await show_form_again(visit, checked, "zielstand", with_errors(given, errors))
    return await done(visit, checked, "zielstand", _DONE.get(wanted, "Gespeichert."))


@router.get(_GOAL + "/bearbeiten")
async def show_goal_form(visit: Writer, case_id: str, goal_id: str) -> Response:
    """The form to word a goal anew."""
    case, goal = await _read(visit, case_id, goal_id)
    return show_edit(visit, case, _edit(goal), Given({"ziel": goal.text}))


@router.post(_GOAL + "/bearbeiten")
async def change_goal(visit: Writer, case_id: str, goal_id: str) -> Response:
    """Word the goal as it stands in the form; the other side confirms it again."""
    case, goal = await _read(visit, case_id, goal_id)
    form = await form_of(visit)
    given = given_of(form, "ziel")
    kept = _edit(goal, etag=_etag(form, goal))
    if not given.text("ziel"):
        return show_edit(visit, case, kept, with_errors(given, {"ziel": _EMPTY}))
    try:
        await visit.advice.change_goal(case.id, goal.id, given.text("ziel"), _etag(form, goal))
    except ServiceProblem as problem:
        if problem.status == STALE:
            current = current_of(problem.document)
            theirs = Goal.model_validate(current) if current else goal
            if not is_saved_already(given, {"ziel": theirs.text}):
                return show_edit(visit, case, _edit(theirs), given, theirs={"ziel": theirs.text})
            return _saved(visit, case)
        errors = refusal(problem, {"text": "ziel"})
        return show_edit(visit, case, kept, with_errors(given, errors))
    return _saved(visit, case)


def _saved(visit: Visit, case: Case) -> Response:
    notice = "Das Ziel ist neu vorgeschlagen. Es gilt, sobald die andere Seite es bestätigt."
    return redirect(visit, f"{words.case_path(case.id)}#ziele", notice=notice)


async def _read(visit: Visit, case_id: str, goal_id: str) -> tuple[Case, Goal]:
    case = await visit.advice.case(checked_id(case_id, UNKNOWN))
    return case, await visit.advice.goal(case.id, checked_id(goal_id, _UNKNOWN_GOAL))


async def _has_state(visit: Visit, case_id: str, goal_id: str, state: str) -> bool:
    """Whether the deed was done already: a button pressed twice is no mistake."""
    return (await visit.advice.goal(case_id, goal_id)).state.code == state


def _etag(form: FormData, goal: Goal) -> str:
    return field_text(form, "etag") or goal.etag


def _edit(goal: Goal, *, etag: str = "") -> Edit:
    return Edit(
        "Ziel ändern",
        f"ziele/{goal.id}/bearbeiten",
        (Field("textarea", "ziel", "Was soll erreicht werden?"),),
        etag or goal.etag,
        anchor="ziele",
        note=(
            "Das Ziel wird damit zu Ihrem Vorschlag. Es gilt erst wieder, wenn die andere Seite "
            "den neuen Wortlaut bestätigt."
        ),
    )
