"""API keys of the place one works for: create (shown once), revoke."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires, form_of
from web.clients.base import ServiceProblem
from web.format import BERLIN
from web.forms import field_text, field_texts, form_errors
from web.replies import redirect, render
from web.rights import MACHINE_RIGHTS, RIGHT_LABELS
from web.visit import Visit

router = APIRouter()

Manager = Annotated[Visit, Requires("api_keys:manage")]

_FIELDS = ("name", "rights", "area_codes", "expires_at")
_DEFAULT_DAYS = 365


@router.get("/verwaltung/schluessel")
async def list_keys(visit: Manager) -> Response:
    """The keys, and the form for a new one."""
    return await _page(visit, _empty_form(visit), {}, 200)


@router.post("/verwaltung/schluessel")
async def create_key(visit: Manager) -> Response:
    """Create a key and show its secret, this once."""
    form = await form_of(visit)
    given: dict[str, Any] = {
        "name": field_text(form, "name"),
        "rights": field_texts(form, "rights"),
        "area_codes": field_text(form, "area_codes"),
        "expires_at": field_text(form, "expires_at"),
    }
    errors = _faults(given)
    if errors:
        return await _page(visit, given, errors, 422)
    body = {
        "name": given["name"],
        "rights": given["rights"],
        "area_codes": given["area_codes"].replace(",", " ").split(),
        "expires_at": _end_of_day(given["expires_at"]).isoformat(),
    }
    try:
        created = await visit.consultation.create_api_key(body, field_text(form, "idempotency_key"))
    except ServiceProblem as problem:
        return await _page(visit, given, form_errors(problem, _FIELDS), 422)
    crumbs = [("API-Schlüssel", "/verwaltung/schluessel")]
    context = {"title": "Der neue Schlüssel", "crumbs": crumbs, "key": created}
    return render(visit, "pages/administration/key_created.html", context, status=201)


@router.post("/verwaltung/schluessel/{key_id}/sperren")
async def revoke_key(visit: Manager, key_id: str) -> Response:
    """Refuse the key from now on."""
    await visit.consultation.revoke_api_key(key_id)
    notice = "Der Schlüssel ist gesperrt. Programme, die ihn benutzen, werden ab sofort abgewiesen."
    return redirect(visit, "/verwaltung/schluessel", notice=notice)


async def _page(
    visit: Visit, given: dict[str, Any], errors: dict[str, str], status: int
) -> Response:
    keys = await visit.consultation.api_keys()
    offered = [right for right in MACHINE_RIGHTS if visit.may(right)]
    context = {
        "title": "API-Schlüssel",
        "keys": keys,
        "given": given,
        "rights": [(right, RIGHT_LABELS[right], right) for right in offered],
        "errors": errors,
        "has_error": bool(errors),
        "idempotency_key": str(uuid4()),
    }
    return render(visit, "pages/administration/keys.html", context, status=status)


def _empty_form(visit: Visit) -> dict[str, Any]:
    areas = visit.account.area_codes if visit.account else ()
    ends_on = datetime.now(BERLIN).date() + timedelta(days=_DEFAULT_DAYS)
    return {
        "name": "",
        "rights": ["deliveries:create", "deliveries:read"],
        "area_codes": " ".join(areas),
        "expires_at": ends_on.isoformat(),
    }


def _faults(given: dict[str, Any]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not given["name"]:
        errors["name"] = "Geben Sie dem Schlüssel einen Namen, an dem Sie ihn wiedererkennen."
    if not given["rights"]:
        errors["rights"] = "Wählen Sie mindestens ein Recht."
    if not given["area_codes"]:
        errors["area_codes"] = "Nennen Sie mindestens ein Gebiet."
    try:
        date.fromisoformat(given["expires_at"])
    except ValueError:
        errors["expires_at"] = "Geben Sie an, bis wann der Schlüssel gelten soll."
    return errors


def _end_of_day(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), tzinfo=BERLIN)
