"""The form that hands in a file of areas."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from uuid import uuid4

from starlette.datastructures import FormData
from starlette.responses import Response

from web.access import form_of
from web.area_kinds import PLURALS
from web.clients.area_imports import AreaImportClient
from web.clients.base import ServiceProblem
from web.forms import field_text
from web.pages.deliveries import upload as uploads
from web.panels import panel
from web.replies import redirect, render
from web.visit import Visit

LIST_PATH = "/gebiete/importe"
NEW_PATH = "/gebiete/importe/neu"
REGISTER, PARTITION, LEVEL = "verzeichnis", "gliederung", "ebene"
ENDINGS = (".gpkg", ".geojson", ".json", ".fgb", ".zip")
_OFFICIAL_KINDS = ("gemeinde", "kreis", "regierungsbezirk", "land")
_OWN_KINDS = ("stadtteil", "quartier", "statistischer_bezirk", "stadtbezirk", "baublock")
_MOST_OFFERED = 120
_SHOWN_IN_FORM = frozenset({400, 403, 404, 409, 413, 415, 422, 429})
_FIELD_OF = {
    "municipality": "gemeinde", "kind": "ebene", "partition_name": "name",
    "partition_code": "name", "valid_from": "gilt_ab", "source": "quelle",
    "attribution": "vermerk",
}  # fmt: skip
_CHOOSE_AGAIN = (
    "Bitte wählen Sie die Datei noch einmal aus: Ein Browser behält sie nach einer Rückfrage nicht."
)


@dataclass(frozen=True, slots=True)
class Given:
    """What was entered so far, by the form's field names."""

    key: str
    was: str = ""
    ebene: str = ""
    gemeinde: str = ""
    name: str = ""
    gilt_ab: str = ""
    quelle: str = ""
    vermerk: str = ""


def purposes(visit: Visit) -> list[tuple[str, str, str]]:
    """What the visitor may hand areas in as: value, label, explanation."""
    offered = [
        (
            PARTITION,
            "Gliederung meiner Kommune",
            "Teilt die Gemeinde lückenlos in Gebiete, für die Zahlen geliefert werden. Die "
            "bisherige Gliederung endet am selben Tag.",
        ),
        (
            LEVEL,
            "Ebene über der Gliederung",
            "Zum Beispiel Stadtbezirke, in denen die Gebiete der Gliederung liegen.",
        ),
    ]
    register = (
        REGISTER,
        "Amtliches Verzeichnis",
        "Grenzen von Gemeinden, Kreisen und darüber, nach ihren amtlichen Schlüsseln.",
    )
    return [*offered, register] if visit.may("areas:write") else offered


async def show_form(visit: Visit) -> Response:
    """The form."""
    first = PARTITION if visit.may("partitions:write") else ""
    return await _page(visit, Given(key=str(uuid4()), was=first), {})


async def take_file(visit: Visit) -> Response:
    """Hand the file in and lead to the import; else the form with what to mend."""
    form = await form_of(visit)
    try:
        return await _take(visit, form)
    finally:
        await form.close()  # the uploaded file is a temporary one


async def _take(visit: Visit, form: FormData) -> Response:
    given = Given(
        key=field_text(form, "idempotency_key") or str(uuid4()),
        **{name: field_text(form, name) for name in Given.__slots__ if name != "key"},
    )
    upload = uploads.uploaded_file(form, "datei")
    errors = _errors_in(given)
    if upload is None:
        errors["datei"] = "Wählen Sie eine Datei aus."
    elif PurePosixPath(uploads.name_of(upload)).suffix.lower() not in ENDINGS:
        errors["datei"] = (
            f"„{uploads.name_of(upload)}“ wird nicht gelesen. Möglich sind GeoPackage (.gpkg), "
            "GeoJSON (.geojson), FlatGeobuf (.fgb) und Shapefiles in einem ZIP-Archiv (.zip)."
        )
    elif not upload.size:
        errors["datei"] = f"„{uploads.name_of(upload)}“ ist leer."
    if errors or upload is None:
        return await _page(visit, given, _with_advice(errors, was_chosen=upload is not None))
    client = AreaImportClient(visit.services.indicator, visit.access)
    wanted = _wanted(given)
    try:
        created = await client.send_file(
            uploads.pieces(upload),
            wanted,
            filename=uploads.name_of(upload),
            idempotency_key=await uploads.delivery_key(given.key, repr(wanted), upload),
        )
    except ServiceProblem as problem:
        return await _page(visit, given, _with_advice(_errors_of(problem), was_chosen=True))
    return redirect(visit, f"{LIST_PATH}/{created.id}")


