"""The directory of streets and house numbers: every address in exactly one unit, no persons."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicator_api.partitions.address_file import (
    UnreadableAddressFileError,
    read_directory,
    unit_name,
)
from services.indicator_api.partitions.address_rules import (
    house_number,
    is_about_persons,
    numbers_in_range,
    street_key,
)
from tests.indicator_api.partition_world import (
    PARTITION,
    TOWN,
    A,
    B,
    C,
    D,
    PartitionWorld,
    make_partition_world,
)
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack

PATH = f"/partitions/{PARTITION['code']}/addresses"
HEAD = "Straße;Hausnummer;Zusatz;PLZ;Einheit\n"
# Ahornweg lies in A and B: 6 and 8 are missing where they meet
CLEAN = HEAD + "".join(
    f"{line}\n"
    for line in (
        f"Ahornweg;2;;12345;{A}",
        f"Ahornweg;4;;12345;{A}",
        f"Ahornweg;10;;12345;{B}",
        f"Ahornweg;1;;12345;{A}",
        f"Ahornweg;3;a;12345;{A}",
        f"Birkenstraße;1;;12345;{C}",
    )
)


@pytest.fixture(scope="module")
async def town(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[PartitionWorld]:
    """One world for the module; every test hands in the directory it looks at."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        yield await make_partition_world(stack)
    databases.drop(database)


async def taken(town: PartitionWorld, text: str | bytes) -> dict[str, object]:
    """Hand in a directory that is taken; what the service says of it."""
    answer = await town.put_addresses(text)
    assert answer.status_code == 200, answer.text
    document: dict[str, object] = answer.json()
    return document


async def count(town: PartitionWorld) -> int:
    """How many rows are stored."""
    ((number,),) = town.stack.database.execute("SELECT count(*) FROM indicator.partition_address")
    return int(str(number))


async def test_a_directory_is_taken_and_counted(town: PartitionWorld) -> None:
    read = await taken(town, CLEAN)
    assert (read["addresses"], read["streets"], read["doubles"], read["gaps"]) == (6, 2, 0, 1)
    assert read["units_without"] == [{"code": D, "name": "Quartier 4"}]
    units = (await town.send("GET", f"/partitions/{PARTITION['code']}")).json()["unit_items"]
    assert [unit["addresses"] for unit in units] == [4, 1, 1, 0]
    listed = (await town.send("GET", f"{PATH}?street=ahorn&limit=2")).json()
    assert [(item["house_number"], item["suffix"]) for item in listed["items"]] == [
        (1, ""),
        (2, ""),
    ]
    rest = (await town.send("GET", f"{PATH}?street=ahorn&cursor={listed['next']}")).json()
    assert [(item["house_number"], item["suffix"]) for item in rest["items"]] == [
        (3, "a"),
        (4, ""),
        (10, ""),
    ]
    in_b = (await town.send("GET", f"{PATH}?unit={B}")).json()["items"]
    assert [(item["street"], item["unit_name"]) for item in in_b] == [("Ahornweg", "Quartier 2")]


@pytest.mark.parametrize(
    "text",
    [
        ("\ufeff" + CLEAN).encode(),
        CLEAN.encode("cp1252"),
        CLEAN.replace(";", ",").encode(),
        CLEAN.replace(";", "\t").replace("\n", "\r\n").encode(),
        CLEAN.replace(f";{A}", ";Quartier 1").replace(f";{B}", ";02").encode(),
        b"Str.;Haus-Nr.;Einheit\n"
        + f"Ahornweg;2 - 4 gerade;{A}\nAhornweg;1;{A}\n".encode()
        + f"Ahornweg;3a;{A}\nAhornweg;10;{B}\nBirkenstr.;1;{C}\n".encode(),
        b"Strasse;von;bis;Seite;Einheit\n"
        + f"Ahornweg;1;4;alle;{A}\nAhornweg;10;;;{B}\nBirkenweg;1;;;{C}\n".encode(),
    ],
    ids=["bom", "windows-1252", "comma", "tab", "names", "ranges", "from-to"],
)
async def test_the_ways_a_directory_may_be_written(town: PartitionWorld, text: bytes) -> None:
    read = await taken(town, text)
    assert (read["addresses"], read["streets"]) == (6, 2)


