"""Every route of the service names its right; the list is what a reviewer reads."""

from fastapi.routing import APIRoute, iter_route_contexts

from services.shared.app import demanded_rights
from tests.consultation_api.world import World, assert_problem

EXPECTED = {
    "GET /healthz": "public",
    "GET /readyz": "public",
    "GET /docs": "public",
    "GET /metrics": "public",
    "POST /v1/tokens": "public",
    "GET /v1/sessions": "account:self",
    "PATCH /v1/sessions/current": "account:self",
    "DELETE /v1/sessions/current": "account:self",
    "DELETE /v1/sessions/{session_id}": "account:self",
    "GET /v1/accounts/me": "account:self",
    "POST /v1/accounts/me/password": "account:self",
    "GET /v1/accounts": "accounts:manage",
    "POST /v1/accounts": "accounts:manage",
    "GET /v1/accounts/{account_id}": "accounts:manage",
    "PATCH /v1/accounts/{account_id}": "accounts:manage",
    "POST /v1/accounts/{account_id}/memberships": "accounts:manage",
    "DELETE /v1/accounts/{account_id}/memberships/{membership_id}": "accounts:manage",
    "GET /v1/organisations": "organisations:read",
    "POST /v1/organisations": "organisations:manage",
    "GET /v1/organisations/{organisation_id}": "organisations:read",
    "PATCH /v1/organisations/{organisation_id}": "organisations:manage",
    "GET /v1/roles": "organisations:read",
    "GET /v1/api-keys": "api_keys:manage",
    "POST /v1/api-keys": "api_keys:manage",
    "DELETE /v1/api-keys/{key_id}": "api_keys:manage",
}


async def test_every_route_names_exactly_the_expected_right(world: World) -> None:
    found = {
        f"{method} {context.path}": demanded_rights(context.original_route)
        for context in iter_route_contexts(world.app.routes)
        if isinstance(context.original_route, APIRoute)
        for method in context.methods or ()
    }
    assert found == {route: [right] for route, right in EXPECTED.items()}


async def test_nothing_but_the_open_routes_answers_without_a_token(world: World) -> None:
    anything = "00000000-0000-7000-8000-000000000000"
    for route, right in EXPECTED.items():
        if right == "public":
            continue
        method, path = route.split()
        for name in ("session_id", "account_id", "membership_id", "organisation_id", "key_id"):
            path = path.replace(f"{{{name}}}", anything)
        assert_problem(await world.client.request(method, path, json={}), 401, "token_missing")
