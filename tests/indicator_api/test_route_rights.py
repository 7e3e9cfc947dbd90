"""Every route of indicator_api names its right; a reviewer reads the list."""

from uuid import uuid4

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from services.shared.app import demanded_rights
from tests.support.stack import Stack

OPERATION = {f"GET /{name}": "public" for name in ("healthz", "readyz", "metrics", "docs")}
# what everybody holds who is not logged in
OPEN_RIGHTS = {"public", "areas:read", "indicators:read", "observations:read"}
# one of the two is enough: the register's keepers, and a municipality's own office
IMPORT = "areas:write|partitions:write"
INDICATOR = OPERATION | {
    "GET /v1/areas": "areas:read",
    "GET /v1/areas/{code}": "areas:read",
    "GET /v1/areas/{code}/history": "areas:read",
    "GET /v1/area-events": "areas:read",
    "GET /v1/area-events/{event_id}": "areas:read",
    "POST /v1/area-events": "areas:write|partitions:write",
    "GET /v1/area-directories": "areas:write",
    "POST /v1/area-directories": "areas:write",
    "GET /v1/area-directories/{directory_id}": "areas:write",
    "POST /v1/area-imports": IMPORT,
    "GET /v1/area-imports": IMPORT,
    "GET /v1/area-imports/{import_id}": IMPORT,
    "DELETE /v1/area-imports/{import_id}": IMPORT,
    "PUT /v1/area-imports/{import_id}/mapping": IMPORT,
    "POST /v1/area-imports/{import_id}/commit": IMPORT,
    "GET /v1/area-imports/{import_id}/preview.geojson": IMPORT,
    "GET /v1/area-imports/{import_id}/preview.svg": IMPORT,
    "GET /v1/partitions": "partitions:write",
    "POST /v1/partitions": "partitions:write",
    "GET /v1/partitions/{code}": "partitions:write",
    "PATCH /v1/partitions/{code}": "partitions:write",
    "GET /v1/partitions/{code}/addresses": "partitions:write",
    "PUT /v1/partitions/{code}/addresses": "partitions:write",
    "GET /v1/partitions/{code}/addresses/check": "partitions:write",
    "POST /v1/partitions/{code}/addresses/check": "partitions:write",
    "GET /v1/partitions/{code}/addresses/order-file": "partitions:write",
    "GET /v1/area-sets": "areas:read",
    "GET /v1/area-sets/{code}": "areas:read",
    "POST /v1/area-sets": "partitions:write",
    "POST /v1/area-sets/draft": "partitions:write",
    "PUT /v1/area-sets/{code}/parts": "partitions:write",
    "PATCH /v1/area-sets/{code}": "partitions:write",
    "GET /v1/measures": "indicators:read",
    "GET /v1/measures/{code}": "indicators:read",
    "POST /v1/measures": "measures:write",
    "GET /v1/datasets": "datasets:read",
    "GET /v1/datasets/{code}": "datasets:read",
    "POST /v1/datasets": "datasets:write",
    "PATCH /v1/datasets/{code}": "datasets:write",
    "GET /v1/datasets/{code}/protection-rules": "datasets:read",
    "POST /v1/datasets/{code}/protection-rules": "datasets:write",
    "GET /v1/protection-rules/{rule_id}": "datasets:read",
    "PATCH /v1/protection-rules/{rule_id}": "datasets:write",
    "GET /v1/protection-rules/{rule_id}/history": "datasets:read",
    "GET /v1/delegations": "datasets:read",
    "GET /v1/datasets/{code}/delegations": "datasets:read",
    "POST /v1/datasets/{code}/delegations": "releases:write",
    "GET /v1/delegations/{delegation_id}": "datasets:read",
    "DELETE /v1/delegations/{delegation_id}": "releases:write",
    "GET /v1/indicators": "indicators:read",
    "GET /v1/indicators.csv": "indicators:read",
    "GET /v1/dimensions": "indicators:read",
    "GET /v1/indicators/{code}": "indicators:read",
    "GET /v1/indicators/{code}/versions": "indicators:read",
    "GET /v1/indicators/{code}/versions/{version}": "indicators:read",
    "POST /v1/indicators": "indicators:write",
    "POST /v1/deliveries": "deliveries:create",
    "GET /v1/deliveries": "deliveries:read",
    "GET /v1/deliveries/{delivery_id}": "deliveries:read",
    "GET /v1/deliveries/{delivery_id}/findings": "deliveries:read",
    "GET /v1/deliveries/{delivery_id}/file": "deliveries:read",
    "GET /v1/deliveries/{delivery_id}/annotated": "deliveries:read",
    "GET /v1/deliveries/{delivery_id}/receipt": "deliveries:read",
    "POST /v1/deliveries/{delivery_id}/confirm": "deliveries:create",
    "POST /v1/deliveries/{delivery_id}/approve": "deliveries:create",
    "POST /v1/deliveries/{delivery_id}/discard": "deliveries:create",
    "POST /v1/deliveries/{delivery_id}/withdraw": "deliveries:create",
    "POST /v1/deliveries/{delivery_id}/approve-withdrawal": "deliveries:create",
    "POST /v1/deliveries/{delivery_id}/keep": "deliveries:create",
    "POST /v1/deliveries/{delivery_id}/deliver": "deliveries:create",
    "GET /v1/deliveries/{delivery_id}/mapping": "deliveries:read",
    "PUT /v1/deliveries/{delivery_id}/mapping": "deliveries:create",
    "POST /v1/deliveries/{delivery_id}/mapping/preview": "deliveries:read",
    "GET /v1/datasets/{code}/template.xlsx": "deliveries:create",
    "GET /v1/delivery-mappings": "deliveries:read",
    "POST /v1/delivery-mappings": "deliveries:create",
    "GET /v1/delivery-mappings/{mapping_id}": "deliveries:read",
    "PUT /v1/delivery-mappings/{mapping_id}": "deliveries:create",
    "DELETE /v1/delivery-mappings/{mapping_id}": "deliveries:create",
    "POST /v1/releases": "releases:write",
    "GET /v1/releases": "observations:read",
    "GET /v1/releases/{release_id}": "observations:read",
    "GET /v1/releases/{release_id}/certificate": "observations:read",
    "GET /v1/releases/{release_id}/hidden": "facts:read_raw",
    "POST /v1/releases/{release_id}/confirm": "releases:write",
    "POST /v1/releases/{release_id}/publish": "releases:write",
    "POST /v1/releases/{release_id}/discard": "releases:write",
    "POST /v1/releases/{release_id}/withdraw": "releases:write",
    "GET /v1/observations": "observations:read",
    "HEAD /v1/observations": "observations:read",
    "GET /v1/areas/{code}/profile": "observations:read",
    "GET /v1/areas/{code}/similar": "observations:read",
    "GET /v1/revisions": "observations:read",
    "GET /v1/changes": "observations:read",
    "GET /v1/coverage": "observations:read",
    "GET /v1/datasets/{code}/facts": "facts:read_raw",
    "GET /v1/tiles/{indicator}/{period}/{z}/{x}/{y}.mvt": "observations:read",
    "GET /v1/maps/{indicator}/{period}.svg": "observations:read",
}


