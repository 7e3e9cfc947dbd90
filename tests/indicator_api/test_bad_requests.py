"""Requests that are refused: each has its own problem document and leaves nothing behind."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.indicator_api.refusals import (
    CSV,
    LIMIT,
    Unchanged,
    assert_problem,
    deliver,
    filled_world,
)
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import DATASET, RAW_RIGHTS, World
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, new_key


@pytest.fixture(scope="module")
async def filled(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world with figures delivered and released, that takes bodies up to LIMIT bytes."""
    objects = tmp_path_factory.mktemp("objects")
    async with filled_world(template_database, objects) as world:
        yield world


# bodies


async def test_a_body_announced_above_the_limit_is_refused_unread(filled: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    headers = as_bearer(filled.office) | new_key() | CSV | {"Content-Length": str(LIMIT + 1)}
    with Unchanged(filled):
        answer = await deliver(filled, endless(), headers)
    assert assert_problem(answer, 413, "body_too_large")["limit_bytes"] == LIMIT


async def test_a_body_that_grows_above_the_limit_is_refused(filled: World) -> None:
    part = b"99001001;2023;lb;1\n" * 100
    sent = 0

    async def growing() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += len(part)
            yield part

    headers = as_bearer(filled.office) | new_key() | CSV
    with Unchanged(filled):
        problem = assert_problem(await deliver(filled, growing(), headers), 413, "body_too_large")
    assert "Teilen Sie sie" in problem["detail"]
    # the rest was not even read; the key is still free
    assert sent <= LIMIT + 2 * len(part)
    answer = await deliver(filled, FILE.encode(), headers)
    assert answer.status_code == 202, answer.text


async def test_a_small_body_that_unfolds_above_the_limit_is_refused(filled: World) -> None:
    bomb = gzip.compress(b"9" * 50_000_000)
    assert len(bomb) > LIMIT
    small = gzip.compress(b"9" * (LIMIT * 50))
    assert len(small) < LIMIT
    headers = as_bearer(filled.office) | CSV | {"Content-Encoding": "gzip"}
    with Unchanged(filled):
        for body in (bomb, small):
            answer = await deliver(filled, body, headers | new_key())
            assert_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(FILE.encode())[:-20],
        gzip.compress(FILE.encode())[:-4],
        b"\x1f\x8b not gzip",
        gzip.compress(FILE.encode()) + b"rubbish",
    ],
    ids=["cut off", "without its length", "no gzip", "followed by something"],
)
async def test_gzip_that_is_not_whole_is_refused_and_never_taken_in_part(
    filled: World, body: bytes
) -> None:
    headers = as_bearer(filled.office) | new_key() | CSV | {"Content-Encoding": "gzip"}
    with Unchanged(filled):
        assert_problem(await deliver(filled, body, headers), 400, "content_coding_broken")


async def test_gzip_in_several_members_is_taken_whole(filled: World) -> None:
    half = len(FILE) // 2
    body = gzip.compress(FILE[:half].encode()) + gzip.compress(FILE[half:].encode())
    headers = as_bearer(filled.office) | new_key() | CSV | {"Content-Encoding": "gzip"}
    answer = await deliver(filled, body, headers)
    assert answer.status_code == 202
    assert answer.json()["size_bytes"] == len(FILE.encode())
    await filled.stack.run_jobs()


async def test_an_unknown_content_coding_is_refused(filled: World) -> None:
    headers = as_bearer(filled.office) | new_key() | CSV | {"Content-Encoding": "br"}
    with Unchanged(filled):
        answer = await deliver(filled, b"x", headers)
        assert_problem(answer, 415, "content_coding_unsupported")


async def test_an_empty_body_is_refused(filled: World) -> None:
    with Unchanged(filled):
        answer = await deliver(filled, b"", as_bearer(filled.office) | new_key() | CSV)
        assert_problem(answer, 400, "body_empty")


