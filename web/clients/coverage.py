"""The part of indicator_api that knows what figures are there and what is missing."""

from contextlib import AbstractAsyncContextManager
from typing import Literal

import httpx

from web.clients.base import Query, ServiceClient
from web.clients.indicator_types import Coded, Reason, Record

Stream = AbstractAsyncContextManager[httpx.Response]
CellState = Literal["released", "delivered", "computed", "outdated", "missing", "not_applicable"]


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
    """What is there of an indicator for an area.

    `latest` is the newest period with a figure, `periods` how many have one. `status` of a missing
    cell is the sign that stands in place of a figure, None where there is no entry at all.
    """

    state: CellState
    latest: Coded | None = None
    periods: int = 0
    status: str | None = None
    dataset: str | None = None
    reason: str | None = None


class CoverageMatrix(Record):
    """What is there and what is missing: a row of `cells` for each area."""

    parent: CoveredArea | None = None
    areas: tuple[CoveredArea, ...] = ()
    indicators: tuple[CoveredIndicator, ...] = ()
    cells: tuple[tuple[CoverageCell, ...], ...] = ()
    reason: Reason | None = None


class CoverageClient(ServiceClient):
    """The matrix in the name of one visitor."""

    service = "indicator_api"

    async def matrix(self, asked: Query) -> CoverageMatrix:
        """The matrix for `level`, `parent`, `indicator` and `period`; each may be absent."""
        return CoverageMatrix.model_validate(await self.get_json("/v1/coverage", asked))

    def matrix_file(self, asked: Query, file_format: str) -> Stream:
        """The same as a list, `csv` or `xlsx`, streamed."""
        return self.stream("/v1/coverage", {**asked, "f": file_format})
