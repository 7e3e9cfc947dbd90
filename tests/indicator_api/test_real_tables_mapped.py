"""Towns' and agencies' own tables: proposed, mapped, loaded, and equal to the file cell by cell."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import fastexcel
import polars as pl
import pytest

from tests.indicator_api.test_delivery_mappings import asked, choose, stored
from tests.indicator_api.world import ALL_RIGHTS, DATASET, World, create, import_areas
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import Stack, open_stack

KOELN, NRW = "05315000", "05"
BINARY = "application/octet-stream"
REASON = "Amtliche Zeitreihe, mit der Quelle verglichen."
MEASURES = {
    "EINWOHNER": "Einwohner",
    "EINWOHNER_15_64": "Einwohner von 15 bis unter 65 Jahren",
    "EINWOHNER_U15": "Einwohner unter 15 Jahren",
    "ARBEITSLOSE": "Arbeitslose",
}
Facts = dict[tuple[str, str, str, str], float | None]


def koeln_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of Köln's table as the standard library reads them."""
    path = folder / "koeln_bevoelkerung_stadtteile.csv"
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def inkar_rows(folder: Path, name: str) -> list[tuple[Any, ...]]:
    """The cells of an INKAR export below both its header rows, as the workbook holds them."""
    sheet = fastexcel.read_excel(folder / name).load_sheet("Daten", header_row=None, skip_rows=0)
    return sheet.to_polars().rows()


def koeln_areas(folder: Path) -> list[dict[str, Any]]:
    """Köln's districts and quarters with the keys a partition gives them."""
    names = {row["raum_id"]: row["raum"] for row in koeln_rows(folder)}
    return [
        {
            "code": f"{KOELN}{number}",
            "kind": "stadtbezirk" if number < "100" else "stadtteil",
            "name": name,
            "parent": KOELN if number < "100" else f"{KOELN}00{number[0]}",
        }
        for number, name in sorted(names.items())
        if number != "000"
    ]


async def fill(stack: Stack, folder: Path, own: str, keys: set[str] | None) -> World:
    """A stack with the areas of the tables (municipalities below `keys`, None: all of them)."""
    office_id = stack.people.organisation("Amt", "statistikstelle", (own,))
    office = stack.people.api_key(office_id, ALL_RIGHTS)
    towns = {row[0]: row[1] for row in inkar_rows(folder, "A_Arbeitslosigkeit.xls")[2:]}
    laender = sorted({key[:2] for key in towns if keys is None or key[:2] in keys})
    areas = [{"code": "DG", "kind": "bund", "name": "Deutschland"}]
    areas += [
        {"code": key, "kind": "land", "name": f"Land {key}", "parent": "DG"} for key in laender
    ]
    areas += [
        {"code": key, "kind": "gemeinde", "name": name, "parent": key[:2]}
        for key, name in towns.items()
        if key[:2] in laender
    ]
    await import_areas(stack, office, areas + koeln_areas(folder))
    for code, name in MEASURES.items():
        wanted = {"code": code, "name": name, "unit": "Personen", "kind": "count"}
        await create(stack, office, "/v1/measures", wanted)
    return World(stack, office, office, office_id, office_id)


@pytest.fixture(scope="module")
async def nrw(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory, shared_data: Path
) -> AsyncIterator[World]:
    """An office for all of Nordrhein-Westfalen."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        yield await fill(stack, shared_data / "tables", NRW, {NRW})
    databases.drop(database)


async def new_dataset(world: World, own: str) -> str:
    """A dataset without figures; its code."""
    code = f"bestand-{uuid4().hex[:8]}"
    await create(
        world.stack, world.office, "/v1/datasets", DATASET | {"code": code, "area_code": own}
    )
    return code


async def deliver(world: World, dataset: str, path: Path, **options: str) -> dict[str, Any]:
    """Deliver a table as it is; it asks for its mapping."""
    body = await asyncio.to_thread(path.read_bytes)
    delivery = await world.stack.deliver(
        world.office,
        dataset,
        body,
        content_type=BINARY,
        filename=path.name,
        confirm=REASON,
        **options,
    )
    assert delivery["state"] == "asking", delivery
    return delivery


async def take(
    world: World, delivery: dict[str, Any], mapping: dict[str, Any]
) -> tuple[dict[str, Any], Facts]:
    """Have a delivery read by a mapping; how it ended, and what is stored."""
    answer = await choose(world, delivery, {"document": mapping})
    assert answer.status_code == 202, answer.text
    await world.stack.run_jobs()
    ended = await world.stack.read(world.office, f"/v1/deliveries/{delivery['id']}")
    assert ended["state"] == "accepted", ended["finding_counts"]
    rows = stored(world, delivery["dataset"]["code"])
    facts = {(row[0], row[2], row[1], row[3]): row[4] for row in rows}
    return ended, facts


async def test_koelns_long_table_of_seven_tables(nrw: World, shared_data: Path) -> None:
    """Own numbers get the town's key before them, what is counted splits one measure."""
    world, folder = nrw, shared_data / "tables"
    dataset = await new_dataset(world, KOELN)
    delivery = await deliver(world, dataset, folder / "koeln_bevoelkerung_stadtteile.csv")
    document, _ = await asked(world, delivery)
    mapping = document["proposal"]
    assert document["is_complete"], document["questions"]
    assert document["questions"] == []
    assert mapping["area"]["column"] == "raum_id"
    assert mapping["area"]["prefix"] == KOELN
    assert mapping["area"]["codes"] == {"000": KOELN}
    assert mapping["period"]["column"] == "jahr"
    assert mapping["measure"]["fixed"] == "EINWOHNER"
    assert [item["column"] for item in mapping["values"]] == ["zahl"]
    (breakdown,) = mapping["breakdowns"]
    assert (breakdown["column"], breakdown["totals"]) == ("zeile", ["Einwohner"])
    assert breakdown["codes"]["Weiblich"] == "GES=GESW"
    assert breakdown["codes"]["00 - < 03"] == "ALTER=00 - < 03"
    assert breakdown["codes"]["katholisch"] == "KONFESSION=katholisch"
    assert document["preview"]["rows"][0][1] == f"Köln, Stadt ({KOELN})"

    ended, facts = await take(world, delivery, mapping)
    expected: Facts = {}
    for row in koeln_rows(folder):
        key = KOELN if row["raum_id"] == "000" else f"{KOELN}{row['raum_id']}"
        split = breakdown["codes"].get(row["zeile"], "")
        assert split or row["zeile"] == "Einwohner"
        expected[key, row["jahr"], "EINWOHNER", split] = float(row["zahl"])
    assert len(expected) == ended["counts"]["new"] == 29_135
    assert facts == expected


