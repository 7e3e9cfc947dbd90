"""What changed: from which figure to which, by which delivery or release."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.errors import PageNotFound
from web.handing_on import hand_on_list
from web.pages.revisions.address import FILE_PATH, PATH, RELEASES, RevisionAddress
from web.pages.revisions.reading import (
    Choices,
    Found,
    find_area,
    read_choices,
    read_revisions,
)
from web.pages.revisions.rows import make_rows, signs_of
from web.replies import render
from web.visit import Visit

router = APIRouter()

TITLE = "Was sich geändert hat"


@router.get(PATH)
async def list_revisions(visit: Annotated[Visit, Public()]) -> Response:
    """The changes, newest first: the holder's by delivery, everybody else's by release."""
    address = RevisionAddress.read(visit.request.query_params)
    choices, found = await asyncio.gather(read_choices(visit), read_revisions(visit, address))
    context = {
        "title": TITLE,
        "address": address,
        "errors": found.errors,
        "has_error": bool(found.errors),
        "basis_options": [(RELEASES, "Freigaben")],
        "shows_basis": visit.may("facts:read_raw"),
        "failures": _failures(choices),
        "page_styles": ["css/figures.css", "css/deliveries.css"],
        **_form(choices, address),
        **_list(visit, choices, found, address),
    }
    return render(
        visit,
        "pages/revisions/page.html",
        context,
        partial="pages/revisions/found.html",
        status=found.status,
    )


@router.get(FILE_PATH)
async def download_revisions(visit: Annotated[Visit, Public()]) -> Response:
    """All changes that an address of the list finds, as the service writes them."""
    address = RevisionAddress.read(visit.request.query_params)
    area, unclear = await find_area(visit, address)
    if unclear is not None:
        raise PageNotFound(" ".join(unclear.errors.values()))
    return await hand_on_list(visit, "/v1/revisions", address.asked(area), "revisionen")


def _form(choices: Choices, address: RevisionAddress) -> dict[str, Any]:
    """What can be chosen; what the address asks for stays, even where it is not on offer."""
    datasets = choices.dataset_options()
    if address.dataset and address.dataset not in dict(datasets):
        datasets.append((address.dataset, address.dataset))
    indicators = choices.indicator_options()
    known = {code for _, group in indicators for code, _ in group}
    if address.indicator and address.indicator not in known:
        indicators.append(("Aus der Adresse", [(address.indicator, address.indicator)]))
    return {"dataset_options": datasets, "indicator_options": indicators}


def _list(visit: Visit, choices: Choices, found: Found, address: RevisionAddress) -> dict[str, Any]:
    page = found.page
    items = page.items if page else ()
    rows = make_rows(items, visit, choices.units(), choices.fictional_datasets())
    return {
        "rows": rows,
        "signs": signs_of(items),
        "only_dataset": rows[0].dataset if len({row.dataset for row in rows}) == 1 else "",
        "all_fictional": bool(rows) and all(row.is_fictional for row in rows),
        "is_delivered": page is not None and page.basis == "delivered",
        "basis_label": page.basis_label if page else "",
        "reason": page.reason if page else None,
        "area_choices": [
            (f"{area.name} ({area.code})", address.of_area(area.code).url()) for area in found.areas
        ],
        "next_path": address.url(cursor=page.next) if page and page.next else None,
        "first_path": address.url() if address.cursor else None,
        "file_path": address.url(path=FILE_PATH),
    }


def _failures(choices: Choices) -> list[str]:
    parts = (choices.indicators, choices.datasets, choices.measures)
    return [part.failure for part in parts if part is not None and part.failure]
