"""The lists about areas as files: the rows that the list shows, all of them, formulas none."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.indicator_api.partition_world import (
    PARTITION,
    TOWN,
    A,
    B,
    PartitionWorld,
    make_partition_world,
)
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, new_key, open_stack

FORMULA = '=HYPERLINK("http://example.org";"Klick")'


@pytest.fixture(scope="module")
async def listed(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PartitionWorld]:
    """A town with a partition, a set of two parts, and a change whose title is a formula."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_partition_world(stack)
        parts = [{"unit": A}, {"unit": B, "weight": 0.25, "basis": "area"}]
        await world.make_set("s1", name="+1 Sozialraum", parts=parts)
        merge: dict[str, Any] = {
            "kind": "merge",
            "effective_on": "2020-01-01",
            "title": FORMULA,
            "source": "@Test",
            "links": [{"from": code, "to": "99001003"} for code in ("99001002", "99001003")],
        }
        answer = await stack.indicator.post(
            "/v1/area-events", json=merge, headers=as_bearer(world.writer) | new_key()
        )
        assert answer.status_code == 201, answer.text
        yield world
    databases.drop(database)


def read(content: bytes, separator: str = ";") -> list[dict[str, str]]:
    """The rows of a CSV file by column."""
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


async def file_of(world: PartitionWorld, path: str) -> list[dict[str, str]]:
    """The rows of a list as a file, asked for by `Accept`."""
    answer = await world.send("GET", path, headers={"Accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert "Accept" in answer.headers["vary"]
    return read(answer.content)


@pytest.mark.parametrize(
    "path",
    [
        "/areas?valid_on=2019-12-31",
        "/areas?valid_on=2020-01-01&within=99001",
        "/areas?kind=quartier&q=Quartier",
        "/areas?is_set=true",
        "/areas?kind=gemeinde&parent=99001&valid_on=1999-05-05",
        "/areas?q=gibt-es-nicht",
        "/area-sets",
        f"/area-sets?municipality={TOWN}&own=true",
        "/area-sets?kind=quartier",
        "/partitions",
        "/partitions?valid_on=2019-12-31",
    ],
)
async def test_a_file_has_the_rows_of_the_list_over_all_pages(
    listed: PartitionWorld, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for module in ("areas.register_file", "partitions.list_files"):
        monkeypatch.setattr(f"services.indicator_api.{module}.PAGE_ROWS", 2)
    join = "&" if "?" in path else "?"
    items = (await listed.send("GET", f"{path}{join}limit=500")).json()["items"]
    rows = await file_of(listed, path)
    assert [row["code"] for row in rows] == [item["code"] for item in items]
    for row, item in zip(rows, items, strict=True):
        assert row["name"].removeprefix("'") == item["name"]
        assert row["valid_to"] == (item["valid_to"] or "")
        assert row["attribution"] == item["attribution"]


async def test_changes_have_a_line_for_each_way(
    listed: PartitionWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.indicator_api.area_changes.events_file.PAGE_ROWS", 1)
    rows = await file_of(listed, "/area-events")
    assert [(row["from_code"], row["to_code"], row["share"], row["basis"]) for row in rows] == [
        ("99001002", "99001003", "1", "whole"),
        ("99001003", "99001003", "1", "whole"),
    ]
    assert {(row["effective_on"], row["kind_label"]) for row in rows} == {
        ("2020-01-01", "Zusammenschluss")
    }
    assert await file_of(listed, "/area-events?kind=split") == []
    assert await file_of(listed, "/area-events?until=2019-12-31") == []


async def test_what_people_wrote_becomes_no_formula(listed: PartitionWorld) -> None:
    (row, _) = await file_of(listed, "/area-events")
    assert (row["title"], row["source"]) == (f"'{FORMULA}", "'@Test")
    (row,) = await file_of(listed, "/area-sets")
    assert row["name"] == "'+1 Sozialraum"
    # for programs every text stays as it is
    answer = await listed.send("GET", "/area-events?f=csv&dialect=comma")
    assert read(answer.content, ",")[0]["title"] == FORMULA


async def test_units_and_parts_are_files_too(listed: PartitionWorld) -> None:
    units = await file_of(listed, f"/partitions/{PARTITION['code']}")
    document = (await listed.send("GET", f"/partitions/{PARTITION['code']}")).json()
    assert [(row["code"], row["name"]) for row in units] == [
        (unit["code"], unit["name"]) for unit in document["unit_items"]
    ]
    assert {row["attribution"] for row in units} == {"Stadt 1"}
    parts = await file_of(listed, f"/area-sets/{TOWN}-s1")
    assert [(row["unit"], row["weight"], row["basis"]) for row in parts] == [
        (A, "1", "whole"),
        (B, "0,25", "area"),
    ]


async def test_whoever_may_not_see_a_list_gets_no_file(listed: PartitionWorld) -> None:
    answer = await listed.stack.indicator.get("/v1/partitions?f=csv")
    assert answer.status_code == 401
    answer = await listed.send("GET", "/partitions?f=csv", listed.ministry)
    assert answer.status_code == 403
    assert read((await listed.send("GET", "/partitions?f=csv", listed.elsewhere)).content) == []


async def test_a_format_that_a_list_has_not_is_refused(listed: PartitionWorld) -> None:
    answer = await listed.send("GET", "/areas", headers={"Accept": "application/pdf"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert (await listed.send("GET", "/area-events?f=xlsx")).status_code == 422
