"""The pages of partitions and sets, over the real services."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.indicator_api.partition_world import (
    HALF,
    PARTITION,
    SOUTH,
    TOWN,
    WEST,
    A,
    B,
    C,
    D,
    PartitionWorld,
    make_partition_world,
    rectangle,
    whole,
)
from tests.support import databases
from tests.support.applications import lent_web
from tests.support.databases import TestDatabase
from tests.support.people import PASSWORD
from tests.support.stack import open_stack
from tests.web.asserting_client import AssertingClient, Page
from web.settings import WebSettings

LIST = "/gebiete/gliederungen"
ONE = f"{LIST}/{PARTITION['code']}"
NEW_SET = f"/gebiete/mengen/neu?gliederung={PARTITION['code']}"
HEAD = "Straße;Hausnummer;Zusatz;PLZ;Einheit\n"


@dataclass(frozen=True, slots=True)
class Desk:
    """The world and browsers of the office that keeps the partition, another town, nobody."""

    world: PartitionWorld
    office: AssertingClient
    elsewhere: AssertingClient
    public: AssertingClient


@pytest.fixture(scope="module")
async def desk(
    template_database: TestDatabase,
    tmp_path_factory: pytest.TempPathFactory,
    web_settings: WebSettings,
) -> AsyncIterator[Desk]:
    """One world for the module; every test makes sets of its own names."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        world = await make_partition_world(stack)
        stack.people.account("amt", world.office_id, "statistikstelle")
        other = stack.people.organisation("Stadt Zwei", "kommune", ("99001002",))
        stack.people.account("nachbar", other, "sozialplanung")
        async with lent_web(web_settings, stack.transports) as app:
            browsers = [AssertingClient(app) for _ in range(3)]
            await browsers[0].log_in("amt", PASSWORD)
            await browsers[1].log_in("nachbar", PASSWORD)
            yield Desk(world, *browsers)
            for browser in browsers:
                await browser.aclose()
    databases.drop(database)


def csv_file(name: str, text: str) -> dict[str, tuple[str, bytes, str]]:
    """A file as a form sends it."""
    return {name: ("datei.csv", text.encode(), "text/csv")}


async def composed(desk: Desk, expect: int = 200, **fields: object) -> Page:
    """Send the form that composes a set."""
    await desk.office.get(NEW_SET)
    data = {
        "gliederung": PARTITION["code"],
        "kind": "sozialraum",
        "weg": "einheiten",
        "schritt": "vorschau",
        "crs": "EPSG:25832",
        **fields,
    }
    return await desk.office.post("/gebiete/mengen/neu", data, expect=expect)


async def test_the_list_begins_with_what_there_is_or_how_to_begin(desk: Desk) -> None:
    page = await desk.office.get(LIST)
    assert PARTITION["name"] in page.text
    assert "Gebiet zusammensetzen" in page.text
    empty = await desk.elsewhere.get(LIST)
    assert "noch keine Gliederung" in empty.text
    assert f"{LIST}/neu" in empty.links().values()
    await desk.public.get(LIST, expect=303)


async def test_another_towns_partition_is_not_found(desk: Desk) -> None:
    for path in (ONE, f"{ONE}/adressen"):
        await desk.elsewhere.get(path, expect=404)


async def test_a_partition_shows_units_map_and_directory(desk: Desk) -> None:
    page = await desk.office.get(ONE)
    assert page.heading == PARTITION["name"]
    assert len(page.all(".//*[@data-unit]")) == 4
    for number in "1234":
        assert f"Quartier {number}" in page.text
    assert "Straßen- und Hausnummernverzeichnis" in page.text


