"""The way of a delivery through check and load: options, turns, failures, lost jobs."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.indicator_api.deliveries import spool
from services.indicator_api.deliveries.tasks import (
    check_delivery,
    load_delivery,
    resume_deliveries,
    withdraw_delivery,
)
from services.indicator_api.jobs import JobContext
from services.indicator_api.worker import build_worker
from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.world import World
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, new_key, open_stack

HEAD = "area;period;measure;value\n"
GOOD = "99001001;2023;ew;120\n"
REASON = "Die Zahlen sind so gewollt."


@dataclass(frozen=True, slots=True)
class Desk:
    """Hands deliveries in and has single steps of them done."""

    world: World
    context: JobContext

    @property
    def database(self) -> TestDatabase:
        """The world's database."""
        return self.world.stack.database

    async def send(self, body: str, key: str | None = None, **options: str) -> str:
        """Hand in without having anything done; the delivery's id."""
        answer = await self.world.stack.indicator.post(
            "/v1/deliveries",
            params={"dataset": "sgb2"} | options,
            content=body.encode(),
            headers=as_bearer(key or self.world.office) | new_key() | {"Content-Type": "text/csv"},
        )
        assert answer.status_code == 202, answer.text
        identifier: str = answer.json()["id"]
        return identifier

    async def deliver(self, body: str, key: str | None = None, **options: str) -> dict[str, Any]:
        """Hand in, check and load; the delivery as it stands then."""
        identifier = await self.send(body, key, **options)
        await check_delivery(self.context, identifier)
        await load_delivery(self.context, identifier)
        return await self.read(identifier)

    async def act(self, identifier: str, action: str, **body: str) -> None:
        """Decide on a delivery."""
        path, bearer = f"/v1/deliveries/{identifier}", as_bearer(self.world.office)
        found = await self.world.stack.indicator.get(path, headers=bearer)
        answer = await self.world.stack.indicator.post(
            f"{path}/{action}",
            json=body or None,
            headers=bearer | {"If-Match": found.headers["ETag"]},
        )
        assert answer.status_code in (200, 202), answer.text

    async def read(self, identifier: str) -> dict[str, Any]:
        """A delivery as it stands."""
        return await self.world.stack.read(self.world.office, f"/v1/deliveries/{identifier}")

    async def findings(self, delivery: dict[str, Any]) -> list[tuple[int, str, str]]:
        """Row, code and value of each finding."""
        path = f"/v1/deliveries/{delivery['id']}/findings"
        items = (await self.world.stack.read(self.world.office, path))["items"]
        return [(item["row"], item["code"], item["value"]) for item in items]

    def facts(self) -> dict[str, float | None]:
        """The value of each area that has one."""
        rows = self.database.execute(
            "SELECT a.code, f.value FROM indicator.fact AS f"
            " JOIN indicator.area AS a ON a.id = f.area_id"
        )
        return {str(code): None if value is None else float(str(value)) for code, value in rows}

    def jobs(self) -> list[str]:
        """The tasks that wait."""
        rows = self.database.execute(
            "SELECT task_name FROM jobs.procrastinate_jobs WHERE status = 'todo' ORDER BY id"
        )
        return [str(name) for (name,) in rows]


