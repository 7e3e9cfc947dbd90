"""Leading a case to another state; where much ends with it, a page says so before."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.advice_types import Case
from web.clients.base import ServiceProblem
from web.forms import field_text
from web.pages.advice import words
from web.pages.advice.case import ONE, UNKNOWN, done, show_form_again
from web.pages.advice.keeping import KeepingRoute
from web.pages.advice.overview import shared_words
from web.pages.advice.sending import STALE, Given, checked_id, given_of, refusal, with_errors
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter(route_class=KeepingRoute)

Writer = Annotated[Visit, Requires("cases:write")]


@router.get(ONE + "/stand")
async def confirm_state(visit: Writer, case_id: str, nach: str = "") -> Response:
    """What leading the case to the state `nach` means; the reason is asked for."""
    case = await visit.advice.case(checked_id(case_id, UNKNOWN))
    return _confirmation(visit, case, Given({"stand": nach}))


@router.post(ONE + "/stand")
async def change_state(visit: Writer, case_id: str) -> Response:
    """Lead the case to another state."""
    checked = checked_id(case_id, UNKNOWN)
    form = await form_of(visit)
    given = given_of(form, "stand", "grund")
    wanted, reason = given.text("stand"), given.text("grund")
    is_confirmed = field_text(form, "seite") == "bestaetigung"
    case = await visit.advice.case(checked)
    target = next((item for item in case.allowed_states if item.code == wanted), None)
    if target is not None and target.needs_reason and not reason:
        errors = {"grund": _REASON_MISSING.get(wanted, "Nennen Sie den Grund.")}
        return _confirmation(visit, case, with_errors(given, errors))
    try:
        await visit.advice.change_case_state(checked, wanted, reason, field_text(form, "etag"))
    except ServiceProblem as problem:
        case = await visit.advice.case(checked)
        if problem.status in {409, STALE} and case.state.code == wanted:
            return await _changed(visit, case, is_confirmed)
        errors = _errors(problem, case)
        if is_confirmed:
            return _confirmation(visit, case, with_errors(given, errors))
        return await show_form_again(visit, checked, "stand", with_errors(given, errors))
    return await _changed(visit, await visit.advice.case(checked), is_confirmed)


_REASON_MISSING = {
    "ruhend": "Sagen Sie in einem Satz, warum der Fall ruht.",
    "abgeschlossen": "Sagen Sie in einem Satz, was das Ergebnis ist.",
}


def _errors(problem: ServiceProblem, case: Case) -> dict[str, str]:
    if problem.status != STALE:
        return refusal(problem, {"reason": "grund"})
    return {"": stale_words(case)}


def stale_words(case: Case) -> str:
    """That somebody else has changed the case, its state, and what is possible now."""
    state = words.in_sentence(case.state.label)
    now = f"Inzwischen hat jemand den Fall geändert; er ist jetzt {state}."
    labels = [item.label for item in case.allowed_states]
    if not labels:
        return f"{now} Sein Stand lässt sich nicht mehr ändern."
    return f"{now} Möglich ist: {', '.join(labels)}. Prüfen Sie, ob Ihr Schritt noch passt."


async def _changed(visit: Visit, case: Case, is_confirmed: bool) -> Response:
    notice = f"Der Fall ist jetzt {words.in_sentence(case.state.label)}."
    if is_confirmed:
        return redirect(visit, words.case_path(case.id), notice=notice)
    return await done(visit, case.id, "stand", notice)


def _confirmation(visit: Visit, case: Case, given: Given) -> Response:
    """The page that says what will happen; a state that is not allowed is named with its words."""
    path = words.case_path(case.id)
    target = next((item for item in case.allowed_states if item.code == given.text("stand")), None)
    if target is None:
        labels = ", ".join(item.label for item in case.allowed_states) or "nichts mehr"
        now = words.in_sentence(case.state.label)
        message = f"Der Fall ist {now}. Möglich ist jetzt: {labels}."
        return redirect(visit, path, notice=message, kind="warning")
    deed = words.deed_of(target)
    context = {
        "title": deed.title,
        "crumbs": [("Beratung", words.LIST_PATH), (case.title, path)],
        "case": case,
        "target": target,
        "deed": deed,
        "given": given,
        "errors": given.errors,
        "has_error": bool(given.errors),
        "path": path,
        **shared_words(),
    }
    status = 422 if given.errors else 200
    return render(visit, "pages/advice/case/confirm.html", context, status=status)
