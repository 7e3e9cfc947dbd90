"""Workbooks to fill in: what is in them, and that they come back without any mapping."""

import io
from collections.abc import Callable
from typing import Any

import fastexcel
import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.indicator_api.test_delivery_mappings import XLSX, stored
from tests.indicator_api.world import World
from tests.support.stack import as_bearer

Filling = Callable[[Workbook], None]


async def download(world: World, dataset: str = "sgb2", **wanted: Any) -> bytes:
    """The template as it is offered."""
    answer = await world.stack.indicator.get(
        f"/v1/datasets/{dataset}/template.xlsx", params=wanted, headers=as_bearer(world.office)
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == XLSX
    assert "filename*=UTF-8''Vorlage" in answer.headers["Content-Disposition"]
    return answer.content


def filled(data: bytes, *fillings: Filling) -> bytes:
    """The workbook with something entered, as another program saves it."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for filling in fillings:
        filling(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def entered(cells: dict[str, Any]) -> Filling:
    """Fill these cells of the sheet in."""

    def fill(book: Workbook) -> None:
        for place, value in cells.items():
            book["Eingabe"][place] = value

    return fill


async def test_the_template_names_areas_measures_and_what_is_counted(world: World) -> None:
    data = await download(world, indicator="sgb2_quote", level="gemeinde")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["Eingabe", "Anleitung", "quartierblick"]
    assert book["quartierblick"].sheet_state == "veryHidden"
    sheet = book["Eingabe"]
    assert [cell.value for cell in sheet[5]] == [
        "Schlüssel",
        "Gebiet",
        "Leistungsberechtigte (Anzahl)",
        "Zeichen zu: Leistungsberechtigte (Anzahl)",
        "Einwohner (Anzahl)",
        "Zeichen zu: Einwohner (Anzahl)",
    ]
    assert [(row[0].value, row[1].value) for row in sheet["A6:B8"]] == [
        ("99001001", "Stadt 1"),
        ("99001002", "Stadt 2"),
        ("99001003", "Stadt 3"),
    ]
    # a key is a text, so that no program takes its leading zero
    assert sheet["A6"].data_type == "s"
    assert sheet["A6"].number_format == "@"
    assert "Zähler von „SGB II-Quote“" in sheet["C5"].comment.text
    assert sheet.protection.sheet
    is_locked = {cell.coordinate: cell.protection.locked for row in sheet["A1:F9"] for cell in row}
    free = {place for place, locked in is_locked.items() if not locked}
    assert free == {"B3"} | {f"{column}{row}" for column in "CDEF" for row in (6, 7, 8)}
    lists = {
        str(item.sqref): item.formula1
        for item in sheet.data_validations.dataValidation
        if item.type == "list"
    }
    assert lists["D6:D8"] == '".,/,x,..."'
    assert lists["B3"].startswith('"20')
    guide = [cell.value for cell in book["Anleitung"]["A"]]
    assert "Was die Zeichen bedeuten" in guide
    assert any("Nenner von „SGB II-Quote“" in str(text) for text in guide)


async def test_a_filled_template_comes_back_without_mapping(world: World) -> None:
    data = await download(world, indicator="sgb2_quote", level="gemeinde")
    body = filled(
        data,
        entered({"B3": "2023", "C6": 120, "E6": 1000, "D7": ".", "E7": 900.0, "E8": 0}),
    )
    delivery = await world.stack.deliver(world.office, "sgb2", body, content_type=XLSX)
    assert delivery["state"] == "accepted", delivery
    assert (delivery["format"], delivery["mapping"]) == ("template", None)
    assert stored(world) == [
        ("99001001", "ew", "2023", "", 1000.0, 0),
        ("99001001", "lb", "2023", "", 120.0, 0),
        ("99001002", "ew", "2023", "", 900.0, 0),
        ("99001002", "lb", "2023", "", None, 2),
        ("99001003", "ew", "2023", "", 0.0, 0),
    ]
    counted = {item["code"]: item["severity"] for item in delivery["finding_counts"]}
    assert counted["cells_empty"] == "note"
    assert "error" not in counted.values()


async def test_a_period_given_is_filled_in_and_a_date_is_read(world: World) -> None:
    data = await download(world, measure="ew", level="gemeinde", period="31.12.2022")
    assert openpyxl.load_workbook(io.BytesIO(data))["Eingabe"]["B3"].value == "2022-12-31"
    body = filled(data, entered({"B3": "30.06.2023", "C6": 5}))
    delivery = await world.stack.deliver(world.office, "sgb2", body, content_type=XLSX)
    assert delivery["state"] == "accepted", delivery
    assert [row[2] for row in stored(world)] == ["2023-06-30"]


def without_hidden_text(book: Workbook) -> None:
    book["quartierblick"]["A5"] = "{"


def without_head(book: Workbook) -> None:
    book["Eingabe"]["A5"] = "Nummer"


def sheet_renamed(book: Workbook) -> None:
    book["Eingabe"].title = "Zahlen"


@pytest.mark.parametrize(
    ("filling", "code"),
    [
        (entered({"B3": None, "C6": 1}), "template_without_period"),
        (entered({"B3": "2023"}), "nothing_delivered"),
        (entered({"B3": "bald", "C6": 1}), "period_unreadable"),
        (entered({"B3": "2023", "C6": "viele"}), "number_invalid"),
        (without_hidden_text, "template_damaged"),
        (without_head, "template_damaged"),
        (sheet_renamed, "template_damaged"),
    ],
)
async def test_what_is_wrong_with_a_template_is_said(
    world: World, filling: Filling, code: str
) -> None:
    data = await download(world, measure="ew", level="gemeinde")
    delivery = await world.stack.deliver(
        world.office, "sgb2", filled(data, filling), content_type=XLSX
    )
    assert delivery["state"] == "rejected", delivery
    path = f"/v1/deliveries/{delivery['id']}/findings?severity=error"
    findings = await world.stack.read(world.office, path)
    assert [item["code"] for item in findings["items"]] == [code]
    assert findings["items"][0]["remedy"]


async def test_a_template_can_hold_many_measures_and_stays_readable(world: World) -> None:
    """The hidden text of many columns is longer than a cell holds."""
    name = "Personen, die eine lange Bezeichnung verdienen, weil vieles gezählt wird, Nummer"
    measures = ", ".join(
        f"('m{number}', '{name} {number}', 'Personen', 'count')" for number in range(150)
    )
    world.stack.database.execute(
        f"INSERT INTO indicator.measure (code, name, unit, kind) VALUES {measures}"
    )
    codes = [f"m{number}" for number in range(150)]
    data = await download(world, measure=codes, level="gemeinde", period="2023")
    hidden = fastexcel.read_excel(data).load_sheet("quartierblick", header_row=None)
    assert hidden.height > 5
    body = filled(data, entered({"C6": 1, "KO6": 150}))
    delivery = await world.stack.deliver(world.office, "sgb2", body, content_type=XLSX)
    findings = await world.stack.read(world.office, f"/v1/deliveries/{delivery['id']}/findings")
    assert delivery["state"] == "accepted", findings
    assert [(row[1], row[4]) for row in stored(world)] == [("m0", 1.0), ("m149", 150.0)]


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({}, 422, "template_empty"),
        ({"indicator": "gibt_es_nicht"}, 422, "indicator_unknown"),
        ({"measure": ["ew", "nichts"]}, 422, "measure_unknown"),
        ({"measure": "ew", "level": "quartier"}, 422, "template_without_areas"),
        ({"measure": "ew", "area": "05"}, 422, "template_without_areas"),
        ({"measure": "ew", "period": "bald"}, 422, "period_unreadable"),
        ({"measure": "ew", "years": "3"}, 422, "unknown_parameter"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_answered(
    world: World, wanted: dict[str, Any], status: int, code: str
) -> None:
    answer = await world.stack.indicator.get(
        "/v1/datasets/sgb2/template.xlsx", params=wanted, headers=as_bearer(world.office)
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    answer = await world.stack.indicator.get(
        "/v1/datasets/sgb2/template.xlsx",
        params={"measure": "ew"},
        headers=as_bearer(world.other_office),
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "dataset_not_yours")


async def test_persons_on_a_sheet_that_was_added_are_refused(world: World) -> None:
    def add(book: Workbook) -> None:
        sheet = book.create_sheet("Fälle")
        sheet.append(("Nachname", "Vorname", "Geburtsdatum"))
        sheet.append(("Sonnenblum", "Waltraud", "17.03.1961"))

    data = await download(world, indicator="sgb2_quote", level="gemeinde", period="2022")
    body = filled(data, entered({"C6": 10, "E6": 100}), add)
    delivery = await world.stack.deliver(world.office, "sgb2", body, content_type=XLSX)
    assert delivery["state"] == "rejected"
    assert [item["code"] for item in delivery["finding_counts"]] == ["person_data"]
    assert delivery["content_deleted_at"] is not None