def _errors_in(given: Given) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not given.was:
        errors["was"] = "Wählen Sie, was die Datei enthält."
    if not given.ebene:
        errors["ebene"] = "Wählen Sie die Ebene der Gebiete."
    if given.was in (PARTITION, LEVEL) and not given.gemeinde:
        errors["gemeinde"] = "Wählen Sie die Gemeinde."
    if given.was == PARTITION and not given.name:
        errors["name"] = "Geben Sie der Gliederung einen Namen, zum Beispiel „Stadtteile 2026“."
    if given.was == PARTITION and not given.gilt_ab:
        errors["gilt_ab"] = "Geben Sie den ersten Tag an, an dem die Gliederung gilt."
    if not given.quelle:
        errors["quelle"] = "Nennen Sie, woher die Grenzen sind."
    if not given.vermerk:
        errors["vermerk"] = "Nennen Sie den Vermerk, der an Karten steht."
    return errors


def _wanted(given: Given) -> dict[str, str]:
    """What the file is handed in as, by the service's names."""
    wanted = {"kind": given.ebene, "source": given.quelle, "attribution": given.vermerk}
    if given.was != REGISTER:
        wanted["municipality"] = given.gemeinde
    if given.was == PARTITION:
        wanted |= {
            "partition_code": f"{given.gemeinde}-{given.ebene}-{given.gilt_ab}",
            "partition_name": given.name,
        }
    if given.gilt_ab:
        wanted["valid_from"] = given.gilt_ab
    return wanted


def _errors_of(problem: ServiceProblem) -> dict[str, str]:
    if problem.status not in _SHOWN_IN_FORM:
        raise problem
    message = problem.detail or problem.title
    named = problem.errors_by_field()
    if problem.code.startswith("municipality"):
        return {"gemeinde": message}
    fields = {_FIELD_OF[name]: message for name in named if name in _FIELD_OF}
    return fields or {"datei": message}


def _with_advice(errors: dict[str, str], *, was_chosen: bool) -> dict[str, str]:
    """Say that a chosen file must be chosen again: no page can fill a file field."""
    return {**errors, "datei": _CHOOSE_AGAIN} if was_chosen and "datei" not in errors else errors


async def _page(visit: Visit, given: Given, errors: dict[str, str]) -> Response:
    municipalities = (await panel(_municipalities(visit), "Die Gemeinden")).value or []
    if not given.gemeinde and len(municipalities) == 1:
        given = replace(given, gemeinde=municipalities[0][0])
    kinds = [("Unterhalb der Gemeinde", [(code, PLURALS[code]) for code in _OWN_KINDS])]
    if visit.may("areas:write"):
        official = [(code, PLURALS[code]) for code in _OFFICIAL_KINDS]
        kinds.append(("Amtliches Verzeichnis", official))
    context = {
        "title": "Gebiete einspielen",
        "crumbs": [("Gebiete", "/gebiete"), ("Importe", LIST_PATH)],
        "given": given,
        "purposes": purposes(visit),
        "kinds": kinds,
        "municipalities": municipalities,
        "accepted_endings": ",".join(ENDINGS),
        "errors": errors,
        "has_error": bool(errors),
        "page_styles": ["css/deliveries.css", "css/area-imports.css"],
        "page_scripts": ["js/delivery-form.js"],
    }
    return render(visit, "pages/area_imports/new.html", context, status=422 if errors else 200)


async def _municipalities(visit: Visit) -> list[tuple[str, str]]:
    """The municipalities the place is responsible for; empty where they are too many to offer."""
    codes = visit.account.area_codes if visit.account else ()
    found: dict[str, str] = {}
    for code in codes:
        page = await visit.indicator.areas(kind="gemeinde", within=code, limit=_MOST_OFFERED)
        found |= {area.code: f"{area.name} ({area.code})" for area in page.items}
        if page.next or len(found) > _MOST_OFFERED:
            return []
    return sorted(found.items(), key=lambda item: item[1])
