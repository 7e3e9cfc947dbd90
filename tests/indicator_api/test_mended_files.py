"""A faulty file, mended in its annotated copy and sent again: the state of a clean file."""

import csv
import io
import json
from typing import Any

import openpyxl
import pytest

from services.indicator_api.deliveries.failures import failure_of
from tests.indicator_api.test_delivery_mappings import XLSX, asked, choose, save, stored, workbook
from tests.indicator_api.test_delivery_plausibility import dataset_of
from tests.indicator_api.test_delivery_templates import download, entered, filled
from tests.indicator_api.world import World
from tests.support.stack import as_bearer

HEAD = "area;period;measure;breakdown;value\n"
CLEAN = [
    "99001001;2021;ew;;1000",
    "99001001;2022;ew;;1010",
    "99001001;2022;ew;GES=GESM;500",
    "99001001;2022;ew;GES=GESW;510",
    "99001002;2022;ew;;-",
    "99001002;2022;lb;;12,5",
    '99001003;2022;ew;"ALTER=über ""6""";33',
    "99001003;31.12.2022;lb;;.",
]
# by place in the list above: what the sender wrote at first
SLIPS = {
    1: "99001001;2022-13;ew;;1010",
    3: "99001001;2022;ew;GES=GESM;510",
    4: "99001999;2022;ew;;-",
    5: "99001002;2022;lb;;zwölf",
    7: "99001003;31.12.2022;Größe;;.",
}
WIDE: list[list[Any]] = [
    ["Gemeinde", "Einwohner 2022", "Einwohner 2023"],
    ["Stadt 1", 1000, 1010],
    ["Stadt 2", 900, 905.5],
    ["Stadt 3", 800, "."],
]


async def annotated(world: World, delivery: dict[str, Any]) -> bytes:
    """The annotated file of a delivery."""
    answer = await world.stack.indicator.get(
        f"/v1/deliveries/{delivery['id']}/annotated", headers=as_bearer(world.office)
    )
    assert answer.status_code == 200, answer.text
    return answer.content


def told(delivery: dict[str, Any]) -> dict[str, Any]:
    """What a delivery brought about, without when and under which name."""
    return {name: delivery[name] for name in ("state", "counts", "finding_counts", "format")}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
async def test_only_the_flagged_rows_of_a_csv_are_mended(world: World, encoding: str) -> None:
    """Exactly the slips are flagged; mended there, the status columns left as they are."""
    stack, office = world.stack, world.office
    clean = (HEAD + "\n".join(CLEAN) + "\n").encode(encoding)
    faulty = [SLIPS.get(place, line) for place, line in enumerate(CLEAN)]
    first = await stack.deliver(office, "sgb2", (HEAD + "\n".join(faulty) + "\n").encode(encoding))
    assert first["state"] == "rejected", first
    assert stored(world) == []

    lines = (await annotated(world, first)).decode(encoding).splitlines()
    assert lines[0].split(";")[5:] == ["qb_status", "qb_befund", "qb_abhilfe"]
    rows = list(csv.reader(lines, delimiter=";"))[1:]
    assert {place for place, row in enumerate(rows) if row[5] == "Fehler"} == set(SLIPS)
    mended = [lines[0]]
    for place, line in enumerate(lines[1:]):
        remark = line.removeprefix(faulty[place])
        mended.append(CLEAN[place] + remark if place in SLIPS else line)
    second = await stack.deliver(office, "sgb2", ("\n".join(mended) + "\n").encode(encoding))

    other = await dataset_of(world, "cell_key")
    reference = await stack.deliver(office, other, clean)
    assert reference["state"] == "accepted", reference
    assert told(second) == told(reference)
    assert stored(world) == stored(world, other) != []
    again = await stack.deliver(office, "sgb2", clean)
    assert again["counts"]["unchanged"] == len(CLEAN)


