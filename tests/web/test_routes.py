"""Every route of the web layer says who may enter; the list is what a reviewer reads."""

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from tests.web.asserting_client import AssertingClient
from web.access import Guard
from web.navigation import ADMINISTRATION, MAIN


def doors(route: APIRoute) -> list[str]:
    """What a route asks of who enters: `public`, `account` or a right."""
    guards = [d.call for d in route.dependant.dependencies if isinstance(d.call, Guard)]
    return [guard.right or ("account" if guard.needs_account else "public") for guard in guards]


def routes(app: FastAPI) -> dict[str, list[str]]:
    """All routes with their doors."""
    return {
        f"{method} {context.path}": doors(context.original_route)
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
        for method in context.methods or ()
    }


FRAME = {
    "GET /": "public",
    "GET /healthz": "public",
    "GET /readyz": "public",
    "GET /metrics": "public",
    "GET /anmelden": "public",
    "POST /anmelden": "public",
    "POST /abmelden": "public",
    "GET /darstellung": "public",
    "POST /darstellung": "public",
    "GET /suche": "public",
    "GET /impressum": "public",
    "GET /datenschutz": "public",
    "GET /barrierefreiheit": "public",
    "GET /konto": "account",
    "POST /konto/ort": "account",
    "POST /konto/passwort": "account",
    "POST /konto/sitzungen/{session_id}/beenden": "account",
    "GET /verwaltung/schluessel": "api_keys:manage",
    "POST /verwaltung/schluessel": "api_keys:manage",
    "POST /verwaltung/schluessel/{key_id}/sperren": "api_keys:manage",
    "GET /verwaltung/organisationen": "organisations:manage",
    "GET /verwaltung/organisationen/neu": "organisations:manage",
    "POST /verwaltung/organisationen/neu": "organisations:manage",
    "GET /verwaltung/organisationen/{organisation_id}": "organisations:manage",
    "POST /verwaltung/organisationen/{organisation_id}": "organisations:manage",
    "GET /verwaltung/konten": "accounts:manage",
    "GET /verwaltung/konten/neu": "accounts:manage",
    "POST /verwaltung/konten/neu": "accounts:manage",
    "GET /verwaltung/konten/{account_id}": "accounts:manage",
    "POST /verwaltung/konten/{account_id}": "accounts:manage",
    "POST /verwaltung/konten/{account_id}/rollen": "accounts:manage",
    "POST /verwaltung/konten/{account_id}/rollen/{membership_id}/entziehen": "accounts:manage",
}


def test_every_route_has_exactly_one_door(lonely_app: FastAPI) -> None:
    open_or_doubled = {path: found for path, found in routes(lonely_app).items() if len(found) != 1}
    assert open_or_doubled == {}


def test_the_frame_has_the_expected_doors(lonely_app: FastAPI) -> None:
    found = routes(lonely_app)
    assert {path: found.get(path) for path in FRAME} == {path: [d] for path, d in FRAME.items()}


def test_navigation_leads_through_doors_of_the_same_right(lonely_app: FastAPI) -> None:
    found = routes(lonely_app)
    for entry in (*MAIN, *ADMINISTRATION):
        door = found.get(f"GET {entry.path}")
        assert door is None or door in (["public"], [entry.right]), entry


async def test_nobody_without_account_gets_past_a_door(lonely: AssertingClient) -> None:
    for route, door in FRAME.items():
        method, path = route.split()
        if door != "public" and method == "GET":
            refused = await lonely.get(path.replace("{", "").replace("}", ""), expect=303)
            assert refused.location.startswith("/anmelden?weiter=/")
