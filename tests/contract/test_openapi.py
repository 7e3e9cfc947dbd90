"""The documents that clients read are valid, and no request made from them breaks a service."""

import asyncio
import contextlib
import json
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from schemathesis import Case as AnyCase
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from deploy.openapi import document_path
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import make_world
from tests.support.stack import Stack, as_bearer

Case = AnyCase[Any]
SERVICES = ("consultation", "indicator", "report")


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_is_valid_openapi_3_1(service: str) -> None:
    document = json.loads(document_path(service).read_text())
    assert document["openapi"].startswith("3.1")
    validate(document, cls=OpenAPIV31SpecValidator)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_says_what_it_does_in_one_place(service: str) -> None:
    document = json.loads(document_path(service).read_text())
    ids = []
    for path, operations in document["paths"].items():
        assert path.startswith("/v1/")
        for operation in operations.values():
            assert operation["tags"]
            assert operation["description"].strip()
            ids.append(operation["operationId"])
    assert len(ids) == len(set(ids))


def cases_of(document: dict[str, Any], examples: int) -> list[Case]:
    """Requests to every operation, made from the document: some as it says, some against it."""
    schema = schemathesis.openapi.from_dict(document)
    cases: list[Case] = []
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                strategy = operation.as_strategy(generation_mode=mode)
            except Exception as error:  # an operation without input cannot be called wrongly
                assert mode is GenerationMode.NEGATIVE, error  # noqa: PT017
                continue

            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            )
            @given(case=strategy)
            def collect(case: Case) -> None:
                cases.append(case)

            with contextlib.suppress(Unsatisfiable):
                collect()
    return cases


async def answers_of(
    client: httpx.AsyncClient, cases: list[Case], headers: dict[str, str]
) -> list[tuple[Case, httpx.Response]]:
    """What the service says to each request."""
    answers = []
    for number, case in enumerate(cases):
        sent = case.as_transport_kwargs(base_url="http://test")
        more = headers | {"Idempotency-Key": f"{number}", "If-Match": "*"}
        body = {name: sent[name] for name in ("json", "data", "files") if sent.get(name)}
        if isinstance(body.get("data"), bytes | str):
            body["content"] = body.pop("data")
        try:
            request = client.build_request(
                sent["method"],
                sent["url"],
                params=sent.get("params"),
                headers={**_sendable(sent.get("headers") or {}), **more},
                **body,
            )
        except (ValueError, TypeError, httpx.InvalidURL):
            continue  # no client could send it
        answers.append((case, await client.send(request)))
    return answers


def _sendable(headers: Any) -> dict[str, str]:
    return {
        str(name): str(value)
        for name, value in dict(headers).items()
        if str(name).isascii() and str(value).isascii() and str(value).isprintable()
    }


@pytest.mark.parametrize("examples", [3, pytest.param(40, marks=pytest.mark.long)])
async def test_no_request_made_from_the_document_breaks_the_service(
    stack: Stack, examples: int
) -> None:
    world = await make_world(stack)
    await stack.deliver(world.office, "sgb2", FILE)
    await stack.release(world.office, "sgb2")
    document = json.loads(document_path("indicator").read_text())
    cases = await asyncio.to_thread(cases_of, document, examples)
    operations = sum(len(item) for item in document["paths"].values())
    answers = await answers_of(stack.indicator, cases, as_bearer(world.office))
    assert len({(case.method, case.path) for case, _ in answers}) == operations
    broken = [
        f"{case.method} {answer.request.url} {answer.request.content[:200]!r}: {answer.text}"
        for case, answer in answers
        if answer.status_code >= 500
    ]
    assert broken == []
    for case, answer in answers:
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json", case
