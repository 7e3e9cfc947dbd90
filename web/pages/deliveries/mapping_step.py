"""The second step of a delivery: what the columns of its table mean."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.base import ServiceProblem
from web.clients.delivery_mapping_types import MappedTable
from web.clients.delivery_types import Delivery
from web.pages.deliveries.mapping_form import (
    AREA_TEXTS,
    FACTORS,
    PARTS,
    ROLES,
    Document,
    columns_of,
    document_of,
    field_of,
    place_of,
)
from web.pages.deliveries.reading import read_delivery
from web.pages.deliveries.sending import LIST_PATH, STYLES
from web.pages.deliveries.showing import path_of, show
from web.pages.deliveries.wizard import steps_of
from web.pages.deliveries.words import RUNNING, title_of
from web.panels import panel
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter()
Reader = Annotated[Visit, Requires("deliveries:read")]
Sender = Annotated[Visit, Requires("deliveries:create")]

_STEP = LIST_PATH + "/{delivery_id}/zuordnung"
_REFUSED = frozenset({403, 404, 409, 410, 412, 422})
_UNDERSTOOD = ("is_complete", "questions", "preview")


@router.get(_STEP)
async def show_mapping(visit: Reader, delivery_id: str) -> Response:
    """The table as it stands beside what each column means."""
    delivery = await read_delivery(visit, delivery_id)
    if delivery.state in RUNNING:
        return await show(visit, delivery)
    try:
        mapped = await visit.indicator.mapped_table(delivery.id)
    except ServiceProblem as problem:
        if problem.status not in {404, 409, 410, 422}:
            raise
        return await show(visit, delivery, "zuordnung")
    return await _page(visit, delivery, mapped, mapped.document)


@router.post(_STEP)
async def take_mapping(visit: Sender, delivery_id: str) -> Response:
    """Show the rows as the form would have them read, or have the file checked so."""
    delivery = await read_delivery(visit, delivery_id)
    form = await form_of(visit)
    fields = _texts(form)
    if fields.get("gespeichert") and "laden" in fields:
        return await _use_saved(visit, delivery, fields)
    mapped = await visit.indicator.mapped_table(delivery.id)
    document, errors = document_of(fields, mapped.table.names, mapped.document)
    place = place_of(document, mapped)
    if place and not errors:
        # another table is looked at: its columns are proposed anew
        return await _look_elsewhere(visit, delivery, place, fields)
    if errors or "uebernehmen" not in fields:
        return await _try(visit, delivery, mapped, document, fields, errors)
    try:
        if fields.get("name"):
            await visit.indicator.save_mapping(
                fields["name"].strip(), document,
                idempotency_key=fields.get("idempotency_key") or str(uuid4()),
            )  # fmt: skip
        taken = await visit.indicator.map_delivery(
            delivery.id, document, etag=fields.get("etag", "")
        )
    except ServiceProblem as problem:
        errors = _errors_of(problem)
        return await _page(visit, delivery, mapped, document, fields, errors)
    return redirect(visit, path_of(taken))


async def _use_saved(visit: Visit, delivery: Delivery, fields: Mapping[str, str]) -> Response:
    """Have the file read by a saved mapping."""
    try:
        taken = await visit.indicator.map_delivery(
            delivery.id, fields["gespeichert"], etag=fields.get("etag", "")
        )
    except ServiceProblem as problem:
        mapped = await visit.indicator.mapped_table(delivery.id)
        return await _page(visit, delivery, mapped, mapped.document, fields, _errors_of(problem))
    return redirect(visit, path_of(taken))


async def _look_elsewhere(
    visit: Visit, delivery: Delivery, place: Mapping[str, str], fields: Mapping[str, str]
) -> Response:
    """The form for the table at another place of the file."""
    try:
        mapped = await visit.indicator.mapped_table(delivery.id, place)
    except ServiceProblem as problem:
        mapped = await visit.indicator.mapped_table(delivery.id)
        return await _page(visit, delivery, mapped, mapped.document, fields, _errors_of(problem))
    return await _page(visit, delivery, mapped, mapped.proposal, fields, is_trial=True)


async def _try(
    visit: Visit,
    delivery: Delivery,
    mapped: MappedTable,
    document: Document,
    fields: Mapping[str, str],
    errors: dict[str, str],
) -> Response:
    """The form as it was filled in, with the rows as they would be understood so."""
    is_trial = False
    if not errors:
        try:
            understood = await visit.indicator.preview_mapping(delivery.id, document)
            mapped = mapped.model_copy(
                update={name: getattr(understood, name) for name in _UNDERSTOOD}
            )
            is_trial = True
        except ServiceProblem as problem:
            errors = _errors_of(problem)
    return await _page(visit, delivery, mapped, document, fields, errors, is_trial=is_trial)


def _errors_of(problem: ServiceProblem) -> dict[str, str]:
    if problem.status not in _REFUSED:
        raise problem
    if problem.status == 412:
        return {"": "Die Lieferung hat sich inzwischen geändert. Laden Sie die Seite neu."}
    if problem.code == "mapping_exists":
        return {"name": problem.detail}
    if problem.code == "mapping_unknown":
        return {"gespeichert": problem.detail}
    named = {
        field_of(str(error.get("pointer") or "").replace("/document/", "/")): str(
            error.get("detail") or problem.detail
        )
        for error in problem.errors
    }
    return named or {"": problem.detail or problem.title}


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _page(
    visit: Visit,
    delivery: Delivery,
    mapped: MappedTable,
    document: Document,
    fields: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
    *,
    is_trial: bool = False,
) -> Response:
    entered = fields or {}
    saved = await panel(visit.indicator.saved_mappings(), "Die gespeicherten Zuordnungen")
    measures = await panel(visit.indicator.measures(), "Die Messgrößen")
    columns = columns_of(mapped, document)
    context: dict[str, Any] = {
        "title": title_of(delivery),
        "crumbs": [("Lieferungen", LIST_PATH)],
        "delivery": delivery,
        "path": path_of(delivery),
        "steps": steps_of(delivery, "zuordnung", path_of(delivery)),
        "may": set(delivery.actions),
        "mapped": mapped,
        "columns": columns,
        "document": document,
        "questions": [(field_of(item.field), item.detail) for item in mapped.questions],
        "roles": ROLES,
        "factors": FACTORS,
        "parts": PARTS,
        "area_texts": AREA_TEXTS,
        "measure_options": [
            (item.code, f"{item.name} ({item.code})")
            for item in (measures.value.items if measures.value else ())
        ],
        "saved_options": [(item.name, item.name) for item in saved.value or ()],
        "sheet_options": [(name, name) for name in mapped.table.sheets],
        "is_trial": is_trial,
        "entered": entered,
        "etag": entered.get("etag") or delivery.etag or "",
        "idempotency_key": entered.get("idempotency_key") or str(uuid4()),
        "errors": errors or {},
        "has_error": bool(errors),
        "page_styles": STYLES,
    }
    return render(
        visit,
        "pages/deliveries/mapping.html",
        context,
        partial="pages/deliveries/mapping_form.html",
        status=422 if errors else 200,
    )
