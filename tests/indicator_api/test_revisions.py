"""What changed, by whom, in which delivery or release; and any earlier state of knowledge."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.indicator_api.refusals import assert_problem
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import RAW_RIGHTS, World, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, open_stack

SECOND = FILE.replace("lb;120", "lb;130").replace("99001001;2023;ew;1000", "99001001;2023;ew;1001")
# the second town was hidden (2 cases), the third one had none
THIRD = SECOND.replace("lb;130", "lb;2").replace("99001003;2023;lb;-", "99001003;2023;lb;.")


@pytest.fixture(scope="module")
async def revised(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Three deliveries, each released to the public; the times of the first two are noted."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        for file in (FILE, SECOND, THIRD):
            delivery = await stack.deliver(world.office, "sgb2", file)
            assert delivery["state"] == "accepted", delivery
            await stack.release(world.office, "sgb2")
        yield world
    databases.drop(database)


async def revisions(world: World, key: str | None, **params: Any) -> Any:
    """The list as this reader gets it."""
    headers = {} if key is None else as_bearer(key)
    answer = await world.stack.indicator.get("/v1/revisions", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def in_short(page: Any) -> list[tuple[Any, ...]]:
    """Measure, area, old and new value or status of each revision."""
    return [
        (
            item["measure"]["code"],
            item["area"]["code"],
            *(_shown(item[state]) for state in ("old", "new")),
        )
        for item in page["items"]
    ]


def _shown(state: Any) -> Any:
    if state is None:
        return None
    return state["status"] if state["value"] is None else state["value"]


DELIVERED = [
    ("lb", "99001001", 130.0, 2.0),
    ("lb", "99001003", 0.0, "unknown"),
    ("lb", "99001001", 120.0, 130.0),
    ("ew", "99001001", 1000.0, 1001.0),
]


async def test_the_holder_sees_what_each_delivery_changed_and_who_sent_it(revised: World) -> None:
    page = await revisions(revised, revised.office)
    assert page["basis"] == "delivered"
    assert in_short(page) == DELIVERED
    assert [item["delivery"]["number"] for item in page["items"]] == [3, 3, 2, 2]
    for item in page["items"]:
        assert item["release"] is None
        assert item["delivery"]["filename"] == "test.csv"
        assert item["delivery"]["delivered_by"]
        assert item["delivery"]["id"]
        assert item["dataset"] == {
            "code": "sgb2",
            "title": "Leistungen nach dem SGB II",
            "attribution": "Testamt",
            "is_fictional": False,
        }
    times = [item["at"] for item in page["items"]]
    assert times == sorted(times, reverse=True)


async def test_readers_see_what_a_release_changed_and_never_a_raw_figure(revised: World) -> None:
    for key in (None, revised.other_office):
        page = await revisions(revised, key)
        assert page["basis"] == "released"
        assert in_short(page) == [
            # two cases are hidden: that they are two stands nowhere
            ("lb", "99001001", 130.0, "hidden"),
            ("lb", "99001003", 0.0, "unknown"),
            ("lb", "99001001", 120.0, 130.0),
            ("ew", "99001001", 1000.0, 1001.0),
        ]
        assert [item["release"]["number"] for item in page["items"]] == [3, 3, 2, 2]
        for item in page["items"]:
            assert item["delivery"] is None
            assert (item["release"]["note"], item["release"]["published_by"]) == ("", None)
            assert item["release"]["audience"] == "public"


async def test_the_holder_reads_the_releases_changes_when_asked_for(revised: World) -> None:
    page = await revisions(revised, revised.office, basis="released", dataset="sgb2")
    assert page["basis"] == "released"
    assert len(page["items"]) == 4
    assert all(item["release"]["published_by"] for item in page["items"])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"dataset": "sgb2"}, DELIVERED),
        ({"indicator": "sgb2_quote"}, DELIVERED),
        ({"measure": "ew"}, DELIVERED[3:]),
        ({"area": "99001003"}, DELIVERED[1:2]),
        ({"area": ["99001003", "99001001"], "measure": ["lb"]}, DELIVERED[:3]),
        ({"period": "2023"}, DELIVERED),
        ({"period": "2022"}, []),
    ],
)
async def test_the_list_is_narrowed_down(
    revised: World, asked: dict[str, Any], expected: list[Any]
) -> None:
    for basis in ("delivered", "released"):
        page = await revisions(revised, revised.office, basis=basis, **asked)
        assert [row[:3] for row in in_short(page)] == [row[:3] for row in expected]
        assert (page["reason"] is None) == bool(expected)


@pytest.mark.parametrize("basis", ["delivered", "released"])
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_paging_meets_every_revision_once_and_in_order(
    revised: World, basis: str, limit: int
) -> None:
    whole = await revisions(revised, revised.office, basis=basis)
    found: list[Any] = []
    cursor: str | None = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = await revisions(revised, revised.office, basis=basis, limit=limit, **more)
        assert 0 < len(page["items"]) <= limit
        found += page["items"]
        assert len(found) <= len(whole["items"])
        cursor = page["next"]
        if cursor is None:
            break
    assert found == whole["items"]


async def test_who_may_not_read_raw_figures_is_refused_their_revisions(revised: World) -> None:
    client = revised.stack.indicator
    asked = {"basis": "delivered", "dataset": "sgb2"}
    answer = await client.get("/v1/revisions", params=asked)
    assert assert_problem(answer, 403, "right_missing")["right"] == "facts:read_raw"
    answer = await client.get(
        "/v1/revisions", params=asked, headers=as_bearer(revised.other_office)
    )
    assert_problem(answer, 404, "dataset_not_yours")


async def test_an_empty_list_says_why(revised: World) -> None:
    page = await revisions(revised, None, area="5111000")
    assert page["reason"]["code"] == "area_unknown"
    assert "05111000" in page["reason"]["suggestion"]
    other = await revisions(revised, revised.other_office, basis="delivered")
    assert (other["items"], other["reason"]["code"]) == ([], "nothing_changed")
    client = revised.stack.indicator
    for params, status, code in (
        ({"dataset": "nix"}, 404, "dataset_unknown"),
        ({"indicator": "nix"}, 404, "indicator_unknown"),
        ({"measure": "nix"}, 404, "measure_unknown"),
        ({"period": "morgen"}, 422, "period_unreadable"),
        ({"basis": "guessed"}, 422, "invalid_request"),
        ({"cursor": "x"}, 422, "cursor_invalid"),
        ({"since": "x"}, 422, "unknown_parameter"),
    ):
        answer = await client.get("/v1/revisions", params=params)
        assert_problem(answer, status, code)


async def test_cells_withdrawn_for_disclosure_are_in_nobodys_list(world: World) -> None:
    stack = world.stack
    await stack.deliver(world.office, "sgb2", FILE)
    await stack.release(world.office, "sgb2")
    await stack.deliver(world.office, "sgb2", FILE.replace("lb;120", "lb;777"))
    second = await stack.release(world.office, "sgb2")
    path = f"/v1/releases/{second['id']}"
    tag = (await stack.indicator.get(path, headers=as_bearer(world.office))).headers["ETag"]
    await stack.indicator.post(
        f"{path}/withdraw",
        json={"reason": "disclosure"},
        headers=as_bearer(world.office) | {"If-Match": tag},
    )
    for key in (None, world.office):
        page = await revisions(world, key, basis="released")
        assert "777" not in str(page)
        assert {item["change"] for item in page["items"]} <= {"withdrawn", "removed"}
        assert all(item["new"] is None for item in page["items"])


# earlier states of knowledge


async def facts(world: World, key: str, **params: Any) -> Any:
    """The facts of the dataset as this office reads them."""
    answer = await world.stack.indicator.get(
        "/v1/datasets/sgb2/facts", params={"limit": 100} | params, headers=as_bearer(key)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def cells(page: Any) -> dict[tuple[str, str], Any]:
    """Value or status by measure and area."""
    return {(item["measure"], item["area"]): _shown(item) for item in page["items"]}


def delivered_cells(file: str) -> dict[tuple[str, str], Any]:
    """What a file says, as `cells` says it."""
    signs = {"-": 0.0, ".": "unknown"}
    return {
        (row["measure"], row["area"]): signs.get(row["value"]) or float(row["value"])
        if row["value"] != "-"
        else 0.0
        for row in csv.DictReader(io.StringIO(file), delimiter=";")
    }


async def test_any_earlier_state_of_knowledge_is_read_again(revised: World) -> None:
    page = await revisions(revised, revised.office)
    third, second = (datetime.fromisoformat(page["items"][number]["at"]) for number in (0, 2))
    short = timedelta(microseconds=1)
    for moment, file in (
        (third, THIRD),
        (third - short, SECOND),
        (second, SECOND),
        (second - short, FILE),
    ):
        known = await facts(revised, revised.office, as_of=moment.isoformat())
        assert cells(known) == delivered_cells(file), moment
    assert cells(await facts(revised, revised.office)) == delivered_cells(THIRD)
    today = (third + timedelta(days=2)).date().isoformat()
    assert cells(await facts(revised, revised.office, as_of=today)) == delivered_cells(THIRD)


async def test_before_the_first_delivery_nothing_was_known(revised: World) -> None:
    page = await facts(revised, revised.office, as_of="2020-01-01")
    assert (page["items"], page["reason"]["code"]) == ([], "nothing_known_yet")
    assert "Die erste Lieferung kam am" in page["reason"]["suggestion"]
    page = await facts(revised, revised.office, measure="ew", period="2020")
    assert page["reason"]["code"] == "no_fact"


async def test_facts_are_paged_and_narrowed_down(revised: World) -> None:
    whole = (await facts(revised, revised.office))["items"]
    assert len(whole) == 8
    found: list[Any] = []
    page = await facts(revised, revised.office, limit=3)
    while True:
        found += page["items"]
        if page["next"] is None:
            break
        page = await facts(revised, revised.office, limit=3, cursor=page["next"])
    assert found == whole
    few = await facts(revised, revised.office, measure="ew", area=["99001002", "99001003"])
    assert cells(few) == {("ew", "99001002"): 900.0, ("ew", "99001003"): 800.0}


@pytest.mark.parametrize("dialect", ["semicolon", "comma"])
async def test_the_file_of_facts_holds_what_json_holds(revised: World, dialect: str) -> None:
    answer = await revised.stack.indicator.get(
        "/v1/datasets/sgb2/facts",
        params={"dialect": dialect},
        headers=as_bearer(revised.office) | {"Accept": "text/csv"},
    )
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "sgb2_Rohdaten.csv" in answer.headers["Content-Disposition"]
    separator = ";" if dialect == "semicolon" else ","
    read = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=separator)
    rows = list(read)
    held = (await facts(revised, revised.office))["items"]
    assert [(row["area"], row["measure"], row["status"]) for row in rows] == [
        (item["area"], item["measure"], item["status"]) for item in held
    ]
    for row, item in zip(rows, held, strict=True):
        value = row["value"].replace(",", ".")
        assert (float(value) if value else None) == item["value"]
    again = await revised.stack.indicator.get(
        "/v1/datasets/sgb2/facts",
        params={"dialect": dialect},
        headers=as_bearer(revised.office)
        | {"Accept": "text/csv", "If-None-Match": answer.headers["ETag"]},
    )
    assert again.status_code == 304


async def test_raw_facts_are_their_holders_alone(revised: World) -> None:
    client, path = revised.stack.indicator, "/v1/datasets/sgb2/facts"
    assert_problem(await client.get(path), 401, "token_missing")
    without = revised.stack.people.api_key(
        revised.office_id, tuple(right for right in RAW_RIGHTS if right != "facts:read_raw")
    )
    assert_problem(await client.get(path, headers=as_bearer(without)), 403, "right_missing")
    for f in ("json", "csv"):
        answer = await client.get(path, params={"f": f}, headers=as_bearer(revised.other_office))
        assert_problem(answer, 404, "dataset_not_yours")


@pytest.mark.parametrize("as_of", ["gestern", "2024-13-01", "2024-01-01T10:00:00", "9999-12-31"])
async def test_a_moment_that_is_none_is_refused_in_words(revised: World, as_of: str) -> None:
    answer = await revised.stack.indicator.get(
        "/v1/datasets/sgb2/facts", params={"as_of": as_of}, headers=as_bearer(revised.office)
    )
    problem = assert_problem(answer, 422, "as_of_unreadable")
    assert problem["errors"][0]["pointer"] == "as_of"
    answer = await revised.stack.indicator.get(
        "/v1/datasets/sgb2/facts",
        params={"f": "csv", "as_of": as_of},
        headers=as_bearer(revised.office),
    )
    assert_problem(answer, 422, "as_of_unreadable")


@pytest.mark.parametrize("who", ["office", "public"])
@pytest.mark.parametrize("asked", ["", "area=99001001", "basis=released"])
async def test_the_file_holds_the_rows_of_the_list(
    revised: World, monkeypatch: pytest.MonkeyPatch, who: str, asked: str
) -> None:
    monkeypatch.setattr("services.indicator_api.revisions.revisions_file.PAGE_ROWS", 2)
    headers = as_bearer(revised.office) if who == "office" else {}
    client = revised.stack.indicator
    listed = await client.get(f"/v1/revisions?{asked}&limit=500", headers=headers)
    answer = await client.get(f"/v1/revisions?{asked}", headers=headers | {"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    items = listed.json()["items"]
    assert len(rows) == len(items) > 0
    for row, item in zip(rows, items, strict=True):
        assert (row["area"], row["period"], row["measure"], row["change"]) == (
            item["area"]["code"],
            item["period"]["code"],
            item["measure"]["code"],
            item["change"],
        )
        old, new = item["old"]["value"], (item["new"] or {}).get("value")
        assert [row["old_value"], row["new_value"]] == [
            "" if value is None else f"{value:g}" for value in (old, new)
        ]
        assert row["attribution"] == "Testamt"
        brought = item["delivery"] or item["release"]
        assert str(brought["number"]) in (row["delivery"], row["release"])
