"""Releases: what is released for whom, what waits, preparing, publishing, withdrawing."""

from collections.abc import Mapping
from typing import Annotated, get_args
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from web.access import Requires
from web.clients.base import present
from web.clients.delivery_types import HiddenCell, Release, ReleaseState
from web.clients.indicator_types import Indicator
from web.errors import PageNotFound
from web.pages.map.address import FICTIONAL_KREIS, MapAddress
from web.pages.releases import actions, preparing
from web.pages.releases.waiting_work import read_waiting
from web.pages.releases.words import (
    AUDIENCES,
    REASON_LABELS,
    RUNNING,
    STATES,
    announcement_of,
    name_of,
    process_facts,
)
from web.panels import Panel, panel
from web.replies import render
from web.visit import Visit
from web.waiting import watch

router = APIRouter()

Reader = Annotated[Visit, Requires("releases:read")]
Releaser = Annotated[Visit, Requires("releases:write")]

STYLES = ["css/deliveries.css"]
_ROWS = 25
# releases whose hidden cells are looked at before they go out
_WITH_HIDDEN = frozenset({"draft", "refused", "confirmed"})


@router.get(preparing.LIST_PATH)
async def list_releases(
    visit: Reader, stand: str = "", datenbestand: str = "", ab: str = ""
) -> Response:
    """What waits, and the place's releases, newest first."""
    state = stand if stand in get_args(ReleaseState) else ""
    page = await visit.indicator.releases(
        own=True, state=state, dataset=datenbestand, limit=_ROWS, cursor=ab
    )
    waiting = await panel(read_waiting(visit.indicator), "Was auf Sie wartet")
    datasets = waiting.value.datasets if waiting.value else ()
    chosen = present(stand=state, datenbestand=datenbestand)
    context = {
        "title": "Freigaben",
        "releases": page.items,
        "work": waiting,
        "next_path": _list_path({**chosen, "ab": page.next}) if page.next else None,
        "first_path": _list_path(chosen) if ab else None,
        "is_filtered": bool(chosen),
        "state": state,
        "dataset": datenbestand,
        "states": STATES,
        "states_options": [(code, word.label) for code, word in STATES.items()],
        "dataset_options": [(item.code, item.title) for item in datasets],
        "has_figures": any(item.version for item in datasets),
        "all_fictional": all(item.is_fictional for item in datasets) and bool(datasets),
        "fictional": {item.code for item in datasets if item.is_fictional},
        "audiences": AUDIENCES,
        "name_of": name_of,
        "page_styles": STYLES,
    }
    return render(visit, "pages/releases/list.html", context, partial="pages/releases/found.html")


def _list_path(query: Mapping[str, object]) -> str:
    return f"{preparing.LIST_PATH}?{urlencode(query)}" if query else preparing.LIST_PATH


@router.get(preparing.NEW_PATH)
async def show_form(visit: Releaser, datenbestand: str = "", leserschaft: str = "") -> Response:
    """Which dataset, for whom."""
    return await preparing.show_form(visit, datenbestand, leserschaft)


@router.post(preparing.NEW_PATH)
async def prepare(visit: Releaser) -> Response:
    """Have a release checked."""
    return await preparing.prepare(visit)


@router.get(preparing.LIST_PATH + "/{release_id}")
async def show_release(visit: Reader, release_id: str) -> Response:
    """One release; while it is checked or written, the page looks again by itself."""
    release = await visit.indicator.release(_checked(release_id))
    path = f"{preparing.LIST_PATH}/{release.id}"
    waiting = watch(visit, path, release.state, is_running=release.state in RUNNING)
    dataset = await actions.dataset_of(visit, release)
    region = FICTIONAL_KREIS if dataset and dataset.is_fictional else ""
    context = {
        "title": release.dataset.title,
        "crumbs": [("Freigaben", preparing.LIST_PATH)],
        "release": release,
        "path": path,
        "name": name_of(release),
        "dataset": dataset,
        "map_path": lambda indicator: MapAddress(indicator.code, region=region).url(),
        "audience": AUDIENCES[release.audience],
        "reason_labels": REASON_LABELS,
        "states": STATES,
        "process_facts": process_facts(release),
        "hidden": await _hidden(visit, release),
        "indicators": await _indicators(visit, release),
        "waiting": waiting,
        "announcement": announcement_of(release) if waiting.is_news else "",
        "refresh": waiting.next_look,
        "page_styles": STYLES,
    }
    return render(visit, "pages/releases/one.html", context, partial="pages/releases/state.html")


@router.get(preparing.LIST_PATH + "/{release_id}/freigeben")
async def confirm_publishing(visit: Releaser, release_id: str) -> Response:
    """What publishing will do."""
    release = await visit.indicator.release(_checked(release_id))
    return await actions.confirm_publishing(visit, release)


@router.post(preparing.LIST_PATH + "/{release_id}/freigeben")
async def publish(visit: Releaser, release_id: str) -> Response:
    """Publish a draft."""
    return await actions.publish(visit, _checked(release_id))


@router.get(preparing.LIST_PATH + "/{release_id}/zurueckziehen")
async def confirm_withdrawal(visit: Releaser, release_id: str) -> Response:
    """What withdrawing will do."""
    release = await visit.indicator.release(_checked(release_id))
    return await actions.confirm_withdrawal(visit, release)


@router.post(preparing.LIST_PATH + "/{release_id}/zurueckziehen")
async def withdraw(visit: Releaser, release_id: str) -> Response:
    """Withdraw a release."""
    return await actions.withdraw(visit, _checked(release_id))


def _checked(release_id: str) -> str:
    """The id in its usual form; what is none leads to the page for the unknown."""
    try:
        return str(UUID(release_id))
    except ValueError as error:
        raise PageNotFound("Diese Freigabe gibt es nicht.") from error


async def _hidden(visit: Visit, release: Release) -> Panel[tuple[HiddenCell, ...]]:
    """The cells a draft would hide, where the visitor may see raw figures."""
    is_holders = release.is_own and visit.may("facts:read_raw")
    if (
        not is_holders
        or release.state not in _WITH_HIDDEN
        or not (release.check and release.check.hidden)
    ):
        return Panel(())
    return await panel(visit.indicator.hidden_cells(release.id), "Die verborgenen Zellen")


async def _indicators(visit: Visit, release: Release) -> tuple[Indicator, ...]:
    """Indicators that show the released figures to this visitor, to go on to the map."""
    if release.state != "released":
        return ()
    found = await panel(visit.indicator.indicators(has_figures=True), "Die Indikatoren")
    return tuple(
        indicator
        for indicator in (found.value.items if found.value else ())
        if any(item.code == release.dataset.code for item in indicator.datasets)
    )