async def test_a_directory_is_uploaded_checked_and_ordered_from(desk: Desk) -> None:
    await desk.office.get(ONE)
    tag = (await desk.office.get(ONE)).field("etag")
    faulty = f"{HEAD}Ahornweg;1;;12345;nirgends\nAhornweg;x;;12345;{A}\n"
    page = await desk.office.post(
        f"{ONE}/adressen", {"etag": tag}, expect=422, files=csv_file("verzeichnis", faulty)
    )
    assert "2 Zeilen sind nicht in Ordnung" in page.text
    assert "Diese Einheit gehört nicht zur Gliederung" in page.text
    people = f"Straße;Hausnummer;Einheit;Geburtsdatum\nAhornweg;1;{A};1.1.1970\n"
    page = await desk.office.post(
        f"{ONE}/adressen", {"etag": tag}, expect=422, files=csv_file("verzeichnis", people)
    )
    assert "Angaben zu Personen" in page.text
    double = f"{HEAD}Ahornweg;1;;12345;{A}\nAhornweg;1;;12345;{B}\n"
    done = await desk.office.post(
        f"{ONE}/adressen", {"etag": tag}, files=csv_file("verzeichnis", double)
    )
    page = await desk.office.follow(done)
    assert "1 Adresse steht in mehr als einer Einheit" in page.text.replace("\u00a0", " ")
    assert "bestelldatei.csv" not in page.html
    clean = f"{HEAD}Ahornweg;1;;12345;{A}\nAhornweg;3;;12345;{A}\nAhornweg;9;;12345;{B}\n"
    done = await desk.office.post(
        f"{ONE}/adressen", {"etag": page.field("etag")}, files=csv_file("verzeichnis", clean)
    )
    page = await desk.office.follow(done)
    assert "5–7 ungerade" in page.text
    assert "Mindestzahl" in page.text
    order = (await desk.office.get(f"{ONE}/bestelldatei.csv")).response
    assert order.content.decode("cp1252").splitlines()[1].startswith(f"{TOWN};Ahornweg;1;")
    rows = await desk.office.get(f"{ONE}/adressen?strasse=ahorn", htmx=True)
    assert len(rows.all(".//tbody/tr")) == 3
    listed = "Straße;Hausnummer;PLZ\nAhornweg;1;12345\nAhornweg;5;12345\n"
    compared = await desk.office.post(
        f"{ONE}/abgleich", {}, expect=200, files=csv_file("liste", listed)
    )
    assert "Im Verzeichnis fehlen 1, und 2 stehen nur im Verzeichnis" in compared.text


async def test_a_set_is_looked_at_before_it_is_kept(desk: Desk) -> None:
    page = await desk.office.get(NEW_SET)
    assert [box.get("value") for box in page.all(".//input[@name='parts']")] == [A, B, C, D]
    wrong = await composed(desk, 422, name="", kind="")
    assert "Geben Sie dem Gebiet einen Namen" in wrong.text
    assert "Wählen Sie mindestens eine Einheit" in wrong.text
    look = await composed(desk, name="Süden", parts=[A, B])
    assert "2 Einheiten ganz" in look.text.replace("\u00a0", " ")
    missing = await desk.office.get("/gebiete/mengen/99001001-sozialraum-suden", expect=404)
    assert missing
    made = await composed(desk, 303, name="Süden", parts=[A, B], schritt="anlegen")
    page = await desk.office.follow(made)
    assert page.heading == "Süden"
    assert (
        len([item for item in page.all(".//*[@data-unit]") if "whole" in item.get("class", "")])
        == 2
    )
    everybody = await desk.public.get(made.location)
    assert "Quartier 2" in everybody.text
    assert "Teile ändern" not in everybody.text


async def test_a_polygon_shows_its_weights_and_what_they_rest_on(desk: Desk) -> None:
    drawn = rectangle(WEST, SOUTH, HALF * 1.25, HALF + 10)
    fields: dict[str, Any] = {"name": "Streifen", "weg": "flaeche", "polygon": json.dumps(drawn)}
    look = await composed(desk, **fields)
    assert "25,0" in look.text
    assert "nach Fläche" in look.text
    assert "wird nur gestreift" in look.text
    made = await composed(desk, 303, **fields, schritt="anlegen")
    page = await desk.office.follow(made)
    assert "Zahlen sind geschätzt" in page.text
    bow = [[WEST, SOUTH], [WEST + HALF, SOUTH + HALF], [WEST + HALF, SOUTH], [WEST, SOUTH + HALF]]
    crossing = {"type": "Polygon", "coordinates": [[*bow, bow[0]]]}
    wrong = await composed(desk, 422, **fields | {"polygon": json.dumps(crossing)})
    assert "überkreuzt sich" in wrong.text
    upload = {"datei": ("flaeche.geojson", json.dumps(drawn).encode(), "application/json")}
    await desk.office.get(NEW_SET)
    by_file = await desk.office.post(
        "/gebiete/mengen/neu",
        {
            "gliederung": PARTITION["code"], "kind": "sozialraum", "name": "Datei",
            "weg": "einheiten", "schritt": "vorschau", "crs": "EPSG:25832",
        },
        expect=200,
        files=upload,
    )  # fmt: skip
    assert "nach Fläche" in by_file.text


