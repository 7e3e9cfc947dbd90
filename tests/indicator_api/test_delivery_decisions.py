"""What is decided about a delivery: by whom, in which state, and who comes first."""

import asyncio
from typing import Any

import httpx
import obstore
import pytest

from services.indicator_api.deliveries.housekeeping import expire_deliveries
from services.indicator_api.worker import build_worker
from tests.indicator_api.world import DATASET, World, create
from tests.support.stack import as_bearer, new_key

HEAD = "area;period;measure;value\n"
GOOD = "05999000;2023;lb;120\n"
# the zero is restored, which must be confirmed
WARNS = "5999000;2023;lb;120\n"
REASON = {"reason": "Der Schlüssel ist der richtige."}


class Office:
    """The office's people: `sender`, `second` and `third` deliver, `reader` only reads."""

    def __init__(self, world: World) -> None:
        self.world = world
        people = world.stack.people
        for name in ("sender", "second", "third"):
            people.account(name, world.office_id, "statistikstelle")
        people.account("town", world.other_office_id, "statistikstelle")
        self.reader = people.api_key(world.office_id, ("deliveries:read",))

    async def token(self, who: str) -> str:
        if who in ("office", "other_office"):
            return str(getattr(self.world, who))
        return self.reader if who == "reader" else await self.world.stack.token(who)

    async def deliver(
        self, body: str, who: str = "sender", *, run: bool = True, **options: Any
    ) -> str:
        """The path of a new delivery, worked on as far as that goes."""
        answer = await self.world.stack.indicator.post(
            "/v1/deliveries",
            params={"dataset": "bund", "filename": "a.csv"} | options,
            content=(HEAD + body).encode(),
            headers=as_bearer(await self.token(who)) | new_key() | {"Content-Type": "text/csv"},
        )
        assert answer.status_code == 202, answer.text
        if run:
            await self.world.stack.run_jobs()
        return answer.headers["Location"]

    async def read(self, path: str, who: str = "sender") -> httpx.Response:
        return await self.world.stack.indicator.get(path, headers=as_bearer(await self.token(who)))

    async def state(self, path: str) -> str:
        return str((await self.read(path)).json()["state"])

    async def do(
        self, path: str, step: str, who: str = "sender", etag: str | None = None
    ) -> httpx.Response:
        """A step with the version that stands, or with another one."""
        tag = etag if etag is not None else (await self.read(path)).headers["ETag"]
        return await self.world.stack.indicator.post(
            f"{path}/{step}",
            json=REASON if step in ("confirm", "withdraw") else None,
            headers=as_bearer(await self.token(who)) | {"If-Match": tag},
        )

    def facts(self) -> list[tuple[object, ...]]:
        return self.world.stack.database.execute("SELECT value FROM indicator.fact ORDER BY 1")

    def audited(self, action: str) -> int:
        rows = self.world.stack.database.execute(
            "SELECT count(*) FROM indicator.audit WHERE action = %s", action
        )
        return int(str(rows[0][0]))


@pytest.fixture
async def office(world: World) -> Office:
    """A dataset for all of Germany that wants no second person, and the people."""
    wanted = DATASET | {"code": "bund", "area_code": "DG"}
    await create(world.stack, world.office, "/v1/datasets", wanted)
    return Office(world)


def want_second_person(world: World) -> None:
    world.stack.database.execute(
        "UPDATE indicator.dataset SET needs_approval = true WHERE code = 'bund'"
    )


async def test_a_warning_is_taken_with_a_reason_that_is_kept(office: Office) -> None:
    path = await office.deliver(WARNS)
    delivery = (await office.read(path)).json()
    assert (delivery["state"], office.facts()) == ("confirming", [])
    assert set(delivery["actions"]) == {"map", "confirm", "discard"}
    assert delivery["waits_until"] is not None
    short = await office.world.stack.indicator.post(
        f"{path}/confirm", json={"reason": "ja"}, headers=as_bearer(await office.token("sender"))
    )
    assert short.status_code == 422
    answer = await office.do(path, "confirm")
    assert answer.status_code == 202, answer.text
    await office.world.stack.run_jobs()
    delivery = (await office.read(path)).json()
    assert (delivery["state"], delivery["confirmation"]["reason"]) == ("accepted", REASON["reason"])
    assert delivery["confirmation"]["by"] == "Test sender"
    assert (delivery["waits_until"], delivery["actions"]) == (None, ["withdraw"])
    assert office.facts() == [(120.0,)]


async def test_a_reason_that_cannot_be_stored_is_refused(office: Office) -> None:
    path = await office.deliver(WARNS)
    current = await office.read(path)
    answer = await office.world.stack.indicator.post(
        f"{path}/confirm",
        json={"reason": "Alles ist richtig\x00."},
        headers=as_bearer(await office.token("sender")) | {"If-Match": current.headers["ETag"]},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "character_not_allowed")
    assert await office.state(path) == "confirming"