def declared(app: FastAPI) -> dict[str, list[str]]:
    """The rights each route names."""
    return {
        f"{method} {context.path}": demanded_rights(context.original_route)
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
        for method in context.methods or ()
    }


async def test_every_route_of_indicators_names_exactly_the_expected_right(stack: Stack) -> None:
    found = declared(stack.indicator_app)
    assert found == {route: [right] for route, right in INDICATOR.items()}


_IDS = (
    "delivery_id",
    "release_id",
    "import_id",
    "directory_id",
    "mapping_id",
    "rule_id",
    "delegation_id",
)


def filled(path: str) -> str:
    """A path with something in the place of each parameter."""
    for name in _IDS:
        path = path.replace(f"{{{name}}}", str(uuid4()))
    path = path.replace("{event_id}", "1")
    return path.replace("{code}", "99001").replace("{x}", "0").replace("{y}", "0")


async def test_without_a_token_only_the_open_routes_answer(stack: Stack) -> None:
    app = stack.indicator_app
    transport = httpx.ASGITransport(app)
    closed = 0
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for route, (right,) in declared(app).items():
            if right in OPEN_RIGHTS:
                continue
            method, path = route.split()
            answer = await client.request(
                method, filled(path), headers={"Idempotency-Key": "x", "If-Match": "*"}
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "token_missing"), route
            closed += 1
    assert closed


async def test_a_right_is_asked_before_a_word_about_the_request(stack: Stack) -> None:
    """Who may not call a route does not learn what it would have said to the input."""
    organisation = stack.people.organisation("Bewilligung", "bewilligungsbehoerde")
    key = stack.people.api_key(organisation, ("datasets:read",))
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "x", "If-Match": "*"}
    for route, right in INDICATOR.items():
        if right in OPEN_RIGHTS | {"datasets:read"}:
            continue
        method, path = route.split()
        answer = await stack.indicator.request(method, filled(path), headers=headers, json={})
        assert (answer.status_code, answer.json().get("right")) == (403, right), route