async def test_parts_are_changed_and_a_set_is_ended_by_its_keeper(desk: Desk) -> None:
    await desk.world.make_set("web", parts=whole(A))
    path = f"/gebiete/mengen/{TOWN}-web"
    page = await desk.office.get(f"{path}/teile")
    fields = {"etag": page.field("etag"), "weg": "einheiten", "parts": [C, D]}
    look = await desk.office.post(f"{path}/teile", {**fields, "schritt": "vorschau"}, expect=200)
    assert "So speichern" in look.text
    done = await desk.office.post(f"{path}/teile", {**fields, "schritt": "anlegen"})
    page = await desk.office.follow(done)
    assert "Quartier 4" in page.text
    stale = await desk.office.post(f"{path}/teile", {**fields, "schritt": "anlegen"}, expect=422)
    assert "inzwischen geändert" in stale.text
    page = await desk.office.get(path)
    ended = await desk.office.post(
        path, {"etag": page.field("etag"), "name": "Bis 2030", "valid_to": "2030-01-01"}
    )
    assert "bis 31.12.2029" in (await desk.office.follow(ended)).text
    await desk.elsewhere.get(f"{path}/teile", expect=404)


async def test_a_partition_is_made_from_the_register(desk: Desk) -> None:
    page = await desk.elsewhere.get(f"{LIST}/neu")
    wrong = await desk.elsewhere.post(f"{LIST}/neu", {"municipality": "99001002"}, expect=422)
    assert "Geben Sie der Gliederung einen Namen" in wrong.text
    made = await desk.elsewhere.post(
        f"{LIST}/neu",
        {
            "municipality": "99001002",
            "kind": "stadtteil",
            "name": "Stadtteile",
            "source": "Stadt Zwei",
            "idempotency_key": page.field("idempotency_key"),
        },
    )
    page = await desk.elsewhere.follow(made)
    assert "noch keine Einheiten" in page.text
    answer = await desk.elsewhere.get("/gebiete/mengen/neu?gliederung=99001002-stadtteil")
    assert "Einheiten" in answer.text


async def test_a_cut_set_is_changed_from_its_own_shape(desk: Desk) -> None:
    drawn = rectangle(WEST, SOUTH, HALF * 1.25, HALF)
    made = await desk.world.make_set("form", polygon=drawn, crs="EPSG:25832")
    path = f"/gebiete/mengen/{TOWN}-form"
    page = await desk.office.get(f"{path}/teile")
    fields = {
        "etag": page.field("etag"),
        "weg": "flaeche",
        "crs": "EPSG:4326",
        "polygon": page.find(".//textarea[@name='polygon']").text or "",
    }
    await desk.office.post(f"{path}/teile", {**fields, "schritt": "anlegen"})
    again = (await desk.world.send("GET", f"/area-sets/{TOWN}-form")).json()
    assert [(part["unit"], part["basis"]) for part in again["parts"]] == [
        (part["unit"], part["basis"]) for part in made["parts"]
    ]
    assert again["parts"][1]["weight"] == pytest.approx(made["parts"][1]["weight"], abs=0.002)


async def test_typed_weights_stay_when_other_parts_are_changed(desk: Desk) -> None:
    half = {"unit": B, "weight": 0.5, "basis": "residents"}
    await desk.world.make_set("getippt", parts=[{"unit": A}, half])
    path = f"/gebiete/mengen/{TOWN}-getippt"
    page = await desk.office.get(f"{path}/teile")
    kept = [item.get("value") for item in page.all(".//input[@name='anteil']")]
    assert kept == [f"{B}|0.5|residents"]
    assert "zu 50,0" in page.text.replace("\u00a0", " ")
    fields = {
        "etag": page.field("etag"),
        "weg": "einheiten",
        "parts": [B, C],
        "anteil": kept,
        "schritt": "anlegen",
    }
    await desk.office.post(f"{path}/teile", fields)
    again = (await desk.world.send("GET", f"/area-sets/{TOWN}-getippt")).json()
    assert [(part["unit"], part["weight"], part["basis"]) for part in again["parts"]] == [
        (B, 0.5, "residents"),
        (C, 1.0, "whole"),
    ]
