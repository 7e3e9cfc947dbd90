"""Advice on the start page: what waits for one's side, and the cases one works on."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from web.clients.advice_types import AdviceRequest, Case
from web.pages.advice.waiting import Waiting, show_waiting
from web.pages.start.parts import listed, part
from web.panels import Panel
from web.visit import Visit

OPEN_STATES = ("laufend", "vereinbart", "ruhend")
_OPEN_REQUESTS = ("eingegangen", "angeboten")
_MOST_READ = 100
MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class WaitingList:
    """What waits: the first rows, and how many there are in all."""

    shown: tuple[Waiting, ...]
    total: int

    @classmethod
    def of(cls, items: Iterable[Waiting]) -> "WaitingList":
        """The list with as many rows as a start page bears."""
        every = tuple(items)
        return cls(every[:MOST_ROWS], len(every))


@dataclass(frozen=True, slots=True)
class Advice:
    """The parts about advice; None for whoever has no part in it."""

    waiting: Panel[tuple[Waiting, ...]]
    cases: Panel[tuple[Case, ...]]
    requests: Panel[tuple[AdviceRequest, ...]] | None = None

    @property
    def for_today(self) -> WaitingList:
        """What is due today or overdue."""
        return self._choose(lambda item: item.is_for_today)

    @property
    def for_later(self) -> WaitingList:
        """What waits in cases without being due today."""
        return self._choose(lambda item: not item.is_for_today and item.case_id is not None)

    @property
    def on_requests(self) -> WaitingList:
        """Requests that are new, or about which the other side has written."""
        return self._choose(lambda item: not item.is_for_today and item.case_id is None)

    @property
    def everything(self) -> WaitingList:
        """All that waits, overdue first."""
        return WaitingList.of(self.waiting.value or ())

    @property
    def unassigned(self) -> int:
        """How many open cases nobody of the team has taken on."""
        return sum(case.advisor is None for case in self.cases.value or ())

    @property
    def states(self) -> tuple[tuple[str, int], ...]:
        """(label, number of cases) for each state there is, in the order of OPEN_STATES."""
        cases = self.cases.value or ()
        labels = {case.state.code: case.state.label for case in cases}
        counted = Counter(case.state.code for case in cases)
        return tuple((labels[code], counted[code]) for code in OPEN_STATES if counted[code])

    def _choose(self, wanted: Callable[[Waiting], bool]) -> WaitingList:
        return WaitingList.of(item for item in self.waiting.value or () if wanted(item))


async def read_municipality(visit: Visit) -> Advice | None:
    """What the municipality's side has before it: waiting things, its cases and requests."""
    if not visit.may("cases:read"):
        return None
    client = visit.advice
    waiting, cases, requests = await asyncio.gather(
        _waiting(visit, is_own=True),
        _cases(visit, is_mine=False),
        listed(
            visit,
            "cases:read",
            "Ihre Anfragen",
            lambda: client.requests(states=_OPEN_REQUESTS, limit=_MOST_READ),
        ),
    )
    return Advice(waiting, cases, requests)


async def read_advisor(visit: Visit) -> Advice:
    """What an advisor has before them: their own cases, and what nobody has taken on yet."""
    waiting, cases = await asyncio.gather(_waiting(visit), _cases(visit, is_mine=True))
    own = {case.id for case in cases.value or ()}
    if waiting.value is not None and cases.value is not None:
        mine = tuple(item for item in waiting.value if item.case_id is None or item.case_id in own)
        waiting = Panel(mine)
    return Advice(waiting, cases)


async def read_team(visit: Visit) -> Advice:
    """What the whole team has before it."""
    waiting, cases = await asyncio.gather(_waiting(visit), _cases(visit, is_mine=False))
    return Advice(waiting, cases)


async def _waiting(visit: Visit, *, is_own: bool = False) -> Panel[tuple[Waiting, ...]]:
    async def read() -> tuple[Waiting, ...]:
        found = await visit.advice.waiting()
        return tuple(show_waiting(item, is_own=is_own) for item in found)

    found = await part(visit, "cases:read", "Ihre offenen Vorgänge", read)
    return found or Panel(())


async def _cases(visit: Visit, *, is_mine: bool) -> Panel[tuple[Case, ...]]:
    found = await listed(
        visit,
        "cases:read",
        "Die Beratungsfälle",
        lambda: visit.advice.cases(states=OPEN_STATES, is_mine=is_mine, limit=_MOST_READ),
    )
    return found or Panel(())