@pytest.mark.parametrize("content_type", ["application/pdf", "text/html", "image/png"])
async def test_a_content_type_that_is_no_table_is_refused(filled: World, content_type: str) -> None:
    headers = as_bearer(filled.office) | new_key() | {"Content-Type": content_type}
    with Unchanged(filled):
        answer = await deliver(filled, FILE.encode(), headers)
        document = assert_problem(answer, 415, "content_type_unsupported")
        assert "text/csv" in document["detail"]


async def test_a_body_for_the_register_is_limited_and_typed_as_well(filled: World) -> None:
    headers = as_bearer(filled.office) | new_key()
    with Unchanged(filled):
        for content_type, body, status, code in (
            ("application/json", b"x" * (LIMIT + 1), 413, "body_too_large"),
            ("text/csv", b"x", 415, "content_type_unsupported"),
        ):
            answer = await filled.stack.indicator.post(
                "/v1/area-imports", content=body, headers=headers | {"Content-Type": content_type}
            )
            assert_problem(answer, status, code)


# whom and what


async def test_an_unknown_dataset_and_anothers_cannot_be_told_apart(filled: World) -> None:
    headers = as_bearer(filled.other_office) | CSV
    with Unchanged(filled):
        answers = [
            await deliver(filled, FILE.encode(), headers | new_key(), dataset=code)
            for code in ("sgb2", "sgb9")
        ]
    told = [assert_problem(answer, 404, "dataset_not_yours") for answer in answers]
    assert told[0]["detail"].replace("sgb2", "sgb9") == told[1]["detail"]


async def test_a_dataset_for_a_foreign_municipality_is_refused(filled: World) -> None:
    wanted = DATASET | {"code": "fremd", "area_code": "99001001"}
    with Unchanged(filled):
        answer = await filled.stack.indicator.post(
            "/v1/datasets", json=wanted, headers=as_bearer(filled.other_office) | new_key()
        )
    document = assert_problem(answer, 422, "area_not_yours")
    assert [error["pointer"] for error in document["errors"]] == ["/area_code"]


@pytest.mark.parametrize("state", ["expired", "revoked", "unknown", "cut short", "no bearer"])
async def test_a_key_that_does_not_hold_is_refused_with_what_is_wrong_with_it(
    filled: World, state: str
) -> None:
    key = filled.stack.people.api_key(
        filled.office_id,
        RAW_RIGHTS,
        expires_in=timedelta(seconds=-1) if state == "expired" else timedelta(days=1),
    )
    if state == "revoked":
        filled.stack.database.execute(
            "UPDATE identity.api_key SET revoked_at = now() WHERE prefix = %s", key.split("_")[1]
        )
    sent, code = {
        "expired": (f"Bearer {key}", "api_key_expired"),
        "revoked": (f"Bearer {key}", "api_key_revoked"),
        "unknown": ("Bearer qbk_00000000_nothing", "api_key_unknown"),
        "cut short": (f"Bearer {key[:-1]}", "api_key_unknown"),
        "no bearer": (f"Basic {key}", "token_invalid"),
    }[state]
    headers = {"Authorization": sent} | new_key() | CSV
    with Unchanged(filled):
        answer = await deliver(filled, FILE.encode(), headers)
        assert_problem(answer, 401, code)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
        # a token that does not hold is not taken for the public either
        read = await filled.stack.indicator.get("/v1/indicators", headers={"Authorization": sent})
        assert_problem(read, 401, code)


async def test_a_session_ended_elsewhere_holds_no_longer(filled: World) -> None:
    filled.stack.people.account("abgemeldet", filled.office_id, "statistikstelle")
    headers = await filled.stack.as_account("abgemeldet")
    path = "/v1/deliveries"
    assert (await filled.stack.indicator.get(path, headers=headers)).status_code == 200
    ended = await filled.stack.consultation.delete("/v1/sessions/current", headers=headers)
    assert ended.status_code == 204
    with Unchanged(filled):
        answer = await deliver(filled, FILE.encode(), headers | new_key() | CSV)
        assert_problem(answer, 401, "session_revoked")


