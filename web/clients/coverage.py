"""The part of indicator_api that knows what figures are there and what is missing."""

from typing import Literal

from web.clients.base import ServiceClient, present
from web.clients.indicator_types import Reason, Record

CellState = Literal["released", "delivered", "outdated", "missing", "not_applicable"]


class CoveredArea(Record):
    """A row of the matrix."""

    code: str
    name: str


class CoveredIndicator(Record):
    """A column of the matrix."""

    code: str
    name: str
    short_name: str | None = None


class CoverageCell(Record):
    """What is there of an indicator for an area; `latest` is the code of its last period."""

    state: CellState
    latest: str | None = None
    periods: int | tuple[str, ...] | None = None
    quality: str | tuple[str, ...] | None = None


class CoverageMatrix(Record):
    """What is there and what is missing: a row of `cells` for each area."""

    areas: tuple[CoveredArea, ...] = ()
    indicators: tuple[CoveredIndicator, ...] = ()
    cells: tuple[tuple[CoverageCell, ...], ...] = ()
    reason: Reason | None = None


class CoverageClient(ServiceClient):
    """The matrix in the name of one visitor."""

    service = "indicator_api"

    async def matrix(
        self, *, level: str, parent: str, indicators: tuple[str, ...], period: str
    ) -> CoverageMatrix:
        """The areas of a level below `parent` by the indicators; empty: all the caller may see."""
        params = present(level=level, parent=parent, indicator=indicators, period=period)
        return CoverageMatrix.model_validate(await self.get_json("/v1/coverage", params))
