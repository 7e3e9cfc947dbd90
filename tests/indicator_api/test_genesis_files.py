"""GENESIS tables through a delivery: every cell is held as the publisher wrote it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.indicator_api.real_files import (
    DATENCSV,
    FLAT_FILES,
    Cells,
    Key,
    content_of,
    datencsv_cells,
    flat_file_cells,
)
from tests.indicator_api.world import ALL_RIGHTS, DATASET, create
from tests.support import databases
from tests.support.demo import Demo
from tests.support.stack import Stack, open_stack

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "genesis"
FILES = (*FLAT_FILES, *(f"datencsv/{name}" for name in DATENCSV))
STATUS = {"-": 1, ".": 2, "/": 3, "x": 4, "...": 5}
QUALITY = {"": 0, "()": 1, "p": 2, "s": 4, "r": 8, "e": 16}
# What is to be said of a dataset for its published table to add up, by statistic. Of 13111 the
# offices do not say how many jobs belong to no Land; 73111 is in thousands of euros.
SAID: dict[str, dict[str, Any]] = {
    "1000A": {"additivity": "cell_key"},
    "2000S": {"additivity": "cell_key"},
    "11111": {"additivity": "exact"},
    "12211": {"additivity": "rounded", "rounding_base": 1},
    "12411": {"additivity": "exact"},
    "12612": {"additivity": "exact"},
    "12613": {"additivity": "exact"},
    "13111": {"additivity": "exact", "unplaced_cases": None},
    "23311": {"additivity": "exact"},
    "73111": {"additivity": "exact", "amount_rounding": 1},
    "AI": {"additivity": "not_additive"},
}
Held = tuple[float | None, int, int]

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the folder of real files, ../shared/data, is not here"
)


@dataclass(slots=True)
class Office:
    """The demo's services, and an office that may deliver for all of Germany."""

    stack: Stack
    key: str
    number: int = 0


@pytest.fixture(scope="module")
async def office(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """The demo's register, and every measure that the files name."""
    database = databases.clone(demo.template)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        organisation = stack.people.organisation("Prüfamt", "landesamt", ("DG",))
        key = stack.people.api_key(organisation, ALL_RIGHTS)
        office = Office(stack, key)
        known = {
            code
            for (code,) in database.execute("SELECT source_code FROM indicator.measure_source_code")
        }
        codes = {key[2] for name in FILES for key in written_in(name)}
        for code in sorted(codes - known):
            # a table for people gives the measure's name, all others its code
            values = {"code": f"t_{code.lower()}", "name": code, "unit": "1", "kind": "amount"}
            await create(
                stack, key, "/v1/measures", values | {"source_codes": [code] * code.isupper()}
            )
        yield office
    databases.drop(database)


def value_of(text: str) -> tuple[float | None, int]:
    """Value and status of a cell as the publisher's signs mean them."""
    bare = text.strip().removeprefix("(").removesuffix(")")
    if bare in STATUS:
        return (0.0 if bare == "-" else None), STATUS[bare]
    return float(bare.replace(".", "").replace(",", ".") if "," in bare else bare), 0


def written_in(name: str) -> Cells:
    """What the standard library reads in a file."""
    read = datencsv_cells if name.startswith("datencsv") else flat_file_cells
    return read(FOLDER / name)


def expected_of(name: str) -> dict[Key, Held]:
    """By area key, period, measure's source code and breakdown: what the file says."""
    cells: dict[Key, Held] = {}
    for key, (_, text, quality) in written_in(name).items():
        value, status = value_of(text)
        cells[key] = (value, status, QUALITY[quality])
    areas: dict[str, list[Key]] = {}
    for key in cells:
        areas.setdefault(key[0], []).append(key)
    for keys in areas.values():
        # an area for which the file holds but „-“ is not available there
        if all(cells[key][1] == 1 for key in keys):
            for key in keys:
                cells[key] = (None, 6, cells[key][2])
    return cells


async def load(
    office: Office, name: str, said: dict[str, Any] | None = None
) -> tuple[str, dict[str, Any]]:
    """Deliver a file into a dataset of its own; the dataset's code, and the delivery.

    `said`: how the figures add up, if not as they do.
    """
    office.number += 1
    code = f"t{office.number}"
    values = DATASET | {"code": code, "area_code": "DG", "minimum_count": 0}
    values |= SAID[name.partition("/")[2].partition("-")[0]] if said is None else said
    await create(office.stack, office.key, "/v1/datasets", values)
    delivery = await office.stack.deliver(
        office.key,
        code,
        (FOLDER / name).read_bytes(),
        content_type="application/octet-stream",
        confirm="Amtliche Werte, wie veröffentlicht",
    )
    return code, delivery


def held(office: Office, dataset: str) -> dict[Key, Held]:
    """Every fact of a dataset; areas by both of their keys' spellings are one."""
    rows = office.stack.database.execute(
        "SELECT a.code, p.code, c.key, b.code, f.value, f.status, f.quality"
        " FROM indicator.fact AS f JOIN indicator.dataset AS d ON d.id = f.dataset_id"
        " JOIN indicator.area AS a ON a.id = f.area_id"
        " JOIN indicator.period AS p ON p.id = f.period_id"
        " JOIN indicator.breakdown AS b ON b.id = f.breakdown_id"
        " JOIN (SELECT measure_id, source_code FROM indicator.measure_source_code"
        "  UNION SELECT id, name FROM indicator.measure) AS c (measure_id, key)"
        "  ON c.measure_id = f.measure_id"
        " WHERE d.code = %s",
        dataset,
    )
    return {row[:4]: row[4:] for row in rows}  # type: ignore[misc]


def area_codes(office: Office) -> dict[str, str]:
    """The register's key for each spelling: AGS, own key, or ARS."""
    rows = office.stack.database.execute(
        "SELECT code, ars FROM indicator.area ORDER BY length(code)"
    )
    by_ars = {str(ars): str(code) for code, ars in rows if ars is not None}
    return by_ars | {str(code): str(code) for code, _ in rows}


# of the schema before 2025 the two strangest heads; that all are read, `test_every_real_file` shows
ALWAYS = {"old/12411-01-01-4_en.csv", "old/73111-01-01-4_de.csv"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long)
        if name.startswith("old") and name not in ALWAYS
        else name
        for name in FILES
    ],
)
async def test_every_cell_of_a_real_file_is_held_as_it_was_written(
    office: Office, name: str
) -> None:
    dataset, delivery = await load(office, name)
    findings = f"/v1/deliveries/{delivery['id']}/findings"
    if delivery["state"] != "accepted":
        pytest.fail(f"{await office.stack.read(office.key, findings)}"[:2000])
    formats = {"new": "ffcsv_2025", "old": "ffcsv_2024", "datencsv": "datencsv"}
    assert delivery["format"] == formats[name.partition("/")[0]]
    codes = area_codes(office)
    expected = {
        (codes.get(area, f"{area[:5]}{area[9:]}"), period, measure, breakdown): cell
        for (area, period, measure, breakdown), cell in expected_of(name).items()
    }
    found = held(office, dataset)
    # a measure may be delivered under several codes: those of the file count
    found = {key: cell for key, cell in found.items() if key in expected}
    assert len(found) == len(expected) == delivery["counts"]["rows"]
    different = {
        key: (expected[key], found[key]) for key in expected if expected[key] != found[key]
    }
    assert different == {}


