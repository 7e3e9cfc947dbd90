"""The official directories of 2005, 2009 and 2024: in any order they tell the same story."""

import io
import zipfile
from itertools import permutations
from pathlib import Path
from struct import pack
from typing import Any

import pytest
import xlsxwriter

from services.indicator_api.area_changes import tasks
from services.indicator_api.area_changes.deriving import derivation_of
from services.indicator_api.area_changes.reading import MAXIMUM_UNPACKED_BYTES, read_directory
from services.indicator_api.area_changes.routes import XLSX
from tests.indicator_api.world import import_areas
from tests.support.stack import Stack, as_bearer, new_key

FILES = {
    2005: "31122005_Auszug_GV.xlsx",
    2009: "31122009_Auszug_GV.xlsx",
    2024: "AuszugGV4QAktuell_2024.xlsx",
}
LAW = "Städteregion Aachen Gesetz § 1 (Aachen-Gesetz vom 26.02.2008, GV. NRW. S. 162)"
TOWNS = ("004", "008", "012", "016", "020", "024", "028", "032", "036")
AACHEN = {
    ("05313", "05334"),
    ("05354", "05334"),
    ("05313000", "05334002"),
    *((f"05354{town}", f"05334{town}") for town in TOWNS),
}


KREIS = ["40", "43", "05", "3", "54", "", "", "Aachen"]
TOWN = ["60", "63", "05", "3", "54", "0000", "004", "Alsdorf, Stadt", "31,66", "46472"]


def directory_of(stands_on: str, rows: list[list[str]], *, has_head: bool = True) -> bytes:
    """A directory as a workbook: the Land and these rows."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("Gemeindedaten")
        if has_head:
            sheet.write_row(0, 0, ["Satzart", "Text", "Land", "RB", "Kreis", "VB", "Gem"])
            sheet.write(0, 7, "Gemeindename")
            if stands_on:
                sheet.write(1, 2, f"Gebietsstand am {stands_on} (Jahr)")
            land = ["10", "", "05", "", "", "", "", "Nordrhein-Westfalen"]
            for place, row in enumerate([land, *rows], start=2):
                sheet.write_row(place, 0, row)
    return stream.getvalue()


AACHEN_2005 = directory_of(
    "31.12.2005",
    [
        ["40", "41", "05", "3", "13", "", "", "Aachen, Stadt"],
        ["60", "61", "05", "3", "13", "0000", "000", "Aachen, Stadt", "160,83", "258208"],
        KREIS,
        TOWN,
    ],
)
AACHEN_2009 = directory_of(
    "31.12.2009",
    [
        ["40", "43", "05", "3", "34", "", "", "Städteregion Aachen"],
        ["60", "63", "05", "3", "34", "0002", "002", "Aachen, Stadt", "160,84", "258380"],
        ["60", "63", "05", "3", "34", "0004", "004", "Alsdorf, Stadt", "31,67", "45721"],
    ],
)


async def hand_in(stack: Stack, key: str, body: bytes, **headers: str) -> dict[str, Any]:
    """Hand in a directory and have it read; the directory as it ended."""
    answer = await stack.indicator.post(
        "/v1/area-directories",
        params={"filename": "verzeichnis.xlsx"},
        content=body,
        headers=as_bearer(key) | new_key() | {"Content-Type": XLSX} | headers,
    )
    assert answer.status_code == 202, answer.text
    await stack.run_jobs()
    return await stack.read(key, answer.headers["Location"])


async def load(stack: Stack, key: str, folder: Path, *years: int) -> None:
    """Hand in the directories of these years, in this order."""
    for year in years:
        directory = await hand_in(
            stack, key, (folder / "gemeindeverzeichnis" / FILES[year]).read_bytes()
        )
        assert (directory["state"], directory["findings"]) == ("accepted", []), directory
        assert directory["stands_on"] == f"{year}-12-31"


async def events(stack: Stack, **params: Any) -> list[dict[str, Any]]:
    """All events of a choice."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        given = params | {"limit": 500} | ({"cursor": cursor} if cursor else {})
        page = (await stack.indicator.get("/v1/area-events", params=given)).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def links_of(items: list[dict[str, Any]]) -> set[tuple[str | None, str | None]]:
    """(key before, key after) of all links."""
    return {
        tuple(link[end] and link[end]["code"] for end in ("from", "to"))
        for item in items
        for link in item["links"]
    }


