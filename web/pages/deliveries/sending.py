"""The first step of a delivery: the form that takes a file, and a mended file in its place."""

from dataclasses import dataclass
from uuid import uuid4

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from web.access import form_of
from web.clients.base import ServiceProblem
from web.clients.delivery_types import Delivery
from web.clients.delivery_wish import DeliveryWish
from web.clients.indicator_types import Dataset, Measure
from web.forms import field_text
from web.pages.deliveries import upload as uploads
from web.pages.deliveries.example import example_rows, usual_measures
from web.pages.deliveries.wizard import steps_of
from web.panels import Panel, panel
from web.replies import redirect, render
from web.visit import Visit

LIST_PATH = "/lieferungen"
NEW_PATH = "/lieferungen/neu"
PAGE = "pages/deliveries/new.html"
STYLES = ["css/deliveries.css", "css/delivery-steps.css"]

_ABOUT_THE_FILE = frozenset({400, 413, 415, 422})
_SHOWN_IN_FORM = frozenset({400, 404, 409, 413, 415, 422, 429})
_CHOOSE_AGAIN = (
    "Bitte wählen Sie die Datei noch einmal aus: Ein Browser behält sie nach einer Rückfrage nicht."
)


@dataclass(frozen=True, slots=True)
class Given:
    """What was entered so far."""

    wish: DeliveryWish
    key: str


def wish_of(form: FormData) -> DeliveryWish:
    """What the form asks for beside the file."""
    return DeliveryWish(
        dataset=field_text(form, "datenbestand"),
        is_dry_run=field_text(form, "nur_pruefen") == "ja",
        leaves_others_out=field_text(form, "fremde_auslassen") == "ja",
        withdraws_missing=field_text(form, "zurueckziehen") == "ja",
        takes_valid_rows=field_text(form, "teilweise") == "ja",
        mapping=field_text(form, "zuordnung"),
        area=field_text(form, "gebiet"),
        period=field_text(form, "zeitraum"),
        sheet=field_text(form, "blatt"),
    )


async def show_form(visit: Visit, dataset: str, mapping: str = "") -> Response:
    """The form; `dataset` and `mapping` are the choices to begin with, empty for none."""
    return await _page(visit, Given(DeliveryWish(dataset, mapping=mapping), str(uuid4())), {})


async def take_file(visit: Visit) -> Response:
    """Hand the file in and lead to the delivery; else the form with what to mend."""
    form = await form_of(visit)
    try:
        return await _take(visit, form)
    finally:
        await form.close()  # the uploaded file is a temporary one


async def _take(visit: Visit, form: FormData) -> Response:
    given = Given(wish_of(form), field_text(form, "idempotency_key") or str(uuid4()))
    upload = uploads.uploaded_file(form, "datei")
    errors: dict[str, str] = {}
    if not given.wish.dataset:
        errors["datenbestand"] = "Wählen Sie den Datenbestand, in den die Zahlen gehören."
    if fault := fault_of(upload):
        errors["datei"] = fault
    if errors or upload is None:
        return await _page(visit, given, _with_advice(errors, was_chosen=upload is not None))
    try:
        delivery = await send(visit, given.wish, upload, given.key)
    except ServiceProblem as problem:
        return await _page(visit, given, _with_advice(_errors_of(problem), was_chosen=True))
    return redirect(visit, f"{LIST_PATH}/{delivery.id}")


def fault_of(upload: UploadFile | None) -> str | None:
    """What is wrong with the chosen file, before it is sent on; None if nothing is."""
    if upload is None:
        return "Wählen Sie eine Datei aus."
    return uploads.refusal_of(upload)


async def send(visit: Visit, wish: DeliveryWish, upload: UploadFile, key: str) -> Delivery:
    """Hand a file in; `key` is the form's, so that a form sent twice is one delivery."""
    return await visit.indicator.create_delivery(
        wish,
        uploads.pieces(upload),
        content_type=uploads.content_type_of(upload),
        filename=uploads.name_of(upload),
        idempotency_key=await uploads.delivery_key(key, repr(wish), upload),
    )


def message_of(problem: ServiceProblem) -> str:
    """The refusal in words for the form; raises `problem` again where it is not about it."""
    if problem.status not in _SHOWN_IN_FORM:
        raise problem
    return problem.detail or problem.title


def _errors_of(problem: ServiceProblem) -> dict[str, str]:
    message = message_of(problem)
    if problem.code.startswith("mapping"):
        return {"zuordnung": message}
    if problem.status == 404:
        return {"datenbestand": message}
    return {"datei" if problem.status in _ABOUT_THE_FILE else "": message}


def _with_advice(errors: dict[str, str], *, was_chosen: bool) -> dict[str, str]:
    """Say that a chosen file must be chosen again: no page can fill a file field."""
    return {**errors, "datei": _CHOOSE_AGAIN} if was_chosen and "datei" not in errors else errors


async def _page(visit: Visit, given: Given, errors: dict[str, str]) -> Response:
    datasets = await visit.indicator.own_datasets()
    chosen = given.wish.dataset
    if not chosen and len(datasets) == 1:
        chosen = datasets[0].code
    measures: Panel[tuple[Measure, ...]] = await panel(_measures(visit), "Die Messgrößen")
    saved = await panel(visit.indicator.saved_mappings(), "Die gespeicherten Zuordnungen")
    context = {
        "title": "Zahlen liefern",
        "crumbs": [("Lieferungen", LIST_PATH)],
        "steps": steps_of(None, "datei"),
        "datasets": datasets,
        "options": [(item.code, item.title, _explained(item)) for item in datasets],
        "short_options": [(item.code, item.title) for item in datasets],
        "chosen": chosen,
        "wish": given.wish,
        "mapping_options": [(item.name, item.name) for item in saved.value or ()],
        "errors": errors,
        "has_error": bool(errors),
        "idempotency_key": given.key,
        "accepted_endings": uploads.ACCEPTED_ENDINGS,
        "largest_file": visit.services.settings.max_body_bytes,
        "too_large": uploads.too_large(visit.services.settings.max_body_bytes),
        "measures": measures,
        "example": example_rows(visit, await usual_measures(visit, measures.value or ())),
        "page_styles": STYLES,
        "page_scripts": ["js/delivery-form.js"],
    }
    return render(visit, PAGE, context, status=422 if errors else 200)


async def _measures(visit: Visit) -> tuple[Measure, ...]:
    return (await visit.indicator.measures()).items


def _explained(dataset: Dataset) -> str:
    """What a dataset is, for the one who must choose."""
    text = dataset.description or dataset.source or ""
    is_told = "erfunden" in text.lower()
    return f"{text} Erfundene Zahlen.".strip() if dataset.is_fictional and not is_told else text
