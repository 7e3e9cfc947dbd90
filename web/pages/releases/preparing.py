"""The form that has a release prepared: which dataset, for whom."""

import hashlib
from dataclasses import dataclass
from typing import get_args
from uuid import uuid4

from starlette.responses import Response

from web.access import form_of
from web.clients.base import ServiceProblem
from web.clients.delivery_types import Audience
from web.forms import field_text
from web.pages.releases.words import AUDIENCES
from web.replies import redirect, render
from web.visit import Visit

LIST_PATH = "/freigaben"
NEW_PATH = "/freigaben/neu"

_SHOWN_IN_FORM = frozenset({404, 409, 422, 429})


@dataclass(frozen=True, slots=True)
class Given:
    """What was entered so far."""

    dataset: str
    audience: str
    note: str
    key: str


async def show_form(visit: Visit, dataset: str, audience: str) -> Response:
    """The form; `dataset` and `audience` are the choices to begin with."""
    return await _page(visit, Given(dataset, audience, "", str(uuid4())), {})


async def prepare(visit: Visit) -> Response:
    """Have the release checked and lead to it; else the form with what to mend."""
    form = await form_of(visit)
    given = Given(
        field_text(form, "datenbestand"),
        field_text(form, "leserschaft"),
        field_text(form, "notiz"),
        field_text(form, "idempotency_key") or str(uuid4()),
    )
    errors = _missing(given)
    if errors:
        return await _page(visit, given, errors)
    try:
        release = await visit.indicator.create_release(
            given.dataset, given.audience, note=given.note, idempotency_key=_key(given)
        )
    except ServiceProblem as problem:
        return await _page(visit, given, _errors_of(problem))
    return redirect(visit, f"{LIST_PATH}/{release.id}")


def _key(given: Given) -> str:
    """The same form with the same answers is one release; with others it is another one."""
    answers = "\n".join((given.key, given.dataset, given.audience, given.note))
    return hashlib.sha256(answers.encode()).hexdigest()


def _missing(given: Given) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not given.dataset:
        errors["datenbestand"] = "Wählen Sie den Datenbestand."
    if given.audience not in get_args(Audience):
        errors["leserschaft"] = "Wählen Sie, für wen die Zahlen freigegeben werden sollen."
    return errors


def _errors_of(problem: ServiceProblem) -> dict[str, str]:
    if problem.status not in _SHOWN_IN_FORM:
        raise problem
    names = {"dataset": "datenbestand", "audience": "leserschaft", "note": "notiz"}
    named = problem.errors_by_field()
    errors = {names[name]: text for name, text in named.items() if name in names}
    if errors:
        return errors
    is_about_dataset = problem.code in {"dataset_not_yours", "dataset_empty"}
    return {"datenbestand" if is_about_dataset else "": problem.detail or problem.title}


async def _page(visit: Visit, given: Given, errors: dict[str, str]) -> Response:
    datasets = await visit.indicator.own_datasets()
    filled = [item for item in datasets if item.version]
    chosen = given.dataset
    if not chosen and len(filled) == 1:
        chosen = filled[0].code
    context = {
        "title": "Freigabe vorbereiten",
        "crumbs": [("Freigaben", LIST_PATH)],
        "datasets": [(item.code, item.title) for item in filled],
        "chosen_dataset": next((item for item in filled if item.code == chosen), None),
        "has_empty": len(filled) < len(datasets),
        "audiences": [(code, words.label, words.who) for code, words in AUDIENCES.items()],
        "given": given,
        "chosen": chosen,
        "errors": errors,
        "has_error": bool(errors),
        "idempotency_key": given.key,
        "page_styles": ["css/deliveries.css"],
    }
    return render(visit, "pages/releases/new.html", context, status=422 if errors else 200)