async def test_a_reason_given_in_advance_needs_no_confirmation(office: Office) -> None:
    path = await office.deliver(WARNS, confirm=REASON["reason"])
    assert await office.state(path) == "accepted"


@pytest.mark.parametrize("step", ["confirm", "approve", "discard", "withdraw"])
async def test_a_step_needs_the_version_it_starts_from_and_the_right(
    office: Office, step: str
) -> None:
    if step == "approve":
        want_second_person(office.world)
    path = await office.deliver(GOOD if step in ("approve", "withdraw") else WARNS)
    before = (await office.read(path)).json()
    assert step != "approve" or before["state"] == "approving"
    without = await office.world.stack.indicator.post(
        f"{path}/{step}",
        json=REASON if step in ("confirm", "withdraw") else None,
        headers=as_bearer(await office.token("second")),
    )
    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")
    stale = await office.do(path, step, "second", '"999"')
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    reader = await office.do(path, step, "reader")
    assert (reader.status_code, reader.json()["right"]) == (403, "deliveries:create")
    for stranger in ("town", "other_office"):
        assert (await office.do(path, step, stranger)).status_code == 404
    assert (await office.read(path)).json() == before
    done = await office.do(path, step, "second")
    assert done.status_code in (200, 202), done.text
    again = await office.do(path, step, "third")
    assert (again.status_code, again.json()["code"]) == (409, "delivery_not_open")


