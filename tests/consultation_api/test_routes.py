"""Every route of the service names its right; the list is what a reviewer reads."""

import re

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
    "GET /v1/topics": "cases:read",
    "GET /v1/phases": "cases:read",
    "GET /v1/requests": "cases:read",
    "POST /v1/requests": "requests:create",
    "GET /v1/requests/{request_id}": "cases:read",
    "POST /v1/requests/{request_id}/messages": "cases:write",
    "GET /v1/requests/{request_id}/agreement-draft": "cases:advise",
    "POST /v1/requests/{request_id}/agreement": "cases:advise",
    "POST /v1/requests/{request_id}/decline": "cases:advise",
    "POST /v1/requests/{request_id}/withdraw": "requests:create",
    "POST /v1/requests/{request_id}/consent": "requests:create",
    "GET /v1/cases": "cases:read",
    "GET /v1/cases/{case_id}": "cases:read",
    "PATCH /v1/cases/{case_id}": "cases:write",
    "POST /v1/cases/{case_id}/state": "cases:write",
    "GET /v1/cases/{case_id}/advisors": "cases:advise",
    "GET /v1/cases/{case_id}/export": "cases:read",
    "GET /v1/cases/{case_id}/goals": "cases:read",
    "POST /v1/cases/{case_id}/goals": "cases:write",
    "GET /v1/cases/{case_id}/goals/{goal_id}": "cases:read",
    "PATCH /v1/cases/{case_id}/goals/{goal_id}": "cases:write",
    "POST /v1/cases/{case_id}/goals/{goal_id}/state": "cases:write",
    "GET /v1/cases/{case_id}/entries": "cases:read",
    "POST /v1/cases/{case_id}/entries": "cases:write",
    "GET /v1/cases/{case_id}/entries/{entry_id}": "cases:read",
    "PATCH /v1/cases/{case_id}/entries/{entry_id}": "cases:write",
    "GET /v1/tasks": "cases:read",
    "GET /v1/cases/{case_id}/tasks": "cases:read",
    "POST /v1/cases/{case_id}/tasks": "cases:write",
    "GET /v1/cases/{case_id}/tasks/{task_id}": "cases:read",
    "PATCH /v1/cases/{case_id}/tasks/{task_id}": "cases:write",
    "POST /v1/cases/{case_id}/tasks/{task_id}/state": "cases:write",
    "GET /v1/waiting": "cases:read",
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
        path = re.sub(r"\{\w+\}", anything, path)
        assert_problem(await world.client.request(method, path, json={}), 401, "token_missing")
