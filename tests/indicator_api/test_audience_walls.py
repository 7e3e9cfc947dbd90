"""Who sees which release, in every exit: sets of readers must be equal, not merely contained."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from tests.indicator_api.everyone import (
    AUDIENCES,
    EXPECTED,
    FIGURES,
    NOBODY,
    Everyone,
    connect_as,
    make_everyone,
    principal_row,
)
from tests.indicator_api.exits import EXITS, covered, get, question
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack


@pytest.fixture(scope="module")
async def everyone(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Everyone]:
    """All readers and datasets; nothing below changes them."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        everyone = await make_everyone(stack)
        add_earlier_figures(database)
        yield everyone
    databases.drop(database)


def add_earlier_figures(database: TestDatabase) -> None:
    """Before each figure stood one that is higher by one: it was revised, and released anew."""
    database.execute(
        "INSERT INTO indicator.fact_history SELECT dataset_id, measure_id, period_id,"
        " breakdown_id, area_id, status, quality, value + 1, delivery_number,"
        " known_from - interval '1 day', known_from FROM indicator.fact"
    )
    database.execute(
        "INSERT INTO indicator.released_cell (measure_id, period_id, breakdown_id, series_id,"
        " area_id, released_from, released_to, status, quality, value)"
        " SELECT measure_id, period_id, breakdown_id, series_id, area_id, 0, 1, status, quality,"
        " value + 1 FROM indicator.released_cell"
    )


# the office's own account; no machine and no key that lacks the right
RAW_READERS = {
    *(("holder", name) for name in FIGURES if name != "foreign"),
    ("other_office", "foreign"),
}


@pytest.mark.parametrize("name", EXITS)
async def test_an_exit_shows_each_reader_the_releases_meant_for_it_and_no_other(
    everyone: Everyone, name: str
) -> None:
    seen = {
        who: {audience for audience in AUDIENCES if await EXITS[name](everyone, who, audience)}
        for who in EXPECTED
    }
    assert seen == EXPECTED


@pytest.mark.parametrize("name", sorted(set(EXITS) - {"single", "pinned", "etag"}))
async def test_no_exit_shows_what_is_not_released(everyone: Everyone, name: str) -> None:
    """A draft is in its holder's lists of releases; nothing else of it is anywhere."""
    seen = {
        (who, dataset)
        for who in EXPECTED
        for dataset in ("draft", "raw", "foreign")
        if await EXITS[name](everyone, who, dataset)
    }
    # who may release sees the draft; the office's other accounts and keys do not
    own_draft = {("holder", "draft")} if name in ("in_list", "in_filtered_list") else set()
    assert seen == own_draft


async def test_raw_facts_and_their_revisions_are_shown_to_their_holder_alone(
    everyone: Everyone,
) -> None:
    facts, revisions, changes = set(), set(), set()
    for who in EXPECTED:
        for name in FIGURES:
            answer = await get(everyone, who, f"/v1/datasets/d_{name}/facts")
            assert answer.status_code in (200, 401, 403, 404)
            if answer.status_code == 200:
                assert [item["value"] for item in answer.json()["items"]] == [FIGURES[name]]
                facts.add((who, name))
            answer = await get(everyone, who, "/v1/changes", dataset=f"d_{name}", raw="true")
            assert answer.status_code in (200, 401, 403, 404)
            if answer.status_code == 200:
                changes.add((who, name))
            asked = {"measure": f"m_{name}", "basis": "delivered"}
            answer = await get(everyone, who, "/v1/revisions", **asked)
            assert answer.status_code in (200, 403)
            if answer.status_code == 200 and answer.json()["items"]:
                (item,) = answer.json()["items"]
                assert (item["old"]["value"], item["new"]["value"]) == (
                    FIGURES[name] + 1,
                    FIGURES[name],
                )
                revisions.add((who, name))
    assert facts == revisions == changes == RAW_READERS


async def test_what_is_delivered_and_not_released_is_told_to_its_holder_alone(
    everyone: Everyone,
) -> None:
    told = {
        (who, name)
        for who in EXPECTED
        for name in ("draft", "raw", "foreign")
        if (await covered(everyone, who, name))["state"] == "delivered"
    }
    assert told == {reader for reader in RAW_READERS if reader[1] in ("draft", "raw", "foreign")}


