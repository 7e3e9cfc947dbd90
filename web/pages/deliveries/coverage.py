"""What is there and what is missing: a matrix of areas by indicators, as a page and as a file."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires
from web.clients.base import Query, ServiceProblem, present
from web.clients.coverage import CellState, CoverageClient, CoverageMatrix
from web.format import STATUS_WORDS
from web.handing_on import hand_on
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
_CHOICES = (("", "Schlüsselindikatoren"), ("alle", "alle Indikatoren"))
_ABOUT_THE_QUESTION = frozenset({404, 422})


@dataclass(frozen=True, slots=True)
class StateSign:
    """How a state is told: by sign and word; its class only adds to them."""

    state: CellState
    sign: str
    word: str
    meaning: str


SIGNS: tuple[StateSign, ...] = (
    StateSign("released", "●", "freigegeben", "Andere sehen die Zahlen."),
    StateSign("delivered", "◐", "geliefert", "Die Zahlen sind da, aber noch nicht freigegeben."),
    StateSign("computed", "◎", "berechnet", "Die Zahlen aller Teile sind da und freigegeben."),
    StateSign(
        "outdated", "◌", "veraltet", "Anderswo gibt es schon Zahlen eines neueren Zeitraums."
    ),
    StateSign("missing", "○", "fehlt", "Für dieses Gebiet ist keine Zahl da."),
    StateSign(
        "not_applicable", "–", "entfällt", "Diesen Indikator gibt es auf dieser Ebene nicht."
    ),
)
_SIGN_OF = {item.state: item for item in SIGNS}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell of the page: its sign and word, of when or why, and where it leads."""

    sign: StateSign
    note: str
    path: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which matrix is shown, as the page's own address says it."""

    level: str
    parent: str
    choice: str
    period: str

    def service_query(self) -> Query:
        """The same for the service."""
        return present(
            level=self.level,
            parent=self.parent,
            indicator="*" if self.choice == "alle" else None,
            period=self.period,
        )

    def file_path(self, ending: str) -> str:
        """Where the same is had as a file."""
        query = present(
            ebene=self.level, gebiet=self.parent, indikatoren=self.choice, zeitraum=self.period
        )
        return f"{PATH}.{ending}?{urlencode(query)}"


def _asked(visit: Visit) -> Asked:
    query = visit.request.query_params
    level = query.get("ebene", "")
    return Asked(
        level=level if level in dict(_LEVELS) else _USUAL_LEVEL,
        parent=query.get("gebiet", "").strip(),
        choice=query.get("indikatoren", ""),
        period=query.get("zeitraum", "").strip(),
    )


def _client(visit: Visit) -> CoverageClient:
    return CoverageClient(visit.services.indicator, visit.access)


@router.get(PATH)
async def show_coverage(visit: Reader) -> Response:
    """The matrix, with what is asked for above it; by default of one's own areas."""
    asked = _asked(visit)
    errors: dict[str, str] = {}
    matrix = CoverageMatrix()
    try:
        matrix = await _client(visit).matrix(asked.service_query())
    except ServiceProblem as problem:
        if problem.status not in _ABOUT_THE_QUESTION:
            raise
        field = "zeitraum" if "period" in problem.errors_by_field() else "gebiet"
        errors = {field: problem.detail or problem.title}
    context = {
        "title": "Was da ist und was fehlt",
        "crumbs": [("Lieferungen", LIST_PATH)],
        "matrix": matrix,
        "rows": _rows(visit, matrix),
        "legend": _legend(matrix),
        "levels": _LEVELS,
        "choices": _CHOICES,
        "asked": asked,
        "csv_path": asked.file_path("csv"),
        "workbook_path": asked.file_path("xlsx"),
        "errors": errors,
        "has_error": bool(errors),
        "page_styles": [*STYLES, "css/coverage.css"],
    }
    return render(
        visit,
        "pages/deliveries/coverage.html",
        context,
        partial=None if errors else "pages/deliveries/coverage_matrix.html",
        status=422 if errors else 200,
    )


def _rows(visit: Visit, matrix: CoverageMatrix) -> list[tuple[object, list[ShownCell]]]:
    columns = range(len(matrix.indicators))
    return [
        (area, [_shown(visit, matrix, place, column) for column in columns])
        for place, area in enumerate(matrix.areas)
    ]


def _legend(matrix: CoverageMatrix) -> list[tuple[StateSign, int]]:
    counts = Counter(cell.state for row in matrix.cells for cell in row)
    return [(sign, counts[sign.state]) for sign in SIGNS]


def _shown(visit: Visit, matrix: CoverageMatrix, row: int, column: int) -> ShownCell:
    cell = matrix.cells[row][column]
    area = urlencode({"gebiet": matrix.areas[row].code})
    note = cell.latest.label if cell.latest else ""
    if cell.state == "missing" and cell.status:
        word = STATUS_WORDS.get(cell.status)
        note = word.short if word else ""
    path = None
    if cell.state in {"released", "computed", "outdated"}:
        path = f"/indikatoren/{matrix.indicators[column].code}?{area}"
    elif cell.state == "delivered" and visit.may("releases:write"):
        chosen = {"datenbestand": cell.dataset} if cell.dataset else {}
        path = f"/freigaben/neu?{urlencode(chosen)}"
    elif cell.state == "missing" and visit.may("deliveries:create"):
        path = NEW_PATH
    return ShownCell(_SIGN_OF[cell.state], note, path)


@router.get(f"{PATH}.csv")
async def download_csv(visit: Reader) -> Response:
    """The matrix as a list: one line for each area and indicator."""
    return await hand_on(_client(visit).matrix_file(_asked(visit).service_query(), "csv"))


@router.get(f"{PATH}.xlsx")
async def download_workbook(visit: Reader) -> Response:
    """The same as a workbook."""
    return await hand_on(_client(visit).matrix_file(_asked(visit).service_query(), "xlsx"))
