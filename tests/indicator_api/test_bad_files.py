"""Files that are not taken: each fault is named with its row and column, and changes nothing."""

import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.indicator_api.snapshot import snapshot
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.world import World, make_world
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

HEAD = "area;period;measure;value\n"
GOOD = "99001001;2023;lb;120\n"


@pytest.fixture(scope="module")
async def filled(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """A world with figures delivered and released; nothing below may change them."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_world(stack)
        await stack.deliver(world.office, "sgb2", FILE)
        await stack.release(world.office, "sgb2")
        yield world
    databases.drop(database)


def zipped(*members: tuple[str, bytes]) -> bytes:
    """An archive of these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def damaged_zip() -> bytes:
    """An archive whose compressed bytes were overwritten."""
    whole = bytearray(zipped(("a.csv", (HEAD + GOOD * 2000).encode())))
    whole[60:90] = b"\xff" * 30
    return bytes(whole)


@dataclass(frozen=True, slots=True)
class Bad:
    """A file, the finding expected of it, and where."""

    body: bytes | str
    code: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    content_type: str = "text/csv"
    told: str = ""


FILES = {
    # no table
    "a PDF": Bad(b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "no_table", told="PDF"),
    "a picture": Bad(b"\x89PNG\r\n\x1a\n", "no_table", told="Bild"),
    "NUL bytes": Bad(b"area;period;measure;value\n\x00\x00;2023;lb;1\n", "no_table"),
    "NUL bytes far behind": Bad(HEAD + GOOD * 400 + "9900\x001;2023;lb;1\n", "no_table"),
    "blanks alone": Bad("  \n \n", "no_table"),
    "a head without rows": Bad(HEAD, "no_table"),
    "one column": Bad("area\n99001001\n", "header_unknown", 1),
    "prose": Bad("Sehr geehrte Damen und Herren\nanbei die Zahlen\n", "header_unknown", 1),
    "a long row": Bad(HEAD + GOOD + "99001002;2023;lb;5;6\n", "row_malformed", 3),
    "a short row": Bad(HEAD + GOOD + "99001002;2023;lb\n", "row_malformed", 3),
    "an open quote": Bad(HEAD + '"99001002;2023;lb;5\n' + GOOD, "no_table", 2),
    "two files in a zip": Bad(
        zipped(("a.csv", b"x"), ("b.csv", b"y")), "no_table", content_type="application/zip"
    ),
    "a zip cut off": Bad(
        zipped(("a.csv", (HEAD + GOOD).encode()))[:-30], "no_table", content_type="application/zip"
    ),
    "a damaged zip": Bad(damaged_zip(), "no_table", content_type="application/zip"),
    "broken JSON": Bad('{"rows": [', "no_table", 1, content_type="application/json"),
    "JSON that is no list": Bad('{"a": 1}', "header_unknown", content_type="application/json"),
    "JSON without rows": Bad("[]", "no_table", content_type="application/json"),
    "NUL in JSON": Bad(
        '[{"area": "99001001\\u0000", "period": "2023", "measure": "lb", "value": 1}]',
        "no_table",
        1,
        content_type="application/json",
    ),
    "GENESIS without values": Bad(
        "statistics_code;time;1_variable_code;1_variable_attribute_code;value_variable_code\n"
        "12411;2023;GEMEIN;99001001;LB001\n",
        "header_unknown",
        1,
        told="value",
    ),
    "GENESIS without areas": Bad(
        "statistics_code;time;1_variable_code;1_variable_label;1_variable_attribute_code;"
        "1_variable_attribute_label;value;value_variable_code\n"
        "12411;2023;GES;Geschlecht;GESM;männlich;1;LB001\n",
        "area_not_given",
        1,
    ),
    # keys
    "an unknown key": Bad(
        HEAD + GOOD + "99009009;2023;lb;1\n", "area_unknown", 3, "area", "99009009"
    ),
    "no key": Bad(HEAD + GOOD + ";2023;lb;1\n", "area_missing", 3, "area", ""),
    "a lost zero": Bad(
        HEAD + "5999000;2023;lb;1\n", "key_lost_zero", 2, "area", "5999000", told="05999000"
    ),
    "a lost zero in a number": Bad(
        '[{"area": 5999000, "period": 2023, "measure": "lb", "value": 1}]',
        "key_lost_zero",
        1,
        "area",
        "5999000",
        "application/json",
    ),
    "a lost zero of an ARS": Bad(
        HEAD + "59990000000;2023;lb;1\n", "key_lost_zero", 2, "area", "59990000000"
    ),
    "an area of others": Bad(
        HEAD + GOOD + "05999000;2023;lb;1\n", "area_not_yours", 3, "area", "05999000"
    ),
    # what, when, how split
    "an unknown measure": Bad(
        HEAD + "99001001;2023;xyz;1\n", "measure_unknown", 2, "measure", "xyz"
    ),
    "a year of two digits": Bad(
        HEAD + "99001001;23;lb;1\n", "period_unreadable", 2, "period", "23"
    ),
    "a thirteenth month": Bad(
        HEAD + "99001001;2023-13;lb;1\n", "period_unreadable", 2, "period", "2023-13"
    ),
    "a 30th of February": Bad(
        HEAD + "99001001;30.02.2023;lb;1\n", "period_unreadable", 2, "period", "30.02.2023"
    ),
    "a breakdown without value": Bad(
        "area;period;measure;value;breakdown\n99001001;2023;lb;1;GES\n",
        "breakdown_malformed",
        2,
        "breakdown",
        "GES",
    ),
    # numbers
    "a negative count": Bad(HEAD + "99001001;2023;lb;-5\n", "value_negative", 2, "value", "-5"),
    "no number": Bad(HEAD + "99001001;2023;lb;zwölf\n", "number_invalid", 2, "value", "zwölf"),
    "an empty value": Bad(HEAD + "99001001;2023;lb;\n", "value_missing", 2, "value", ""),
    "an unknown quality": Bad(
        "area;period;measure;value;quality\n99001001;2023;lb;1;?\n",
        "quality_unknown",
        2,
        "quality",
        "?",
    ),
    "an unknown status": Bad(
        "area;period;measure;value;status\n99001001;2023;lb;1;?\n", "number_invalid", 2
    ),
    "twice the same": Bad(
        HEAD + GOOD + "99001002;2023;lb;1\n" + GOOD, "duplicate", 4, "area", "99001001", told="2"
    ),
    "twice the same in other words": Bad(
        "area;period;measure;value;breakdown\n"
        "99001001;2023;lb;1;GES=M|NAT=D\n99001001;2023;lb;2; NAT=D | GES=M \n",
        "duplicate",
        3,
        "area",
        "99001001",
    ),
    "an ambiguous number": Bad(
        HEAD + "99001001;2023;lb;1.234\n", "number_ambiguous", 2, "value", "1.234"
    ),
    "point after comma": Bad(
        HEAD + "99001001;2023;ew;1,5\n99001002;2023;ew;2.25\n", "number_invalid", 3, "value", "2.25"
    ),
}
NO_NUMBERS = (
    "inf", "-inf", "nan", "NaN", "1e5", "1E5", "0x1F", "1_000", "1 00", "12 %", "1,234,567",
    "1.23.456", "1..5", "--5", "1,2,3", "٣", "9" * 400, "=1+1", "1.2.3",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
async def test_a_file_with_a_fault_is_refused_with_its_place_and_changes_nothing(
    filled: World, name: str
) -> None:
    bad, stack = FILES[name], filled.stack
    before = snapshot(stack.database)
    delivery = await stack.deliver(filled.office, "sgb2", bad.body, content_type=bad.content_type)
    assert delivery["state"] == "rejected", delivery
    assert delivery["counts"] == {}
    assert snapshot(stack.database) == before
    path = f"/v1/deliveries/{delivery['id']}/findings"
    errors: list[dict[str, Any]] = [
        item
        for item in (await stack.read(filled.office, path))["items"]
        if item["severity"] == "error"
    ]
    assert [item["code"] for item in errors] == [bad.code], errors
    (finding,) = errors
    assert finding["row"] == bad.row
    if bad.column is not None:
        assert (finding["column"], finding["value"]) == (bad.column, bad.value)
    assert bad.told in finding["detail"]
    assert finding["remedy"]


UNKNOWN_TABLES = {
    "a missing column": ("area;period;value\n99001001;2023;1\n", "text/csv"),
    "an unknown column": (
        "area;period;measure;value;note\n99001001;2023;lb;1;x\n",
        "text/csv",
    ),
    "a column called row": ("row;area;period;measure;value\n1;99001001;2023;lb;1\n", "text/csv"),
    "a column twice": ("area;area;period;measure;value\n99001001;x;2023;lb;1\n", "text/csv"),
    "a JSON row without area": (
        '[{"period": "2023", "measure": "lb", "value": 1}]',
        "application/json",
    ),
}


@pytest.mark.parametrize("name", UNKNOWN_TABLES)
async def test_a_table_that_does_not_explain_itself_is_asked_about_and_changes_nothing(
    filled: World, name: str
) -> None:
    body, content_type = UNKNOWN_TABLES[name]
    before = snapshot(filled.stack.database)
    delivery = await filled.stack.deliver(filled.office, "sgb2", body, content_type=content_type)
    assert delivery["state"] == "asking", delivery
    assert "map" in delivery["actions"]
    assert snapshot(filled.stack.database) == before


async def test_all_faults_are_told_at_once_in_the_order_of_the_rows(filled: World) -> None:
    body = HEAD + "99009009;2023;lb;1\n" + GOOD + "99001001;23;xyz;zwölf\n05999000;2023;lb;1\n"
    delivery = await filled.stack.deliver(filled.office, "sgb2", body)
    path = f"/v1/deliveries/{delivery['id']}/findings"
    found = (await filled.stack.read(filled.office, path))["items"]
    assert [(item["row"], item["code"]) for item in found] == [
        (2, "area_unknown"),
        (4, "measure_unknown"),
        (4, "number_invalid"),
        (4, "period_unreadable"),
        (5, "area_not_yours"),
    ]
    assert {item["code"]: item["count"] for item in delivery["finding_counts"]} == dict.fromkeys(
        [item["code"] for item in found], 1
    )


async def test_what_is_no_number_is_found_in_each_row_and_never_guessed(filled: World) -> None:
    before = snapshot(filled.stack.database)
    body = HEAD + "".join(f"99001001;2023;ew;{text}\n" for text in NO_NUMBERS)
    delivery = await filled.stack.deliver(filled.office, "sgb2", body)
    assert delivery["state"] == "rejected"
    path = f"/v1/deliveries/{delivery['id']}/findings"
    found = (await filled.stack.read(filled.office, path))["items"]
    assert [(item["row"], item["code"], item["column"], item["value"]) for item in found] == [
        (row, "number_invalid", "value", text) for row, text in enumerate(NO_NUMBERS, start=2)
    ]
    assert snapshot(filled.stack.database) == before


async def test_a_thousand_faults_are_counted_and_paged_through_once_each(filled: World) -> None:
    body = HEAD + "".join(f"9900{number:04};2023;lb;1\n" for number in range(2000, 4500))
    delivery = await filled.stack.deliver(filled.office, "sgb2", body)
    assert delivery["finding_counts"][0]["count"] == 2500
    rows: list[int] = []
    cursor = ""
    while True:
        page = await filled.stack.read(
            filled.office, f"/v1/deliveries/{delivery['id']}/findings?limit=499{cursor}"
        )
        rows += [item["row"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert rows == list(range(2, 2002))


async def test_a_row_number_is_the_files_line_behind_blank_lines(filled: World) -> None:
    delivery = await filled.stack.deliver(
        filled.office, "sgb2", HEAD + GOOD + "\n\n" + "99009009;2023;lb;1\n"
    )
    path = f"/v1/deliveries/{delivery['id']}/findings"
    assert [item["row"] for item in (await filled.stack.read(filled.office, path))["items"]] == [5]


async def test_an_area_of_others_is_refused_within_ones_own_dataset(filled: World) -> None:
    """The dataset covers the Kreis, the key but one of its towns."""
    stack = filled.stack
    key = stack.people.api_key(
        filled.office_id, ("deliveries:create", "deliveries:read"), area_codes=("99001002",)
    )
    before = snapshot(stack.database)
    delivery = await stack.deliver(key, "sgb2", HEAD + GOOD + "99001002;2023;lb;4\n")
    assert delivery["state"] == "rejected"
    path = f"/v1/deliveries/{delivery['id']}/findings"
    found = (await stack.read(key, path))["items"]
    assert [(item["code"], item["row"], item["value"]) for item in found] == [
        ("area_not_yours", 2, "99001001")
    ]
    assert snapshot(stack.database) == before
