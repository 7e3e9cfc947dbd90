"""Deliveries: history, handing in a file, and what became of it."""

from collections.abc import Mapping
from typing import Annotated, get_args
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires
from web.clients.base import present
from web.clients.delivery_types import Delivery, DeliveryState
from web.clients.indicator_types import Dataset
from web.errors import PageNotFound
from web.handing_on import hand_on
from web.pages.deliveries import sending
from web.pages.deliveries.findings import MOST_KEPT_PER_KIND, FindingKind, kind_of, read_kinds
from web.pages.deliveries.words import (
    RUNNING,
    STATES,
    STEPS,
    announcement_of,
    file_facts,
    finding_total,
    title_of,
    understood_facts,
)
from web.panels import Panel, panel
from web.replies import render
from web.visit import Visit
from web.waiting import watch

router = APIRouter()

Reader = Annotated[Visit, Requires("deliveries:read")]
Sender = Annotated[Visit, Requires("deliveries:create")]

STYLES = ["css/deliveries.css"]
_ROWS = 25
_FINDING_ROWS = 50


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
    context = {
        "title": "Lieferungen",
        "deliveries": page.items,
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
        "page_styles": STYLES,
    }
    return render(
        visit, "pages/deliveries/list.html", context, partial="pages/deliveries/found.html"
    )


def _list_path(query: Mapping[str, object]) -> str:
    return f"{sending.LIST_PATH}?{urlencode(query)}" if query else sending.LIST_PATH


@router.get(sending.NEW_PATH)
async def show_form(visit: Sender, datenbestand: str = "") -> Response:
    """The field for a file."""
    return await sending.show_form(visit, datenbestand)


@router.post(sending.NEW_PATH)
async def take_file(visit: Sender) -> Response:
    """Hand a file in."""
    return await sending.take_file(visit)


@router.get(f"{sending.LIST_PATH}/beispiel.csv")
async def download_example(visit: Sender) -> Response:
    """A small file to begin with."""
    return await sending.example_file(visit)


@router.get(sending.LIST_PATH + "/{delivery_id}")
async def show_delivery(visit: Reader, delivery_id: str) -> Response:
    """What became of a delivery; while it is worked on, the page looks again by itself."""
    delivery = await _delivery(visit, delivery_id)
    path = f"{sending.LIST_PATH}/{delivery.id}"
    waiting = watch(visit, path, delivery.state, is_running=delivery.state in RUNNING)
    kinds: Panel[tuple[FindingKind, ...]] = await panel(
        read_kinds(visit.indicator, delivery), "Die Befunde"
    )
    context = {
        "title": title_of(delivery),
        "crumbs": [("Lieferungen", sending.LIST_PATH)],
        "delivery": delivery,
        "path": path,
        "dataset": await _dataset(visit, delivery),
        "states": STATES,
        "steps": STEPS,
        "kinds": kinds,
        "understood_facts": understood_facts(delivery),
        "finding_total": finding_total,
        "file_facts": file_facts(delivery),
        "waiting": waiting,
        "announcement": announcement_of(delivery) if waiting.is_news else "",
        "refresh": waiting.next_look,
        "page_styles": STYLES,
    }
    return render(
        visit, "pages/deliveries/one.html", context, partial="pages/deliveries/outcome.html"
    )


@router.get(sending.LIST_PATH + "/{delivery_id}/befunde/{code}")
async def list_findings(visit: Reader, delivery_id: str, code: str, ab: str = "") -> Response:
    """All findings of one kind."""
    delivery = await _delivery(visit, delivery_id)
    counted = next((item for item in delivery.finding_counts if item.code == code), None)
    if counted is None:
        raise PageNotFound("Befunde dieser Art hat die Lieferung nicht.")
    page = await visit.indicator.findings(
        delivery.id, code=code, limit=_FINDING_ROWS, cursor=ab or None
    )
    path = f"{sending.LIST_PATH}/{delivery.id}"
    own = f"{path}/befunde/{code}"
    context = {
        "title": counted.title,
        "crumbs": [("Lieferungen", sending.LIST_PATH), (title_of(delivery), path)],
        "delivery": delivery,
        "file_title": title_of(delivery),
        "kind": kind_of(counted, page.items),
        "most_kept": MOST_KEPT_PER_KIND,
        "next_path": f"{own}?{urlencode({'ab': page.next})}" if page.next else None,
        "first_path": own if ab else None,
        "page_styles": STYLES,
    }
    return render(visit, "pages/deliveries/findings.html", context)


@router.get(sending.LIST_PATH + "/{delivery_id}/datei")
async def download_file(visit: Reader, delivery_id: str) -> Response:
    """The file as it was delivered."""
    return await hand_on(visit.indicator.delivery_file(_checked(delivery_id)))


async def _delivery(visit: Visit, delivery_id: str) -> Delivery:
    return await visit.indicator.delivery(_checked(delivery_id))


def _checked(delivery_id: str) -> str:
    """The id in its usual form; what is none leads to the page for the unknown."""
    try:
        return str(UUID(delivery_id))
    except ValueError as error:
        raise PageNotFound("Diese Lieferung gibt es nicht.") from error


async def _dataset(visit: Visit, delivery: Delivery) -> Dataset | None:
    """The dataset with its marks; the page stands without it."""
    return (await panel(visit.indicator.dataset(delivery.dataset.code), "Der Datenbestand")).value
