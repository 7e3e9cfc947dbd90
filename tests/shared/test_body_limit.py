"""Documents above the limit are refused before they are read, however they are sent."""

from collections.abc import AsyncIterator

from services.shared.body_limit import MAXIMUM_DOCUMENT_BYTES
from tests.support.stack import Stack, as_bearer, new_key


async def _chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 65_536


async def test_a_large_document_is_refused_announced_or_not(stack: Stack) -> None:
    office = stack.people.organisation("Amt", "landesamt", ("DG",))
    key = stack.people.api_key(office, ("measures:write",))
    headers = as_bearer(key) | new_key() | {"Content-Type": "application/json"}
    bodies = (b" " * (MAXIMUM_DOCUMENT_BYTES + 1), _chunks(20))
    for body in bodies:
        answer = await stack.indicator.post("/v1/measures", content=body, headers=headers)
        assert answer.status_code == 413
        assert answer.json()["code"] == "body_too_large"
        assert answer.headers["x-request-id"]


async def test_a_document_below_the_limit_arrives_whole(stack: Stack) -> None:
    office = stack.people.organisation("Amt", "landesamt", ("DG",))
    key = stack.people.api_key(office, ("measures:write",))
    description = "ä" * 400_000
    answer = await stack.indicator.post(
        "/v1/measures",
        json={
            "code": "ew",
            "name": "Einwohner",
            "unit": "Anzahl",
            "kind": "count",
            "description": description,
        },
        headers=as_bearer(key) | new_key(),
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["description"] == description
