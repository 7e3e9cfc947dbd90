"""Every error leaves a service as a problem document, and none tells what is inside."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.shared.conftest import SECRET, small_app
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import Stack

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}
INSIDE = ("Traceback", "SELECT", "sqlalchemy", "psycopg", 'File "', SECRET)


def assert_problem(answer: httpx.Response, status: int, code: str, *further: str) -> dict[str, Any]:
    """The document, with the members RFC 9457 and the services' contract ask for."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        status,
        "application/problem+json",
    ), answer.text
    document: dict[str, Any] = answer.json()
    assert document.keys() == MEMBERS | set(further), document
    assert (document["status"], document["code"]) == (status, code)
    assert document["type"] == f"urn:quartierblick:problem:{code}"
    assert document["instance"] == answer.request.url.path
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert document["title"] != document["detail"]
    assert document["detail"].endswith((".", ". ", ".“", "…“")), document["detail"]
    for word in INSIDE:
        assert word not in answer.text
    return document


async def test_each_kind_of_error_has_its_document(small: httpx.AsyncClient) -> None:
    assert_problem(await small.get("/nirgends"), 404, "route_unknown")
    answer = await small.get("/v1/echo")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"
    assert_problem(await small.get("/v1/closed"), 401, "token_missing")
    assert_problem(await small.get("/v1/conflict"), 409, "test_conflict", "state")
    assert_problem(await small.put("/v1/versioned"), 428, "precondition_required")
    stale = await small.put("/v1/versioned", headers={"If-Match": '"6"'})
    assert_problem(stale, 412, "precondition_failed")
    assert stale.headers["ETag"] == '"7"'
    for held in ('"7"', "*", '"6", "7"'):
        answer = await small.put("/v1/versioned", headers={"If-Match": held})
        assert answer.status_code == 200
    weak = await small.put("/v1/versioned", headers={"If-Match": 'W/"7"'})
    assert_problem(weak, 412, "precondition_failed")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"number": "x"}', "/number", "int_parsing"),
        (b"{}", "/number", "missing"),
        (b'{"number": 1', "/", "json_invalid"),
        (b"", "/", "missing"),
        (b"\xff\xfe", "/", "json_invalid"),
        (b"[1]", "/", "model_attributes_type"),
        (b'{"number": 1e400}', "/number", "finite_number"),
    ],
)
async def test_what_is_wrong_with_the_input_is_told_where_it_stands(
    small: httpx.AsyncClient, body: bytes, pointer: str, code: str
) -> None:
    answer = await small.post(
        "/v1/echo", content=body, headers={"Content-Type": "application/json"}
    )
    if body == b"\xff\xfe" and answer.status_code == 400:
        assert_problem(answer, 400, "bad_request")
        return
    document = assert_problem(answer, 422, "invalid_request", "errors")
    (error,) = document["errors"]
    assert error.keys() == {"pointer", "code", "detail"}
    assert error["code"] == code
    assert error["pointer"].startswith(pointer)


async def test_an_unknown_query_parameter_is_refused_with_those_there_are(
    small: httpx.AsyncClient,
) -> None:
    answer = await small.get("/v1/nul", params={"value": "x", "values": "y"})
    document = assert_problem(answer, 422, "unknown_parameter", "errors")
    assert [error["pointer"] for error in document["errors"]] == ["values"]
    assert "value" in document["errors"][0]["detail"]


async def test_a_crash_tells_nothing_but_its_request_id(small: httpx.AsyncClient) -> None:
    for path in ("/v1/crash", "/v1/broken-query"):
        assert_problem(await small.get(path), 500, "internal_error")


async def test_a_text_that_cannot_be_stored_is_the_senders_fault(
    small: httpx.AsyncClient,
) -> None:
    answer = await small.get("/v1/nul", params={"value": "a\0b"})
    assert_problem(answer, 422, "character_not_allowed")


async def test_a_query_that_takes_too_long_ends_and_may_be_tried_again(
    small: httpx.AsyncClient,
) -> None:
    answer = await small.get("/v1/slow-query")
    assert_problem(answer, 503, "database_unavailable")
    assert answer.headers["Retry-After"] == "5"


async def test_a_database_that_went_away_is_a_503_and_its_return_is_noticed(
    template_database: TestDatabase,
    tmp_path: Path,
) -> None:
    database = databases.clone(template_database)
    app = small_app(database, tmp_path)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/readyz")).status_code == 200
        with psycopg.connect(database.server_url, autocommit=True) as server:
            server.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS false".encode())
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (database.name,),
            )
            assert_problem(await client.get("/readyz"), 503, "database_unreachable")
            answer = await client.get("/v1/nul", params={"value": "x"})
            assert_problem(answer, 503, "database_unavailable")
            assert (await client.get("/healthz")).status_code == 200
            server.execute(f"ALTER DATABASE {database.name} ALLOW_CONNECTIONS true".encode())
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/v1/nul", params={"value": "x"})).status_code == 200
    await app.state.database.close()
    databases.drop(database)


async def test_a_connection_cut_between_two_requests_is_not_felt(
    small: httpx.AsyncClient, database: TestDatabase
) -> None:
    assert (await small.get("/v1/nul", params={"value": "x"})).status_code == 200
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert (await small.get("/v1/nul", params={"value": "x"})).status_code == 200


async def test_more_requests_than_connections_all_get_an_answer(
    small: httpx.AsyncClient,
) -> None:
    answers = await asyncio.gather(
        *(small.get("/v1/nul", params={"value": "x"}) for _ in range(60))
    )
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("service", ["indicator", "consultation", "report"])
async def test_every_service_answers_in_the_same_form(stack: Stack, service: str) -> None:
    app = {
        "indicator": stack.indicator_app,
        "consultation": stack.consultation_app,
        "report": stack.report_app,
    }[service]
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert_problem(await client.get("/nirgends"), 404, "route_unknown")
        assert_problem(await client.post("/healthz"), 405, "method_not_allowed")
        bad = {"Authorization": "Bearer x.y.z"}
        assert_problem(await client.get("/healthz", headers=bad), 401, "token_invalid")
        given = {"X-Request-ID": "abcdefgh-12345678"}
        answer = await client.get("/nirgends", headers=given)
        assert answer.headers["X-Request-ID"] == given["X-Request-ID"]
        document = (await client.get("/v1/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
