"""Accounts and their roles: list, add, change."""

import asyncio
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.base import Document, ServiceProblem
from web.forms import field_text, form_errors
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter()

Manager = Annotated[Visit, Requires("accounts:manage")]

LIST_PATH = "/verwaltung/konten"
_ACCOUNT_FIELDS = ("name", "display_name", "password", "is_active")
_ROLE_FIELDS = ("organisation_id", "role", "valid_until")


@router.get(LIST_PATH)
async def list_accounts(visit: Manager, q: str = "", cursor: str = "") -> Response:
    """Accounts by login name."""
    page = await visit.consultation.accounts(q or None, cursor or None)
    context = {"title": "Konten", "q": q, "cursor": cursor, "page": page}
    return render(visit, "pages/administration/accounts.html", context)


@router.get(f"{LIST_PATH}/neu")
async def show_new(visit: Manager) -> Response:
    """The form for a new account with its first role."""
    return await _new_page(visit, {}, {}, 200)


@router.post(f"{LIST_PATH}/neu")
async def create(visit: Manager) -> Response:
    """Add an account with its first role."""
    form = await form_of(visit)
    given = {
        name: field_text(form, name, strips=name != "password")
        for name in ("name", "display_name", "password", "organisation_id", "role")
    }
    missing = {
        name: text
        for name, text in (
            ("name", "Geben Sie einen Anmeldenamen ein."),
            ("display_name", "Geben Sie den Namen ein, der angezeigt wird."),
            ("password", "Geben Sie ein erstes Passwort ein."),
            ("organisation_id", "Wählen Sie die Organisation."),
            ("role", "Wählen Sie die Rolle."),
        )
        if not given[name]
    }
    if missing:
        return await _new_page(visit, given, missing, 422)
    body = {
        "name": given["name"],
        "display_name": given["display_name"],
        "password": given["password"],
        "memberships": [{"organisation_id": given["organisation_id"], "role": given["role"]}],
    }
    try:
        key = field_text(form, "idempotency_key")
        created = await visit.consultation.create_account(body, key)
    except ServiceProblem as problem:
        fields = (*_ACCOUNT_FIELDS, *_ROLE_FIELDS)
        return await _new_page(visit, given, form_errors(problem, fields), 422)
    path = f"{LIST_PATH}/{created['id']}"
    return redirect(visit, path, notice=f"Das Konto „{created['name']}“ ist angelegt.")


@router.get(LIST_PATH + "/{account_id}")
async def show_one(visit: Manager, account_id: str) -> Response:
    """An account, its roles, and the forms to change both."""
    return await _edit_page(visit, account_id, {}, {}, 200)


@router.post(LIST_PATH + "/{account_id}")
async def change(visit: Manager, account_id: str) -> Response:
    """Change name, state or password as the account was when the form was shown."""
    form = await form_of(visit)
    body: Document = {
        "display_name": field_text(form, "display_name"),
        "is_active": field_text(form, "is_active") == "ja",
    }
    password = field_text(form, "password", strips=False)
    if password:
        body["password"] = password
    try:
        await visit.consultation.change_account(account_id, body, field_text(form, "etag"))
    except ServiceProblem as problem:
        errors = form_errors(problem, _ACCOUNT_FIELDS)
        return await _edit_page(visit, account_id, body, errors, 422)
    notice = "Das Konto ist gespeichert."
    if password:
        notice = "Das Konto ist gespeichert. Das neue Passwort gilt ab sofort."
    return redirect(visit, f"{LIST_PATH}/{account_id}", notice=notice)


@router.post(LIST_PATH + "/{account_id}/rollen")
async def add_role(visit: Manager, account_id: str) -> Response:
    """Give the account a role in an organisation."""
    form = await form_of(visit)
    body: Document = {
        "organisation_id": field_text(form, "organisation_id"),
        "role": field_text(form, "role"),
        "valid_until": field_text(form, "valid_until") or None,
    }
    try:
        key = field_text(form, "idempotency_key")
        await visit.consultation.add_membership(account_id, body, key)
    except ServiceProblem as problem:
        errors = form_errors(problem, _ROLE_FIELDS)
        return await _edit_page(visit, account_id, body, errors, 422)
    return redirect(visit, f"{LIST_PATH}/{account_id}", notice="Die Rolle ist vergeben.")


@router.post(LIST_PATH + "/{account_id}/rollen/{membership_id}/entziehen")
async def end_role(visit: Manager, account_id: str, membership_id: str) -> Response:
    """Take a role from the account."""
    await visit.consultation.end_membership(account_id, membership_id)
    return redirect(visit, f"{LIST_PATH}/{account_id}", notice="Die Rolle ist entzogen.")


async def _choices(visit: Visit) -> Document:
    page, roles = await asyncio.gather(
        visit.consultation.organisations(limit=200), visit.consultation.roles()
    )
    return {
        "organisations": [(item["id"], item["name"]) for item in page["items"]],
        "roles": [(role["code"], role["label"]) for role in roles],
        "idempotency_key": str(uuid4()),
    }


async def _new_page(visit: Visit, given: Document, errors: dict[str, str], status: int) -> Response:
    context = {
        "title": "Neues Konto",
        "crumbs": [("Konten", LIST_PATH)],
        "given": given,
        "errors": errors,
        "has_error": bool(errors),
        **await _choices(visit),
    }
    return render(visit, "pages/administration/account_new.html", context, status=status)


async def _edit_page(
    visit: Visit, account_id: str, given: Document, errors: dict[str, str], status: int
) -> Response:
    reply, choices = await asyncio.gather(visit.consultation.account(account_id), _choices(visit))
    edited = reply.json()
    context = {
        "title": edited["display_name"],
        "crumbs": [("Konten", LIST_PATH)],
        "edited": edited,
        "given": {**edited, "organisation_id": "", "role": "", "valid_until": "", **given},
        "etag": reply.headers["etag"],
        "errors": errors,
        "has_error": bool(errors),
        **choices,
    }
    return render(visit, "pages/administration/account.html", context, status=status)
