"""Files of a delivery: as it was sent, annotated, its findings, its receipt; and the template."""

from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires
from web.handing_on import hand_on
from web.pages.deliveries import sending
from web.pages.deliveries.reading import checked_id
from web.panels import panel
from web.replies import render
from web.visit import Visit

router = APIRouter()
Reader = Annotated[Visit, Requires("deliveries:read")]
Sender = Annotated[Visit, Requires("deliveries:create")]

_ONE = sending.LIST_PATH + "/{delivery_id}"


@router.get(f"{_ONE}/datei")
async def download_file(visit: Reader, delivery_id: str) -> Response:
    """The file as it was delivered."""
    return await hand_on(visit.indicator.delivery_file(checked_id(delivery_id)))


@router.get(f"{_ONE}/datei-mit-befunden")
async def download_annotated(visit: Reader, delivery_id: str) -> Response:
    """The sender's own file with columns that say what is the matter with each row."""
    return await hand_on(visit.indicator.delivery_part(checked_id(delivery_id), "annotated"))


@router.get(f"{_ONE}/befunde.csv")
async def download_findings(visit: Reader, delivery_id: str) -> Response:
    """All findings as a table."""
    return await hand_on(visit.indicator.delivery_part(checked_id(delivery_id), "findings", "csv"))


@router.get(f"{_ONE}/quittung.pdf")
async def download_receipt(visit: Reader, delivery_id: str) -> Response:
    """What was delivered, when, by whom, and what became of it, to be filed."""
    return await hand_on(visit.indicator.delivery_part(checked_id(delivery_id), "receipt", "pdf"))


@router.get(f"{_ONE}/quittung.json")
async def download_receipt_document(visit: Reader, delivery_id: str) -> Response:
    """The receipt for programs."""
    return await hand_on(visit.indicator.delivery_part(checked_id(delivery_id), "receipt", "json"))


@router.get(f"{sending.LIST_PATH}/vorlage")
async def choose_template(visit: Sender, datenbestand: str = "") -> Response:
    """What the Excel template is to be for."""
    datasets = await visit.indicator.own_datasets()
    indicators = await panel(visit.indicator.indicators(), "Die Indikatoren")
    items = indicators.value.items if indicators.value else ()
    context = {
        "title": "Excel-Vorlage",
        "crumbs": [("Lieferungen", sending.LIST_PATH), ("Zahlen liefern", sending.NEW_PATH)],
        "dataset_options": [(item.code, item.title) for item in datasets],
        "dataset": datenbestand or (datasets[0].code if len(datasets) == 1 else ""),
        "indicator_options": [(item.code, item.name) for item in items],
        "page_styles": sending.STYLES,
    }
    return render(visit, "pages/deliveries/template.html", context)


@router.get(f"{sending.LIST_PATH}/vorlage.xlsx")
async def download_template(
    visit: Sender, datenbestand: str = "", indikator: str = "", zeitraum: str = ""
) -> Response:
    """The workbook with one's own areas filled in."""
    return await hand_on(
        visit.indicator.dataset_template(datenbestand, indikator.strip(), zeitraum.strip())
    )
