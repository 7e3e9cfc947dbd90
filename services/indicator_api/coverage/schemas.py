"""What is there and what is missing, on the wire."""

from pydantic import BaseModel

from services.indicator_api.coverage.rules import CoverageState
from services.shared.paging import Reason


class Labelled(BaseModel):
    """A code with the words for it."""

    code: str
    label: str


class CoverageCounts(BaseModel):
    """How many cells of a row or column are in each state."""

    released: int = 0
    delivered: int = 0
    computed: int = 0
    outdated: int = 0
    missing: int = 0
    not_applicable: int = 0


class CoveredArea(BaseModel):
    """An area: a row."""

    code: str
    name: str
    kind: str
    is_fictional: bool
    counts: CoverageCounts


class CoveredIndicator(BaseModel):
    """An indicator: a column; `newest` is the newest period there is of it on this level."""

    code: str
    name: str
    short_name: str
    unit: str
    newest: Labelled | None
    counts: CoverageCounts


class CoverageCell(BaseModel):
    """What there is of an indicator in an area.

    `latest` is the newest period with a figure, `periods` their number, `dataset` where the newest
    stands; what is `computed` stands in none, but is the sum of what is released of all parts.
    `status` is that of the figure or, where the state is `missing`, the sign that stands in its
    place; null: there is no entry at all.
    """

    state: CoverageState
    latest: Labelled | None = None
    periods: int = 0
    status: str | None = None
    quality: list[str] = []
    dataset: str | None = None
    reason: str | None = None


class CoverageParent(BaseModel):
    """The area whose parts are the rows."""

    code: str
    name: str
    kind: str


class Coverage(BaseModel):
    """The matrix: `cells` has a list for each of `areas`, with a cell for each of `indicators`."""

    level: Labelled
    parent: CoverageParent | None
    period: Labelled | None
    states: list[Labelled]
    indicators: list[CoveredIndicator]
    areas: list[CoveredArea]
    cells: list[list[CoverageCell]]
    reason: Reason | None = None
