"""The same request sent twice, one after the other or at once, acts once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.indicator_api.refusals import (
    CSV,
    Unchanged,
    assert_problem,
    deliver,
    filled_world,
    stored_files,
)
from tests.indicator_api.snapshot import jobs
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import DATASET, World, create
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer


@pytest.fixture(scope="module")
async def filled(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world with figures delivered and released, that takes bodies up to LIMIT bytes."""
    objects = tmp_path_factory.mktemp("objects")
    async with filled_world(template_database, objects) as world:
        yield world


async def test_a_creating_request_needs_a_key_of_its_own(filled: World) -> None:
    headers = as_bearer(filled.office)
    with Unchanged(filled):
        for sent in ({}, {"Idempotency-Key": " "}, {"Idempotency-Key": "x" * 201}):
            answer = await deliver(filled, FILE.encode(), headers | CSV | sent)
            assert_problem(
                answer,
                400,
                "idempotency_key_too_long" if "x" in str(sent) else "idempotency_key_missing",
            )


async def test_the_same_request_again_is_answered_as_the_first_time(filled: World) -> None:
    headers = as_bearer(filled.office) | CSV | {"Idempotency-Key": "zweimal"}
    first = await deliver(filled, FILE.encode(), headers)
    await filled.stack.run_jobs()
    with Unchanged(filled):
        again = await deliver(filled, FILE.encode(), headers)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


@pytest.mark.parametrize("difference", ["body", "dataset", "filename", "path"])
async def test_a_key_used_for_another_request_is_refused(filled: World, difference: str) -> None:
    headers = as_bearer(filled.office) | CSV | {"Idempotency-Key": f"anders-{difference}"}
    assert (await deliver(filled, FILE.encode(), headers)).status_code == 202
    await filled.stack.run_jobs()
    with Unchanged(filled):
        if difference == "path":
            answer = await filled.stack.indicator.post(
                "/v1/releases",
                json={"dataset": "sgb2", "audience": "public"},
                headers=headers | {"Content-Type": "application/json"},
            )
        else:
            body = FILE if difference != "body" else FILE.replace("120", "121")
            query = {difference: "sgb3"} if difference != "body" else {}
            answer = await deliver(filled, body.encode(), headers, **query)
        assert_problem(answer, 422, "idempotency_key_reused")


async def test_a_key_belongs_to_its_organisation(filled: World) -> None:
    mine = {"code": "meins", "name": "Anzahl", "unit": "Anzahl", "kind": "count"}
    await create(filled.stack, filled.office, "/v1/measures", mine)
    shared = {"Idempotency-Key": "gleicher-wert"}
    for office, code in ((filled.office, "eins"), (filled.other_office, "zwei")):
        area = "99001" if code == "eins" else "99001003"
        answer = await filled.stack.indicator.post(
            "/v1/datasets",
            json=DATASET | {"code": code, "area_code": area},
            headers=as_bearer(office) | shared,
        )
        assert (answer.status_code, answer.json()["code"]) == (201, code)


async def test_requests_with_the_same_key_at_the_same_time_act_once(filled: World) -> None:
    database = filled.stack.database
    before, files = jobs(database), stored_files(filled)
    headers = as_bearer(filled.office) | CSV | {"Idempotency-Key": "gleichzeitig"}
    answers = await asyncio.gather(*(deliver(filled, FILE.encode(), headers) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert jobs(database) == before + 1
    assert len(stored_files(filled) - files) == 1
    await filled.stack.run_jobs()


async def test_a_repeated_import_of_areas_leaves_no_second_file(filled: World) -> None:
    headers = as_bearer(filled.office) | {"Idempotency-Key": "gebiete"}
    body = {
        "source": "Test",
        "attribution": "Test",
        "areas": [{"code": "99001", "kind": "kreis", "name": "Kreis", "is_fictional": True}],
    }
    for _ in range(2):
        answer = await filled.stack.indicator.post("/v1/area-imports", json=body, headers=headers)
        assert answer.status_code == 202
        files = [path for path in stored_files(filled) if "area-imports" in str(path)]
        known = filled.stack.database.execute("SELECT object_path FROM indicator.area_import")
        assert len(files) == len(known)
    await filled.stack.run_jobs()


async def test_a_refused_request_does_not_use_its_key_up(filled: World) -> None:
    headers = as_bearer(filled.office) | {"Idempotency-Key": "erst-falsch"}
    for code, status in (("fehlt", 404), ("sgb2", 202)):
        body = {"dataset": code, "audience": "public"}
        answer = await filled.stack.indicator.post("/v1/releases", json=body, headers=headers)
        assert answer.status_code == status
    await filled.stack.run_jobs()