@pytest.fixture
def office(stack: Stack) -> str:
    """The API key of whoever keeps the register."""
    organisation = stack.people.organisation("Betrieb", "betrieb", ("DG",))
    return stack.people.api_key(organisation, ("areas:write",))


async def test_in_whatever_order_they_come_they_tell_of_aachen_s_reform(
    stack: Stack, office: str, shared_data: Path
) -> None:
    await load(stack, office, shared_data, 2024, 2005, 2009)
    exact = [
        item
        for kind in ("merge", "key_change", "split", "partial")
        for item in await events(stack, kind=kind, within="05")
    ]
    assert links_of(exact) == AACHEN
    assert {
        (item["effective_on"], item["is_day_known"], item["legal_basis"]) for item in exact
    } == {("2009-10-21", True, LAW)}
    assert all(link["basis"] == "whole" for item in exact for link in item["links"])

    for code, successor in (("05313", "05334 Städteregion Aachen"), ("05354004", "05334004")):
        area = await stack.read(office, f"/v1/areas/{code}")
        assert area["valid_to"] == "2009-10-21"
        assert area["ended"]["last_day"] == "2009-10-20"
        assert area["ended"]["detail"].startswith(
            f"{code} endete am 20.10.2009; Nachfolger ist {successor}"
        )
        assert [item["legal_basis"] for item in area["ended"]["events"]] == [LAW]
    region = await stack.read(office, "/v1/areas/05334")
    assert region["valid_from"] == "2009-10-21"
    assert region["ended"] is None
    assert {item["code"] for item in region["predecessors"]} == {"05313", "05354"}

    # what the directories cannot tell stays open, and says so
    ended = await events(stack, kind="ended")
    assert ended
    assert all(link["to"] is None for item in ended for link in item["links"])
    assert all("nennt keinen Nachfolger" in item["note"] for item in ended)
    assert {item["effective_on"] for item in ended if not item["is_day_known"]} == {
        "2009-12-31",
        "2024-12-31",
    }
    saxony = [item for item in ended if item["title"].startswith("Regierungsbezirk Chemnitz")]
    assert [item["effective_on"] for item in saxony if "Kreise" in item["title"]] == ["2008-08-01"]

    await _compositions_are_exact(stack)
    await _the_register_knows_its_days(stack)


async def _compositions_are_exact(stack: Stack) -> None:
    rows: list[tuple[Any, ...]] = stack.database.execute(
        "SELECT t.code, s.code, c.basis, c.weight FROM indicator.area_composition AS c"
        " JOIN indicator.area AS t ON t.id = c.target_area_id"
        " JOIN indicator.area AS s ON s.id = c.source_area_id"
        " WHERE t.code ~ '^05(313|334|354)'"
    )
    forward = {(old, new) for new, old, _, _ in rows if new.startswith("05334")}
    back = {(old, new) for old, new, _, _ in rows if not old.startswith("05334")}
    assert forward == AACHEN
    # the figures of the new key are those of the old one; a Kreis that merged has none any more
    assert back == {link for link in AACHEN if len(link[0]) == 8}
    assert {(basis, weight) for _, _, basis, weight in rows} == {("whole", 1.0)}


