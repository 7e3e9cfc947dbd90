"""All requests of the place one works for, on either side."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from web.access import Requires
from web.pages.advice import words
from web.pages.advice.keeping import KeepingRoute
from web.pages.advice.overview import ROWS, address, shared_words
from web.replies import render
from web.visit import Visit

router = APIRouter(route_class=KeepingRoute)

Reader = Annotated[Visit, Requires("cases:read")]

REQUESTS_PATH = words.LIST_PATH + "/anfragen"


@router.get(REQUESTS_PATH)
async def list_requests(
    visit: Reader, stand: Annotated[list[str] | None, Query()] = None, ab: str = ""
) -> Response:
    """Requests by state, the newest first."""
    states = _known(stand or ())
    page = await visit.advice.requests(states=states, limit=ROWS, cursor=ab)
    chosen = [("stand", state) for state in states]
    context = {
        "title": "Anfragen",
        "crumbs": [("Beratung", words.LIST_PATH)],
        "page": page,
        "states": states,
        "request_states": words.REQUEST_STATES,
        "is_team": visit.may("cases:advise"),
        "next_path": address(REQUESTS_PATH, [*chosen, ("ab", page.next)]) if page.next else None,
        "first_path": address(REQUESTS_PATH, chosen) if ab else None,
        **shared_words(),
    }
    partial = "pages/advice/requests_found.html"
    return render(visit, "pages/advice/requests.html", context, partial=partial)


def _known(states: Sequence[str]) -> tuple[str, ...]:
    known = {code for code, _ in words.REQUEST_STATES}
    return tuple(code for code in dict.fromkeys(states) if code in known)
