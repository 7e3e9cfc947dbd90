"""Areas from files: list, hand in, look at what a file would bring, take it or give it up.

The paths stand before `/gebiete/{code}`: this folder's name comes before `areas`.
"""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.area_import_types import AreaImport
from web.clients.area_imports import AreaImportClient
from web.clients.base import ServiceProblem
from web.errors import PageNotFound
from web.forms import field_text
from web.handing_on import asked_headers, hand_on
from web.pages.area_imports import sending
from web.pages.area_imports.mapping import MAPPING_FIELDS, mapping_choices, mapping_of
from web.pages.area_imports.words import (
    DISCARDABLE,
    OPEN,
    RUNNING,
    STATES,
    announcement_of,
    file_facts,
    groups_of,
    legend_of,
    map_text,
    purpose_of,
    square_metres,
    title_of,
    understood_facts,
)
from web.replies import redirect, render
from web.visit import Visit
from web.waiting import watch

router = APIRouter()

Importer = Annotated[Visit, Requires("areas:write", "partitions:write")]

STYLES = ["css/deliveries.css", "css/area-imports.css"]
_ROWS = 25
_MAP_WIDTH = 1000
_SHOWN_ON_PAGE = frozenset({409, 412, 422})


def _client(visit: Visit) -> AreaImportClient:
    return AreaImportClient(visit.services.indicator, visit.access)


@router.get(sending.LIST_PATH)
async def list_imports(visit: Importer, ab: str = "") -> Response:
    """The files that the place has handed in, newest first."""
    page = await _client(visit).imports(limit=_ROWS, cursor=ab or None)
    context = {
        "title": "Gebiete aus Dateien",
        "crumbs": [("Gebiete", "/gebiete")],
        "imports": page.items,
        "states": STATES,
        "title_of": title_of,
        "purpose_of": purpose_of,
        "next_path": f"{sending.LIST_PATH}?ab={page.next}" if page.next else None,
        "first_path": sending.LIST_PATH if ab else None,
        "page_styles": STYLES,
    }
    return render(visit, "pages/area_imports/list.html", context)


@router.get(sending.NEW_PATH)
async def show_form(visit: Importer) -> Response:
    """The field for a file, and what it is."""
    return await sending.show_form(visit)


@router.post(sending.NEW_PATH)
async def take_file(visit: Importer) -> Response:
    """Hand a file in."""
    return await sending.take_file(visit)


@router.get(sending.LIST_PATH + "/{import_id}")
async def show_import(visit: Importer, import_id: str) -> Response:
    """What a file would bring, or brought; while it is worked on, the page looks again."""
    return await _show(visit, await _client(visit).one(_checked(import_id)))


async def _show(
    visit: Visit, item: AreaImport, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    path = f"{sending.LIST_PATH}/{item.id}"
    waiting = watch(visit, path, item.state, is_running=item.state in RUNNING)
    context = {
        "title": title_of(item),
        "crumbs": [("Gebiete", "/gebiete"), ("Importe", sending.LIST_PATH)],
        "item": item,
        "path": path,
        "states": STATES,
        "purpose": purpose_of(item),
        "groups": groups_of(item),
        "square_metres": square_metres,
        "legend": legend_of(item),
        "map_text": map_text(item),
        "understood_facts": understood_facts(item),
        "file_facts": file_facts(item),
        "choices": mapping_choices(item),
        "is_open": item.state in OPEN,
        "is_discardable": item.state in DISCARDABLE,
        "idempotency_key": str(uuid4()),
        "waiting": waiting,
        "announcement": announcement_of(item) if waiting.is_news else "",
        "refresh": waiting.next_look,
        "errors": errors or {},
        "has_error": bool(errors),
        "page_styles": STYLES,
    }
    return render(
        visit,
        "pages/area_imports/one.html",
        context,
        partial=None if errors else "pages/area_imports/outcome.html",
        status=status,
    )


@router.post(sending.LIST_PATH + "/{import_id}/zuordnung")
async def remap(visit: Importer, import_id: str) -> Response:
    """Say how the file is to be read; it is checked again."""
    form = await form_of(visit)
    texts = {name: field_text(form, name) for name in MAPPING_FIELDS}
    checked = _checked(import_id)
    mapping, errors = mapping_of(texts)
    if errors:
        return await _show(visit, await _client(visit).one(checked), errors, 422)
    try:
        await _client(visit).remap(checked, mapping, etag=field_text(form, "etag"))
    except ServiceProblem as problem:
        return await _refused(visit, checked, problem)
    return redirect(visit, f"{sending.LIST_PATH}/{checked}")


@router.post(sending.LIST_PATH + "/{import_id}/uebernehmen")
async def commit(visit: Importer, import_id: str) -> Response:
    """Take the file into the register."""
    form = await form_of(visit)
    checked = _checked(import_id)
    try:
        await _client(visit).commit(
            checked,
            etag=field_text(form, "etag"),
            idempotency_key=field_text(form, "idempotency_key") or str(uuid4()),
        )
    except ServiceProblem as problem:
        return await _refused(visit, checked, problem)
    return redirect(visit, f"{sending.LIST_PATH}/{checked}")


@router.post(sending.LIST_PATH + "/{import_id}/verwerfen")
async def discard(visit: Importer, import_id: str) -> Response:
    """Give the file up."""
    form = await form_of(visit)
    checked = _checked(import_id)
    try:
        item = await _client(visit).discard(checked, etag=field_text(form, "etag"))
    except ServiceProblem as problem:
        return await _refused(visit, checked, problem)
    return redirect(
        visit, sending.LIST_PATH,
        notice=f"„{title_of(item)}“ ist verworfen. Am Verzeichnis hat sich nichts geändert.",
    )  # fmt: skip


async def _refused(visit: Visit, import_id: str, problem: ServiceProblem) -> Response:
    """The import's page as it is now, with the reason why nothing was done."""
    if problem.status not in _SHOWN_ON_PAGE:
        raise problem
    item = await _client(visit).one(import_id)
    return await _show(visit, item, {"": problem.detail or problem.title}, problem.status)


@router.get(sending.LIST_PATH + "/{import_id}/karte.svg")
async def show_map(visit: Importer, import_id: str) -> Response:
    """What the file would bring, as a picture."""
    headers = asked_headers(visit.request)
    return await hand_on(_client(visit).picture(_checked(import_id), _MAP_WIDTH, headers))


@router.get(sending.LIST_PATH + "/{import_id}/karte.geojson")
async def download_map(visit: Importer, import_id: str) -> Response:
    """The same as GeoJSON, to be opened in a geoinformation system."""
    stream = _client(visit).geojson(_checked(import_id), asked_headers(visit.request))
    disposition = 'attachment; filename="pruefung.geojson"'
    return await hand_on(stream, {"content-disposition": disposition})


def _checked(import_id: str) -> str:
    """The id in its usual form; what is none leads to the page for the unknown."""
    try:
        return str(UUID(import_id))
    except ValueError as error:
        raise PageNotFound("Diesen Import gibt es nicht.") from error
