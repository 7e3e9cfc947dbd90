"""The library: every report of the place one works for."""

from collections.abc import Mapping
from typing import get_args
from urllib.parse import urlencode

from starlette.responses import Response

from web.clients.base import present
from web.clients.indicator_types import AreaRef
from web.clients.report_types import ReportState
from web.pages.areas.listing import find_area
from web.pages.reports.address import LIST_PATH, again_path, report_path
from web.pages.reports.words import FORMAT_LABELS, STATES, state_of
from web.panels import panel
from web.replies import render
from web.visit import Visit

_ROWS = 25
_LONGEST_WORDS = 100


async def show(visit: Visit, words: str, area_code: str, state: str, cursor: str) -> Response:
    """One page of the library, newest first, narrowed by words, area and state."""
    asked = " ".join(words.split())[:_LONGEST_WORDS]
    known_state = state if state in get_args(ReportState) else ""
    page = await visit.reports.reports(
        q=asked, area=area_code, state=known_state, limit=_ROWS, cursor=cursor
    )
    chosen = present(suche=asked, gebiet=area_code, stand=known_state)
    context = {
        "title": "Berichte",
        "reports": page.items,
        "words": asked,
        "area": await _area(visit, area_code, page.items[0].area if page.items else None),
        "state": known_state,
        "states": [(code, word.label) for code, word in STATES.items()],
        "is_filtered": bool(chosen),
        "without_area": _path({key: value for key, value in chosen.items() if key != "gebiet"}),
        "next_path": _path({**chosen, "ab": page.next}) if page.next else None,
        "first_path": _path(chosen) if cursor else None,
        "all_fictional": all(report.is_fictional for report in page.items),
        "state_of": state_of,
        "again_path": again_path,
        "report_path": report_path,
        "format_labels": FORMAT_LABELS,
        "page_styles": ["css/areas.css", "css/report.css"],
    }
    return render(visit, "pages/reports/library.html", context, partial="pages/reports/found.html")


async def _area(visit: Visit, code: str, shown: AreaRef | None) -> AreaRef | None:
    """The area the list is narrowed to, by its name where that can be read."""
    if not code:
        return None
    if shown is not None and shown.code == code:
        return shown
    read = await panel(find_area(visit.indicator, code), "Das Gebiet")
    name = read.value.name if read.value else code
    return AreaRef(code=code, name=name)


def _path(query: Mapping[str, object]) -> str:
    return f"{LIST_PATH}?{urlencode(query)}" if query else LIST_PATH
