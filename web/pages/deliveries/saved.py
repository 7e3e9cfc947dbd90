"""Saved mappings: what is kept under which name, renaming and deleting."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.base import ServiceProblem
from web.clients.delivery_mapping_types import SavedMapping
from web.errors import PageNotFound
from web.forms import field_text
from web.pages.deliveries.sending import LIST_PATH, NEW_PATH, STYLES
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter()
Reader = Annotated[Visit, Requires("deliveries:read")]
Sender = Annotated[Visit, Requires("deliveries:create")]

PATH = f"{LIST_PATH}/zuordnungen"
_CRUMBS = [("Lieferungen", LIST_PATH)]
_REFUSED = frozenset({409, 412, 422})


@router.get(PATH)
async def list_mappings(visit: Reader) -> Response:
    """The mappings of the place, by name."""
    context = {
        "title": "Gespeicherte Zuordnungen",
        "crumbs": _CRUMBS,
        "mappings": await visit.indicator.saved_mappings(),
        "described": described,
        "new_path": NEW_PATH,
        "page_styles": STYLES,
    }
    return render(visit, "pages/deliveries/saved_list.html", context)


@router.get(PATH + "/{mapping_id}")
async def show_mapping(visit: Sender, mapping_id: str) -> Response:
    """One mapping: what it says, and how it is renamed or deleted."""
    return await _page(visit, await _read(visit, mapping_id), {})


@router.post(PATH + "/{mapping_id}")
async def rename(visit: Sender, mapping_id: str) -> Response:
    """Give a mapping another name."""
    saved = await _read(visit, mapping_id)
    form = await form_of(visit)
    name = field_text(form, "name")
    if not name:
        return await _page(visit, saved, {"name": "Geben Sie der Zuordnung einen Namen."})
    try:
        await visit.indicator.change_mapping(
            saved.id, name, saved.document, etag=field_text(form, "etag")
        )
    except ServiceProblem as problem:
        return await _page(visit, saved, {"name": _message_of(problem)}, name)
    return redirect(visit, PATH, notice=f"Die Zuordnung heißt jetzt „{name}“.")


@router.post(PATH + "/{mapping_id}/loeschen")
async def delete(visit: Sender, mapping_id: str) -> Response:
    """Delete a mapping."""
    saved = await _read(visit, mapping_id)
    etag = field_text(await form_of(visit), "etag")
    try:
        await visit.indicator.delete_mapping(saved.id, etag=etag)
    except ServiceProblem as problem:
        return await _page(visit, saved, {"": _message_of(problem)})
    return redirect(visit, PATH, notice=f"Die Zuordnung „{saved.name}“ ist gelöscht.")


def _message_of(problem: ServiceProblem) -> str:
    if problem.status not in _REFUSED:
        raise problem
    if problem.status == 412:
        return "Jemand hat die Zuordnung inzwischen geändert. So steht sie jetzt."
    return problem.detail or problem.title


async def _read(visit: Visit, mapping_id: str) -> SavedMapping:
    try:
        return await visit.indicator.saved_mapping(str(UUID(mapping_id)))
    except ValueError as error:
        raise PageNotFound("Diese Zuordnung gibt es nicht.") from error


async def _page(
    visit: Visit, saved: SavedMapping, errors: dict[str, str], name: str | None = None
) -> Response:
    context = {
        "title": saved.name,
        "crumbs": [*_CRUMBS, ("Zuordnungen", PATH)],
        "saved": saved,
        "name": saved.name if name is None else name,
        "facts": described(saved.document),
        "path": f"{PATH}/{saved.id}",
        "errors": errors,
        "has_error": bool(errors),
        "page_styles": STYLES,
    }
    status = 422 if errors else 200
    return render(visit, "pages/deliveries/saved_one.html", context, status=status)


def described(document: dict[str, Any]) -> list[tuple[str, str]]:
    """What a mapping says, as (label, text)."""
    values = document.get("values") or []
    facts = [
        ("Gebiet", _source(document.get("area"), "je Wertespalte")),
        ("Zeitraum", _source(document.get("period"), "je Wertespalte")),
        ("Messgröße", _source(document.get("measure"), "je Wertespalte")),
        ("Werte", _columns([item["column"] for item in values])),
    ]
    breakdowns = [item["column"] for item in document.get("breakdowns") or []]
    return [*facts, ("Aufgliederung", _columns(breakdowns))] if breakdowns else facts


def _source(source: dict[str, Any] | None, otherwise: str) -> str:
    if not source:
        return otherwise
    if not source.get("column"):
        return f"fest: {source['fixed']}"
    told = f"Spalte „{source['column']}“"
    if source.get("by_name"):
        told += ", Namen von Gebieten"
    return f"{told} mit „{source['part']['column']}“" if source.get("part") else told


def _columns(names: list[str]) -> str:
    shown = ", ".join(f"„{name}“" for name in names[:4])
    rest = len(names) - 4
    return f"{shown} und {rest} weitere" if rest > 0 else shown or "–"
