"""Search over areas and indicators and, for whom they are, cases and reports."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Public
from web.clients.advice_types import Case
from web.clients.indicator import IndicatorClient
from web.clients.indicator_types import Area, Indicator, Listing
from web.clients.report_types import Report
from web.format import count
from web.pages.advice.words import case_path, state_kind
from web.pages.reports.words import state_of
from web.panels import Panel, panel
from web.replies import render
from web.visit import Visit

router = APIRouter()

T = TypeVar("T")

_MOST_AREAS = 25
_MOST_CASES = 10
_MOST_REPORTS = 10
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found; a part is None for whoever it is not open to."""

    areas: Panel[tuple[Area, ...]]
    indicators: Panel[tuple[Indicator, ...]]
    cases: Panel[tuple[Case, ...]] | None = None
    reports: Panel[tuple[Report, ...]] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all parts could be searched and nothing was found."""
        parts = (self.areas, self.indicators, self.cases, self.reports)
        return not any(part and (part.value or part.failure) for part in parts)

    @property
    def announcement(self) -> str:
        """What was found, in a sentence."""
        words = [
            count(len(self.areas.value or ()), "Gebiet", "Gebiete"),
            count(len(self.indicators.value or ()), "Indikator", "Indikatoren"),
        ]
        if self.cases is not None:
            words.append(count(len(self.cases.value or ()), "Fall", "Fälle"))
        if self.reports is not None:
            words.append(count(len(self.reports.value or ()), "Bericht", "Berichte"))
        return f"{', '.join(words[:-1])} und {words[-1]} gefunden"


@router.get("/suche")
async def search(visit: Annotated[Visit, Public()], q: str = "") -> Response:
    """Areas by name or key, indicators by what they are about, one's own cases and reports."""
    words = " ".join(q.split())[:_LONGEST]
    context = {
        "title": f"Suche nach „{words}“" if words else "Suche",
        "q": words,
        "hits": await _find(visit, words) if words else Hits(Panel(()), Panel(())),
        "most_areas": _MOST_AREAS,
        "case_path": case_path,
        "state_kind": state_kind,
        "report_state": state_of,
    }
    return render(visit, "pages/search/page.html", context, partial="pages/search/_hits.html")


async def _find(visit: Visit, words: str) -> Hits:
    areas, indicators, cases, reports = await asyncio.gather(
        panel(_items(visit.indicator.areas(q=words, limit=_MOST_AREAS)), "Die Gebiete"),
        panel(_indicators(visit.indicator, words), "Die Indikatoren"),
        _cases(visit, words),
        _reports(visit, words),
    )
    return Hits(areas, indicators, cases, reports)


async def _cases(visit: Visit, words: str) -> Panel[tuple[Case, ...]] | None:
    if not visit.may("cases:read"):
        return None
    return await panel(_items(visit.advice.cases(q=words, limit=_MOST_CASES)), "Die Fälle")


async def _reports(visit: Visit, words: str) -> Panel[tuple[Report, ...]] | None:
    if not visit.may("reports:read"):
        return None
    return await panel(_items(visit.reports.reports(q=words, limit=_MOST_REPORTS)), "Die Berichte")


async def _items(listing: Awaitable[Listing[T]]) -> tuple[T, ...]:
    return (await listing).items


async def _indicators(client: IndicatorClient, words: str) -> tuple[Indicator, ...]:
    wanted = words.casefold().split()
    return tuple(
        indicator
        for indicator in (await client.indicators()).items
        if all(word in _described(indicator) for word in wanted)
    )


def _described(indicator: Indicator) -> str:
    parts = (
        indicator.code,
        indicator.name,
        indicator.short_name,
        indicator.question,
        indicator.numerator_text,
        indicator.denominator_text,
        indicator.dimension.label if indicator.dimension else None,
    )
    return " ".join(part for part in parts if part).casefold()
