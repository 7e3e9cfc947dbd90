"""What every service client does about tokens, broken connections and refusals."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from web.clients.base import Access, ServiceClient, ServiceProblem, ServiceUnavailable, present

Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler, access: Access | None = None) -> ServiceClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://service")
    return ServiceClient(http, access or Access("request-1"))


def problem(status: int, code: str, **more: object) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "title": "T", "detail": "D", **more})


async def test_token_and_request_id_go_along() -> None:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200, json={})

    await client(answer, Access("request-1", token="t")).get_json("/v1/x")
    assert seen[0]["x-request-id"] == "request-1"
    assert seen[0]["authorization"] == "Bearer t"


async def test_a_read_is_repeated_once_a_write_never() -> None:
    calls: list[str] = []

    def break_off(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        raise httpx.ReadError("gone", request=request)

    with pytest.raises(ServiceUnavailable):
        await client(break_off).get_json("/v1/x")
    with pytest.raises(ServiceUnavailable):
        await client(break_off).send("POST", "/v1/x", json={})
    assert calls == ["GET", "GET", "POST"]


async def test_an_expired_token_is_renewed_once() -> None:
    tokens: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        tokens.append(request.headers["authorization"])
        if len(tokens) == 1:
            return problem(401, "token_expired")
        return httpx.Response(200, json={"ok": True})

    async def renew() -> str:
        return "new"

    access = Access("request-1", token="old", renew=renew)
    assert await client(answer, access).get_json("/v1/x") == {"ok": True}
    assert tokens == ["Bearer old", "Bearer new"]


async def test_a_revoked_session_is_not_tried_again() -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        return problem(401, "session_revoked")

    async def renew() -> str:
        raise AssertionError("a revoked session has no new token")

    with pytest.raises(ServiceProblem) as caught:
        await client(answer, Access("r", token="t", renew=renew)).get_json("/v1/x")
    assert caught.value.ends_session
    assert calls == ["GET"]


async def test_a_streamed_body_gets_a_fresh_token_beforehand() -> None:
    tokens: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        tokens.append(request.headers["authorization"])
        return httpx.Response(202, json={})

    async def renew() -> str:
        return "fresh"

    async def body() -> AsyncIterator[bytes]:
        yield b"a;b\n"

    access = Access("r", token="old", renew=renew)
    await client(answer, access).send("POST", "/v1/x", content=body())
    assert tokens == ["Bearer fresh"]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(502, text="<html>proxy</html>"),
        httpx.Response(503, json={"code": "database_unavailable", "title": "T"}),
        httpx.Response(500, json=["no", "object"]),
    ],
)
async def test_what_cannot_be_understood_is_unavailable(response: httpx.Response) -> None:
    with pytest.raises(ServiceUnavailable):
        await client(lambda request: response).get_json("/v1/x")


async def test_messages_belong_to_fields() -> None:
    errors = [
        {"pointer": "/rights/0", "code": "unknown", "detail": "Unbekannt."},
        {"pointer": "/name", "code": "missing", "detail": "Fehlt."},
        {"pointer": "/name", "code": "later", "detail": "Der erste zählt."},
    ]
    with pytest.raises(ServiceProblem) as caught:
        await client(lambda request: problem(422, "invalid", errors=errors)).get_json("/v1/x")
    assert caught.value.errors_by_field() == {"rights": "Unbekannt.", "name": "Fehlt."}


async def test_a_stream_raises_problems_too() -> None:
    with pytest.raises(ServiceProblem):
        async with client(lambda request: problem(404, "gone")).stream("/v1/x"):
            pass


def test_empty_parameters_are_left_out() -> None:
    assert present(a=None, b="", c=0, d=["x"], e=[]) == {"c": 0, "d": ["x"]}