async def _the_register_knows_its_days(stack: Stack) -> None:
    async def keys(valid_on: str, **params: Any) -> set[str]:
        answer = await stack.indicator.get(
            "/v1/areas", params={"valid_on": valid_on, "limit": 5000, **params}
        )
        return {item["code"] for item in answer.json()["items"]}

    assert await keys("2009-10-20", parent="053", kind="kreis") >= {"05313", "05354"}
    assert await keys("2009-10-21", parent="053", kind="kreis") >= {"05334"}
    assert not {"05313", "05354"} & await keys("2009-10-21", kind="kreis")
    assert not {"05334"} & await keys("2009-10-20", kind="kreis")
    for valid_on, stand in (("2005-12-31", 0), ("2009-12-31", 1), ("2024-12-31", 2)):
        listed = stack.database.execute(
            "SELECT count(*) FROM indicator.area_directory_entry AS e"
            " JOIN indicator.area_directory AS d ON d.id = e.directory_id"
            f" WHERE d.stands_on = '{valid_on}'"
        )[0][0]
        registered = stack.database.execute(
            "SELECT count(*) FROM indicator.area AS a WHERE daterange(a.valid_from, a.valid_to)"
            f" @> date '{valid_on}'"
        )[0][0]
        assert registered == listed, stand


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.long)])
def test_every_order_derives_the_same(shared_data: Path, each: int) -> None:
    read = [
        read_directory((shared_data / "gemeindeverzeichnis" / name).read_bytes())
        for name in FILES.values()
    ]
    told = []
    for order in list(permutations(read))[::each]:
        derivation = derivation_of(order)
        spans = {
            (code, run.begins, run.ends) for code, runs in derivation.runs.items() for run in runs
        }
        told.append(([str(event) for items in derivation.changes for event in items], spans))
    assert all(item == told[0] for item in told[1:])


async def test_a_register_that_is_there_is_brought_in_line(stack: Stack, office: str) -> None:
    """Days of the register stand; ends that it leaves open close; nothing is there twice."""
    aachen = [
        {"code": code, "kind": kind, "name": code, "parent": parent, **dates}
        for code, kind, parent, dates in (
            ("DG", "bund", None, {"valid_from": "1990-10-03"}),
            ("05", "land", "DG", {}),
            ("05313", "kreis", "05", {}),
            ("05354", "kreis", "05", {"valid_to": "2009-10-21"}),
            ("05334", "kreis", "05", {"valid_from": "2009-10-21"}),
        )
    ]
    assert (await import_areas(stack, office, aachen))["state"] == "accepted"
    recorded = await stack.indicator.post(
        "/v1/area-events",
        json={
            "kind": "merge",
            "effective_on": "2009-10-21",
            "title": "Von Hand verzeichnet",
            "source": "Test",
            "links": [{"from": "05313", "to": "05334"}, {"from": "05354", "to": "05334"}],
        },
        headers=as_bearer(office) | new_key(),
    )
    assert recorded.status_code == 201, recorded.text
    for body in (AACHEN_2005, AACHEN_2009):
        assert (await hand_in(stack, office, body))["state"] == "accepted"
    merges = await events(stack, kind="merge", within="05")
    assert [item["title"] for item in merges] == ["Von Hand verzeichnet"]
    assert stack.database.execute(
        "SELECT code, valid_from::text, valid_to::text FROM indicator.area"
        " WHERE code IN ('DG', '05313', '05354', '05334') ORDER BY 1"
    ) == [
        ("05313", None, "2009-10-21"),
        ("05334", "2009-10-21", None),
        ("05354", None, "2009-10-21"),
        ("DG", "1990-10-03", None),
    ]
    # the same Gebietsstand once more takes the place of the first
    await hand_in(stack, office, AACHEN_2009)
    listed = (await stack.indicator.get("/v1/area-directories", headers=as_bearer(office))).json()
    assert [item["state"] for item in listed["items"]] == ["accepted", "replaced", "accepted"]
    assert await events(stack, kind="merge", within="05") == merges


