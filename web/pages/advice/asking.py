"""The form by which a municipality asks for advice, in its own words."""

import asyncio
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.base import ServiceProblem
from web.forms import field_texts
from web.pages.advice.keeping import KeepingRoute
from web.pages.advice.overview import shared_words
from web.pages.advice.places import read_choices
from web.pages.advice.sending import Given, given_of, refusal, submission_key, with_errors
from web.pages.advice.words import LIST_PATH, NEW_REQUEST_PATH, request_path
from web.panels import panel
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter(route_class=KeepingRoute)

Asker = Annotated[Visit, Requires("requests:create")]

LONGEST_SUBJECT = 120
LONGEST_TEXT = 5000

_FIELDS = {
    "subject": "betreff",
    "text": "text",
    "topics": "themen",
    "area_codes": "gebiete",
    "team_id": "team",
}


@router.get(NEW_REQUEST_PATH)
async def show_form(visit: Asker) -> Response:
    """The empty form, one's own area chosen."""
    own = visit.account.area_codes if visit.account else ()
    return await _page(visit, Given(chosen={"themen": (), "gebiete": own}))


@router.post(NEW_REQUEST_PATH)
async def ask(visit: Asker) -> Response:
    """Send the request to the team."""
    form = await form_of(visit)
    filled = given_of(form, "betreff", "text")
    chosen = {name: tuple(field_texts(form, name)) for name in ("themen", "gebiete")}
    given = Given(filled.values, chosen=chosen, key=filled.key)
    errors = _missing(given)
    if errors:
        return await _page(visit, with_errors(given, errors))
    body = {
        "subject": given.text("betreff"),
        "text": given.text("text"),
        "topics": list(chosen["themen"]),
        "area_codes": list(chosen["gebiete"]),
    }
    try:
        created = await visit.advice.create_request(body, submission_key(given))
    except ServiceProblem as problem:
        return await _page(visit, with_errors(given, refusal(problem, _FIELDS)))
    notice = f"Ihre Anfrage {created.reference} ist abgeschickt."
    return redirect(visit, request_path(created.id), notice=notice)


def _missing(given: Given) -> dict[str, str]:
    errors: dict[str, str] = {}
    subject, text = given.text("betreff"), given.text("text")
    if not subject:
        errors["betreff"] = "Geben Sie in wenigen Worten an, worum es geht."
    elif len(subject) > LONGEST_SUBJECT:
        errors["betreff"] = (
            f"Kürzen Sie den Betreff auf {LONGEST_SUBJECT} Zeichen; jetzt sind es {len(subject)}."
        )
    if not text:
        errors["text"] = "Beschreiben Sie Ihr Anliegen; ein, zwei Sätze genügen."
    elif len(text) > LONGEST_TEXT:
        errors["text"] = (
            f"Kürzen Sie den Text auf 5.000 Zeichen; jetzt sind es {len(text):,}.".replace(",", ".")
        )
    if not given.chosen["gebiete"]:
        errors["gebiete"] = "Wählen Sie mindestens ein Gebiet."
    return errors


async def _page(visit: Visit, given: Given) -> Response:
    topics, choices = await asyncio.gather(
        visit.advice.topics(), panel(read_choices(visit), "Die Gebiete")
    )
    known = {code for choice in choices.value or () for code in choice.codes}
    context = {
        "title": "Beratung anfragen",
        "crumbs": [("Beratung", LIST_PATH)],
        "topics": [(item.code, item.label, item.description) for item in topics],
        "choices": choices,
        "unlisted": [code for code in given.chosen["gebiete"] if code not in known],
        "given": given,
        "errors": given.errors,
        "has_error": bool(given.errors),
        **shared_words(),
    }
    status = 422 if given.errors else 200
    return render(visit, "pages/advice/request_new.html", context, status=status)