@pytest.mark.parametrize(
    ("name", "wrong", "told"),
    [
        (
            "new/13111-01-03-4_de.csv",
            6,
            "Für das Gebiet steht hier 5.837.916, seine Teile ergeben 5.837.115, also 801 weniger;",
        ),
        (
            "old/73111-01-01-4_de.csv",
            44,
            "Für das Gebiet steht hier 35.080.952, seine Teile ergeben 35.080.953, also 1 mehr;",
        ),
    ],
)
async def test_a_table_that_does_not_quite_add_up_is_refused_until_the_dataset_says_so(
    office: Office, name: str, wrong: int, told: str
) -> None:
    """As exact and no more; that it is taken as it is, the test above shows."""
    _, delivery = await load(office, name, {"additivity": "exact"})
    assert delivery["state"] == "rejected"
    counts = {item["code"]: item["count"] for item in delivery["finding_counts"]}
    assert counts["area_total_wrong"] == wrong
    page = await office.stack.read(
        office.key, f"/v1/deliveries/{delivery['id']}/findings?code=area_total_wrong"
    )
    assert page["items"][0]["detail"].startswith(told)


async def test_the_english_file_and_the_zip_hold_what_the_german_one_holds(
    office: Office,
) -> None:
    loaded = [held(office, (await load(office, f"new/12411-01-01-4_{name}"))[0])
              for name in ("de.csv", "en.csv", "de.zip")]  # fmt: skip
    assert loaded[0]
    assert loaded[0] == loaded[1] == loaded[2]


def test_the_real_files_hold_the_signs_and_marks_that_are_compared() -> None:
    """What the comparison above relies on: the files are as strange as they are."""
    cells = [cell for name in FILES for cell in expected_of(name).values()]
    assert {status for _, status, _ in cells} >= {0, 2, 3, 5, 6}
    assert len({quality for _, _, quality in cells}) > 1
    assert content_of(FOLDER / "new/73111-01-01-4_de.csv").startswith(b"\xef\xbb\xbf")


async def test_jobs_of_which_the_file_holds_only_dashes_are_not_available(office: Office) -> None:
    dataset, delivery = await load(office, "new/13111-01-03-4_de.csv")
    assert {item["code"] for item in delivery["finding_counts"]} >= {"area_without_figures"}
    kreise = {key[0]: cell for key, cell in held(office, dataset).items() if key[0][:2] == "05"
              and len(key[0]) == 5}  # fmt: skip
    assert kreise
    assert {(value, status) for value, status, _ in kreise.values()} == {(None, 6)}