async def test_a_draft_and_its_check_are_their_holders_alone(everyone: Everyone) -> None:
    path = f"/v1/releases/{everyone.releases['draft']['id']}"
    found = {who: (await get(everyone, who, path)).status_code for who in EXPECTED}
    assert found == {who: 200 if who == "holder" else 404 for who in EXPECTED}


async def test_how_much_a_release_hides_is_told_to_its_holder_alone(everyone: Everyone) -> None:
    path = f"/v1/releases/{everyone.releases['public']['id']}"
    told = {who for who in EXPECTED if (await get(everyone, who, path)).json()["check"] is not None}
    assert told == {"holder", "holder_machine", "holder_key"}
    for who in EXPECTED:
        document = (await get(everyone, who, path)).json()
        if who not in told:
            assert document["created_by"] == document["note"] == ""
            assert document["published_by"] is None


async def test_the_hidden_cells_are_listed_to_the_holder_alone(everyone: Everyone) -> None:
    for name in ("public", "draft"):
        path = f"/v1/releases/{everyone.releases[name]['id']}/hidden"
        found = {who: (await get(everyone, who, path)).status_code for who in EXPECTED}
        assert found.pop("holder") == 200
        assert found.pop("nobody") == 401
        assert set(found.values()) <= {403, 404}


async def test_a_foreign_entity_tag_never_confirms_what_one_may_not_see(
    everyone: Everyone,
) -> None:
    ask = question("ministry")
    tag = (await get(everyone, "ministerium", "/v1/observations", **ask)).headers["ETag"]
    answer = await everyone.stack.indicator.get(
        "/v1/observations", params=ask, headers={"If-None-Match": tag}
    )
    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize("service", ["indicator", "report"])
def test_the_view_of_released_facts_shows_each_reader_what_is_meant_for_it(
    everyone: Everyone, service: str
) -> None:
    seen = {}
    for who, token in everyone.tokens.items():
        database = everyone.stack.database
        principal = NOBODY if token is None else principal_row(database, token)
        with connect_as(database, service, principal) as connection:
            rows = connection.execute(
                "SELECT dataset, value FROM indicator.released_fact"
            ).fetchall()
        assert all(FIGURES[dataset.removeprefix("d_")] == value for dataset, value in rows)
        seen[who] = {dataset.removeprefix("d_") for dataset, _ in rows}
    assert seen == EXPECTED


RAW_TABLES = ("fact", "fact_history", "delivery", "delivery_finding")


@pytest.mark.parametrize("table", RAW_TABLES)
def test_raw_tables_show_rows_of_the_own_office_alone(everyone: Everyone, table: str) -> None:
    """The holder wall: the same town hall's planners see no raw fact of their statistics office."""
    database = everyone.stack.database
    numbers: dict[str, int] = {}
    for who, token in everyone.tokens.items():
        principal = NOBODY if token is None else principal_row(database, token)
        with connect_as(database, "indicator", principal) as connection:
            rows = connection.execute(f"SELECT 1 FROM indicator.{table}".encode()).fetchall()
        if rows:
            numbers[who] = len(rows)
    readers: dict[str, dict[str, int]] = {
        # seven datasets of the holder's, one of the other office's
        "fact": {"holder": 7, "other_office": 1},
        "delivery": {"holder": 7, "holder_machine": 7, "other_office": 1},
        "fact_history": {"holder": 7, "other_office": 1},
        "delivery_finding": {},
    }
    assert numbers == readers[table]


def test_reports_role_cannot_read_raw_tables_at_all(everyone: Everyone) -> None:
    for table in (*RAW_TABLES, "audit", "idempotency_key", "area_import"):
        with (
            connect_as(everyone.stack.database, "report") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"SELECT 1 FROM indicator.{table}".encode())


def test_reports_role_reads_of_released_slices_what_indicators_role_reads(
    everyone: Everyone,
) -> None:
    """Which figures there are is told by audience, to whichever service asks."""
    database = everyone.stack.database
    seen: dict[str, set[tuple[int, ...]]] = {}
    for who, token in everyone.tokens.items():
        principal = NOBODY if token is None else principal_row(database, token)
        by_role = []
        for role in ("indicator", "report"):
            with connect_as(database, role, principal) as connection:
                rows = connection.execute(
                    b"SELECT series_id, measure_id, period_id FROM indicator.released_slice"
                )
                by_role.append(set(rows.fetchall()))
        assert by_role[0] == by_role[1], who
        seen[who] = by_role[1]
    assert len({frozenset(rows) for rows in seen.values()}) > 2, "audiences differ"
