"""The form that composes a set of units: chosen, drawn or uploaded; looked at, then kept."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from web.access import form_of
from web.clients.base import ServiceProblem
from web.clients.partition_types import PartitionDetail, SetDraft, UnitSetDetail
from web.errors import PageNotFound
from web.forms import field_text, field_texts, form_errors
from web.pages.partitions import words
from web.pages.partitions.client import client_of
from web.pages.partitions.showing import only_units
from web.pages.partitions.unit_map import unit_map
from web.panels import panel
from web.replies import redirect, render
from web.visit import Visit

_FIELDS = ("name", "code", "kind", "valid_from", "parts", "polygon", "datei")
_BY_UNITS, _BY_POLYGON = "einheiten", "flaeche"
_CRS = {"EPSG:4326": "Grad (EPSG:4326)", "EPSG:25832": "Meter, UTM 32 (EPSG:25832)"}


@dataclass(slots=True)
class Given:
    """What was entered so far."""

    partition: str
    name: str = ""
    code: str = ""
    kind: str = ""
    valid_from: str = ""
    way: str = _BY_UNITS
    units: tuple[str, ...] = ()
    # of units that were counted in part: weight and what it was taken from
    weights: dict[str, tuple[float, str]] = field(default_factory=dict)
    polygon: str = ""
    crs: str = "EPSG:4326"
    key: str = ""
    etag: str = ""
    errors: dict[str, str] = field(default_factory=dict)


async def show_form(visit: Visit, partition: str) -> Response:
    """The empty form for a partition; without one, of the only one there is."""
    code = partition or await _only_partition(visit)
    return await _page(visit, Given(code, key=str(uuid4())), None)


async def _only_partition(visit: Visit) -> str:
    listing = await client_of(visit).partitions()
    if not listing.items:
        raise PageNotFound(
            "Ein eigenes Gebiet setzt sich aus den Einheiten einer Gliederung zusammen. Legen Sie "
            "zuerst eine Gliederung an."
        )
    return listing.items[0].code


async def show_parts(visit: Visit, code: str) -> Response:
    """The form filled with the parts of a set."""
    unit_set = await client_of(visit).unit_set(code)
    return await _page(visit, await _given_of(visit, unit_set), None, unit_set)


async def _given_of(visit: Visit, unit_set: UnitSetDetail) -> Given:
    listing = await client_of(visit).partitions()
    town = unit_set.municipality.code
    partition = next((item for item in listing.items if item.municipality.code == town), None)
    if partition is None or not unit_set.is_own:
        raise PageNotFound("Dieses Gebiet führt eine andere Stelle.")
    given = Given(
        partition.code,
        name=unit_set.name,
        kind=unit_set.kind,
        units=tuple(part.unit for part in unit_set.parts),
        etag=unit_set.etag,
    )
    if unit_set.is_estimated and unit_set.has_geometry:
        shape = await client_of(visit).shape_of(unit_set.code, "full")
        if await _is_cut_by(visit, unit_set, shape):
            # ticked boxes would make whole units of what was cut
            given.way, given.polygon = _BY_POLYGON, json.dumps(shape)
            return given
    given.weights = {
        part.unit: (part.weight, part.basis) for part in unit_set.parts if part.basis != "whole"
    }
    return given


async def _is_cut_by(visit: Visit, unit_set: UnitSetDetail, shape: dict[str, Any] | None) -> bool:
    """Whether the weights follow from the shape: where they were typed it shows whole units."""
    values = {
        "municipality": unit_set.municipality.code,
        "valid_from": unit_set.valid_from.isoformat() if unit_set.valid_from else None,
        "polygon": shape,
        "crs": "EPSG:4326",
    }
    try:
        draft = await client_of(visit).draft(values)
    except ServiceProblem:
        return False
    cut = {part.unit: round(part.weight, 3) for part in draft.parts}
    return cut == {part.unit: round(part.weight, 3) for part in unit_set.parts}


def _weights_of(texts: Sequence[str]) -> dict[str, tuple[float, str]]:
    """Weights by unit from the form's `unit|weight|basis`; what is none of these is left out."""
    weights = {}
    for text in texts:
        # a key may hold a bar, weight and basis never do
        parts = text.rsplit("|", 2)
        try:
            unit, weight, basis = parts[0], float(parts[1]), parts[2]
        except (IndexError, ValueError):
            continue
        weights[unit] = (weight, basis)
    return weights