@pytest.mark.parametrize("rights", [("datasets:read",), ("deliveries:read",)])
async def test_a_missing_right_is_named(filled: World, rights: tuple[str, ...]) -> None:
    key = filled.stack.people.api_key(filled.office_id, rights)
    with Unchanged(filled):
        answer = await deliver(filled, FILE.encode(), as_bearer(key) | new_key() | CSV)
        assert assert_problem(answer, 403, "right_missing")["right"] == "deliveries:create"


async def test_who_may_not_see_raw_facts_cannot_release_them(filled: World) -> None:
    rights = tuple(right for right in RAW_RIGHTS if right != "facts:read_raw")
    key = filled.stack.people.api_key(filled.office_id, rights)
    with Unchanged(filled):
        answer = await filled.stack.indicator.post(
            "/v1/releases",
            json={"dataset": "sgb2", "audience": "public"},
            headers=as_bearer(key) | new_key(),
        )
        assert assert_problem(answer, 403, "right_missing")["right"] == "facts:read_raw"


async def test_another_offices_dataset_cannot_be_released_or_changed(filled: World) -> None:
    client, headers = filled.stack.indicator, as_bearer(filled.other_office)
    release = (await client.get("/v1/releases")).json()["items"][0]["id"]
    with Unchanged(filled):
        for method, path, body in (
            ("POST", "/v1/releases", {"dataset": "sgb2", "audience": "public"}),
            ("PATCH", "/v1/datasets/sgb2", {"title": "Meins"}),
            ("POST", f"/v1/releases/{release}/publish", None),
            ("POST", f"/v1/releases/{release}/withdraw", {"reason": "error"}),
        ):
            sent = headers | new_key() | {"If-Match": "*"}
            answer = await client.request(method, path, json=body, headers=sent)
            assert answer.status_code == 404, (path, answer.text)


# the state a change starts from


async def test_a_change_without_the_state_it_starts_from_is_refused(filled: World) -> None:
    client, headers = filled.stack.indicator, as_bearer(filled.office)
    release = (await client.get("/v1/releases")).json()["items"][0]["id"]
    with Unchanged(filled):
        for method, path, body in (
            ("PATCH", "/v1/datasets/sgb2", {"title": "Neu"}),
            ("POST", f"/v1/releases/{release}/publish", None),
            ("POST", f"/v1/releases/{release}/withdraw", {"reason": "error"}),
        ):
            answer = await client.request(method, path, json=body, headers=headers)
            assert_problem(answer, 428, "precondition_required")
            answer = await client.request(
                method, path, json=body, headers=headers | {"If-Match": '"999"'}
            )
            assert_problem(answer, 412, "precondition_failed")
            assert answer.headers["ETag"] != '"999"'


async def test_of_two_changes_from_the_same_state_one_is_refused(filled: World) -> None:
    client, headers = filled.stack.indicator, as_bearer(filled.office)
    read = await client.get("/v1/datasets/sgb2", headers=headers)
    sent = headers | {"If-Match": read.headers["ETag"]}
    answers = await asyncio.gather(
        *(
            client.patch("/v1/datasets/sgb2", json={"title": f"Fassung {number}"}, headers=sent)
            for number in range(6)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 5
    kept = next(answer.json()["title"] for answer in answers if answer.status_code == 200)
    now = await client.get("/v1/datasets/sgb2", headers=headers)
    assert now.json()["title"] == kept
    assert now.headers["ETag"] != read.headers["ETag"]


@pytest.mark.parametrize("field", ["title", "publisher", "minimum_count", "description"])
async def test_what_a_dataset_must_have_cannot_be_taken_away(filled: World, field: str) -> None:
    client, headers = filled.stack.indicator, as_bearer(filled.office)
    with Unchanged(filled):
        answer = await client.patch(
            "/v1/datasets/sgb2", json={field: None}, headers=headers | {"If-Match": "*"}
        )
        document = assert_problem(answer, 422, "invalid_request")
        assert [error["pointer"] for error in document["errors"]] == [f"/{field}"]
