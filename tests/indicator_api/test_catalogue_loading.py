"""Loading the catalogue: adds, revises with a history, retires, and may be repeated by several."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.indicator_api.indicators.catalogue_files import (
    FOLDER,
    CatalogueError,
    read_catalogue,
)
from services.indicator_api.indicators.catalogue_loading import (
    OPERATOR,
    LoadReport,
    load_catalogue,
)
from services.shared.database import Database
from tests.indicator_api.world import INDICATOR, World, create
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, new_key

ROOT = Path(__file__).parents[2]
NEW_INDICATOR = """
[[indicators]]
number = 60
code = "hunde"
name = "Hunde je 1.000 Einwohner"
short_name = "Hunde"
question = "Wo leben viele Hunde?"
explanation = "Auf 1.000 Menschen kommen so viele gemeldete Hunde."
kind = "density"
numerator_text = "Gemeldete Hunde"
numerator = { measure = "HUNDE" }
denominator_text = "Einwohner"
denominator = { measure = "ew" }
unit = "je 1.000 Einwohner"
factor = 1000
polarity = "context"
confidentiality = "register"
smallest_level = "gemeinde"
"""
NEW_MEASURE = """
[[measures]]
code = "HUNDE"
name = "Gemeldete Hunde"
unit = "Hunde"
kind = "count"
universe = "Hunde"

