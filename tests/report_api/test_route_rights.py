"""Every route of report_api names its right; a reviewer reads the list."""

from uuid import uuid4

from tests.indicator_api.test_route_rights import OPERATION, declared
from tests.support.stack import Stack, as_bearer

REPORT = OPERATION | {
    "GET /v1/templates": "reports:read",
    "GET /v1/templates/{code}/choices": "reports:read",
    "GET /v1/templates/{code}/preview": "reports:read",
    "POST /v1/reports": "reports:create",
    "GET /v1/reports": "reports:read",
    "GET /v1/reports/{report_id}": "reports:read",
    "GET /v1/reports/{report_id}/files/{file_format}": "reports:read",
    "GET /v1/reports/{report_id}/article": "reports:read",
    "GET /v1/reports/{report_id}/snapshot": "reports:read",
}


async def test_every_route_of_reports_names_exactly_the_expected_right(stack: Stack) -> None:
    assert declared(stack.report_app) == {route: [right] for route, right in REPORT.items()}


def filled(path: str) -> str:
    """A path with something in the place of each parameter."""
    for name in ("report_id", "code", "file_format"):
        path = path.replace(f"{{{name}}}", str(uuid4()))
    return path


async def test_without_a_token_or_without_the_right_nothing_is_said_of_the_request(
    stack: Stack,
) -> None:
    organisation = stack.people.organisation("Amt", "kommune")
    key = stack.people.api_key(organisation, ("datasets:read",))
    sent = {"Idempotency-Key": "x"}
    for route, right in REPORT.items():
        if right == "public":
            continue
        method, path = route.split()
        answer = await stack.report.request(method, filled(path), headers=sent, json={})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_missing"), route
        answer = await stack.report.request(
            method, filled(path), headers=sent | as_bearer(key), json={}
        )
        assert (answer.status_code, answer.json().get("right")) == (403, right), route
