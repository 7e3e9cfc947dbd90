"""Deliveries: what waits and what was delivered, handing in a file, and each step after it."""

from collections.abc import Mapping
from typing import Annotated, get_args
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires
from web.clients.base import present
from web.clients.delivery_types import Delivery, DeliveryState
from web.errors import PageNotFound
from web.pages.deliveries import coverage, deciding, downloads, mapping_step, saved, sending
from web.pages.deliveries.example import example_file
from web.pages.deliveries.findings import MOST_KEPT_PER_KIND, kind_of
from web.pages.deliveries.reading import read_delivery
from web.pages.deliveries.showing import path_of, show
from web.pages.deliveries.wizard import PATHS, StepName, step_of
from web.pages.deliveries.words import (
    RUNNING,
    STATES,
    TO_DO,
    finding_total,
    title_of,
)
from web.panels import panel
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter()

Reader = Annotated[Visit, Requires("deliveries:read")]
Sender = Annotated[Visit, Requires("deliveries:create")]

_ROWS = 25
_FINDING_ROWS = 50
_MOST_WAITING = 20
_STEPS_BY_PATH: dict[str, StepName] = {path: name for name, path in PATHS.items()}


@router.get(sending.LIST_PATH)
async def list_deliveries(
    visit: Reader, stand: str = "", datenbestand: str = "", ab: str = ""
) -> Response:
    """The place's deliveries, newest first; `stand` and `datenbestand` narrow the list."""
    state = stand if stand in get_args(DeliveryState) else ""
    page = await visit.indicator.deliveries(
        state=state, dataset=datenbestand, limit=_ROWS, cursor=ab
    )
    datasets = await panel(visit.indicator.own_datasets(), "Die Datenbestände")
    chosen = present(stand=state, datenbestand=datenbestand)
    is_beginning = not chosen and not ab
    waiting = await panel(_waiting(visit), "Was auf Sie wartet") if is_beginning else None
    context = {
        "title": "Lieferungen",
        "deliveries": page.items,
        "waiting_for_me": (waiting.value or ()) if waiting else (),
        "to_do": TO_DO,
        "reason": page.reason,
        "next_path": _list_path({**chosen, "ab": page.next}) if page.next else None,
        "first_path": _list_path(chosen) if ab else None,
        "is_filtered": bool(chosen),
        "state": state,
        "dataset": datenbestand,
        "states": STATES,
        "states_options": [(code, word.label) for code, word in STATES.items()],
        "dataset_options": [(item.code, item.title) for item in datasets.value or ()],
        "all_fictional": all(item.is_fictional for item in datasets.value or ())
        and bool(datasets.value),
        "fictional": {item.code for item in datasets.value or () if item.is_fictional},
        "title_of": title_of,
        "finding_total": finding_total,
        "page_styles": sending.STYLES,
    }
    return render(
        visit, "pages/deliveries/list.html", context, partial="pages/deliveries/found.html"
    )


async def _waiting(visit: Visit) -> tuple[Delivery, ...]:
    """The deliveries that wait for this visitor, the oldest first."""
    page = await visit.indicator.deliveries(is_waiting=True, limit=_MOST_WAITING)
    return tuple(item for item in page.items if _awaits(item))


def _awaits(delivery: Delivery) -> bool:
    """Whether what the delivery waits for can be done by the one who looks."""
    wanted = {
        "asking": "map",
        "confirming": "confirm",
        "approving": "approve",
        "withdrawal_approving": "approve_withdrawal",
    }
    return wanted.get(delivery.state) in delivery.actions


def _list_path(query: Mapping[str, object]) -> str:
    return f"{sending.LIST_PATH}?{urlencode(query)}" if query else sending.LIST_PATH


@router.get(sending.NEW_PATH)
async def show_form(visit: Sender, datenbestand: str = "", zuordnung: str = "") -> Response:
    """The field for a file."""
    return await sending.show_form(visit, datenbestand, zuordnung)


@router.post(sending.NEW_PATH)
async def take_file(visit: Sender) -> Response:
    """Hand a file in."""
    return await sending.take_file(visit)


@router.get(f"{sending.LIST_PATH}/beispiel.csv")
async def download_example(visit: Sender) -> Response:
    """A small file to begin with."""
    return await example_file(visit)


# addresses of their own names come before those of a delivery
router.include_router(saved.router)
router.include_router(coverage.router)
router.include_router(downloads.router)
router.include_router(mapping_step.router)
router.include_router(deciding.router)


@router.get(sending.LIST_PATH + "/{delivery_id}")
async def show_delivery(visit: Reader, delivery_id: str) -> Response:
    """The step a delivery has come to; while it is worked on, the page looks again by itself."""
    delivery = await read_delivery(visit, delivery_id)
    if delivery.state == "asking" and "map" in delivery.actions and not visit.is_htmx:
        return redirect(visit, f"{path_of(delivery)}/{PATHS['zuordnung']}")
    return await show(visit, delivery)


@router.get(sending.LIST_PATH + "/{delivery_id}/befunde/{code}")
async def list_findings(visit: Reader, delivery_id: str, code: str, ab: str = "") -> Response:
    """All findings of one kind."""
    delivery = await read_delivery(visit, delivery_id)
    counted = next((item for item in delivery.finding_counts if item.code == code), None)
    if counted is None:
        raise PageNotFound("Befunde dieser Art hat die Lieferung nicht.")
    page = await visit.indicator.findings(
        delivery.id, code=code, limit=_FINDING_ROWS, cursor=ab or None
    )
    path = path_of(delivery)
    own = f"{path}/befunde/{code}"
    context = {
        "title": counted.title,
        "crumbs": [("Lieferungen", sending.LIST_PATH), (title_of(delivery), f"{path}/befunde")],
        "delivery": delivery,
        "file_title": title_of(delivery),
        "kind": kind_of(counted, page.items),
        "most_kept": MOST_KEPT_PER_KIND,
        "next_path": f"{own}?{urlencode({'ab': page.next})}" if page.next else None,
        "first_path": own if ab else None,
        "page_styles": sending.STYLES,
    }
    return render(visit, "pages/deliveries/findings.html", context)


@router.get(sending.LIST_PATH + "/{delivery_id}/{step_path}")
async def show_step(visit: Reader, delivery_id: str, step_path: str) -> Response:
    """One step of a delivery; a step it has not come to leads to where it is."""
    delivery = await read_delivery(visit, delivery_id)
    step = _STEPS_BY_PATH.get(step_path)
    if step is None:
        raise PageNotFound("Diesen Schritt hat eine Lieferung nicht.")
    order = tuple(PATHS)
    if delivery.state not in RUNNING and order.index(step) > order.index(step_of(delivery)):
        return redirect(visit, path_of(delivery))
    return await show(visit, delivery, step)