async def test_faults_are_named_by_row_and_nothing_is_taken(town: PartitionWorld) -> None:
    await taken(town, CLEAN)
    before = await count(town)
    faulty = CLEAN + "".join(
        f"{line}\n"
        for line in (
            "Ahornweg;5;;12345;9900100105",
            f"Ahorn-Weg;2;;12345;{A}",
            f"Ahornweg;zwölf;;12345;{A}",
            f"Ahornweg;7;;1234;{A}",
            f"Ahornweg;12-16;;12345;{A}",
            f";7;;12345;{A}",
            "Ahornweg;9;;12345;",
            f"Ahornweg;11;haus;12345;{A}",
            "",
            f"Ahornweg;;;12345;{A}",
        )
    )
    answer = await town.put_addresses(faulty)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "addresses_rejected")
    assert [(item["row"], item["code"]) for item in problem["findings"]] == [
        (8, "unit_unknown"),
        (9, "address_twice"),
        (10, "number_unreadable"),
        (11, "postcode_unreadable"),
        (12, "parity_missing"),
        (13, "street_missing"),
        (14, "unit_missing"),
        (15, "suffix_unreadable"),
        (17, "number_missing"),
    ]
    assert problem["finding_count"] == 9
    assert all(item["detail"] for item in problem["findings"])
    assert await count(town) == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\x00\x01", "no_table"),
        (b"%PDF-1.7", "no_table"),
        (b"PK\x03\x04...", "no_table"),
        (b"Ahornweg 1\n", "columns_missing"),
        (b"Ort;Hausnummer\nX;1\n", "columns_missing"),
        (HEAD.encode(), "no_rows"),
        (HEAD.encode() + b'"' + b"x" * 140_000, "no_table"),
    ],
)
async def test_what_is_no_directory(town: PartitionWorld, text: bytes, code: str) -> None:
    answer = await town.put_addresses(text)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_file_about_people_is_refused_not_kept_and_noted(town: PartitionWorld) -> None:
    await taken(town, CLEAN)
    before = await count(town)
    secret = "Kundin-Geheim"
    text = f"Straße;Hausnummer;Einheit;Name;Geburtsdatum;BG-Nummer\nAhornweg;1;{A};{secret};1;2\n"
    for method, path in (("PUT", PATH), ("POST", f"{PATH}/check")):
        tag = await town.etag(f"/partitions/{PARTITION['code']}")
        answer = await town.send(
            method,
            path,
            content=text.encode(),
            headers={"Content-Type": "text/csv", "If-Match": tag},
        )
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "person_columns")
        assert "Geburtsdatum" in problem["detail"]
        assert secret not in answer.text
    assert await count(town) == before
    noted = town.stack.database.execute(
        "SELECT record_id, organisation_id FROM indicator.audit"
        " WHERE action = 'partition.addresses_refused_person_columns'"
    )
    assert noted == [(PARTITION["code"], town.office_id)] * 2
    tables = town.stack.database.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_schema IN ('indicator', 'jobs') AND table_type = 'BASE TABLE'"
    )
    for (table,) in tables:
        found = town.stack.database.execute(
            f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE %s", f"%{secret}%"
        )
        assert found == [(0,)], table


async def test_columns_it_does_not_need_are_not_kept(town: PartitionWorld) -> None:
    read = await taken(town, f"Straße;Hausnummer;Einheit;Gemarkung\nAhornweg;1;{A};Feldmark\n")
    assert [note["code"] for note in read["notes"]] == ["columns_ignored"]  # type: ignore[attr-defined]


async def test_doubles_and_gaps_are_listed(town: PartitionWorld) -> None:
    text = CLEAN + f"Ahornweg;2;;12345;{B}\nBirkenstr.;1;;12345;{D}\nAhornweg;20;;12345;{B}\n"
    read = await taken(town, text)
    assert (read["doubles"], read["addresses"]) == (2, 7)
    check = (await town.send("GET", f"{PATH}/check")).json()
    assert [
        (item["street"], item["house_number"], [unit["code"] for unit in item["units"]])
        for item in check["double_items"]
    ] == [("Ahornweg", 2, [A, B]), ("Birkenstr.", 1, [C, D])]
    # 12 to 18 are missing as well, between neighbours of one unit: most likely not built on
    assert [
        (gap["first"], gap["last"], gap["side"], gap["before"]["code"], gap["after"]["code"])
        for gap in check["gap_items"]
    ] == [(6, 8, "gerade", A, B)]
    assert check["units_without"] == []
    assert not check["order_file"]["is_offered"]
    answer = await town.send("GET", f"{PATH}/order-file")
    assert (answer.status_code, answer.json()["code"]) == (409, "addresses_double")