async def test_residents_of_the_directory_are_the_shares_of_a_split(
    stack: Stack, office: str
) -> None:
    assert (await hand_in(stack, office, AACHEN_2009))["state"] == "accepted"
    whole = {"code": "05334999", "kind": "gemeinde", "name": "Beide", "parent": "05334"}
    assert (await import_areas(stack, office, [whole]))["state"] == "accepted"
    event = {
        "kind": "split",
        "effective_on": "2009-06-01",
        "title": "Aufgeteilt",
        "source": "Test",
        "links": [{"from": "05334999", "to": code} for code in ("05334002", "05334004")],
    }
    headers = as_bearer(office) | new_key()
    answer = await stack.indicator.post("/v1/area-events", json=event, headers=headers)
    assert answer.status_code == 201, answer.text
    links = answer.json()["links"]
    assert [link["basis"] for link in links] == ["residents", "residents"]
    assert [link["share"] for link in links] == pytest.approx(
        [258380 / (258380 + 45721), 45721 / (258380 + 45721)]
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"kein Verzeichnis", "file_unreadable"),
        (b"PK\x03\x04 abgeschnitten", "file_unreadable"),
        ("empty", "layout_unknown"),
        ("no_stand", "stand_missing"),
        ("twice", "key_twice"),
        ("broken", "key_broken"),
        ("bomb", "file_too_large"),
        ("liar", "file_unreadable"),
        ("no_such_day", "stand_impossible"),
    ],
)
async def test_what_is_no_directory_is_refused_with_a_reason(
    stack: Stack, office: str, body: bytes | str, code: str
) -> None:
    directory = await hand_in(stack, office, body if isinstance(body, bytes) else workbook(body))
    assert directory["state"] == "rejected"
    assert [item["code"] for item in directory["findings"]] == [code]
    assert stack.database.execute("SELECT count(*) FROM indicator.area_directory_entry") == [(0,)]
    assert stack.database.execute("SELECT count(*) FROM indicator.area") == [(0,)]


def workbook(fault: str) -> bytes:
    """A small directory as a workbook, with one fault."""
    rows = [KREIS, TOWN]
    if fault == "twice":
        rows.append(TOWN)
    if fault == "broken":
        rows.append(["60", "64", "05", "3", "54", "0000", "4", "Weiler", "1", "1"])
    days = {"no_stand": "", "no_such_day": "31.02.2005"}
    body = directory_of(days.get(fault, "31.12.2005"), rows, has_head=fault != "empty")
    if fault not in ("bomb", "liar"):
        return body
    size = MAXIMUM_UNPACKED_BYTES if fault == "bomb" else 5_000_003
    stream = io.BytesIO(body)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", bytes(size))
    # the liar says that it is small
    told = 1000 if fault == "liar" else size
    return stream.getvalue().replace(pack("<I", size), pack("<I", told))


def test_what_a_row_lacks_is_not_known() -> None:
    short = [cell[:8] for cell in (KREIS, TOWN)]
    directory = read_directory(directory_of("31.12.2005", short))
    assert directory.findings == ()
    assert directory.entries[-1].code == "05354004"
    assert (directory.entries[-1].area_km2, directory.entries[-1].residents) == (None, None)
    for odd in ("nan", "1e400", "12345678901"):
        town = [*TOWN[:8], odd, odd]
        (last,) = read_directory(directory_of("31.12.2005", [KREIS, town])).entries[-1:]
        assert (last.area_km2, last.residents) == (None, None)


async def test_what_breaks_behind_a_directory_does_not_undo_it(
    stack: Stack, office: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaking(_context: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(tasks, "refresh_statistics", breaking)
    directory = await hand_in(stack, office, AACHEN_2005)
    assert directory["state"] == "accepted"
    assert directory["counts"]["entries"] > 0


async def test_only_who_keeps_the_register_hands_in_directories(stack: Stack) -> None:
    organisation = stack.people.organisation("Amt", "statistikstelle", ("05",))
    key = stack.people.api_key(organisation, ("partitions:write",))
    refused = await stack.indicator.post(
        "/v1/area-directories",
        content=b"x",
        headers=as_bearer(key) | new_key() | {"Content-Type": XLSX},
    )
    assert (refused.status_code, refused.json()["right"]) == (403, "areas:write")
