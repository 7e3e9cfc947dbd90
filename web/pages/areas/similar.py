"""The places most like one: chosen profile, distances, values and z values."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from web.access import Public
from web.area_kinds import plural
from web.clients.base import present
from web.clients.indicator_types import AreaDetail, Indicator, Source
from web.clients.profile_types import ProfileFeature, SimilarAreas, SimilarValue
from web.format import MISSING, number
from web.format import period as period_in_words
from web.handing_on import asked_headers, file_name, hand_on
from web.pages.comparison.address import MOST_INDICATORS, MOST_PLACES, ComparisonAddress
from web.panels import panel
from web.replies import render
from web.sources import told_apart
from web.visit import Visit

router = APIRouter()

USUAL_COUNT = 10
USUAL_PROFILE = 8
COUNTS = (5, 10, 20)
FORMS = (("csv", "CSV"), ("xlsx", "Excel"), ("json", "JSON"))


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """A place with its distance; a cell is the value and its z value."""

    name: str
    path: str
    distance: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SimilarView:
    """What the page shows."""

    features: tuple[tuple[str, str, str], ...]
    own: SimilarRow
    rows: tuple[SimilarRow, ...]
    left_out: tuple[tuple[str, str], ...]
    # those of whom `left_out` holds the first
    left_out_count: int
    method: str
    compare_path: str
    reason: tuple[str, str] | None
    sources: tuple[Source, ...]


@router.get("/gebiete/{code}/aehnliche")
async def show_similar(
    visit: Annotated[Visit, Public()],
    code: str,
    profil: Annotated[list[str] | None, Query()] = None,
    anzahl: str = "",
) -> Response:
    """The nearest neighbours of an area in the chosen profile."""
    amount = _amount(anzahl)
    area, listing = await asyncio.gather(
        visit.indicator.area(code),
        panel(visit.indicator.indicators(has_figures=True), "Die Indikatoren zur Auswahl"),
    )
    choices = _choices(area, listing.value.items if listing.value else ())
    chosen = profil or [choice for choice, _ in choices][:USUAL_PROFILE]
    found = await panel(
        visit.indicator.similar(code, indicators=chosen, level=area.kind, count=amount),
        "Die ähnlichen Gebiete",
    )
    path = f"/gebiete/{quote(code, safe='')}"
    context = {
        "title": f"{area.name}: ähnliche {plural(area.kind)}",
        "crumbs": [("Gebiete", "/gebiete"), (area.name, path)],
        "area": area,
        "path": path,
        "view": _view(area, found.value) if found.value else None,
        "failure": found.failure,
        "choices": choices,
        "chosen": chosen,
        "counts": [(str(known), str(known)) for known in COUNTS],
        "amount": str(amount),
        "exports": _exports(path, chosen, amount),
        "page_styles": ["css/figures.css", "css/areas.css", "css/comparison.css"],
    }
    return render(visit, "pages/areas/similar.html", context)


@router.get("/gebiete/{code}/aehnliche.{form}")
async def download_similar(
    visit: Annotated[Visit, Public()],
    code: str,
    form: Literal["csv", "xlsx", "json"],
    profil: Annotated[list[str] | None, Query()] = None,
    anzahl: str = "",
) -> Response:
    """The neighbours of the page as a file, as the service writes it."""
    asked = present(indicator=profil or [], count=_amount(anzahl))
    headers = asked_headers(visit.request)
    stream = visit.indicator.similar_file(code, asked, form, headers)
    name = file_name(code, "aehnliche")
    return await hand_on(stream, {"content-disposition": f'attachment; filename="{name}.{form}"'})


def _amount(text: str) -> int:
    return int(text) if text in {str(known) for known in COUNTS} else USUAL_COUNT


def _exports(path: str, chosen: Sequence[str], amount: int) -> list[tuple[str, str]]:
    """Label and address of each file; the profile stands in it even where it is the usual one."""
    query = urlencode({"profil": chosen, "anzahl": amount}, doseq=True)
    return [(label, f"{path}/aehnliche.{form}?{query}") for form, label in FORMS]


def _choices(area: AreaDetail, indicators: Sequence[Indicator]) -> list[tuple[str, str]]:
    """Code and name of all with figures of such areas, key indicators first."""
    fitting = [
        item
        for item in indicators
        if any(
            slice_.level == area.kind and slice_.is_fictional == area.is_fictional
            for slice_ in item.coverage
        )
    ]
    ordered = sorted(fitting, key=lambda item: not item.is_key_indicator)
    return [(item.code, item.short_name or item.name) for item in ordered]


def _view(area: AreaDetail, found: SimilarAreas) -> SimilarView:
    compared = ComparisonAddress(
        places=(area.code, *(item.code for item in found.items))[:MOST_PLACES],
        indicators=tuple(item.indicator for item in found.profile)[:MOST_INDICATORS],
    )
    return SimilarView(
        features=tuple(_feature(item) for item in found.profile),
        own=SimilarRow(area.name, _path(area.code), "–", _cells(found.profile, found.own)),
        rows=tuple(
            SimilarRow(
                item.name,
                _path(item.code),
                number(item.distance, 2),
                _cells(found.profile, item.values),
            )
            for item in found.items
        ),
        left_out=tuple((item.name, item.detail) for item in (*found.dropped, *found.left_out)),
        left_out_count=len(found.dropped) + max(found.left_out_count, len(found.left_out)),
        method=found.method.detail if found.method else "",
        compare_path=compared.url(),
        reason=(found.reason.detail, found.reason.suggestion or "") if found.reason else None,
        sources=told_apart(found.sources),
    )


def _feature(item: ProfileFeature) -> tuple[str, str, str]:
    """Name, unit with period, and address of an indicator of the profile."""
    period = f", {period_in_words(item.period.code)}" if item.period else ""
    return item.name, f"{item.unit}{period}", f"/indikatoren/{quote(item.indicator, safe='')}"


def _cells(
    profile: Sequence[ProfileFeature], values: Sequence[SimilarValue]
) -> tuple[tuple[str, str], ...]:
    by_code = {value.indicator: value for value in values}
    cells = []
    for feature in profile:
        value = by_code.get(feature.indicator)
        if value is None or value.value is None:
            cells.append((MISSING, ""))
            continue
        z = "" if value.z is None else f"z {'+' if value.z > 0 else ''}{number(value.z, 2)}"
        cells.append((number(value.value, feature.decimals), z))
    return tuple(cells)


def _path(code: str) -> str:
    return f"/gebiete/{quote(code, safe='')}"