@pytest.fixture(scope="module")
async def kept_desk(
    kept_world: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """One world for the module."""
    database, objects = databases.clone(kept_world.template), tmp_path_factory.mktemp("objects")
    async with open_stack(database, objects) as stack:
        _, context = build_worker(stack.worker_settings)
        yield Desk(kept_world.moved_to(stack, objects), context)
        await context.database.close()
    databases.drop(database)


@pytest.fixture
def desk(kept_desk: Desk) -> Desk:
    """The module's world without any delivery."""
    kept_desk.database.execute(
        "TRUNCATE indicator.fact, indicator.fact_history, indicator.delivery,"
        " indicator.delivery_finding, indicator.audit CASCADE"
    )
    kept_desk.database.execute("TRUNCATE jobs.procrastinate_jobs CASCADE")
    kept_desk.database.execute("UPDATE indicator.dataset SET needs_approval = false")
    return kept_desk


async def test_deliveries_of_a_dataset_take_effect_in_the_order_they_came(desk: Desk) -> None:
    """The second is checked first, and waits; the end of the first one's check hands it on."""
    first, second = await desk.send(HEAD + GOOD), await desk.send(HEAD + "99001001;2023;ew;130\n")
    await check_delivery(desk.context, second)
    assert desk.jobs() == ["check_delivery", "check_delivery"]
    await load_delivery(desk.context, second)
    assert (await desk.read(second))["state"] == "loading"
    assert desk.facts() == {}
    await check_delivery(desk.context, first)
    await load_delivery(desk.context, first)
    assert desk.jobs().count("load_delivery") == 2
    await load_delivery(desk.context, second)
    ended = await desk.read(second)
    assert desk.facts() == {"99001001": 130.0}
    assert [(item["id"], item["cells"]) for item in ended["replaced"]] == [(first, 1)]


async def test_a_refused_delivery_holds_up_no_later_one(desk: Desk) -> None:
    refused, later = (
        await desk.send(HEAD + "99001001;2023;ew;zwölf\n"),
        await desk.send(HEAD + GOOD),
    )
    await check_delivery(desk.context, later)
    await check_delivery(desk.context, refused)
    assert (await desk.read(refused))["state"] == "rejected"
    assert desk.jobs()[-1] == "load_delivery"


async def test_a_delivery_whose_job_was_lost_gets_another_one(desk: Desk) -> None:
    received = await desk.send(HEAD + GOOD)
    desk.database.execute("TRUNCATE jobs.procrastinate_jobs CASCADE")
    await resume_deliveries(desk.context)
    await resume_deliveries(desk.context)
    assert desk.jobs() == ["check_delivery"]
    await check_delivery(desk.context, received)
    desk.database.execute("TRUNCATE jobs.procrastinate_jobs CASCADE")
    await resume_deliveries(desk.context)
    assert desk.jobs() == ["load_delivery"]
    await load_delivery(desk.context, received)
    assert (await desk.read(received))["state"] == "accepted"


async def test_a_dry_run_tells_all_and_changes_nothing(desk: Desk) -> None:
    checked = await desk.deliver(HEAD + GOOD, dry_run="true")
    assert checked["state"] == "checked"
    assert checked["counts"]["values"] == 1
    assert desk.facts() == {}


async def test_partial_takes_the_valid_rows_and_counts_the_refused(desk: Desk) -> None:
    body = HEAD + GOOD + "99001002;2023;ew;zwölf\n99009009;2023;ew;1\n99001003;2023;ew;7\n"
    whole = await desk.deliver(body)
    assert whole["state"] == "rejected"
    partial = await desk.deliver(body, partial="true")
    assert partial["state"] == "accepted", partial
    assert (partial["counts"]["rows"], partial["counts"]["refused"]) == (4, 2)
    assert desk.facts() == {"99001001": 120.0, "99001003": 7.0}


async def test_partial_without_any_valid_row_is_refused(desk: Desk) -> None:
    refused = await desk.deliver(HEAD + "99009009;2023;ew;1\n", partial="true")
    assert refused["state"] == "rejected"


async def test_scope_own_cuts_a_file_about_others_too_to_ones_own(desk: Desk) -> None:
    """Unknown keys of others are left out; one that begins like one's own may be a slip."""
    key = desk.world.stack.people.api_key(
        desk.world.office_id, ("deliveries:create", "deliveries:read"), area_codes=("99001002",)
    )
    body = HEAD + GOOD + "99001002;2023;ew;5\n05111000;2023;ew;1\nDG;2023;ew;9\n"
    taken = await desk.deliver(body, key, scope="own")
    assert taken["state"] == "accepted", taken
    assert taken["counts"]["left_out"] == 3
    assert desk.facts() == {"99001002": 5.0}
    assert ("left_out", 1) in [(item["code"], item["count"]) for item in taken["finding_counts"]]
    slip = await desk.deliver(HEAD + "990010027;2023;ew;5\n", key, scope="own")
    assert await desk.findings(slip) == [(2, "area_unknown", "990010027")]


async def test_a_lost_zero_is_put_back_and_must_be_confirmed(desk: Desk) -> None:
    desk.database.execute("UPDATE indicator.dataset SET area_code = 'DG'")
    try:
        waiting = await desk.deliver(HEAD + "5999000;2023;ew;5\n")
        assert waiting["state"] == "confirming"
        assert await desk.findings(waiting) == [(2, "key_zero_restored", "5999000")]
        assert desk.facts() == {}
        await desk.act(waiting["id"], "confirm", reason=REASON)
        await load_delivery(desk.context, waiting["id"])
        assert desk.facts() == {"05999000": 5.0}
        confirmed = await desk.deliver(HEAD + "5999000;2023;ew;6\n", confirm=REASON)
        assert confirmed["state"] == "accepted"
        assert confirmed["confirmation"]["reason"] == REASON
    finally:
        desk.database.execute("UPDATE indicator.dataset SET area_code = '99001'")


async def test_a_dataset_that_wants_it_waits_for_a_second_person(desk: Desk) -> None:
    desk.database.execute("UPDATE indicator.dataset SET needs_approval = true")
    waiting = await desk.deliver(HEAD + GOOD)
    assert waiting["state"] == "approving"
    assert waiting["waits_until"] is not None
    assert desk.facts() == {}


async def test_replace_withdraws_within_the_senders_own_areas_alone(desk: Desk) -> None:
    await desk.deliver(HEAD + GOOD + "99001002;2023;ew;5\n99001003;2023;ew;6\n")
    key = desk.world.stack.people.api_key(
        desk.world.office_id,
        ("deliveries:create", "deliveries:read"),
        area_codes=("99001001", "99001002"),
    )
    replaced = await desk.deliver(HEAD + GOOD, key, mode="replace")
    assert replaced["counts"]["withdrawn"] == 1
    assert desk.facts() == {"99001001": 120.0, "99001003": 6.0}


async def test_what_a_point_means_is_settled_by_the_whole_file(desk: Desk) -> None:
    """The number that tells stands behind others that could be either."""
    filler = "".join(f"99001001;{year};ew;1.234\n" for year in range(1900, 2000))
    taken = await desk.deliver(HEAD + filler + "99001002;2023;ew;2.345.678\n", confirm=REASON)
    assert taken["state"] == "accepted", taken
    assert desk.facts() == {"99001001": 1234.0, "99001002": 2345678.0}


async def test_a_full_spool_ends_the_delivery_with_the_reason_and_leaves_nothing_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("services.indicator_api.deliveries.check_job.write_cells", refuse)
    failed = await desk.deliver(HEAD + GOOD)
    assert failed["state"] == "failed"
    assert failed["failure"]["code"] == "storage_full"
    assert failed["finished_at"] is not None
    assert os.listdir(tmp_path) == []
    assert desk.facts() == {}


async def test_a_file_that_is_gone_from_the_store_ends_the_delivery(desk: Desk) -> None:
    identifier = await desk.send(HEAD + GOOD)
    await spool.forget(desk.context.objects, f"deliveries/{identifier}")
    await check_delivery(desk.context, identifier)
    failed = await desk.read(identifier)
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "file_gone")


