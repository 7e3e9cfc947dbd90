"""Who sees which release, in every exit: sets of readers must be equal, not merely contained."""

import io
from collections.abc import AsyncIterator
from typing import Any

import fastexcel
import httpx
import polars as pl
import psycopg
import pytest

from tests.indicator_api.everyone import (
    AUDIENCES,
    EXPECTED,
    FIGURES,
    NOBODY,
    TOWN,
    YEARS,
    Everyone,
    connect_as,
    make_everyone,
    principal_row,
)
from tests.indicator_api.tile_reader import read_tile
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


async def get(everyone: Everyone, who: str, path: str, **params: str) -> httpx.Response:
    """An answer of indicator_api to this reader; the same question is asked once."""
    key = (who, path, *sorted(params.items()))
    if key not in everyone.answers:
        everyone.answers[key] = await everyone.stack.indicator.get(
            path, params=params, headers=everyone.headers(who)
        )
    return everyone.answers[key]


def question(name: str) -> dict[str, str]:
    """What asks for a dataset's figures of the towns."""
    return {"indicator": f"i_{name}", "level": "gemeinde", "within": "99001"}


async def seen_json(everyone: Everyone, who: str, name: str) -> bool:
    answer = (await get(everyone, who, "/v1/observations", **question(name))).json()
    values = [item["value"] for item in answer["items"]]
    assert values in ([], [FIGURES[name]])
    assert bool(values) == bool(answer["sources"]) == (answer["reason"] is None)
    return bool(values)


