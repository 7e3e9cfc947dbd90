"""One's partitions and sets, and the form for a new partition."""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote
from uuid import uuid4

from starlette.responses import Response

from web.access import form_of
from web.clients.base import ServiceProblem
from web.format import today
from web.forms import field_text, form_errors
from web.pages.partitions.client import client_of
from web.pages.partitions.words import PATH, UNIT_KINDS, has_ended, validity
from web.replies import redirect, render
from web.visit import Visit

_FIELDS = ("name", "code", "municipality", "kind", "valid_from", "source")


async def show(visit: Visit) -> Response:
    """The list of partitions and sets, or how to begin."""
    client = client_of(visit)
    partitions, own_sets = await asyncio.gather(client.partitions(), client.sets(is_own=True))
    now = today()
    towns = {item.municipality.code for item in partitions.items}
    others = [await client.sets(municipality=town) for town in sorted(towns)]
    own = {item.code for item in own_sets.items}
    context = {
        "title": "Gliederungen und eigene Gebiete",
        "crumbs": [("Gebiete", "/gebiete")],
        "partitions": partitions.items,
        "current": [item for item in partitions.items if not has_ended(item, now)],
        "sets": own_sets.items,
        "other_sets": [item for page in others for item in page.items if item.code not in own],
        "towns": sorted({(i.municipality.code, i.municipality.name) for i in partitions.items}),
        "validity": validity,
        "page_styles": ["css/partitions.css"],
    }
    return render(visit, "pages/partitions/overview.html", context)


async def show_form(visit: Visit) -> Response:
    """The empty form."""
    return await _form(visit, {}, {})


async def create(visit: Visit) -> Response:
    """Set up a partition and lead to it; else the form with what to mend."""
    form = await form_of(visit)
    given = {name: field_text(form, name) for name in _FIELDS}
    key = field_text(form, "idempotency_key") or str(uuid4())
    errors = {
        name: words
        for name, words in (
            ("name", "Geben Sie der Gliederung einen Namen."),
            ("municipality", "Wählen Sie die Gemeinde."),
            ("kind", "Wählen Sie, was die Einheiten sind."),
            ("source", "Nennen Sie, woher die Grenzen stammen."),
        )
        if not given[name]
    }
    if errors:
        return await _form(visit, given, errors)
    code = f"{given['municipality']}-{given['code'] or given['kind']}"
    values = {
        "code": code,
        "name": given["name"],
        "municipality": given["municipality"],
        "kind": given["kind"],
        "valid_from": given["valid_from"] or None,
        "source": given["source"],
        "attribution": given["source"],
    }
    try:
        made = await client_of(visit).create_partition(values, key)
    except ServiceProblem as problem:
        return await _form(visit, given, form_errors(problem, _FIELDS))
    notice = (
        f"Die Gliederung ist angelegt und hat {made.units} Einheiten."
        if made.units
        else "Die Gliederung ist angelegt. Einheiten kommen mit Ihren Geodaten."
    )
    return redirect(visit, f"{PATH}/{quote(code, safe='')}", notice=notice)


async def _form(visit: Visit, given: Mapping[str, str], errors: dict[str, str]) -> Response:
    codes = visit.account.area_codes if visit.account else ()
    towns = await _towns(visit, tuple(codes))
    chosen = given.get("municipality") or (towns[0][0] if len(towns) == 1 else "")
    context = {
        "title": "Gliederung anlegen",
        "crumbs": [("Gebiete", "/gebiete"), ("Gliederungen", PATH)],
        "given": {name: given.get(name, "") for name in _FIELDS} | {"municipality": chosen},
        "towns": towns,
        "kinds": list(UNIT_KINDS.items()),
        "errors": errors,
        "has_error": bool(errors),
        "idempotency_key": str(uuid4()),
    }
    return render(visit, "pages/partitions/new.html", context, status=422 if errors else 200)


async def _towns(visit: Visit, codes: tuple[str, ...]) -> list[tuple[str, str]]:
    """The municipalities one acts for, by key and name."""
    pages = await asyncio.gather(
        *(visit.indicator.areas(kind="gemeinde", within=code, limit=500) for code in codes)
    )
    return sorted(
        {(area.code, area.name) for page in pages for area in page.items},
        key=lambda town: town[1],
    )