async def test_only_the_flagged_rows_of_a_mapped_workbook_are_mended(world: World) -> None:
    """The saved mapping knows the table again, with its status columns too."""
    stack, office = world.stack, world.office
    other = await dataset_of(world, "cell_key")
    asking = await stack.deliver(office, other, workbook(WIDE), content_type=XLSX)
    document, tag = await asked(world, asking)
    assert (await save(world, "jährlich", document["proposal"])).status_code == 201
    answer = await choose(world, asking, {"name": "jährlich"}, tag)
    assert answer.status_code == 202, answer.text
    await stack.run_jobs()
    reference = await stack.read(office, f"/v1/deliveries/{asking['id']}")
    assert reference["state"] == "accepted", reference

    faulty = [list(row) for row in WIDE]
    faulty[1][2], faulty[3][0] = "tausend", "Stadt 33"
    first = await stack.deliver(office, "sgb2", workbook(faulty), content_type=XLSX)
    assert (first["state"], first["mapping_name"]) == ("rejected", "jährlich")
    book = openpyxl.load_workbook(io.BytesIO(await annotated(world, first)))
    sheet = book.active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][3:] == ["qb_status", "qb_befund", "qb_abhilfe"]
    flagged = [number for number in range(2, 5) if sheet.cell(number, 4).value == "Fehler"]
    assert flagged == [2, 4]
    assert "„Einwohner 2023“" in str(sheet.cell(2, 5).value)
    for number in flagged:
        for column, value in enumerate(WIDE[number - 1], 1):
            sheet.cell(number, column).value = value
    made = io.BytesIO()
    book.save(made)

    second = await stack.deliver(office, "sgb2", made.getvalue(), content_type=XLSX)
    assert second["state"] == "accepted", second
    assert second["mapping_name"] == "jährlich"
    assert second["counts"] == reference["counts"]
    assert stored(world) == stored(world, other) != []
    again = await stack.deliver(office, "sgb2", workbook(WIDE), content_type=XLSX)
    assert again["counts"]["unchanged"] == 6


async def test_only_the_flagged_rows_of_a_template_are_mended(world: World) -> None:
    """It stays the template that it was: no mapping is asked for."""
    stack, office = world.stack, world.office
    data = await download(world, indicator="sgb2_quote", level="gemeinde")
    body = filled(data, entered({"B3": "2023", "C6": 120, "E6": 1000, "C7": "viele", "D8": "."}))
    first = await stack.deliver(office, "sgb2", body, content_type=XLSX)
    assert first["state"] == "rejected", first
    marked = await annotated(world, first)
    sheet = openpyxl.load_workbook(io.BytesIO(marked))["Eingabe"]
    assert [cell.value for cell in sheet[5]][6:9] == ["qb_status", "qb_befund", "qb_abhilfe"]
    assert [sheet.cell(row, 7).value for row in (6, 7, 8)] == ["Anmerkung", "Fehler", None]
    mended = filled(marked, entered({"C7": 90}))
    second = await stack.deliver(office, "sgb2", mended, content_type=XLSX)
    assert (second["state"], second["format"]) == ("accepted", "template"), second
    assert stored(world) == [
        ("99001001", "ew", "2023", "", 1000.0, 0),
        ("99001001", "lb", "2023", "", 120.0, 0),
        ("99001002", "lb", "2023", "", 90.0, 0),
        ("99001003", "lb", "2023", "", None, 2),
    ]