[[measures]]
code = "ew"
name = "Einwohner"
unit = "Anzahl"
kind = "count"
source_codes = ["EW001"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the files to change."""
    return Path(shutil.copytree(FOLDER, tmp_path / "catalogue"))


@pytest.fixture
async def service(database: TestDatabase) -> AsyncIterator[Database]:
    """The database as the service's role reaches it."""
    connection = Database(database.service_url("indicator"), pool_size=2)
    yield connection
    await connection.close()


async def load(service: Database, folder: Path = FOLDER) -> LoadReport:
    """Load a folder's files in a transaction of their own."""
    async with service.write_session(OPERATOR) as session:
        return await load_catalogue(session, read_catalogue(folder))


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def add(folder: Path, name: str, text: str) -> None:
    """Add a text at the end of a file."""
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(text)


def versions(database: TestDatabase, code: str) -> list[tuple[object, ...]]:
    """(version, whether current, note, whether retired) of a definition."""
    return database.execute(
        "SELECT version, is_current, change_note, retired_on IS NOT NULL"
        " FROM indicator.indicator WHERE code = %s ORDER BY version",
        code,
    )


async def test_an_empty_platform_gets_all_and_a_second_time_nothing(
    service: Database, database: TestDatabase
) -> None:
    first = await load(service)
    assert len(first.added) == 60
    assert len(first.measures_added) == 85
    before = database.execute("SELECT max(id), sum(row_version) FROM indicator.indicator")
    second = await load(service)
    assert second.is_unchanged
    assert len(second.unchanged) == 60
    assert database.execute("SELECT max(id), sum(row_version) FROM indicator.indicator") == before
    audited = database.execute("SELECT count(*) FROM indicator.audit")
    assert audited == [(60 + 85,)]


async def test_a_changed_entry_becomes_the_next_version_with_its_note(
    service: Database, database: TestDatabase, folder: Path
) -> None:
    await load(service)
    change(
        folder, "alter.toml", "number = 20\n",
        'number = 20\nchange_note = "Neue Abgrenzung des Erwerbsalters."\n',
    )  # fmt: skip
    assert (await load(service, folder)).is_unchanged, "a note alone changes no definition"
    change(folder, "alter.toml", 'unit = "je 100 Personen von 20 bis unter 65"', 'unit = "je 100"')
    assert (await load(service, folder)).revised == [("altenquotient", 2)]
    change(folder, "alter.toml", 'unit = "je 100"', 'unit = "auf 100"')
    assert (await load(service, folder)).revised == [("altenquotient", 3)]
    assert versions(database, "altenquotient") == [
        (1, False, "", False),
        (2, False, "Neue Abgrenzung des Erwerbsalters.", False),
        # the old note says nothing of this change
        (3, True, "Geändert: Einheit.", False),
    ]


async def test_a_removed_entry_is_retired_and_comes_back(
    service: Database, database: TestDatabase, folder: Path
) -> None:
    await load(service)
    text = (folder / "wohnen.toml").read_text(encoding="utf-8")
    start = text.index("[[indicators]]\nnumber = 54")
    (folder / "wohnen.toml").write_text(text[:start], encoding="utf-8")
    assert (await load(service, folder)).retired == ["fluktuation"]
    assert (await load(service, folder)).is_unchanged
    assert versions(database, "fluktuation") == [(1, True, "", True)]
    (folder / "wohnen.toml").write_text(text, encoding="utf-8")
    assert (await load(service, folder)).restored == ["fluktuation"]
    assert versions(database, "fluktuation") == [(1, True, "", False)]


async def test_shared_wording_and_order_reach_every_entry(
    service: Database, database: TestDatabase, folder: Path
) -> None:
    await load(service)
    change(folder, "texts.toml", 'wahl = "', 'wahl = "Öffentlich. ')
    assert (await load(service, folder)).revised == [("wahlbeteiligung", 2)]
    change(folder, "dimensions.toml", 'alter = "Alter"\n', "")
    change(folder, "dimensions.toml", "[dimensions]\n", '[dimensions]\nalter = "Alter"\n')
    assert (await load(service, folder)).is_unchanged, "another order is no other definition"
    first = database.execute(
        "SELECT code FROM indicator.indicator WHERE is_current ORDER BY position LIMIT 1"
    )
    assert first == [("grundsicherung_alter",)]


async def test_several_at_once_load_it_once(service: Database, database: TestDatabase) -> None:
    reports = await asyncio.gather(load(service), load(service))
    assert sorted(len(report.added) for report in reports) == [0, 60]
    assert database.execute("SELECT count(*), max(version) FROM indicator.indicator") == [(60, 1)]


async def test_what_a_measure_is_does_not_change_and_nothing_is_half_written(
    service: Database, database: TestDatabase, folder: Path
) -> None:
    await load(service)
    change(folder, "measures.toml", 'name = "Einwohner mit Hauptwohnung"', 'name = "Einwohner"')
    change(folder, "alter.toml", 'short_name = "Hochaltrige"', 'short_name = "Über 80"')
    change(folder, "measures.toml", 'unit = "Wohnungen"', 'unit = "Häuser"')
    with pytest.raises(CatalogueError) as raised:
        await load(service, folder)
    assert raised.value.faults == [
        "measures.toml, Eintrag „MIETWOHNUNGEN“, Feld „unit“: ändert sich nicht, denn gelieferte "
        "Zahlen beruhen darauf. Legen Sie eine neue Messgröße an."
    ]
    assert versions(database, "hochaltrige") == [(1, True, "", False)]
    change(folder, "measures.toml", 'unit = "Häuser"', 'unit = "Wohnungen"')
    report = await load(service, folder)
    assert report.measures_revised == ["EINWOHNER"]
    assert report.revised == [("hochaltrige", 2)]


async def test_a_level_that_does_not_exist_is_told(service: Database, folder: Path) -> None:
    change(folder, "wohnen.toml", 'smallest_level = "kreis"', 'smallest_level = "strasse"')
    with pytest.raises(CatalogueError) as raised:
        await load(service, folder)
    (fault,) = raised.value.faults
    assert fault.startswith("wohnen.toml, Eintrag „mietbelastung“, Feld „smallest_level“: „strasse")
    assert "quartier" in fault


async def test_what_an_office_has_changed_stays_until_the_file_changes(
    world: World, service: Database, folder: Path
) -> None:
    database = world.stack.database
    # the world knows an indicator of this code, made by an office
    report = await load(service)
    assert report.revised == [("sgb2_quote", 2)]
    assert len(report.added) == 59
    own = INDICATOR | {"change_note": "Hier mit eigenem Register."}
    await create(world.stack, world.office, "/v1/indicators", own)
    report = await load(service)
    assert report.kept == ["sgb2_quote"]
    assert report.is_unchanged
    shown = await world.stack.read(world.office, "/v1/indicators/sgb2_quote")
    assert (shown["version"], shown["origin"], shown["number"]) == (3, "own", 1)
    assert shown["change_note"] == "Hier mit eigenem Register."
    change(folder, "mindestsicherung.toml", 'unit = "%"', 'unit = "Prozent"')
    assert (await load(service, folder)).revised == [("sgb2_quote", 4)]
    assert [row[:2] for row in versions(database, "sgb2_quote")] == [
        (1, False), (2, False), (3, False), (4, True),
    ]  # fmt: skip


async def test_a_new_indicator_needs_no_code(world: World, service: Database, folder: Path) -> None:
    add(folder, "measures.toml", NEW_MEASURE)
    add(folder, "demografie.toml", NEW_INDICATOR)
    assert "hunde" in (await load(service, folder)).added
    table = "area;period;measure;value\n" + "".join(
        f"9900100{town};2023;{measure};{value}\n"
        for town, dogs in ((1, 30), (2, 55), (3, 12))
        for measure, value in (("HUNDE", dogs), ("ew", 1000))
    )
    delivery = await world.stack.deliver(world.office, "sgb2", table)
    assert delivery["state"] == "accepted", delivery
    await world.stack.release(world.office, "sgb2")
    answer = await world.stack.indicator.get(
        "/v1/observations", params={"indicator": "hunde", "level": "gemeinde", "within": "99001"}
    )
    assert {item["area"]: item["value"] for item in answer.json()["items"]} == {
        "99001001": 30, "99001002": 55, "99001003": 12,
    }  # fmt: skip


async def test_an_office_may_not_mix_workplace_and_residents_either(world: World) -> None:
    stack = world.stack
    for code, universe in (("JOBS", "Arbeitsort"), ("LEUTE", "Einwohner")):
        body = {"code": code, "name": code, "unit": "Anzahl", "kind": "count", "universe": universe}
        await create(stack, world.office, "/v1/measures", body)
    wanted = INDICATOR | {"numerator": {"measure": "JOBS"}, "denominator": {"measure": "LEUTE"}}
    answer = await stack.indicator.post(
        "/v1/indicators", json=wanted, headers=as_bearer(world.office) | new_key()
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "place_of_work_meets_residents")


def command(database: TestDatabase, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m deploy catalogue`."""
    return subprocess.run(
        [sys.executable, "-m", "deploy", "catalogue", *words],
        cwd=ROOT,
        env=os.environ | {"QB_DATABASE_URL": database.admin_url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_what_it_did(database: TestDatabase, folder: Path) -> None:
    done = command(database)
    assert done.returncode == 0, done.stderr
    assert "Neue Indikatoren (60): sgb2_quote, elb_quote" in done.stdout
    assert command(database).stdout == "Der Katalog ist auf dem Stand der Dateien.\n"
    owner = database.execute("SELECT DISTINCT origin FROM indicator.indicator")
    assert owner == [("catalogue",)]
    change(folder, "alter.toml", "number = 20\n", "number = 21\n")
    refused = command(database, "--folder", str(folder))
    assert refused.returncode == 1
    assert "alter.toml, Eintrag „hochaltrige“, Feld „number“" in refused.stderr
    assert "Traceback" not in refused.stderr