async def test_the_same_street_name_in_two_postcodes_is_two_streets(town: PartitionWorld) -> None:
    read = await taken(town, f"{HEAD}Ahornweg;1;;12345;{A}\nAhornweg;1;;54321;{B}\n")
    assert (read["addresses"], read["doubles"]) == (2, 0)


async def test_an_address_without_postcode_may_be_the_one_that_has_one(
    town: PartitionWorld,
) -> None:
    read = await taken(town, f"{HEAD}Ahornweg;1;;12345;{A}\nAhornweg;1;;;{B}\n")
    assert (read["addresses"], read["doubles"]) == (1, 1)
    (item,) = (await town.send("GET", f"{PATH}/check")).json()["double_items"]
    assert (item["postcode"], [unit["code"] for unit in item["units"]]) == ("12345", [A, B])
    # in one unit it is the same address, and is ordered once
    read = await taken(town, f"{HEAD}Ahornweg;1;;12345;{A}\nAhornweg;1;;;{A}\nAhornweg;3;;;{B}\n")
    assert (read["addresses"], read["doubles"]) == (2, 0)
    order = await town.send("GET", f"{PATH}/order-file?encoding=utf-8")
    lines = order.content.decode("utf-8-sig").splitlines()[1:]
    assert [line.split(";")[1:5] for line in lines] == [
        ["Ahornweg", "1", "", "12345"],
        ["Ahornweg", "3", "", ""],
    ]


async def test_a_list_of_all_addresses_shows_what_is_missing(town: PartitionWorld) -> None:
    await taken(town, CLEAN)
    town_list = (
        "Strasse;Hausnummer;Zusatz;PLZ\nAhornweg;2;;12345\nAhornweg;4;;12345\nAhornweg;6;;12345\n"
        "Birkenstr.;1;;12345\nAhornweg;3a;;12345\n"
    )
    answer = await town.send(
        "POST", f"{PATH}/check", content=town_list.encode(), headers={"Content-Type": "text/csv"}
    )
    compared = answer.json()["comparison"]
    assert (compared["listed"], compared["missing"], compared["surplus"]) == (5, 1, 2)
    bare = town_list.replace(";PLZ", "").replace(";12345", "")
    answer = await town.send(
        "POST", f"{PATH}/check", content=bare.encode(), headers={"Content-Type": "text/csv"}
    )
    assert answer.json()["comparison"]["missing"] == 1
    assert compared["missing_items"][0]["house_number"] == 6
    assert {item["house_number"] for item in compared["surplus_items"]} == {1, 10}
    assert await count(town) == 6


async def test_a_directory_without_postcodes_is_compared_without_them(town: PartitionWorld) -> None:
    await taken(town, CLEAN.replace(";12345;", ";;"))
    town_list = "Strasse;Hausnummer;PLZ\nAhornweg;2;12345\nAhornweg;6;12345\n"
    answer = await town.send(
        "POST", f"{PATH}/check", content=town_list.encode(), headers={"Content-Type": "text/csv"}
    )
    compared = answer.json()["comparison"]
    assert [item["house_number"] for item in compared["missing_items"]] == [6]
    assert compared["surplus"] == 5


async def test_the_order_file_names_each_address_once(town: PartitionWorld) -> None:
    await taken(town, CLEAN)
    for encoding in ("utf-8", "windows-1252"):
        answer = await town.send("GET", f"{PATH}/order-file?encoding={encoding}")
        assert answer.headers["Content-Type"] == f"text/csv; charset={encoding}"
        text = answer.content.decode("utf-8-sig" if encoding == "utf-8" else "cp1252")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        assert rows[0][:3] == ["Gemeindeschluessel", "Strasse", "Hausnummer"]
        assert rows[1] == [TOWN, "Ahornweg", "1", "", "12345", A, "Quartier 1"]
        assert [row[1:4] for row in rows[1:]] == [
            ["Ahornweg", "1", ""],
            ["Ahornweg", "2", ""],
            ["Ahornweg", "3", "a"],
            ["Ahornweg", "4", ""],
            ["Ahornweg", "10", ""],
            ["Birkenstraße", "1", ""],
        ]
    check = (await town.send("GET", f"{PATH}/check")).json()["order_file"]
    assert check["is_offered"]
    assert "Mindestzahl" in check["caution"]


async def test_signs_beyond_windows_1252_ask_for_utf_8(town: PartitionWorld) -> None:
    await taken(town, f"{HEAD}Çağlar-Straße;1;;12345;{A}\n".encode())
    answer = await town.send("GET", f"{PATH}/order-file?encoding=windows-1252")
    assert (answer.status_code, answer.json()["code"]) == (409, "encoding_too_small")
    whole = await town.send("GET", f"{PATH}/order-file?encoding=utf-8")
    assert "Çağlar-Straße" in whole.content.decode("utf-8-sig")