async def test_doubts_about_a_wide_table_lead_to_their_cells(world: World) -> None:
    """Row and column name the cell, in the list of findings and in the annotated file."""
    stack, office = world.stack, world.office
    stack.database.execute("UPDATE indicator.dataset SET additivity = 'exact'")
    columns = [{"column": f"Einwohner {year}", "period": year} for year in ("2021", "2022", "2023")]
    mapping = {"area": {"column": "AGS"}, "measure": {"fixed": "ew"}, "values": columns}
    assert (await save(world, "breit", mapping)).status_code == 201
    table = (
        "AGS;Einwohner 2021;Einwohner 2022;Einwohner 2023\n"
        "99001;600;601;600\n99001001;100;100;100\n99001002;200;200;200\n99001003;300;300;300\n"
    )
    delivery = await stack.deliver(office, "sgb2", table, mapping="breit")
    assert delivery["state"] == "rejected"
    page = await stack.read(office, f"/v1/deliveries/{delivery['id']}/findings")
    assert [(item["code"], item["row"], item["column"]) for item in page["items"]] == [
        ("area_total_wrong", 2, "Einwohner 2022")
    ]
    lines = (await annotated(world, delivery)).decode().splitlines()
    assert "Spalte „Einwohner 2022“: Für das Gebiet steht hier 601" in lines[1]
    assert lines[2].endswith(";;;")


async def test_kinds_of_findings_are_named_in_the_language_asked_for(world: World) -> None:
    """By parameter or by header; German without either."""
    stack, office = world.stack, world.office
    delivery = await stack.deliver(office, "sgb2", HEAD + "99001001;2022;ew;;zwölf\n")
    path = f"/v1/deliveries/{delivery['id']}"
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    for params, headers, title in (
        ({}, {}, "Werte, die keine Zahlen sind"),
        ({"lang": "en"}, {}, "Values that are not numbers"),
        ({}, english, "Values that are not numbers"),
        ({"lang": "de"}, english, "Werte, die keine Zahlen sind"),
    ):
        asked_for = as_bearer(office) | headers
        one = await stack.indicator.get(path, params=params, headers=asked_for)
        many = await stack.indicator.get("/v1/deliveries", params=params, headers=asked_for)
        for document in (one.json(), many.json()["items"][0]):
            assert [item["title"] for item in document["finding_counts"]] == [title]
        assert one.headers["Content-Language"] == ("en" if title.startswith("Values") else "de")
        assert "Accept-Language" in one.headers["Vary"]


async def test_questions_and_failures_are_told_in_the_language_asked_for(world: World) -> None:
    """As findings are: by parameter or by header; what was kept before there was English stays."""
    stack, office = world.stack, world.office
    table = workbook([["Ort", "Zahl"], ["Stadt 1", 5], ["Nirgends", 6], ["Stadt 2", 7]])
    delivery = await stack.deliver(office, "sgb2", table, content_type=XLSX)
    assert delivery["state"] == "asking"
    path = f"/v1/deliveries/{delivery['id']}"
    german = await stack.read(office, f"{path}/mapping")
    english = await stack.read(office, f"{path}/mapping?lang=en")
    for told, words in ((german, "Für wann gelten"), (english, "When are the figures for?")):
        assert any(words in item["detail"] for item in told["questions"])
    assert [item["field"] for item in german["questions"]] == [
        item["field"] for item in english["questions"]
    ]
    assert any("“Nirgends”" in item["detail"] for item in english["questions"])
    draft = {"document": {"values": [{"column": "Zahl"}]}}
    preview = await stack.indicator.post(
        f"{path}/mapping/preview",
        json=draft,
        headers=as_bearer(office) | {"Accept-Language": "en"},
    )
    assert preview.headers["Content-Language"] == "en"
    assert "No column names the area" in preview.json()["questions"][0]["detail"]

    failure = failure_of(FileNotFoundError())
    stack.database.execute(
        "UPDATE indicator.delivery SET state = 'failed', failure = %s", json.dumps(failure)
    )
    assert (await stack.read(office, path))["failure"]["detail"] == failure["detail"]
    told = (await stack.read(office, f"{path}?lang=en"))["failure"]
    assert told == {"code": "file_gone", "detail": failure["detail_en"]}
    stack.database.execute("UPDATE indicator.delivery SET failure = failure - 'detail_en'")
    assert (await stack.read(office, f"{path}?lang=en"))["failure"]["detail"] == failure["detail"]