async def test_a_table_that_names_no_area_asks_for_the_area_alone(
    nrw: World, shared_data: Path
) -> None:
    world, path = nrw, shared_data / "tables" / "landesdatenbank_13211-03ir_koeln.csv"
    dataset = await new_dataset(world, KOELN)
    delivery = await deliver(world, dataset, path)
    document, _ = await asked(world, delivery)
    assert [question["field"] for question in document["questions"]] == ["area"]
    mapping = document["proposal"]
    assert mapping["measure"]["fixed"] == "ARBEITSLOSE"
    assert mapping["period"]["column"] == "datum"
    assert [item["breakdown"] for item in mapping["values"]] == [
        {}, {"GES": "GESM"}, {"GES": "GESW"},
    ]  # fmt: skip
    ended, facts = await take(world, delivery, mapping | {"area": {"fixed": KOELN}})
    expected: Facts = {}
    for row in csv.DictReader(io.StringIO(path.read_text("utf-8"))):
        for column, split in (("gesamt", ""), ("maennlich", "GES=GESM"), ("weiblich", "GES=GESW")):
            if row[column]:
                expected[KOELN, row["datum"], "ARBEITSLOSE", split] = float(row[column])
    assert facts == expected
    assert len(expected) == 174 * 3
    empty = [item for item in ended["finding_counts"] if item["code"] == "cells_empty"]
    assert len(empty) == 1, "six months of which nothing is known yet"
    # told with the file, nothing is left to ask
    again = await deliver(world, dataset, path, area=KOELN)
    document, _ = await asked(world, again)
    assert (document["questions"], document["is_complete"]) == ([], True)


def inkar_facts(folder: Path, name: str, measure: str, land: str = "") -> Facts:
    """The cells of an INKAR export, for the municipalities of a Land or all."""
    _, years, *rows = inkar_rows(folder, name)
    return {
        (row[0], str(int(float(year))), measure, ""): float(value)
        for row in rows
        if row[0].startswith(land)
        for year, value in zip(years[3:], row[3:], strict=True)
        if value not in (None, "")
    }


INKAR = [
    ("A_Arbeitslosigkeit.xls", "ARBEITSLOSE", "1998", 24),
    ("A_ErwerbsfaehigeBevoelkerung.xls", "EINWOHNER_15_64", "2001", 21),
]


@pytest.mark.parametrize(("name", "measure", "first", "years"), INKAR)
async def test_an_inkar_export_cut_to_ones_own_areas(
    nrw: World, shared_data: Path, name: str, measure: str, first: str, years: int
) -> None:
    world, folder = nrw, shared_data / "tables"
    delivery = await deliver(world, await new_dataset(world, NRW), folder / name, scope="own")
    document, _ = await asked(world, delivery)
    mapping = document["proposal"]
    assert document["is_complete"]
    assert mapping["area"]["codes"] == {}, "a foreign key means no town of one's own of that name"
    assert (mapping["area"]["column"], mapping["measure"]["fixed"]) == ("Kennziffer", measure)
    assert [item["period"] for item in mapping["values"]] == [
        str(int(first) + number) for number in range(years)
    ]
    ended, facts = await take(world, delivery, mapping)
    expected = inkar_facts(folder, name, measure, NRW)
    assert len({key for key, *_ in expected}) == 396
    assert facts == expected
    assert ended["counts"]["left_out"] > 200_000


@pytest.mark.long
async def test_a_national_inkar_export_loads_whole(
    template_database: TestDatabase, tmp_path: Path, shared_data: Path
) -> None:
    folder = shared_data / "tables"
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path) as stack:
        world = await fill(stack, folder, "DG", None)
        name, measure, _, _ = INKAR[1]
        delivery = await deliver(world, await new_dataset(world, "DG"), folder / name)
        document, _ = await asked(world, delivery)
        assert document["questions"] == []
        _, facts = await take(world, delivery, document["proposal"])
        assert facts == inkar_facts(folder, name, measure)
        assert len({key for key, *_ in facts}) == 10_990
    databases.drop(database)


def test_the_real_tables_are_as_they_are(shared_data: Path) -> None:
    """What the tests above rest on, read by nothing of ours."""
    rows = koeln_rows(shared_data / "tables")
    frame = pl.DataFrame(rows)
    assert frame.height == 29_135
    assert frame["tab_id"].n_unique() == 7
    assert frame.select("jahr", "raum_id", "zeile").is_unique().all()
    head, years, *body = inkar_rows(shared_data / "tables", "A_Arbeitslosigkeit.xls")
    assert head[:3] == ("Kennziffer", "Raumeinheit", "Aggregat")
    assert (years[3], len(body)) in ((1998.0, 10_990), ("1998", 10_990), (1998, 10_990))