async def take_form(visit: Visit) -> Response:
    """Show what the set would be, or set it up and lead to it."""
    form = await form_of(visit)
    given = await _read(form)
    for name, missing in (
        ("name", "Geben Sie dem Gebiet einen Namen."),
        ("kind", "Wählen Sie, was für ein Gebiet es ist."),
    ):
        if not getattr(given, name):
            given.errors[name] = missing
    partition = await client_of(visit).partition(given.partition)
    shape = _shape_of(given)
    begins = given.valid_from or (partition.valid_from and str(partition.valid_from)) or None
    frame = {"municipality": partition.municipality.code, "valid_from": begins}
    draft = await _draft(visit, given, {**frame, **shape}) if shape else None
    if given.errors or draft is None or field_text(form, "schritt") != "anlegen":
        return await _page(visit, given, draft)
    suffix = given.code or f"{given.kind}-{_slug(given.name)}"
    values = {
        **frame,
        **shape,
        "code": f"{partition.municipality.code}-{suffix}",
        "name": given.name,
        "kind": given.kind,
    }
    try:
        made = await client_of(visit).create_set(values, given.key)
    except ServiceProblem as problem:
        given.errors |= form_errors(problem, _FIELDS)
        return await _page(visit, given, draft)
    path = f"{words.SETS_PATH}/{quote(made.code, safe='')}"
    return redirect(visit, path, notice=f"„{made.name}“ ist angelegt.")


async def take_parts(visit: Visit, code: str) -> Response:
    """Show what the set would become, or make it so and lead to it."""
    unit_set = await client_of(visit).unit_set(code)
    form = await form_of(visit)
    given = await _read(form)
    base = await _given_of(visit, unit_set)
    given.partition, given.name, given.kind = base.partition, base.name, base.kind
    shape = _shape_of(given)
    valid_from = unit_set.valid_from.isoformat() if unit_set.valid_from else None
    frame = {"municipality": unit_set.municipality.code, "valid_from": valid_from}
    draft = await _draft(visit, given, {**frame, **shape}) if shape else None
    if given.errors or draft is None or field_text(form, "schritt") != "anlegen":
        return await _page(visit, given, draft, unit_set)
    try:
        await client_of(visit).replace_parts(code, shape, given.etag)
    except ServiceProblem as problem:
        given.errors |= form_errors(problem, _FIELDS)
        return await _page(visit, given, draft, unit_set)
    path = f"{words.SETS_PATH}/{quote(code, safe='')}"
    return redirect(visit, path, notice="Die Teile sind geändert.")


async def _read(form: FormData) -> Given:
    given = Given(
        field_text(form, "gliederung"),
        name=field_text(form, "name"),
        code=field_text(form, "code"),
        kind=field_text(form, "kind"),
        valid_from=field_text(form, "valid_from"),
        way=_BY_POLYGON if field_text(form, "weg") == _BY_POLYGON else _BY_UNITS,
        units=tuple(field_texts(form, "parts")),
        weights=_weights_of(field_texts(form, "anteil")),
        polygon=field_text(form, "polygon"),
        crs=field_text(form, "crs") if field_text(form, "crs") in _CRS else "EPSG:4326",
        key=field_text(form, "idempotency_key") or str(uuid4()),
        etag=field_text(form, "etag"),
    )
    upload = form.get("datei")
    if isinstance(upload, UploadFile) and upload.filename:
        given.way = _BY_POLYGON
        try:
            given.polygon = (await upload.read()).decode("utf-8-sig")
        except UnicodeDecodeError:
            given.errors["datei"] = "Die Datei ist kein GeoJSON in UTF-8."
    await form.close()
    return given