async def test_a_store_that_does_not_answer_is_asked_again_and_then_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = await desk.send(HEAD + GOOD)

    async def refuse(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("services.indicator_api.deliveries.check_job.store_file", refuse)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await check_delivery(desk.context, identifier)
        assert (await desk.read(identifier))["state"] == "checking"
    await check_delivery(desk.context, identifier)
    failed = await desk.read(identifier)
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "store_unavailable")


async def test_a_file_at_which_workers_die_is_given_up(desk: Desk) -> None:
    identifier = await desk.send(HEAD + GOOD)
    desk.database.execute("UPDATE indicator.delivery SET state = 'checking', attempts = 3")
    await check_delivery(desk.context, identifier)
    failed = await desk.read(identifier)
    assert (failed["state"], failed["failure"]["code"]) == ("failed", "gave_up")


async def test_a_delivery_behind_an_older_programs_is_taken_back_or_the_reason_is_told(
    desk: Desk,
) -> None:
    """Deliveries of before have no file of cells: what they found unchanged is not known."""
    first = await desk.deliver(HEAD + GOOD)
    second = await desk.deliver(HEAD + GOOD + "99001002;2023;ew;5\n")
    desk.database.execute("UPDATE indicator.delivery SET cells_path = NULL")
    await desk.act(first["id"], "withdraw", reason="Es war die falsche Datei.")
    await withdraw_delivery(desk.context, first["id"])
    kept = await desk.read(first["id"])
    assert (kept["state"], kept["failure"]["code"]) == ("accepted", "later_delivery_unclear")
    assert kept["finished_at"] == first["finished_at"]
    await desk.act(second["id"], "withdraw", reason="Es war die falsche Datei.")
    await withdraw_delivery(desk.context, second["id"])
    assert desk.facts() == {"99001001": 120.0}
    await desk.act(first["id"], "withdraw", reason="Es war die falsche Datei.")
    await withdraw_delivery(desk.context, first["id"])
    assert desk.facts() == {}


async def test_large_files_have_a_lane_of_their_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.indicator_api.deliveries.rules.LARGE_BYTES", 40)
    await desk.send(HEAD + GOOD)
    await desk.send("area;period;measure;value\n99001001;2023;ew;1\n"[:40])
    queues = desk.database.execute(
        "SELECT queue_name, priority FROM jobs.procrastinate_jobs ORDER BY id"
    )
    # a sender's second file stands behind the first ones of others
    assert queues == [("indicator_large", 0), ("indicator", -1)]
