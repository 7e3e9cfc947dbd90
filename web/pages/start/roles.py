"""What somebody who is logged in finds on the start page, by what they are here for."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from web.clients.indicator_types import Indicator
from web.clients.report_types import Report
from web.pages.start.advice import Advice, read_advisor, read_municipality, read_team
from web.pages.start.completeness import Completeness, read_completeness
from web.pages.start.holdings import Holdings, read_holdings
from web.pages.start.land import Land, read_land
from web.pages.start.parts import listed
from web.pages.start.surroundings import Surroundings, read_areas, read_surroundings
from web.panels import Panel, panel
from web.visit import Visit

Kind = Literal["municipality", "advisor", "team", "office", "reader", "operator"]

TITLES: dict[Kind, str] = {
    "municipality": "Was ansteht",
    "advisor": "Was heute ansteht",
    "team": "Was im Team ansteht",
    "office": "Was ansteht",
    "reader": "Auf einen Blick",
    "operator": "Auf einen Blick",
}

_MOST_REPORTS = 4


@dataclass(frozen=True, slots=True)
class Start:
    """The start page of one visitor; parts that are none of theirs are None."""

    kind: Kind
    advice: Advice | None = None
    holdings: Holdings | None = None
    reports: Panel[tuple[Report, ...]] | None = None
    surroundings: Surroundings | None = None
    completeness: Panel[Completeness] | None = None
    land: Panel[Land] | None = None

    @property
    def title(self) -> str:
        """The page's heading."""
        return TITLES[self.kind]


def kind_of(visit: Visit) -> Kind:
    """What the visitor is here for: advice asked or given, data, reading, or the platform."""
    roles = {role["code"] for role in visit.account.roles} if visit.account else set()
    if visit.may("cases:advise"):
        return "team" if "teamleitung" in roles else "advisor"
    if visit.may("requests:create"):
        return "municipality"
    if visit.may("deliveries:read") or visit.may("releases:read"):
        return "office"
    return "operator" if visit.may("accounts:manage") else "reader"


async def read_start(visit: Visit) -> Start:
    """Read all parts of the visitor's start page at once; each may fail by itself."""
    kind = kind_of(visit)
    if kind in ("advisor", "team"):
        return await _read_advising(visit, kind)
    if kind == "reader":
        return await _read_reader(visit)
    advice, holdings, reports, areas, indicators = await asyncio.gather(
        read_municipality(visit) if kind == "municipality" else _nothing(),
        read_holdings(visit),
        _reports(visit),
        read_areas(visit),
        _indicators(visit),
    )
    surroundings = await read_surroundings(
        visit, areas, indicators, has_findings=kind in ("municipality", "office")
    )
    return Start(kind, advice, holdings, reports, surroundings)


async def _read_advising(visit: Visit, kind: Kind) -> Start:
    advice, reports, areas = await asyncio.gather(
        read_team(visit) if kind == "team" else read_advisor(visit),
        _reports(visit),
        read_areas(visit),
    )
    return Start(kind, advice, reports=reports, surroundings=Surroundings(areas))


async def _read_reader(visit: Visit) -> Start:
    """Who reads figures and reports only: the ministry, the approving authority."""
    reports, areas, indicators = await asyncio.gather(
        _reports(visit), read_areas(visit), _indicators(visit)
    )
    known = indicators.value or ()
    completeness, land, surroundings = await asyncio.gather(
        panel(read_completeness(visit.indicator, known), "Die Angaben zur Vollständigkeit"),
        panel(read_land(visit.indicator, known), "Die Zahlen für das Land"),
        read_surroundings(visit, areas, indicators, has_findings=False),
    )
    if indicators.failure:
        completeness, land = Panel(None, indicators.failure), Panel(None, indicators.failure)
    return Start(
        "reader",
        reports=reports,
        surroundings=surroundings,
        completeness=completeness,
        land=land,
    )


async def _reports(visit: Visit) -> Panel[tuple[Report, ...]] | None:
    return await listed(
        visit, "reports:read", "Die Berichte", lambda: visit.reports.reports(limit=_MOST_REPORTS)
    )


async def _indicators(visit: Visit) -> Panel[tuple[Indicator, ...]]:
    async def read() -> tuple[Indicator, ...]:
        return (await visit.indicator.indicators()).items

    return await panel(read(), "Die Indikatoren")


async def _nothing() -> None:
    return None