def _shape_of(given: Given) -> dict[str, Any]:
    """What the set is to be made of, for the service; empty with an error where it is not said."""
    if given.way == _BY_UNITS:
        if not given.units:
            given.errors["parts"] = "Wählen Sie mindestens eine Einheit."
            return {}
        return {"parts": [_part_of(unit, given) for unit in given.units]}
    if "datei" in given.errors:
        return {}
    try:
        polygon = json.loads(given.polygon)
    except ValueError:
        polygon = None
    if not isinstance(polygon, dict):
        given.errors["polygon"] = (
            "Zeichnen Sie eine Fläche auf der Karte oder wählen Sie eine Datei mit einer Fläche in "
            "GeoJSON."
        )
        return {}
    return {"polygon": polygon, "crs": given.crs}


def _part_of(unit: str, given: Given) -> dict[str, Any]:
    if unit not in given.weights:
        return {"unit": unit}
    weight, basis = given.weights[unit]
    return {"unit": unit, "weight": weight, "basis": basis}


async def _draft(visit: Visit, given: Given, values: dict[str, Any]) -> SetDraft | None:
    try:
        return await client_of(visit).draft(values)
    except ServiceProblem as problem:
        given.errors |= form_errors(problem, _FIELDS)
        return None


def _slug(name: str) -> str:
    """A name as the end of a key: letters, digits and hyphens."""
    folded = name.casefold().translate(str.maketrans("äöü", "aou"))
    parts = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in folded).split()
    return "-".join(parts)[:24].strip("-") or uuid4().hex[:6]


async def _page(
    visit: Visit, given: Given, draft: SetDraft | None, unit_set: UnitSetDetail | None = None
) -> Response:
    client = client_of(visit)
    partition = await client.partition(given.partition)
    shapes = await panel(
        client.shapes_within(partition.municipality.code, partition.kind), "Die Karte"
    )
    chosen = _weights(given, draft)
    title = f"{unit_set.name}: Teile ändern" if unit_set else "Eigenes Gebiet zusammensetzen"
    context = {
        "title": title,
        "crumbs": [("Gebiete", "/gebiete"), ("Gliederungen", words.PATH)],
        "partition": partition,
        "given": given,
        "unit_set": unit_set,
        "action": _action(unit_set),
        "kinds": [(code, *texts) for code, texts in words.SET_KINDS.items()],
        "crs_options": list(_CRS.items()),
        "units": _units(partition),
        "draft": draft,
        "makeup": words.makeup(draft.parts) if draft else "",
        "weight": words.weight,
        "map": unit_map(
            only_units(shapes.value or {}, partition),
            text=f"Karte der Einheiten von {partition.municipality.name}",
            chosen=chosen,
            outline=draft.geometry if draft and given.way == _BY_POLYGON else None,
        ),
        "map_failure": shapes.failure,
        "errors": given.errors,
        "has_error": bool(given.errors),
        "page_styles": ["css/partitions.css"],
        "page_scripts": ["js/unit-map.js"],
    }
    return render(
        visit, "pages/partitions/compose.html", context, status=422 if given.errors else 200
    )


def _action(unit_set: UnitSetDetail | None) -> str:
    if unit_set is None:
        return f"{words.SETS_PATH}/neu"
    return f"{words.SETS_PATH}/{quote(unit_set.code, safe='')}/teile"


def _units(partition: PartitionDetail) -> list[tuple[str, str]]:
    return [(unit.code, unit.name) for unit in partition.unit_items]


def _weights(given: Given, draft: SetDraft | None) -> dict[str, float]:
    if draft is not None:
        return {part.unit: part.weight for part in draft.parts}
    if given.way != _BY_UNITS:
        return {}
    return {unit: given.weights.get(unit, (1.0, ""))[0] for unit in given.units}