async def seen_measure(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(
        everyone, who, "/v1/observations", measure=f"m_{name}", area=TOWN, period=str(YEARS[name])
    )
    return bool(answer.json()["items"])


async def seen_series(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", indicator=f"i_{name}", area=TOWN)
    return bool(answer.json()["items"])


async def seen_csv(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", f="csv", **question(name))
    assert (f";{FIGURES[name]};" in answer.text) == (f"Quelle {name}" in answer.text)
    return f";{FIGURES[name]};" in answer.text


async def seen_geojson(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", f="geojson", **question(name))
    return bool(answer.json()["features"])


async def seen_parquet(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", f="parquet", **question(name))
    frame = pl.read_parquet(io.BytesIO(answer.content))
    assert frame["value"].to_list() in ([], [FIGURES[name]])
    assert (frame.height > 0) == (f"Quelle {name}".encode() in answer.content)
    return frame.height > 0


async def seen_xlsx(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, "/v1/observations", f="xlsx", **question(name))
    book = fastexcel.read_excel(answer.content)
    values = book.load_sheet("Zahlen").to_polars()["Wert"].to_list()
    assert values in ([], [FIGURES[name]])
    told = str(book.load_sheet("Erläuterung", header_row=None).to_polars().rows())
    assert bool(values) == (f"Quelle {name}" in told)
    return bool(values)


async def seen_profile(everyone: Everyone, who: str, name: str) -> bool:
    profile = (await get(everyone, who, f"/v1/areas/{TOWN}/profile")).json()
    told = [
        item["value"]
        for entry in profile["indicators"]
        if entry["indicator"]["code"] == f"i_{name}"
        for item in entry["items"]
        if item["area"] == TOWN
    ]
    assert told in ([], [FIGURES[name]])
    assert bool(told) == (f"d_{name}" in {source["dataset"] for source in profile["sources"]})
    gaps = {gap["indicator"]["code"]: gap["code"] for gap in profile["gaps"]}
    assert bool(told) == (gaps.get(f"i_{name}") != "nothing_released")
    return bool(told)


async def seen_similar(everyone: Everyone, who: str, name: str) -> bool:
    """One area alone has no neighbour; whether there is a figure is told by the reason."""
    answer = await get(everyone, who, f"/v1/areas/{TOWN}/similar", indicator=f"i_{name}")
    assert str(FIGURES[name]) not in answer.text
    return bool(answer.json()["reason"]["code"] != "nothing_released")


async def seen_revision(everyone: Everyone, who: str, name: str) -> bool:
    asked = {"measure": f"m_{name}", "basis": "released"}
    page = (await get(everyone, who, "/v1/revisions", **asked)).json()
    told = [(item["old"]["value"], item["new"]["value"]) for item in page["items"]]
    assert told in ([], [(FIGURES[name] + 1, FIGURES[name])])
    assert bool(told) == (page["reason"] is None)
    return bool(told)


async def seen_changes(everyone: Everyone, who: str, name: str) -> bool:
    page = (await get(everyone, who, "/v1/changes", indicator=f"i_{name}")).json()
    told = {item["new"]["value"] for item in page["items"] if item["area"]["code"] == TOWN}
    assert told in (set(), {FIGURES[name]})
    assert bool(told) == (f"d_{name}" in str(page))
    return bool(told)


async def covered(everyone: Everyone, who: str, name: str) -> dict[str, Any]:
    """The cell of a matrix for the town of this figure."""
    asked = {"level": "gemeinde", "parent": "99001", "indicator": f"i_{name}"}
    matrix = (await get(everyone, who, "/v1/coverage", **asked)).json()
    town = "99001003" if name == "foreign" else TOWN
    (cells,) = (
        cells
        for area, cells in zip(matrix["areas"], matrix["cells"], strict=True)
        if area["code"] == town
    )
    (cell,) = cells
    (column,) = matrix["indicators"]
    # nobody learns of a year of which there is nothing for them
    assert (column["newest"] is None) == (cell["state"] == "missing")
    assert (str(YEARS[name]) in str(matrix)) == (cell["state"] != "missing")
    assert (f"d_{name}" in str(matrix)) == (cell["state"] != "missing")
    return dict(cell)


async def seen_coverage(everyone: Everyone, who: str, name: str) -> bool:
    return bool((await covered(everyone, who, name))["state"] == "released")


async def seen_coverage_file(everyone: Everyone, who: str, name: str) -> bool:
    asked = {"level": "gemeinde", "parent": "99001", "indicator": f"i_{name}", "f": "csv"}
    answer = await get(everyone, who, "/v1/coverage", **asked)
    return ";released;" in answer.text


async def seen_tile(everyone: Everyone, who: str, name: str) -> bool:
    path = f"/v1/tiles/i_{name}/{YEARS[name]}/0/0/0.mvt"
    answer = await get(everyone, who, path, level="gemeinde", within="99001")
    assert answer.status_code == 200
    features = read_tile(answer.content).get("areas", [])
    values = [feature.properties["value"] for feature in features]
    assert values in ([], [FIGURES[name]])
    return bool(values)


async def seen_picture(everyone: Everyone, who: str, name: str) -> bool:
    path = f"/v1/maps/i_{name}/{YEARS[name]}.svg"
    answer = await get(everyone, who, path, level="gemeinde", within="99001")
    assert answer.status_code in (200, 404)
    return answer.status_code == 200 and "Stadt 1: " in answer.text


async def seen_indicators(everyone: Everyone, who: str, name: str) -> bool:
    items = (await get(everyone, who, "/v1/indicators")).json()["items"]
    item = next(item for item in items if item["code"] == f"i_{name}")
    told = {field: bool(item[field]) for field in ("levels", "periods", "datasets", "coverage")}
    assert len(set(told.values())) == 1, told
    return told["coverage"]


async def seen_indicator(everyone: Everyone, who: str, name: str) -> bool:
    item = (await get(everyone, who, f"/v1/indicators/i_{name}")).json()
    return bool(item["levels"] or item["periods"] or item["datasets"] or item["coverage"])


async def seen_in_list(everyone: Everyone, who: str, name: str) -> bool:
    items = (await get(everyone, who, "/v1/releases")).json()["items"]
    return f"d_{name}" in {item["dataset"]["code"] for item in items}


async def seen_in_filtered_list(everyone: Everyone, who: str, name: str) -> bool:
    answer = (await get(everyone, who, "/v1/releases", dataset=f"d_{name}")).json()
    return bool(answer["items"])


async def seen_single(everyone: Everyone, who: str, name: str) -> bool:
    answer = await get(everyone, who, f"/v1/releases/{everyone.releases[name]['id']}")
    assert answer.status_code in (200, 404)
    return answer.status_code == 200


async def seen_pinned(everyone: Everyone, who: str, name: str) -> bool:
    pinned = {"release": everyone.releases[name]["id"]}
    answer = await get(everyone, who, "/v1/observations", **question(name), **pinned)
    assert answer.status_code in (200, 404)
    return answer.status_code == 200 and bool(answer.json()["items"])


async def seen_sum(everyone: Everyone, who: str, name: str) -> bool:
    """The Kreis has no cell of its own: what it shows is the sum of one town of three."""
    answer = (
        await get(everyone, who, "/v1/observations", indicator=f"i_{name}", area="99001")
    ).json()
    values = [(item["value"], item["derivation"]["method"]) for item in answer["items"]]
    assert values in ([], [(FIGURES[name], "sum")])
    return bool(values)


async def seen_sums_of_a_level(everyone: Everyone, who: str, name: str) -> bool:
    ask = question(name) | {"level": "kreis"}
    answer = (await get(everyone, who, "/v1/observations", **ask)).json()
    return bool(answer["items"])


async def seen_as_of(everyone: Everyone, who: str, name: str) -> bool:
    ask = question(name) | {"as_of": "2999-12-31"}
    return bool((await get(everyone, who, "/v1/observations", **ask)).json()["items"])


async def seen_derived(everyone: Everyone, who: str, name: str) -> bool:
    """Nothing to compare with: but that there is a year without one tells that there is a year."""
    ask = question(name) | {"derive": "change"}
    return bool((await get(everyone, who, "/v1/observations", **ask)).json()["items"])


async def seen_reason(everyone: Everyone, who: str, name: str) -> bool:
    """Whether asking for what there is not tells what there is."""
    wrong = {"indicator": f"i_{name}", "within": "99001"}
    told = []
    for ask in ({"period": "1999"}, {"level": "quartier"}):
        answer = await get(everyone, who, "/v1/observations", **wrong, **ask)
        told.append(str(YEARS[name]) in answer.text or "Gemeinden" in answer.text)
    assert len(set(told)) == 1
    return told[0]


async def seen_etag(everyone: Everyone, who: str, name: str) -> bool:
    """Whether the entity tag differs from those of answers without a figure.

    There are two: who reads raw facts is told of deliveries besides, whoever holds them.
    """
    if name == "public":
        return await seen_json(everyone, who, name)
    ask = question(name)
    empty = [
        await get(everyone, other, "/v1/observations", **ask) for other in ("nobody", "landesamt")
    ]
    assert [answer.json()["items"] for answer in empty] == [[], []]
    answer = await get(everyone, who, "/v1/observations", **ask)
    return answer.headers["ETag"] not in {other.headers["ETag"] for other in empty}


# the office's own account; no machine and no key that lacks the right
RAW_READERS = {
    *(("holder", name) for name in FIGURES if name != "foreign"),
    ("other_office", "foreign"),
}
EXITS = {
    exit.__name__.removeprefix("seen_"): exit
    for exit in (
        seen_json,
        seen_measure,
        seen_series,
        seen_csv,
        seen_geojson,
        seen_parquet,
        seen_xlsx,
        seen_profile,
        seen_similar,
        seen_revision,
        seen_changes,
        seen_coverage,
        seen_coverage_file,
        seen_tile,
        seen_picture,
        seen_indicators,
        seen_indicator,
        seen_in_list,
        seen_in_filtered_list,
        seen_single,
        seen_pinned,
        seen_sum,
        seen_sums_of_a_level,
        seen_as_of,
        seen_derived,
        seen_reason,
        seen_etag,
    )
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