async def test_confirmed_and_discarded_at_once_it_is_one_of_both(office: Office) -> None:
    path = await office.deliver(WARNS)
    tag = (await office.read(path)).headers["ETag"]
    answers = await asyncio.gather(
        office.do(path, "confirm", "sender", tag), office.do(path, "discard", "second", tag)
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses in ([202, 412], [200, 412])
    await office.world.stack.run_jobs()
    is_confirmed = answers[0].status_code == 202
    assert await office.state(path) == ("accepted" if is_confirmed else "discarded")
    assert office.facts() == ([(120.0,)] if is_confirmed else [])


async def test_the_second_person_is_another_one_and_no_machine(office: Office) -> None:
    want_second_person(office.world)
    path = await office.deliver(GOOD)
    delivery = (await office.read(path)).json()
    assert (delivery["state"], office.facts()) == ("approving", [])
    assert delivery["actions"] == ["map", "discard"]
    assert "approve" in (await office.read(path, "second")).json()["actions"]
    for who in ("sender", "office"):
        answer = await office.do(path, "approve", who)
        assert (answer.status_code, answer.json()["code"]) == (403, "second_person_needed"), who
    assert (await office.do(path, "approve", "second")).status_code == 202
    await office.world.stack.run_jobs()
    delivery = (await office.read(path)).json()
    assert (delivery["state"], delivery["approval"]["by"]) == ("accepted", "Test second")


async def test_of_what_a_machine_sent_the_one_who_confirmed_is_the_first_person(
    office: Office,
) -> None:
    want_second_person(office.world)
    path = await office.deliver(WARNS, "office")
    assert (await office.do(path, "confirm", "second")).status_code == 202
    assert await office.state(path) == "approving"
    assert (await office.do(path, "approve", "second")).status_code == 403
    assert (await office.do(path, "approve", "third")).status_code == 202


@pytest.mark.parametrize(
    ("sent_by", "mapped_by", "first"),
    [
        ("office", "second", "second"),
        ("sender", "office", "sender"),
        ("sender", "second", "second"),
    ],
)
async def test_whoever_said_how_the_table_is_read_is_no_second_person(
    office: Office, sent_by: str, mapped_by: str, first: str
) -> None:
    want_second_person(office.world)
    path = await office.deliver(GOOD, sent_by)
    document = {
        "area": {"column": "area"},
        "period": {"column": "period"},
        "measure": {"column": "measure"},
        "values": [{"column": "value"}],
        "unit_factor": {"lb": 10},
    }
    tag = (await office.read(path)).headers["ETag"]
    answer = await office.world.stack.indicator.put(
        f"{path}/mapping",
        json={"document": document},
        headers=as_bearer(await office.token(mapped_by)) | {"If-Match": tag},
    )
    assert answer.status_code == 202, answer.text
    await office.world.stack.run_jobs()
    assert await office.state(path) == "approving"
    assert "approve" not in (await office.read(path, first)).json()["actions"]
    assert (await office.do(path, "approve", first)).status_code == 403
    assert (await office.do(path, "approve", "third")).status_code == 202


async def test_two_who_agree_at_once_load_it_once(office: Office) -> None:
    want_second_person(office.world)
    path = await office.deliver(GOOD)
    tag = (await office.read(path)).headers["ETag"]
    answers = await asyncio.gather(
        office.do(path, "approve", "second", tag), office.do(path, "approve", "third", tag)
    )
    assert sorted(answer.status_code for answer in answers) == [202, 412]
    await asyncio.gather(office.world.stack.run_jobs(), office.world.stack.run_jobs())
    assert (office.audited("delivery.approved"), office.audited("delivery.accepted")) == (1, 1)
    assert office.facts() == [(120.0,)]


async def test_taken_back_while_a_later_one_loads_the_later_one_stands(office: Office) -> None:
    first = await office.deliver(GOOD + "05999000;2022;lb;100\n")
    second = await office.deliver(GOOD.replace("120", "130"), run=False)
    assert (await office.do(first, "withdraw")).status_code == 202
    await asyncio.gather(office.world.stack.run_jobs(), office.world.stack.run_jobs())
    assert await office.state(first) == "withdrawn"
    assert await office.state(second) == "accepted"
    assert office.facts() == [(130.0,)]
    # nothing of either is left once the later one is taken back as well
    assert (await office.do(second, "withdraw")).status_code == 202
    await office.world.stack.run_jobs()
    assert office.facts() == []


async def run_expiry(world: World) -> None:
    _, context = build_worker(world.stack.worker_settings)
    await expire_deliveries(context)
    await context.database.close()
    await world.stack.run_jobs()


def stored(world: World) -> set[str]:
    """The files in the object store."""
    listed = obstore.list(world.stack.indicator_app.state.objects).collect()
    return {item["path"] for item in listed}


async def test_what_nobody_decides_on_expires_and_its_files_go(office: Office) -> None:
    world = office.world
    before = stored(world)
    overdue, waiting = await office.deliver(WARNS), await office.deliver(WARNS)
    assert len(stored(world) - before) == 4
    world.stack.database.execute(
        "UPDATE indicator.delivery SET waits_until = now() - interval '1 minute' WHERE id = %s",
        overdue.rsplit("/", 1)[1],
    )
    await run_expiry(world)
    await run_expiry(world)
    assert (await office.state(overdue), await office.state(waiting)) == ("expired", "confirming")
    assert len(stored(world) - before) == 2
    assert office.audited("delivery.expired") == 1
    file = await office.read(f"{overdue}/file")
    assert (file.status_code, file.json()["code"]) == (410, "delivery_content_deleted")
    assert "abl" in file.json()["detail"]
    assert (await office.do(overdue, "confirm")).status_code == 409
    document = (await office.read(overdue)).json()
    assert (document["actions"], document["links"]["file"]) == ([], None)
    assert (await office.read(f"{overdue}/receipt")).json()["state"] == "expired"


async def test_thirty_days_are_given(office: Office) -> None:
    await office.deliver(WARNS)
    ((is_so,),) = office.world.stack.database.execute(
        "SELECT waits_until BETWEEN now() + interval '29 days 23 hours'"
        " AND now() + interval '30 days' FROM indicator.delivery"
    )
    assert is_so


async def test_a_discarded_deliverys_files_are_deleted(office: Office) -> None:
    before = stored(office.world)
    path = await office.deliver(WARNS)
    answer = await office.do(path, "discard", "second")
    assert (answer.status_code, answer.json()["state"]) == (200, "discarded")
    await office.world.stack.run_jobs()
    assert stored(office.world) == before
    assert office.facts() == []


async def test_what_waits_is_listed_with_the_oldest_first(office: Office) -> None:
    first, second = await office.deliver(WARNS), await office.deliver(WARNS)
    done = await office.deliver(GOOD)
    waiting = (await office.read("/v1/deliveries?waiting=true&limit=1")).json()
    assert f"/v1/deliveries/{waiting['items'][0]['id']}" == first
    following = (
        await office.read(f"/v1/deliveries?waiting=true&limit=1&cursor={waiting['next']}")
    ).json()
    assert f"/v1/deliveries/{following['items'][0]['id']}" == second
    assert following["next"] is None
    chosen = (await office.read("/v1/deliveries?state=accepted&state=rejected")).json()
    assert [f"/v1/deliveries/{item['id']}" for item in chosen["items"]] == [done]
    none = (await office.read("/v1/deliveries?waiting=true&state=accepted")).json()
    assert (none["items"], none["reason"]["code"]) == ([], "nothing_waits")


async def test_one_on_its_way_says_when_to_ask_again(office: Office) -> None:
    path = await office.deliver(GOOD, run=False)
    answer = await office.read(path)
    assert (answer.json()["state"], answer.headers["Retry-After"]) == ("received", "2")
    await office.world.stack.run_jobs()
    assert "Retry-After" not in (await office.read(path)).headers
