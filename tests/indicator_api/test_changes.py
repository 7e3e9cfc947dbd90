"""Who pulls changes has in the end what is released, whatever was published meanwhile."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import psycopg
import pytest

from tests.indicator_api.world import DATASET, World, create
from tests.support.stack import as_bearer

HEAD = "area;period;measure;value\n"
Cell = tuple[str, str, str, str, str]


class Puller:
    """A copy of what somebody may see, kept by following the changes alone."""

    def __init__(self, world: World, key: str | None, **asked: Any) -> None:
        self.world, self.key, self.asked = world, key, asked
        self.since: str | None = None
        self.cells: dict[Cell, tuple[Any, ...]] = {}
        self.releases: dict[Cell, str] = {}
        self.kinds: list[str] = []

    async def page(self, limit: int = 1000) -> dict[str, Any]:
        """The next page; the token is moved on, nothing done with it."""
        params = self.asked | {"limit": limit}
        if self.since is not None:
            params["since"] = self.since
        headers = {} if self.key is None else as_bearer(self.key)
        answer = await self.world.stack.indicator.get("/v1/changes", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        self.since = document["next"]
        return document

    async def pull(self, limit: int = 1000) -> int:
        """Follow all there is; how many changes that were."""
        seen = 0
        while True:
            page = await self.page(limit)
            for item in page["items"]:
                self._do(item)
            seen += len(page["items"])
            if not page["has_more"]:
                return seen

    def _do(self, item: dict[str, Any]) -> None:
        self.kinds.append(item["change"])
        if item["change"] == "blocked":
            release = item["release"]["id"]
            gone = [cell for cell, since in self.releases.items() if since == release]
            for cell in gone:
                del self.cells[cell], self.releases[cell]
            return
        cell = (
            item["dataset"]["code"],
            item["measure"]["code"],
            item["period"]["code"],
            item["breakdown"]["code"],
            item["area"]["code"],
        )
        if item["old"] is None:
            assert cell not in self.cells, "a cell is new once"
        elif cell in self.cells:
            old = item["old"]
            assert self.cells[cell] == (old["value"], old["status"])
        if item["new"] is None:
            self.cells.pop(cell, None)
            self.releases.pop(cell, None)
            return
        self.cells[cell] = (item["new"]["value"], item["new"]["status"])
        if item["release"] is not None:
            self.releases[cell] = item["release"]["id"]


def released_now(world: World, audience: str = "public") -> dict[Cell, tuple[Any, ...]]:
    """What is released, read past the service."""
    rows = world.stack.database.execute(
        "SELECT d.code, m.code, p.code, b.code, a.code, c.value,"
        " (ARRAY['value', 'nothing', 'unknown', 'unreliable', 'blocked', 'later',"
        " 'not_available', 'hidden'])[c.status + 1] FROM indicator.released_cell AS c"
        " JOIN indicator.release_series AS s ON s.id = c.series_id"
        " JOIN indicator.dataset AS d ON d.id = s.dataset_id"
        " JOIN indicator.measure AS m ON m.id = c.measure_id"
        " JOIN indicator.period AS p ON p.id = c.period_id"
        " JOIN indicator.breakdown AS b ON b.id = c.breakdown_id"
        " JOIN indicator.area AS a ON a.id = c.area_id"
        " WHERE c.released_to = 2147483647 AND NOT c.is_blocked AND s.audience = %s",
        audience,
    )
    return {cast(Cell, row[:5]): row[5:] for row in rows}


def facts_now(world: World, dataset: str) -> dict[Cell, tuple[Any, ...]]:
    """The raw facts of a dataset, read past the service."""
    rows = world.stack.database.execute(
        "SELECT d.code, m.code, p.code, b.code, a.code, f.value,"
        " (ARRAY['value', 'nothing', 'unknown'])[f.status + 1] FROM indicator.fact AS f"
        " JOIN indicator.dataset AS d ON d.id = f.dataset_id"
        " JOIN indicator.measure AS m ON m.id = f.measure_id"
        " JOIN indicator.period AS p ON p.id = f.period_id"
        " JOIN indicator.breakdown AS b ON b.id = f.breakdown_id"
        " JOIN indicator.area AS a ON a.id = f.area_id WHERE d.code = %s",
        dataset,
    )
    return {cast(Cell, row[:5]): row[5:] for row in rows}


async def deliver(world: World, dataset: str, lines: str) -> dict[str, Any]:
    delivery = await world.stack.deliver(world.office, dataset, HEAD + lines)
    assert delivery["state"] == "accepted", delivery
    return delivery


async def act(world: World, path: str, body: dict[str, Any]) -> None:
    """Take a release or a delivery back."""
    current = await world.stack.indicator.get(path, headers=as_bearer(world.office))
    answer = await world.stack.indicator.post(
        f"{path}/withdraw",
        json=body,
        headers=as_bearer(world.office) | {"If-Match": current.headers["ETag"]},
    )
    assert answer.status_code in (200, 202), answer.text
    await world.stack.run_jobs()


def lines_of(seed: random.Random) -> str:
    """A few figures, small ones among them that a release hides."""
    cells = [
        f"9900100{town};{year};lb;{seed.choice(['.', '-', str(seed.randrange(1, 9))])}\n"
        for town in (1, 2, 3)
        for year in (2022, 2023)
        if seed.random() < 0.6
    ]
    return "".join(cells) or "99001001;2021;lb;5\n"


@pytest.mark.parametrize("seed", [1, 2])
async def test_following_the_changes_gives_what_is_released(world: World, seed: int) -> None:
    """Deliveries, releases and withdrawals in any order, pulled at any moment in any portions."""
    chance = random.Random(seed)  # noqa: S311 - a seed, not a secret
    puller, late = Puller(world, None), Puller(world, None)
    releases: list[str] = []
    for _ in range(9):
        step = chance.random()
        if step < 0.65 or not releases:
            await deliver(world, "sgb2", lines_of(chance))
            releases.append((await world.stack.release(world.office, "sgb2"))["id"])
        else:
            release = releases.pop(chance.randrange(len(releases)))
            reason = chance.choice(["error", "disclosure"])
            await act(world, f"/v1/releases/{release}", {"reason": reason, "note": "Zurück"})
        if chance.random() < 0.5:
            await puller.pull(chance.choice([1, 2, 1000]))
    await puller.pull(3)
    assert puller.cells == released_now(world)
    await late.pull()
    assert late.cells == released_now(world)
    assert await puller.pull() == 0
    page = await puller.page()
    assert (page["items"], page["has_more"]) == ([], False)
    assert page["reason"]["code"] == "nothing_changed"


async def test_each_kind_of_change_is_told_apart(world: World) -> None:
    puller = Puller(world, None)
    assert (await puller.page())["reason"]["code"] == "nothing_released"
    await deliver(world, "sgb2", "99001001;2023;lb;120\n99001002;2023;lb;90\n")
    first = await world.stack.release(world.office, "sgb2")
    page = await puller.page()
    assert [item["change"] for item in page["items"]] == ["new", "new"]
    assert page["items"][0]["release"]["number"] == 1
    assert page["items"][0]["release"]["audience_label"] == "Öffentlichkeit"
    assert page["items"][0]["dataset"]["attribution"] == "Testamt"

    await deliver(world, "sgb2", "99001001;2023;lb;130\n99001003;2023;lb;70\n")
    await world.stack.release(world.office, "sgb2")
    page = await puller.page()
    assert [(i["change"], i["old"], i["new"]) for i in page["items"]] == [
        ("changed", state(120), state(130)),
        ("new", None, state(70)),
    ]
    # what release 1 was the first to show must go from every copy; 99001001 shows it no more
    await act(world, f"/v1/releases/{first['id']}", {"reason": "disclosure", "note": "x"})
    page = await puller.page()
    assert [(i["change"], i["area"]) for i in page["items"]] == [("blocked", None)]
    assert page["items"][0]["release"]["id"] == first["id"]


def state(value: float) -> dict[str, Any]:
    return {"value": value, "status": "value", "quality": []}


async def test_a_time_begins_where_it_was_and_a_day_in_germany(world: World) -> None:
    await deliver(world, "sgb2", "99001001;2023;lb;120\n")
    released = await world.stack.release(world.office, "sgb2")
    at = datetime.fromisoformat(released["published_at"])
    for moment, number in ((at - timedelta(microseconds=1), 1), (at, 0)):
        puller = Puller(world, None)
        puller.since = moment.astimezone(UTC).isoformat()
        assert len((await puller.page())["items"]) == number
        # and from there on the token goes on, without beginning anew
        assert (await puller.page())["items"] == []
    for day, number in ((at - timedelta(days=2), 1), (at + timedelta(days=2), 0)):
        puller = Puller(world, None)
        puller.since = f"{day:%Y-%m-%d}"
        assert len((await puller.page())["items"]) == number


async def test_two_releases_published_at_once_are_each_seen_once(world: World) -> None:
    """Two workers publish, a third reads all the while: nothing is missed, nothing twice."""
    names = ["sgb2", "zweiter", "dritter"]
    for name in names[1:]:
        await create(world.stack, world.office, "/v1/datasets", DATASET | {"code": name})
    for name in names:
        await deliver(world, name, "99001001;2023;lb;120\n99001002;2023;lb;90\n")
    headers = as_bearer(world.office)
    for name in names:
        answer = await world.stack.indicator.post(
            "/v1/releases",
            json={"dataset": name, "audience": "public"},
            headers=headers | {"Idempotency-Key": name},
        )
        await world.stack.run_jobs()
        path = answer.headers["Location"]
        draft = await world.stack.indicator.get(path, headers=headers)
        await world.stack.indicator.post(
            f"{path}/publish", headers=headers | {"If-Match": draft.headers["ETag"]}
        )
    puller = Puller(world, None)
    working = asyncio.gather(*(world.stack.run_jobs() for _ in names))
    while not working.done():
        await puller.pull(1)
    await working
    await puller.pull(1)
    assert puller.cells == released_now(world)
    assert len(puller.kinds) == 6


async def test_no_place_is_seen_before_one_that_was_given_earlier(world: World) -> None:
    """Who has taken a place and not committed keeps all later ones from being published."""
    await deliver(world, "sgb2", "99001001;2023;lb;120\n")
    answer = await world.stack.indicator.post(
        "/v1/releases",
        json={"dataset": "sgb2", "audience": "public"},
        headers=as_bearer(world.office) | {"Idempotency-Key": "x"},
    )
    await world.stack.run_jobs()
    path = answer.headers["Location"]
    draft = await world.stack.indicator.get(path, headers=as_bearer(world.office))
    await world.stack.indicator.post(
        f"{path}/publish",
        headers=as_bearer(world.office) | {"If-Match": draft.headers["ETag"]},
    )
    puller = Puller(world, None)
    with psycopg.connect(world.stack.database.admin_url) as earlier:
        earlier.execute("SELECT pg_advisory_xact_lock(hashtext('indicator.publishing'), 0)")
        earlier.execute("SELECT nextval('indicator.publishing_position')")
        publishing = asyncio.create_task(world.stack.run_jobs())
        await asyncio.wait([publishing], timeout=0.5)
        assert not publishing.done()
        assert await puller.pull() == 0
        earlier.commit()
    await publishing
    assert await puller.pull() == 1


async def test_raw_changes_give_the_holders_facts(world: World) -> None:
    puller = Puller(world, world.office, dataset="sgb2", raw="true")
    first = await deliver(world, "sgb2", "99001001;2023;lb;120\n99001002;2023;lb;90\n")
    assert await puller.pull(1) == 2
    second = await deliver(world, "sgb2", "99001001;2023;lb;130\n99001003;2023;lb;1\n")
    page = await puller.page()
    assert [(i["change"], i["delivery"]["number"]) for i in page["items"]] == [
        ("changed", second["number"]),
        ("new", second["number"]),
    ]
    puller.cells = facts_now(world, "sgb2")
    reason = {"reason": "Die Datei war falsch."}
    await act(world, f"/v1/deliveries/{second['id']}", reason)
    page = await puller.page()
    assert [(i["change"], i["new"] and i["new"]["value"]) for i in page["items"]] == [
        ("changed", 120),
        ("withdrawn", None),
    ]
    assert page["items"][0]["delivery"]["number"] == first["number"]
    again = Puller(world, world.office, dataset="sgb2", raw="true")
    await again.pull(2)
    assert again.cells == facts_now(world, "sgb2")


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"since": "gestern"}, 422, "cursor_invalid"),
        ({"since": "2024-99-99"}, 422, "since_unreadable"),
        ({"since": "2024-05-01T12:00:00"}, 422, "since_unreadable"),
        ({"raw": "true"}, 403, "right_missing"),
        ({"indicator": "nichts"}, 404, "indicator_unknown"),
        ({"dataset": "nichts"}, 404, "dataset_unknown"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    world: World, asked: dict[str, str], status: int, code: str
) -> None:
    answer = await world.stack.indicator.get("/v1/changes", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_token_is_good_for_its_own_list_alone(world: World) -> None:
    await deliver(world, "sgb2", "99001001;2023;lb;120\n")
    raw = Puller(world, world.office, dataset="sgb2", raw="true")
    await raw.pull()
    answer = await world.stack.indicator.get("/v1/changes", params={"since": raw.since or ""})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
    answer = await world.stack.indicator.get(
        "/v1/changes", params={"raw": "true"}, headers=as_bearer(world.office)
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "dataset_needed")
