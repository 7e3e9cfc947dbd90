"""What is there and what is missing: a matrix of areas by indicators, as a page and as a file."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires
from web.clients.coverage import CellState, CoverageClient, CoverageMatrix
from web.format import period as period_text
from web.pages.deliveries.sending import LIST_PATH, NEW_PATH, STYLES
from web.replies import render
from web.visit import Visit

router = APIRouter()
Reader = Annotated[Visit, Requires("deliveries:read")]

PATH = f"{LIST_PATH}/bestand"
_LEVELS = (
    ("gemeinde", "Gemeinden"),
    ("kreis", "Kreise und kreisfreie Städte"),
    ("stadtbezirk", "Stadtbezirke"),
    ("stadtteil", "Stadtteile"),
    ("quartier", "Quartiere"),
)
_USUAL_LEVEL = "gemeinde"


@dataclass(frozen=True, slots=True)
class StateSign:
    """How a state is told: by sign and word, and by a class for its look."""

    state: CellState
    sign: str
    word: str
    meaning: str


SIGNS: tuple[StateSign, ...] = (
    StateSign("released", "●", "freigegeben", "Die Zahlen sind für andere sichtbar."),
    StateSign("delivered", "◐", "geliefert", "Die Zahlen sind da, aber noch nicht freigegeben."),
    StateSign("outdated", "◌", "veraltet", "Es gibt nur Zahlen eines früheren Zeitraums."),
    StateSign("missing", "○", "fehlt", "Für dieses Gebiet ist nichts da."),
    StateSign("not_applicable", "–", "entfällt", "Den Indikator gibt es auf dieser Ebene nicht."),
)
_SIGN_OF = {item.state: item for item in SIGNS}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell of the page: its sign and word, what is there, and where it leads."""

    sign: StateSign
    note: str
    path: str | None


async def _matrix(visit: Visit, level: str, parent: str, period: str) -> CoverageMatrix:
    client = CoverageClient(visit.services.indicator, visit.access)
    return await client.matrix(level=level, parent=parent, indicators=(), period=period)


def _asked(visit: Visit, ebene: str, gebiet: str) -> tuple[str, str]:
    """Level and root: as asked, else the municipalities in one's own area."""
    level = ebene if ebene in dict(_LEVELS) else _USUAL_LEVEL
    if gebiet:
        return level, gebiet
    codes = visit.account.area_codes if visit.account else ()
    return level, codes[0] if codes else ""


@router.get(PATH)
async def show_coverage(
    visit: Reader, ebene: str = "", gebiet: str = "", zeitraum: str = ""
) -> Response:
    """The matrix, with what is asked for above it."""
    level, parent = _asked(visit, ebene, gebiet.strip())
    matrix = await _matrix(visit, level, parent, zeitraum.strip())
    rows = [
        (area, [_shown(visit, matrix, place, column) for column in range(len(matrix.indicators))])
        for place, area in enumerate(matrix.areas)
    ]
    counts = Counter(cell.state for row in matrix.cells for cell in row)
    query = {"ebene": level, "gebiet": parent, "zeitraum": zeitraum.strip()}
    context = {
        "title": "Was da ist und was fehlt",
        "crumbs": [("Lieferungen", LIST_PATH)],
        "matrix": matrix,
        "rows": rows,
        "legend": [(sign, counts[sign.state]) for sign in SIGNS],
        "levels": _LEVELS,
        "level": level,
        "parent": parent,
        "period": zeitraum.strip(),
        "file_path": f"{PATH}.csv?{urlencode({k: v for k, v in query.items() if v})}",
        "page_styles": [*STYLES, "css/coverage.css"],
        "page_class": "qb-main--wide",
    }
    return render(
        visit, "pages/deliveries/coverage.html", context,
        partial="pages/deliveries/coverage_matrix.html",
    )  # fmt: skip


def _shown(visit: Visit, matrix: CoverageMatrix, row: int, column: int) -> ShownCell:
    cell = matrix.cells[row][column]
    indicator = matrix.indicators[column].code
    area = matrix.areas[row].code
    path = None
    if cell.state in {"released", "outdated"}:
        path = f"/indikatoren/{indicator}?{urlencode({'gebiet': area})}"
    elif cell.state != "not_applicable" and visit.may("deliveries:create"):
        path = f"{LIST_PATH}?stand=accepted" if cell.state == "delivered" else NEW_PATH
    return ShownCell(_SIGN_OF[cell.state], period_text(cell.latest) if cell.latest else "", path)


@router.get(f"{PATH}.csv")
async def download_coverage(
    visit: Reader, ebene: str = "", gebiet: str = "", zeitraum: str = ""
) -> Response:
    """The matrix as a list: one line for each area and indicator."""
    level, parent = _asked(visit, ebene, gebiet.strip())
    matrix = await _matrix(visit, level, parent, zeitraum.strip())
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(("gebiet", "name", "indikator", "indikator_name", "stand", "zeitraum"))
    for area, cells in zip(matrix.areas, matrix.cells, strict=True):
        for indicator, cell in zip(matrix.indicators, cells, strict=True):
            word = _SIGN_OF[cell.state].word
            writer.writerow(
                (area.code, area.name, indicator.code, indicator.name, word, cell.latest or "")
            )
    return Response(
        "\ufeff".encode() + text.getvalue().encode(),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="bestand.csv"'},
    )