async def test_addresses_are_the_keepers_alone(town: PartitionWorld) -> None:
    await taken(town, CLEAN)
    tag = await town.etag(f"/partitions/{PARTITION['code']}")
    for path in ("", "/check", "/order-file"):
        for key in (town.town_hall, town.kreis, town.elsewhere):
            answer = await town.send("GET", PATH + path, key)
            assert answer.status_code == 404, (path, answer.text)
        assert (await town.send("GET", PATH + path, town.ministry)).status_code == 403
    for key in (town.town_hall, town.kreis, town.elsewhere):
        assert (await town.put_addresses(CLEAN, key, tag)).status_code == 404
    assert (await town.put_addresses(CLEAN, etag='"0"')).status_code == 412


async def test_the_wrong_kind_of_body(town: PartitionWorld) -> None:
    tag = await town.etag(f"/partitions/{PARTITION['code']}")
    answer = await town.send("PUT", PATH, json={}, headers={"If-Match": tag})
    assert answer.status_code == 415


# ---- Rules --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Karl-Marx-Str.", "Karl Marx Straße"),
        ("HAUPTSTRASSE", "Hauptstraße"),
        ("Straße des Friedens", "Str. des Friedens"),
        ("St. Anna-Weg", "Sankt-Anna-Weg"),
        ("Marktpl.", "Marktplatz"),
    ],
)
def test_streets_that_are_the_same(one: str, other: str) -> None:
    assert street_key(one) == street_key(other)


def test_streets_that_are_not_the_same() -> None:
    names = ("Bauerstraße", "Baurstraße", "Müllerweg", "Mullerweg", "Am Wall", "Wallstraße")
    assert len({street_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("text", "suffix", "read"),
    [
        ("12", "", (12, "")),
        ("012", "", (12, "")),
        ("12 A", "", (12, "a")),
        ("12", "1/2", None),
        ("12/2", "", (12, "/2")),
        ("12", "2", (12, "/2")),
        ("12a", "b", None),
        ("0", "", None),
        ("12345", "", None),
        ("12", "Mueller", None),
    ],
)
def test_house_numbers(text: str, suffix: str, read: tuple[int, str] | None) -> None:
    assert house_number(text, suffix) == read


@given(st.integers(1, 3000), st.integers(0, 300), st.sampled_from(["gerade", "ungerade"]))
def test_a_range_holds_its_side_of_the_street(first: int, steps: int, side: str) -> None:
    first += (first % 2 == 1) != (side == "ungerade")
    numbers = numbers_in_range(str(first), str(first + 2 * steps), side)
    assert numbers == [first + 2 * step for step in range(steps + 1)]


def test_columns_about_people_are_known() -> None:
    about = (
        *("Name", "Vor- und Nachname", "Geb.-Datum", "Geburtsdatum", "Kundennummer", "E-Mail"),
        *("Staatsangehörigkeit", "BG-Nr.", "Telefon", "Alter", "Steuer-ID", "Bewohner"),
    )
    assert [name for name in about if not is_about_persons(name)] == []
    fine = ("Straße", "Haus-Nr.", "Zusatz", "PLZ", "Gebietsname", "Gemarkung", "Einwohner", "Ort")
    assert [name for name in fine if is_about_persons(name)] == []


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_stumble(data: bytes) -> None:
    with suppress(UnreadableAddressFileError):
        read_directory(HEAD.encode() + data, {unit_name(A): 1})


@pytest.mark.long
async def test_a_hundred_thousand_addresses(town: PartitionWorld) -> None:
    lines = [
        f"Straße {number // 100};{number % 100 + 1};;12345;{(A, B, C, D)[number // 25_000]}\n"
        for number in range(100_000)
    ]
    # every street lies in another order than it is stored
    lines.sort(key=lambda line: line[::-1])
    read = await taken(town, HEAD + "".join(lines))
    assert (read["addresses"], read["streets"], read["doubles"]) == (100_000, 1000, 0)
    page = (await town.send("GET", f"{PATH}?limit=500")).json()
    seen = 500
    while page["next"] and seen < 3000:
        page = (await town.send("GET", f"{PATH}?limit=500&cursor={page['next']}")).json()
        seen += len(page["items"])
    order = await town.send("GET", f"{PATH}/order-file")
    assert order.content.count(b"\r\n") == 100_001
