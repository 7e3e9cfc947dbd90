"""One request: what was asked, the talk about it, the agreement and the consent to it."""

import re
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.advice_types import AdviceRequest
from web.clients.base import ServiceProblem
from web.forms import field_text
from web.pages.advice import words
from web.pages.advice.keeping import KeepingRoute
from web.pages.advice.overview import shared_words
from web.pages.advice.places import Places, read_places
from web.pages.advice.sending import (
    Given,
    checked_id,
    given_of,
    refusal,
    submission_key,
    with_errors,
)
from web.panels import Panel, panel
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter(route_class=KeepingRoute)

Reader = Annotated[Visit, Requires("cases:read")]
Writer = Annotated[Visit, Requires("cases:write")]
Advisor = Annotated[Visit, Requires("cases:advise")]
Asker = Annotated[Visit, Requires("requests:create")]

ONE = words.LIST_PATH + "/anfragen/{request_id}"
_UNKNOWN = "Diese Anfrage gibt es nicht."
_CHANGED = (
    "Inzwischen hat sich an dieser Anfrage etwas geändert. Ihre Eingabe steht noch im Formular: "
    "Prüfen Sie den jetzigen Stand und senden Sie sie dann noch einmal ab."
)


@router.get(ONE)
async def show_request(visit: Reader, request_id: str) -> Response:
    """The request with its talk and its agreement."""
    request = await visit.advice.request(checked_id(request_id, _UNKNOWN))
    return await show(visit, request)


@router.post(ONE + "/nachrichten")
async def send_message(visit: Writer, request_id: str) -> Response:
    """Add a message to the talk."""
    checked = checked_id(request_id, _UNKNOWN)
    given = given_of(await form_of(visit), "text")
    if not given.text("text"):
        errors = {"text": "Schreiben Sie eine Nachricht."}
        return await _again(visit, checked, "nachricht", with_errors(given, errors))
    try:
        await visit.advice.send_message(checked, given.text("text"), submission_key(given))
    except ServiceProblem as problem:
        errors = refusal(problem, {"text": "text"})
        return await _again(visit, checked, "nachricht", with_errors(given, errors))
    if visit.wants_fragment:
        request = await visit.advice.request(checked)
        return await show(visit, request, announcement="Nachricht gesendet.")
    return redirect(visit, f"{words.request_path(checked)}#gespraech", notice="Nachricht gesendet.")


@router.post(ONE + "/vereinbarung")
async def propose_agreement(visit: Advisor, request_id: str) -> Response:
    """Propose the agreement as it stands in the field."""
    checked = checked_id(request_id, _UNKNOWN)
    form = await form_of(visit)
    given = given_of(form, "vereinbarung")
    if not given.text("vereinbarung"):
        errors = {"vereinbarung": "Die Vereinbarung ist leer."}
        return await _again(visit, checked, "vereinbarung", with_errors(given, errors))
    try:
        await visit.advice.propose_agreement(
            checked, given.text("vereinbarung"), field_text(form, "etag")
        )
    except ServiceProblem as problem:
        errors = _errors(problem, {"text": "vereinbarung"})
        return await _again(visit, checked, "vereinbarung", with_errors(given, errors))
    notice = "Die Vereinbarung ist vorgeschlagen. Der Fall beginnt, wenn die Kommune zustimmt."
    return redirect(visit, words.request_path(checked), notice=notice)


@router.post(ONE + "/zustimmung")
async def consent(visit: Asker, request_id: str) -> Response:
    """Consent to the agreement; by it the case is born."""
    checked = checked_id(request_id, _UNKNOWN)
    form = await form_of(visit)
    given = given_of(form, "fassung", "einverstanden")
    version = given.text("fassung")
    if given.text("einverstanden") != "ja" or not version.isdecimal():
        errors = {"einverstanden": "Bestätigen Sie, dass Sie der Vereinbarung zustimmen."}
        return await _again(visit, checked, "zustimmung", with_errors(given, errors))
    try:
        case = await visit.advice.consent(
            checked, int(version[:9]), field_text(form, "etag"), submission_key(given)
        )
    except ServiceProblem as problem:
        request = await visit.advice.request(checked)
        if request.case_id and problem.status in {409, 412}:
            return redirect(visit, words.case_path(request.case_id))
        errors = _errors(problem, {})
        return await show(visit, request, form="zustimmung", given=with_errors(given, errors))
    notice = f"Sie haben zugestimmt. Der Beratungsfall {case.reference} ist eröffnet."
    return redirect(visit, words.case_path(case.id), notice=notice)


@router.get(ONE + "/ablehnung")
async def confirm_decline(visit: Advisor, request_id: str) -> Response:
    """What declining means; the reason is asked for."""
    request = await visit.advice.request(checked_id(request_id, _UNKNOWN))
    return _ending_page(visit, request, "decline", Given())


