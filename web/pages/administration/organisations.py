"""Organisations: list, add, change."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.base import Document, ServiceProblem
from web.forms import field_text, form_errors
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter()

Manager = Annotated[Visit, Requires("organisations:manage")]

LIST_PATH = "/verwaltung/organisationen"
_FIELDS = ("name", "short_name", "kind", "parent_id", "area_codes", "is_active")

KIND_LABELS = {
    "kommune": "Kommune",
    "statistikstelle": "Statistikstelle",
    "kreis": "Kreis",
    "landesberatung": "Landesberatung",
    "ministerium": "Ministerium",
    "landesamt": "Statistisches Landesamt",
    "bewilligungsbehoerde": "Bewilligungsbehörde",
    "betrieb": "Betrieb der Plattform",
}


@router.get(LIST_PATH)
async def list_organisations(visit: Manager, q: str = "", cursor: str = "") -> Response:
    """Organisations by name."""
    page = await visit.consultation.organisations(q or None, cursor or None)
    context = {
        "title": "Organisationen",
        "q": q,
        "cursor": cursor,
        "page": page,
        "kind_labels": KIND_LABELS,
    }
    return render(visit, "pages/administration/organisations.html", context)


@router.get(f"{LIST_PATH}/neu")
async def show_new(visit: Manager) -> Response:
    """The form for a new organisation."""
    given = {"name": "", "short_name": "", "kind": "kommune", "parent_id": "", "area_codes": ""}
    return await _new_page(visit, given, {}, 200)


@router.post(f"{LIST_PATH}/neu")
async def create(visit: Manager) -> Response:
    """Add an organisation."""
    form = await form_of(visit)
    given = {name: field_text(form, name) for name in _FIELDS if name != "is_active"}
    body: Document = {
        "name": given["name"],
        "short_name": given["short_name"],
        "kind": given["kind"],
        "parent_id": given["parent_id"] or None,
        "area_codes": _codes(given["area_codes"]),
    }
    try:
        key = field_text(form, "idempotency_key")
        created = await visit.consultation.create_organisation(body, key)
    except ServiceProblem as problem:
        return await _new_page(visit, given, form_errors(problem, _FIELDS), 422)
    return redirect(visit, LIST_PATH, notice=f"„{created['name']}“ ist angelegt.")


@router.get(LIST_PATH + "/{organisation_id}")
async def show_one(visit: Manager, organisation_id: str) -> Response:
    """An organisation and the form to change it."""
    reply = await visit.consultation.organisation(organisation_id)
    organisation = reply.json()
    given = {
        "name": organisation["name"],
        "short_name": organisation["short_name"],
        "area_codes": " ".join(organisation["area_codes"]),
        "is_active": organisation["is_active"],
    }
    return _edit_page(visit, organisation, given, reply.headers["etag"], {}, 200)


@router.post(LIST_PATH + "/{organisation_id}")
async def change(visit: Manager, organisation_id: str) -> Response:
    """Change an organisation as it was when the form was shown."""
    form = await form_of(visit)
    given = _change_of(form)
    body = {**given, "area_codes": _codes(str(given["area_codes"]))}
    etag = field_text(form, "etag")
    try:
        await visit.consultation.change_organisation(organisation_id, body, etag)
    except ServiceProblem as problem:
        errors = form_errors(problem, _FIELDS)
        reply = await visit.consultation.organisation(organisation_id)
        return _edit_page(visit, reply.json(), given, reply.headers["etag"], errors, 422)
    return redirect(visit, LIST_PATH, notice=f"„{given['name']}“ ist gespeichert.")


def _change_of(form: FormData) -> Document:
    return {
        "name": field_text(form, "name"),
        "short_name": field_text(form, "short_name"),
        "area_codes": field_text(form, "area_codes"),
        "is_active": field_text(form, "is_active") == "ja",
    }


def _codes(text: str) -> list[str]:
    return text.replace(",", " ").split()


async def _new_page(visit: Visit, given: Document, errors: dict[str, str], status: int) -> Response:
    page = await visit.consultation.organisations(limit=200)
    parents = [(o["id"], o["name"]) for o in page["items"] if o["kind"] in {"kommune", "kreis"}]
    context = {
        "title": "Neue Organisation",
        "crumbs": [("Organisationen", LIST_PATH)],
        "given": given,
        "kinds": list(KIND_LABELS.items()),
        "parents": parents,
        "errors": errors,
        "has_error": bool(errors),
        "idempotency_key": str(uuid4()),
    }
    return render(visit, "pages/administration/organisation_new.html", context, status=status)


def _edit_page(
    visit: Visit,
    organisation: Document,
    given: Document,
    etag: str,
    errors: dict[str, str],
    status: int,
) -> Response:
    context = {
        "title": organisation["name"],
        "crumbs": [("Organisationen", LIST_PATH)],
        "organisation": organisation,
        "kind_label": KIND_LABELS.get(organisation["kind"], organisation["kind"]),
        "given": given,
        "etag": etag,
        "errors": errors,
        "has_error": bool(errors),
    }
    return render(visit, "pages/administration/organisation.html", context, status=status)
