"""Logs, request ids and metrics: what an operator sees, and what nobody must."""

import json
import logging

import httpx
import pytest
import structlog

from services.shared.logging import configure_logging, get_logger
from tests.shared.conftest import SECRET


def lines(captured: str) -> list[dict[str, object]]:
    """The log's lines, each a JSON object."""
    return [json.loads(line) for line in captured.splitlines()]


class Logs:
    """What is logged from now on, at the level INFO."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        # in the test itself: pytest has another stderr while it sets a test up
        configure_logging("test", "INFO")
        self.capsys = capsys
        self.read()

    def read(self) -> str:
        """What was written since it was last read."""
        return self.capsys.readouterr().err


def test_a_log_is_json_a_line_whoever_writes_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs = Logs(capsys)
    get_logger("eins").info("geschehen", anzahl=3)
    logging.getLogger("zwei").warning("auch %s", "das")
    first, second = lines(logs.read())
    assert (first["event"], first["anzahl"], first["logger"]) == ("geschehen", 3, "eins")
    assert (second["event"], second["level"]) == ("auch das", "warning")
    for line in (first, second):
        assert line["service"] == "test"
        assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize(
    "field", ["password", "api_secret", "session_token", "Authorization", "cookie", "database_url"]
)
def test_a_field_named_like_a_secret_is_never_written(
    capsys: pytest.CaptureFixture[str], field: str
) -> None:
    logs = Logs(capsys)
    get_logger("eins").info("geschehen", **{field: SECRET})
    written = logs.read()
    assert SECRET not in written
    assert lines(written)[0][field] == "…"


def test_a_traceback_stays_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs = Logs(capsys)
    try:
        raise ValueError("kaputt")
    except ValueError:
        get_logger("eins").exception("misslungen")
    (line,) = lines(logs.read())
    assert "ValueError: kaputt" in str(line["exception"])


async def test_a_request_is_logged_with_its_id_and_without_its_query(
    small: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = Logs(capsys)
    given = {"X-Request-ID": "0123456789abcdef"}
    answer = await small.get("/v1/nul", params={"value": SECRET}, headers=given)
    assert answer.headers["X-Request-ID"] == given["X-Request-ID"]
    written = logs.read()
    assert SECRET not in written
    access = [line for line in lines(written) if line["logger"] == "access"]
    assert [(line["path"], line["status"], line["request_id"]) for line in access] == [
        ("/v1/nul", 200, given["X-Request-ID"])
    ]
    await small.get("/healthz")
    assert "access" not in logs.read()


async def test_a_crash_is_logged_with_the_request_it_happened_in(
    small: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = Logs(capsys)
    answer = await small.get("/v1/crash")
    crash = next(line for line in lines(logs.read()) if "exception" in line)
    assert crash["request_id"] == answer.json()["request_id"] == answer.headers["X-Request-ID"]


async def test_a_failed_query_is_logged_without_the_values_bound_to_it(
    small: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = Logs(capsys)
    await small.get("/v1/broken-query")
    written = logs.read()
    assert "nowhere" in written
    assert SECRET not in written


@pytest.mark.parametrize("given", ["short", "x" * 65, "mit leerzeichen", "<script>12345", ""])
async def test_a_malformed_request_id_is_replaced(small: httpx.AsyncClient, given: str) -> None:
    answer = await small.get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 36


async def test_each_request_has_an_id_of_its_own(small: httpx.AsyncClient) -> None:
    seen = {(await small.get("/healthz")).headers["X-Request-ID"] for _ in range(5)}
    assert len(seen) == 5
    assert "request_id" not in structlog.contextvars.get_contextvars()


async def test_metrics_count_requests_by_route_and_status(small: httpx.AsyncClient) -> None:
    for _ in range(3):
        await small.get("/v1/nul", params={"value": SECRET})
    await small.get("/v1/crash")
    await small.get("/nirgends")
    metrics = (await small.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/v1/nul",status="200"} 3.0' in metrics
    assert 'http_requests_total{method="GET",route="/v1/crash",status="500"} 1.0' in metrics
    assert 'http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in metrics
    assert 'http_request_seconds_count{route="/v1/nul"} 3.0' in metrics
    # neither a value nor a path that anybody may invent
    assert SECRET not in metrics
    assert "nirgends" not in metrics
