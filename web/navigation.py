"""The main navigation: by task, showing only what the visitor may open and what exists."""

from dataclasses import dataclass

from fastapi import FastAPI
from starlette.routing import Match

from web.visit import Visit


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `right` None is open to all."""

    label: str
    path: str
    right: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry as one page shows it. `current` is the value of `aria-current`, or None."""

    label: str
    path: str
    current: str | None


MAIN = (
    Entry("Start", "/"),
    Entry("Karte", "/karte", "observations:read"),
    Entry("Gebiete", "/gebiete", "areas:read"),
    Entry("Indikatoren", "/indikatoren", "indicators:read"),
    Entry("Lieferungen", "/lieferungen", "deliveries:read"),
    Entry("Freigaben", "/freigaben", "releases:read"),
    Entry("Beratung", "/beratung", "cases:read"),
    Entry("Berichte", "/berichte", "reports:read"),
)

ADMINISTRATION = (
    Entry("Organisationen", "/verwaltung/organisationen", "organisations:manage"),
    Entry("Konten", "/verwaltung/konten", "accounts:manage"),
    Entry("API-Schlüssel", "/verwaltung/schluessel", "api_keys:manage"),
)


def entries_that_exist(app: FastAPI, entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The entries whose page is registered in `app`."""
    return tuple(entry for entry in entries if _has_route(app, entry.path))


def _has_route(app: FastAPI, path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] == Match.FULL for route in app.router.routes)


def navigation_for(visit: Visit) -> dict[str, list[Shown]]:
    """The `main` and `administration` entries for a visit."""
    path = visit.request.url.path
    state = visit.request.app.state
    return {
        "main": _shown(visit, state.main_entries, path),
        "administration": _shown(visit, state.administration_entries, path),
    }


def _shown(visit: Visit, entries: tuple[Entry, ...], path: str) -> list[Shown]:
    return [
        Shown(entry.label, entry.path, _current(entry, path))
        for entry in entries
        if entry.right is None or visit.may(entry.right)
    ]


def _current(entry: Entry, path: str) -> str | None:
    if path == entry.path:
        return "page"
    return "true" if entry.path != "/" and path.startswith(f"{entry.path}/") else None
