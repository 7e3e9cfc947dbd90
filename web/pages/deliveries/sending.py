"""The form that takes a file, and an example of what it takes."""

import csv
import io
from dataclasses import dataclass
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import form_of
from web.clients.base import ServiceProblem
from web.clients.indicator_types import Dataset, Measure
from web.forms import field_text
from web.pages.deliveries import upload as uploads
from web.panels import Panel, panel
from web.replies import redirect, render
from web.visit import Visit

LIST_PATH = "/lieferungen"
NEW_PATH = "/lieferungen/neu"
PAGE = "pages/deliveries/new.html"

_EXAMPLE_HEADER = ("area", "period", "measure", "value")
_EXAMPLE_VALUES = ("1234", "567", "-")
_DELIVERIES_LOOKED_AT = 5
_ABOUT_THE_FILE = frozenset({400, 413, 415, 422})
_SHOWN_IN_FORM = frozenset({400, 404, 409, 413, 415, 422, 429})
_CHOOSE_AGAIN = (
    "Bitte wählen Sie die Datei noch einmal aus: Ein Browser behält sie nach einer Rückfrage nicht."
)


@dataclass(frozen=True, slots=True)
class Given:
    """What was entered so far."""

    dataset: str
    key: str


async def show_form(visit: Visit, dataset: str) -> Response:
    """The form; `dataset` is the choice to begin with, empty for none."""
    return await _page(visit, Given(dataset, str(uuid4())), {})


async def take_file(visit: Visit) -> Response:
    """Hand the file in and lead to the delivery; else the form with what to mend."""
    form = await form_of(visit)
    try:
        return await _take(visit, form)
    finally:
        await form.close()  # the uploaded file is a temporary one


async def _take(visit: Visit, form: FormData) -> Response:
    key = field_text(form, "idempotency_key") or str(uuid4())
    given = Given(field_text(form, "datenbestand"), key)
    upload = uploads.uploaded_file(form, "datei")
    errors: dict[str, str] = {}
    if not given.dataset:
        errors["datenbestand"] = "Wählen Sie den Datenbestand, in den die Zahlen gehören."
    if upload is None:
        errors["datei"] = "Wählen Sie eine Datei aus."
    elif refusal := uploads.refusal_of(upload):
        errors["datei"] = refusal
    if errors or upload is None:
        return await _page(visit, given, _with_advice(errors, was_chosen=upload is not None))
    content_type = uploads.content_type_of(upload)
    try:
        delivery = await visit.indicator.create_delivery(
            given.dataset,
            uploads.pieces(upload),
            content_type=content_type or "text/csv",
            filename=uploads.name_of(upload),
            idempotency_key=await uploads.delivery_key(given.key, given.dataset, upload),
        )
    except ServiceProblem as problem:
        return await _page(visit, given, _with_advice(_errors_of(problem), was_chosen=True))
    return redirect(visit, f"{LIST_PATH}/{delivery.id}")


def _errors_of(problem: ServiceProblem) -> dict[str, str]:
    if problem.status not in _SHOWN_IN_FORM:
        raise problem
    message = problem.detail or problem.title
    if problem.status == 404:
        return {"datenbestand": message}
    return {"datei" if problem.status in _ABOUT_THE_FILE else "": message}


def _with_advice(errors: dict[str, str], *, was_chosen: bool) -> dict[str, str]:
    """Say that a chosen file must be chosen again: no page can fill a file field."""
    return {**errors, "datei": _CHOOSE_AGAIN} if was_chosen and "datei" not in errors else errors


async def _page(visit: Visit, given: Given, errors: dict[str, str]) -> Response:
    datasets = await visit.indicator.own_datasets()
    chosen = given.dataset
    if not chosen and len(datasets) == 1:
        chosen = datasets[0].code
    measures: Panel[tuple[Measure, ...]] = await panel(_measures(visit), "Die Messgrößen")
    context = {
        "title": "Zahlen liefern",
        "crumbs": [("Lieferungen", LIST_PATH)],
        "datasets": datasets,
        "options": [(item.code, item.title, _explained(item)) for item in datasets],
        "short_options": [(item.code, item.title) for item in datasets],
        "chosen": chosen,
        "errors": errors,
        "has_error": bool(errors),
        "idempotency_key": given.key,
        "accepted_endings": uploads.ACCEPTED_ENDINGS,
        "measures": measures,
        "example": example_rows(visit, await _usual_measures(visit, measures.value or ())),
        "page_styles": ["css/deliveries.css"],
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


async def _usual_measures(visit: Visit, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """The measures that the place delivered lately; all where it has not delivered yet."""
    if not visit.may("deliveries:read"):
        return measures
    lately = await panel(
        visit.indicator.deliveries(state="accepted", limit=_DELIVERIES_LOOKED_AT), "Die Lieferungen"
    )
    names = {
        name
        for delivery in (lately.value.items if lately.value else ())
        if delivery.understood
        for name in delivery.understood.measures
    }
    return tuple(measure for measure in measures if measure.name in names) or measures


def example_rows(visit: Visit, measures: tuple[Measure, ...]) -> list[tuple[str, ...]]:
    """A small delivery with one's own area and the first measures there are, head first."""
    areas = visit.account.area_codes if visit.account else ()
    area = areas[0] if areas else "05"
    codes = [measure.code for measure in measures[: len(_EXAMPLE_VALUES)]] or ["EINWOHNER"]
    rows = [
        (area, "2024-12-31", code, value)
        for code, value in zip(codes, _EXAMPLE_VALUES, strict=False)
    ]
    return [_EXAMPLE_HEADER, *rows]


async def example_file(visit: Visit) -> Response:
    """The example as a file: UTF-8 with its mark, semicolons, as Excel in Germany opens it."""
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(
        example_rows(visit, await _usual_measures(visit, await _measures(visit)))
    )
    return Response(
        "\ufeff".encode() + text.getvalue().encode(),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="beispiel-lieferung.csv"'},
    )
