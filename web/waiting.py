"""Looking again while work goes on in the background: ever less often, and not for ever.

The number of looks travels in the address (`blick`), so nothing is remembered anywhere; it works
through htmx (`hx-trigger`) and, without script, through the document's refresh.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from web.visit import Visit

_PAUSES = (1, 1, 2, 2, 3, 5, 8)
_LONGEST_PAUSE = 10
_MOST_LOOKS = 100
"""A good quarter of an hour in all."""


@dataclass(frozen=True, slots=True)
class NextLook:
    """Where and in how many seconds to look again; `path` is None when enough was looked."""

    path: str | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a page that watches over background work knows of its own looking.

    `is_news`: the state is another than at the last look, so it is worth saying aloud.
    """

    next_look: NextLook | None
    is_news: bool


def watch(visit: Visit, path: str, state: str, *, is_running: bool) -> Waiting:
    """How the page at `path` goes on, by the query `blick` and `zuletzt` of this look."""
    query = visit.request.query_params
    asked = query.get("blick", "0")
    look = int(asked) if asked.isdecimal() and len(asked) < 6 else 0
    is_news = look > 0 and query.get("zuletzt") != state
    if not is_running:
        return Waiting(None, is_news)
    if look >= _MOST_LOOKS:
        return Waiting(NextLook(None, 0), is_news)
    pause = _PAUSES[look] if look < len(_PAUSES) else _LONGEST_PAUSE
    address = f"{path}?{urlencode({'blick': look + 1, 'zuletzt': state})}"
    return Waiting(NextLook(address, pause), is_news)
