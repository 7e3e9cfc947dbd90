"""One partition, and one set, as pages."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from web.access import form_of
from web.clients.base import ServiceProblem
from web.clients.partition_types import PartitionDetail, UnitSetDetail
from web.format import today
from web.forms import field_text, form_errors
from web.pages.partitions import words
from web.pages.partitions.client import client_of
from web.pages.partitions.unit_map import unit_map
from web.panels import panel
from web.replies import redirect, render
from web.visit import Visit

_FIELDS = ("name", "valid_to")
STYLES = ["css/partitions.css"]


async def show(
    visit: Visit,
    code: str,
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """One partition: its units with map, its addresses, what is still to clear up."""
    client = client_of(visit)
    partition = await client.partition(code)
    shapes, sets = await asyncio.gather(
        panel(client.shapes_within(partition.municipality.code, partition.kind), "Die Karte"),
        panel(client.sets(municipality=partition.municipality.code), "Die eigenen Gebiete"),
    )
    check = None
    if partition.is_own and partition.addresses:
        check = await panel(client.check(code), "Die Prüfung des Verzeichnisses")
    context = {
        "title": partition.name,
        "crumbs": [("Gebiete", "/gebiete"), ("Gliederungen", words.PATH)],
        "partition": partition,
        "path": f"{words.PATH}/{quote(code, safe='')}",
        "map": unit_map(
            only_units(shapes.value or {}, partition),
            text=f"Karte der Einheiten von {partition.name}",
        ),
        "map_failure": shapes.failure,
        "sets": sets,
        "check": check,
        "validity": words.validity,
        "house": words.house,
        "span": words.span,
        "ended": words.has_ended(partition, today()),
        "errors": dict(errors or {}),
        "has_error": bool(errors),
        "findings": (),
        "finding_count": 0,
        "comparison": None,
        "page_styles": STYLES,
        **(more or {}),
    }
    return render(visit, "pages/partitions/one.html", context, status=status)


def only_units(shapes: Mapping[str, Any], partition: PartitionDetail) -> dict[str, Any]:
    """Of the areas of a level those that are units of the partition."""
    codes = {unit.code for unit in partition.unit_items}
    features = [
        feature
        for feature in shapes.get("features", [])
        if (feature.get("properties") or {}).get("code") in codes
    ]
    return {"type": "FeatureCollection", "features": features}


async def change(visit: Visit, code: str) -> Response:
    """Rename or end a partition; else the page with what to mend."""
    values, etag = await _changes(visit)
    path = f"{words.PATH}/{quote(code, safe='')}"
    try:
        await client_of(visit).change_partition(code, values, etag)
    except ServiceProblem as problem:
        return await show(visit, code, errors=form_errors(problem, _FIELDS), status=422)
    return redirect(visit, path, notice="Die Gliederung ist geändert.")


async def _changes(visit: Visit) -> tuple[dict[str, str], str]:
    form = await form_of(visit)
    values = {name: field_text(form, name) for name in _FIELDS}
    return {name: text for name, text in values.items() if text}, field_text(form, "etag")


async def show_set(
    visit: Visit, code: str, *, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response:
    """One set: parts, weights, basis, map, and the way to its figures."""
    client = client_of(visit)
    unit_set = await client.unit_set(code)
    shapes = await panel(_shapes(visit, unit_set), "Die Karte")
    units, outline = shapes.value or ({}, None)
    path = f"{words.SETS_PATH}/{quote(code, safe='')}"
    crumbs = [("Gebiete", "/gebiete")]
    if visit.may("partitions:write"):
        crumbs.append(("Gliederungen", words.PATH))
    context = {
        "title": unit_set.name,
        "crumbs": crumbs,
        "unit_set": unit_set,
        "path": path,
        "makeup": words.makeup(unit_set.parts),
        "weight": words.weight,
        "validity": words.validity,
        "map": unit_map(
            units,
            text=f"Karte: {unit_set.name} und seine Einheiten",
            chosen={part.unit: part.weight for part in unit_set.parts},
            outline=outline,
            notes={part.unit: words.weight(part) for part in unit_set.parts},
        ),
        "map_failure": shapes.failure,
        "errors": dict(errors or {}),
        "has_error": bool(errors),
        "may_change": unit_set.is_own and visit.may("partitions:write"),
        "page_styles": STYLES,
    }
    return render(visit, "pages/partitions/set.html", context, status=status)


async def _shapes(
    visit: Visit, unit_set: UnitSetDetail
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The units around a set, and the set's own shape."""
    client = client_of(visit)
    unit = await visit.indicator.area(unit_set.parts[0].unit)
    units, own = await asyncio.gather(
        client.shapes_within(unit_set.municipality.code, unit.kind),
        client.shape_of(unit_set.code),
    )
    return units, own


async def change_set(visit: Visit, code: str) -> Response:
    """Rename or end a set; else the page with what to mend."""
    values, etag = await _changes(visit)
    try:
        await client_of(visit).change_set(code, values, etag)
    except ServiceProblem as problem:
        return await show_set(visit, code, errors=form_errors(problem, _FIELDS), status=422)
    return redirect(
        visit, f"{words.SETS_PATH}/{quote(code, safe='')}", notice="Das Gebiet ist geändert."
    )