@router.post(ONE + "/ablehnung")
async def decline(visit: Advisor, request_id: str) -> Response:
    """Decline the request with a reason."""
    return await _end(visit, checked_id(request_id, _UNKNOWN), "decline")


@router.get(ONE + "/rueckzug")
async def confirm_withdrawal(visit: Asker, request_id: str) -> Response:
    """What withdrawing means."""
    request = await visit.advice.request(checked_id(request_id, _UNKNOWN))
    return _ending_page(visit, request, "withdraw", Given())


@router.post(ONE + "/rueckzug")
async def withdraw(visit: Asker, request_id: str) -> Response:
    """Withdraw the request."""
    return await _end(visit, checked_id(request_id, _UNKNOWN), "withdraw")


async def _end(visit: Visit, request_id: str, deed: str) -> Response:
    form = await form_of(visit)
    given = given_of(form, "grund")
    reason, etag = given.text("grund"), field_text(form, "etag")
    if deed == "decline" and not reason:
        errors = {"grund": "Nennen Sie den Grund; die Kommune liest ihn."}
        request = await visit.advice.request(request_id)
        return _ending_page(visit, request, deed, with_errors(given, errors))
    act = visit.advice.decline if deed == "decline" else visit.advice.withdraw
    try:
        await act(request_id, reason, etag)
    except ServiceProblem as problem:
        errors = _errors(problem, {"reason": "grund"})
        request = await visit.advice.request(request_id)
        return _ending_page(visit, request, deed, with_errors(given, errors))
    done = "abgelehnt" if deed == "decline" else "zurückgezogen"
    return redirect(visit, words.request_path(request_id), notice=f"Die Anfrage ist {done}.")


def _ending_page(visit: Visit, request: AdviceRequest, deed: str, given: Given) -> Response:
    path = words.request_path(request.id)
    if deed not in request.may:
        now = words.in_sentence(request.state.label)
        message = f"Der Stand der Anfrage ist „{now}“; das lässt sich nicht mehr ändern."
        return redirect(visit, path, notice=message, kind="warning")
    context = {
        "title": "Anfrage ablehnen?" if deed == "decline" else "Anfrage zurückziehen?",
        "crumbs": [("Beratung", words.LIST_PATH), (request.subject, path)],
        "request": request,
        "deed": deed,
        "path": path,
        "given": given,
        "has_error": bool(given.errors),
        **shared_words(),
    }
    status = 422 if given.errors else 200
    return render(visit, "pages/advice/request_end.html", context, status=status)


def _errors(problem: ServiceProblem, names: dict[str, str]) -> dict[str, str]:
    """A refusal in words; a stale one says that what was typed is still there."""
    if problem.status == 412:
        return {"": _CHANGED}
    return refusal(problem, names)


async def _again(visit: Visit, request_id: str, form: str, given: Given) -> Response:
    return await show(visit, await visit.advice.request(request_id), form=form, given=given)


async def show(
    visit: Visit,
    request: AdviceRequest,
    *,
    form: str = "",
    given: Given | None = None,
    announcement: str = "",
) -> Response:
    """The page of a request; `given` is the form named `form` as it was sent."""
    places = await read_places(visit.indicator, request.area_codes)
    draft = await _draft(visit, request, places)
    errors = given.errors if given else {}
    context = {
        "title": request.subject,
        "crumbs": [("Beratung", words.LIST_PATH)],
        "request": request,
        "places": places,
        "draft": draft,
        "forms": {
            name: given if given and name == form else Given()
            for name in ("nachricht", "vereinbarung", "zustimmung")
        },
        "errors": errors,
        "has_error": bool(errors),
        "is_part": visit.wants_fragment,
        "announcement": announcement,
        "path": words.request_path(request.id),
        **shared_words(),
    }
    status = 422 if errors else 200
    return render(
        visit, "pages/advice/request.html", context, partial="pages/advice/talk.html", status=status
    )


async def _draft(visit: Visit, request: AdviceRequest, places: Panel[Places]) -> Panel[str]:
    """The text the team begins with: what was proposed last, else one written from the request.

    The service knows areas by their keys alone; people know them by name.
    """
    if "propose_agreement" not in request.may:
        return Panel("")
    if request.agreement is not None:
        return Panel(request.agreement.text)
    draft = await panel(visit.advice.agreement_draft(request.id), "Der Entwurf der Vereinbarung")
    text = draft.value or ""
    for area in places.value.areas if places.value else ():
        text = re.sub(rf"\b{re.escape(area.code)}\b", area.name, text)
    return Panel(text, draft.failure)
