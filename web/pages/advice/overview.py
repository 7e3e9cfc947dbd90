"""The first page of advice, by side: what waits, requests, cases; the cases as CSV."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from web.access import Requires
from web.clients.advice_types import AdviceRequest, Case
from web.clients.base import Document
from web.clients.indicator_types import Listing
from web.pages.advice import words
from web.pages.advice.keeping import KeepingRoute
from web.pages.advice.waiting import Waiting, show_waiting
from web.panels import Panel, panel
from web.replies import render
from web.visit import Visit

router = APIRouter(route_class=KeepingRoute)

Reader = Annotated[Visit, Requires("cases:read")]

ROWS = 25
_REQUESTS_SHOWN = 10
_OPEN_REQUESTS = ("eingegangen", "angeboten")
_LONGEST_SEARCH = 100

STYLES = ["css/figures.css", "css/advice.css"]


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are shown; it stands in the address."""

    states: tuple[str, ...] = ()
    topic: str = ""
    q: str = ""
    is_mine: bool = False

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self.states or self.topic or self.q or self.is_mine)

    def query(self, **more: str) -> str:
        """The filter as the query of an address."""
        pairs = [("stand", state) for state in self.states]
        pairs += [("thema", self.topic)] if self.topic else []
        pairs += [("q", self.q)] if self.q else []
        pairs += [("wessen", "meine")] if self.is_mine else []
        pairs += [(name, value) for name, value in more.items() if value]
        return address("", pairs)


def address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    """A path with its query; without pairs the mere path."""
    return f"{path}?{urlencode(pairs)}" if pairs else path


def case_filter(stand: Sequence[str], thema: str, q: str, wessen: str) -> CaseFilter:
    """The filter from an address; states that do not exist are left out."""
    known = {code for code, _ in words.CASE_STATES}
    return CaseFilter(
        tuple(code for code in dict.fromkeys(stand) if code in known),
        thema,
        " ".join(q.split())[:_LONGEST_SEARCH],
        wessen == "meine",
    )


@router.get(words.LIST_PATH)
async def show_overview(
    visit: Reader,
    stand: Annotated[list[str] | None, Query()] = None,
    thema: str = "",
    q: str = "",
    wessen: str = "",
    ab: str = "",
) -> Response:
    """Requests and cases of the place one works for."""
    chosen = case_filter(stand or (), thema, q, wessen)
    if visit.may("cases:advise"):
        return await _team_page(visit, chosen, ab)
    return await _municipality_page(visit, ab)


@router.get(words.LIST_PATH + "/faelle.csv")
async def download_cases(
    visit: Reader,
    stand: Annotated[list[str] | None, Query()] = None,
    thema: str = "",
    q: str = "",
    wessen: str = "",
) -> Response:
    """All cases of the filter as CSV."""
    chosen = case_filter(stand or (), thema, q, wessen)
    reply = await visit.advice.cases_csv(
        states=chosen.states, q=chosen.q, topic=chosen.topic, is_mine=chosen.is_mine
    )
    headers = {
        "Content-Disposition": 'attachment; filename="beratungsfaelle.csv"',
        "Cache-Control": "no-store",
    }
    kind = reply.headers.get("content-type", "text/csv; charset=utf-8")
    return Response(reply.content, media_type=kind, headers=headers)


async def _team_page(visit: Visit, chosen: CaseFilter, cursor: str) -> Response:
    client = visit.advice
    waiting, new_requests, topics, cases = await asyncio.gather(
        panel(_read_waiting(visit, is_team=True), "Was auf Sie wartet"),
        panel(client.requests(states=_OPEN_REQUESTS, limit=_REQUESTS_SHOWN), "Die Anfragen"),
        panel(client.topics(), "Die Themen"),
        panel(
            client.cases(
                states=chosen.states,
                q=chosen.q,
                topic=chosen.topic,
                is_mine=chosen.is_mine,
                limit=ROWS,
                cursor=cursor,
            ),
            "Die Fälle",
        ),
    )
    context = {
        "title": "Beratung",
        "waiting": waiting,
        "requests": new_requests,
        "topic_options": [(item.code, item.label) for item in topics.value or ()],
        "cases": cases,
        "chosen": chosen,
        "csv_path": f"{words.LIST_PATH}/faelle.csv{chosen.query()}",
        **_paging(cases, chosen, cursor),
        **shared_words(),
    }
    return render(visit, "pages/advice/team.html", context, partial="pages/advice/found.html")


def _paging(cases: Panel[Listing[Case]], chosen: CaseFilter, cursor: str) -> Document:
    following = cases.value.next if cases.value else None
    return {
        "next_path": f"{words.LIST_PATH}{chosen.query(ab=following)}" if following else None,
        "first_path": f"{words.LIST_PATH}{chosen.query()}" if cursor else None,
    }


async def _read_waiting(visit: Visit, *, is_team: bool) -> tuple[Waiting, ...]:
    """What waits; for the team without new requests, which have a section of their own."""
    found = await visit.advice.waiting()
    return tuple(
        show_waiting(item, is_own=not is_team)
        for item in found
        if not (is_team and item.kind == "request_new")
    )


async def _municipality_page(visit: Visit, cursor: str) -> Response:
    client = visit.advice
    waiting, requests, cases, topics = await asyncio.gather(
        panel(_read_waiting(visit, is_team=False), "Was auf Sie wartet"),
        panel(client.requests(limit=_REQUESTS_SHOWN), "Ihre Anfragen"),
        panel(client.cases(limit=ROWS, cursor=cursor), "Ihre Fälle"),
        panel(client.topics(), "Die Themen"),
    )
    context = {
        "title": "Beratung",
        "waiting": waiting,
        "requests": requests,
        "cases": cases,
        "topics": topics,
        "is_new_here": _is_empty(requests) and _is_empty(cases),
        **_paging(cases, CaseFilter(), cursor),
        **shared_words(),
    }
    return render(visit, "pages/advice/municipality.html", context)


def _is_empty(found: Panel[Listing[AdviceRequest]] | Panel[Listing[Case]]) -> bool:
    return found.value is not None and not found.value.items


def shared_words() -> Document:
    """What all templates of advice write states, days and addresses with."""
    return {
        "state_kind": words.state_kind,
        "goal_kind": words.goal_kind,
        "in_sentence": words.in_sentence,
        "due_in_words": words.due_in_words,
        "case_path": words.case_path,
        "request_path": words.request_path,
        "case_states": words.CASE_STATES,
        "final_states": words.FINAL_STATES,
        "page_styles": STYLES,
    }
