"""The page of a case: its head, timeline, goals, tasks, people, areas and agreement.

Every form of the page answers with its own section, so that htmx can swap it; what else has
changed with it (the head, the timeline) comes along inside.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires
from web.clients.advice_types import Case, Entry, Goal, Task
from web.clients.base import Document, present
from web.clients.indicator_types import Listing
from web.pages.advice import words
from web.pages.advice.keeping import KeepingRoute
from web.pages.advice.overview import shared_words
from web.pages.advice.places import Places, read_places
from web.pages.advice.sending import Given, checked_id
from web.panels import Panel, panel
from web.replies import redirect, render
from web.visit import Visit

router = APIRouter(route_class=KeepingRoute)

Reader = Annotated[Visit, Requires("cases:read")]
Writer = Annotated[Visit, Requires("cases:write")]

ONE = words.LIST_PATH + "/faelle/{case_id}"
UNKNOWN = "Diesen Fall gibt es nicht."
_ENTRIES_SHOWN = 25

Form = Literal["notiz", "ziel", "zielstand", "aufgabe", "aufgabenstand", "stand"]
_SECTIONS: dict[Form, str] = {
    "notiz": "note",
    "ziel": "goals",
    "zielstand": "goals",
    "aufgabe": "tasks",
    "aufgabenstand": "tasks",
    "stand": "state",
}
_ANCHORS: dict[Form, str] = {
    "notiz": "verlauf",
    "ziel": "ziele",
    "zielstand": "ziele",
    "aufgabe": "aufgaben",
    "aufgabenstand": "aufgaben",
    "stand": "stand",
}


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries of the timeline are shown; it stands in the address."""

    kind: str = ""
    visibility: str = ""
    cursor: str = ""

    @property
    def is_set(self) -> bool:
        """Whether anything is left out."""
        return bool(self.kind or self.visibility)

    def path(self, case_id: str, cursor: str | None = None) -> str:
        """The address of the timeline with this filter, from `cursor` on."""
        query = present(art=self.kind, sicht=self.visibility, ab=cursor)
        asked = f"?{urlencode(query)}" if query else ""
        return f"{words.case_path(case_id)}{asked}#verlauf"


@dataclass(frozen=True, slots=True)
class Reading:
    """A case with all its parts, each of which may fail by itself."""

    case: Case
    goals: Panel[tuple[Goal, ...]]
    tasks: Panel[tuple[Task, ...]]
    entries: Panel[Listing[Entry]]
    places: Panel[Places]
    chosen: EntryFilter


def entry_filter(art: str, sicht: str, ab: str) -> EntryFilter:
    """The filter from an address; what does not exist is left out."""
    kinds = {code for code, _ in words.SHOWN_KINDS}
    visibilities = {code for code, *_ in words.VISIBILITIES}
    return EntryFilter(art if art in kinds else "", sicht if sicht in visibilities else "", ab)


@router.get(ONE)
async def show_case(
    visit: Reader, case_id: str, art: str = "", sicht: str = "", ab: str = ""
) -> Response:
    """The case; htmx asks for its timeline alone when the filter changes."""
    reading = await _read(visit, checked_id(case_id, UNKNOWN), entry_filter(art, sicht, ab))
    context = _context(visit, reading, "", None, "")
    partial = "pages/advice/case/entries.html"
    return render(visit, "pages/advice/case/page.html", context, partial=partial)


@router.get(ONE + "/export.json")
async def export(visit: Reader, case_id: str) -> Response:
    """All of the case the visitor may see, as a file."""
    reply = await visit.advice.export(checked_id(case_id, UNKNOWN))
    kept = ("content-type", "content-disposition")
    headers = {name: reply.headers[name] for name in kept if name in reply.headers}
    return Response(reply.content, headers={**headers, "Cache-Control": "no-store"})


async def show_form_again(visit: Visit, case_id: str, form: Form, given: Given) -> Response:
    """The page, or only the form's section, with what is to be mended."""
    reading = await _read(visit, case_id, _filter_shown(visit))
    context = _context(visit, reading, form, given, "")
    partial = f"pages/advice/case/{_SECTIONS[form]}.html"
    return render(visit, "pages/advice/case/page.html", context, partial=partial, status=422)


async def done(visit: Visit, case_id: str, form: Form, notice: str) -> Response:
    """After a deed: back to the case, or the section as it is now, with `notice` said."""
    if not visit.wants_fragment:
        return redirect(visit, f"{words.case_path(case_id)}#{_ANCHORS[form]}", notice=notice)
    reading = await _read(visit, case_id, _filter_shown(visit))
    context = {**_context(visit, reading, "", None, notice), "changes_all": True}
    return render(visit, f"pages/advice/case/{_SECTIONS[form]}.html", context)


def _filter_shown(visit: Visit) -> EntryFilter:
    """The filter of the page a form was sent from, by the address htmx names."""
    address = visit.request.headers.get("HX-Current-URL", "")
    query = {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}
    return entry_filter(query.get("art", ""), query.get("sicht", ""), query.get("ab", ""))


async def _read(visit: Visit, case_id: str, chosen: EntryFilter) -> Reading:
    client = visit.advice
    case = await client.case(case_id)
    goals, tasks, entries, places = await asyncio.gather(
        panel(client.goals(case_id), "Die Ziele"),
        panel(client.tasks(case_id), "Die Aufgaben"),
        panel(
            client.entries(
                case_id,
                kind=chosen.kind,
                visibility=chosen.visibility,
                limit=_ENTRIES_SHOWN,
                cursor=chosen.cursor,
            ),
            "Die Einträge",
        ),
        read_places(visit.indicator, case.area_codes),
    )
    return Reading(case, goals, tasks, entries, places, chosen)


def _context(
    visit: Visit, reading: Reading, form: str, given: Given | None, announcement: str
) -> Document:
    case = reading.case
    is_open = case.state.code not in words.FINAL_STATES
    forms = dict.fromkeys(_SECTIONS, "")
    errors = given.errors if given else {}
    return {
        "title": case.title,
        "crumbs": [("Beratung", words.LIST_PATH)],
        "reading": reading,
        "case": case,
        "path": words.case_path(case.id),
        "may_write": is_open and visit.may("cases:write"),
        "is_team": case.my_side == "beratung",
        "forms": {name: given if given and name == form else Given() for name in forms},
        "sent_form": form,
        "errors": errors,
        "has_error": bool(errors),
        "is_part": visit.wants_fragment,
        "changes_all": False,
        "announcement": announcement,
        "today": words.today(),
        **_case_words(case),
        **shared_words(),
    }


def _case_words(case: Case) -> Document:
    return {
        "deed_of": words.deed_of,
        "goal_waits": lambda goal: words.goal_waits_for_reader(case, goal),
        "side_name": lambda side: words.side_name(case, side),
        "kinds": words.ENTRY_KINDS,
        "shown_kinds": words.SHOWN_KINDS,
        "visibilities": words.VISIBILITIES,
        "direct_states": ("laufend",),
    }
