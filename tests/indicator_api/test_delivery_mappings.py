"""Tables that are no known format: asked about, mapped, remembered; mappings saved by name."""

import asyncio
import io
from typing import Any

import httpx
import openpyxl
import pytest

from tests.indicator_api.world import World
from tests.support.stack import as_bearer, new_key

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDE: list[list[Any]] = [
    ["Gemeinde", "Einwohner 2022", "Einwohner 2023"],
    ["Stadt 1", 1000, 1010],
    ["Stadt 2", 900, None],
    ["Stadt 3", 800, "."],
]


def workbook(rows: list[list[Any]], title: str = "Tabelle1") -> bytes:
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


async def asked(world: World, delivery: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What the service says about a delivery's mapping, and the entity tag."""
    answer = await world.stack.indicator.get(
        f"/v1/deliveries/{delivery['id']}/mapping", headers=as_bearer(world.office)
    )
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["ETag"]


async def choose(
    world: World, delivery: dict[str, Any], choice: dict[str, Any], tag: str = "*"
) -> httpx.Response:
    """Have a delivery read by a mapping."""
    return await world.stack.indicator.put(
        f"/v1/deliveries/{delivery['id']}/mapping",
        json=choice,
        headers=as_bearer(world.office) | {"If-Match": tag},
    )


async def save(world: World, name: str, document: dict[str, Any]) -> httpx.Response:
    """Save a mapping."""
    return await world.stack.indicator.post(
        "/v1/delivery-mappings",
        json={"name": name, "document": document},
        headers=as_bearer(world.office) | new_key(),
    )


def stored(world: World, dataset: str = "sgb2") -> list[tuple[Any, ...]]:
    """All facts of a dataset by area, measure, period and breakdown."""
    return world.stack.database.execute(
        "SELECT a.code, m.code, p.code, b.code, f.value, f.status FROM indicator.fact AS f"
        " JOIN indicator.area AS a ON a.id = f.area_id"
        " JOIN indicator.measure AS m ON m.id = f.measure_id"
        " JOIN indicator.period AS p ON p.id = f.period_id"
        " JOIN indicator.breakdown AS b ON b.id = f.breakdown_id"
        " JOIN indicator.dataset AS d ON d.id = f.dataset_id WHERE d.code = %s"
        " ORDER BY 1, 2, 3, 4",
        dataset,
    )


async def test_a_small_table_is_proposed_shown_taken_and_remembered(world: World) -> None:
    stack, office = world.stack, world.office
    first = await stack.deliver(office, "sgb2", workbook(WIDE), content_type=XLSX)
    assert first["state"] == "asking", first
    assert first["actions"] == ["map", "discard"]
    assert first["waits_until"] is not None
    assert stored(world) == []

    document, tag = await asked(world, first)
    assert document["table"]["names"] == ["Gemeinde", "Einwohner 2022", "Einwohner 2023"]
    assert document["table"]["rows"][1] == ["Stadt 2", "900", ""]
    assert document["mapping"] is None
    assert document["is_complete"]
    assert document["questions"] == []
    proposal = document["proposal"]
    assert (proposal["area"]["by_name"], proposal["area"]["kind"]) == (True, "gemeinde")
    assert proposal["area"]["codes"] == {}
    assert proposal["measure"]["fixed"] == "ew"
    assert [item["period"] for item in proposal["values"]] == ["2022", "2023"]
    assert document["preview"]["rows"][0] == [
        "2", "Stadt 1 (99001001)", "Einwohner", "2022", "Insgesamt", "1000",
    ]  # fmt: skip
    assert document["preview"]["rows"][1][3] == "2023"

    answer = await choose(world, first, {"document": proposal}, tag)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "received"
    await stack.run_jobs()
    taken = await stack.read(office, f"/v1/deliveries/{first['id']}")
    assert taken["state"] == "accepted", taken
    assert (taken["counts"]["values"], taken["counts"]["missing"]) == (4, 1)
    assert ("cells_empty", 1) in [(item["code"], item["count"]) for item in taken["finding_counts"]]
    facts = [
        ("99001001", "ew", "2022", "", 1000.0, 0),
        ("99001001", "ew", "2023", "", 1010.0, 0),
        ("99001002", "ew", "2022", "", 900.0, 0),
        ("99001003", "ew", "2022", "", 800.0, 0),
        ("99001003", "ew", "2023", "", None, 2),
    ]
    assert stored(world) == facts

    answer = await save(world, "Einwohner, jährlich", proposal)
    assert answer.status_code == 201, answer.text
    again = await stack.deliver(office, "sgb2", workbook(WIDE), content_type=XLSX)
    assert again["state"] == "accepted", again
    assert again["mapping_name"] == "Einwohner, jährlich"
    assert again["counts"]["unchanged"] == 5
    assert "mapping_remembered" in {item["code"] for item in again["finding_counts"]}
    # other columns: it is asked again, unless the mapping is named
    longer = [[*row, 1] for row in WIDE]
    longer[0][3] = "Bemerkung"
    other = await stack.deliver(office, "sgb2", workbook(longer), content_type=XLSX)
    assert other["state"] == "asking"
    named = await stack.deliver(
        office, "sgb2", workbook(longer), content_type=XLSX, mapping="Einwohner, jährlich"
    )
    assert named["state"] == "accepted", named
    page = await stack.read(office, f"/v1/deliveries/{named['id']}/findings")
    unread = [item["detail"] for item in page["items"] if item["code"] == "columns_unread"]
    assert unread == [
        "Die Zuordnung „Einwohner, jährlich“ sagt nichts über diese Spalten: „Bemerkung“."
    ]


async def test_a_table_that_gained_a_year_is_asked_about_only_that(world: World) -> None:
    """The saved mapping with one more column is proposed: to be confirmed, nothing to be said."""
    stack, office = world.stack, world.office
    first = await stack.deliver(office, "sgb2", workbook(WIDE), content_type=XLSX)
    document, _ = await asked(world, first)
    # what no proposal would say by itself
    mapping = document["proposal"] | {"measure": {"fixed": "lb"}}
    assert (await save(world, "jährlich", mapping)).status_code == 201
    longer = [
        [*row, value] for row, value in zip(WIDE, ("Einwohner 2024", 1020, 915, 805), strict=True)
    ]
    second = await stack.deliver(office, "sgb2", workbook(longer), content_type=XLSX)
    assert second["state"] == "asking"
    document, tag = await asked(world, second)
    assert document["is_complete"]
    (question,) = document["questions"]
    assert question["field"] == "values"
    assert "„jährlich“" in question["detail"]
    assert "„Einwohner 2024“" in question["detail"]
    proposal = document["proposal"]
    assert (proposal["area"]["by_name"], proposal["area"]["kind"]) == (True, "gemeinde")
    assert proposal["area"]["codes"] == {}
    assert proposal["measure"]["fixed"] == "lb"
    assert [item["period"] for item in proposal["values"]] == ["2022", "2023", "2024"]
    assert (await choose(world, second, {"document": proposal}, tag)).status_code == 202
    await stack.run_jobs()
    assert [row[:3] for row in stored(world) if row[4] in (1020, 915, 805)] == [
        (f"9900100{number}", "lb", "2024") for number in (1, 2, 3)
    ]


async def test_a_mapping_that_does_not_fit_says_which_column_is_missing(world: World) -> None:
    stack, office = world.stack, world.office
    first = await stack.deliver(office, "sgb2", workbook(WIDE), content_type=XLSX)
    document, tag = await asked(world, first)
    proposal = document["proposal"]
    assert (await save(world, "jährlich", proposal)).status_code == 201

    wrong = proposal | {"area": {"column": "Ort"}}
    answer = await choose(world, first, {"document": wrong}, tag)
    assert (answer.status_code, answer.json()["code"]) == (422, "mapping_column_missing")
    assert "„Ort“" in answer.json()["detail"]
    assert "„Gemeinde“, „Einwohner 2022“, „Einwohner 2023“" in answer.json()["detail"]
    answer = await choose(world, first, {"document": proposal | {"area": None}}, tag)
    assert (answer.status_code, answer.json()["code"]) == (422, "mapping_incomplete")
    assert "das Gebiet" in answer.json()["detail"]
    answer = await choose(world, first, {"name": "gibt es nicht"}, tag)
    assert (answer.status_code, answer.json()["code"]) == (404, "mapping_unknown")
    answer = await choose(world, first, {"document": proposal}, '"999"')
    assert answer.status_code == 412

    renamed = [["Gemeinde", "EW 2022", "EW 2023"], *WIDE[1:]]
    lost = await stack.deliver(
        office, "sgb2", workbook(renamed), content_type=XLSX, mapping="jährlich"
    )
    assert lost["state"] == "rejected"
    findings = await stack.read(office, f"/v1/deliveries/{lost['id']}/findings")
    (finding,) = findings["items"]
    assert finding["code"] == "mapping_column_missing"
    assert "„Einwohner 2022“, „Einwohner 2023“" in finding["detail"]
    assert "„EW 2022“" in finding["detail"]
    unknown = await stack.deliver(
        office, "sgb2", workbook(WIDE), content_type=XLSX, mapping="gibt es nicht"
    )
    findings = await stack.read(office, f"/v1/deliveries/{unknown['id']}/findings")
    assert [item["code"] for item in findings["items"]] == ["mapping_unknown"]
    assert "„jährlich“" in findings["items"][0]["detail"]


async def test_a_draft_is_shown_and_another_sheet_looked_at(world: World) -> None:
    stack, office = world.stack, world.office
    book = openpyxl.load_workbook(io.BytesIO(workbook(WIDE)))
    notes = book.create_sheet("Arbeitslose")
    for row in (["Schlüssel", "Jahr", "Arbeitslose in Tsd."], ["99001001", 2023, 1.2]):
        notes.append(row)
    target = io.BytesIO()
    book.save(target)
    delivery = await stack.deliver(office, "sgb2", target.getvalue(), content_type=XLSX)
    path = f"/v1/deliveries/{delivery['id']}/mapping"
    answer = await stack.indicator.get(
        path, params={"sheet": "Arbeitslose"}, headers=as_bearer(office)
    )
    assert answer.status_code == 200, answer.text
    other = answer.json()
    assert other["table"]["sheet"] == "Arbeitslose"
    assert other["proposal"]["area"]["column"] == "Schlüssel"
    assert other["proposal"]["period"] == {
        "column": "Jahr",
        "fixed": None,
        "codes": {},
        "part": None,
    }
    assert [question["field"] for question in other["questions"]] == ["measure"]
    draft = other["proposal"] | {"measure": {"fixed": "lb"}, "unit_factor": {"lb": 1000}}
    answer = await stack.indicator.post(
        f"{path}/preview", json={"document": draft}, headers=as_bearer(office)
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["is_complete"]
    shown = answer.json()["preview"]["rows"]
    assert shown[0][1:3] == ["Stadt 1 (99001001)", "Leistungsberechtigte"]
    assert "× 1000" in shown[0][5]
    answer = await stack.indicator.get(path, params={"sheet": "Nichts"}, headers=as_bearer(office))
    assert (answer.status_code, answer.json()["code"]) == (422, "sheet_unknown")

    assert (await choose(world, delivery, {"document": draft})).status_code == 202
    await stack.run_jobs()
    assert stored(world) == [("99001001", "lb", "2023", "", 1200.0, 0)]


async def test_a_period_that_stood_in_no_cell_is_asked_for_again(world: World) -> None:
    stack, office = world.stack, world.office
    table = "Gemeinde;Einwohner\nStadt 1;1000\nStadt 2;900\n"
    first = await stack.deliver(office, "sgb2", table)
    document, _ = await asked(world, first)
    assert [question["field"] for question in document["questions"]] == ["period"]
    mapping = document["proposal"] | {"period": {"fixed": "2022"}}
    assert (await choose(world, first, {"document": mapping})).status_code == 202
    await stack.run_jobs()
    assert (await save(world, "ohne Jahr", mapping)).status_code == 201
    second = await stack.deliver(office, "sgb2", table)
    assert second["state"] == "asking"
    document, _ = await asked(world, second)
    assert "(2022)" in document["questions"][0]["detail"]
    third = await stack.deliver(office, "sgb2", table, period="31.12.2023")
    assert third["state"] == "accepted", third
    assert {row[2] for row in stored(world)} == {"2022", "2023-12-31"}


async def test_saved_mappings_belong_to_their_organisation_and_are_versioned(world: World) -> None:
    stack, client = world.stack, world.stack.indicator
    document = {"area": {"column": "A"}, "values": [{"column": "B"}]}
    made = await save(world, "eine", document)
    path = made.headers["Location"]
    answer = await client.get("/v1/delivery-mappings", headers=as_bearer(world.office))
    assert [item["name"] for item in answer.json()["items"]] == ["eine"]
    answer = await client.get("/v1/delivery-mappings", headers=as_bearer(world.other_office))
    assert answer.json()["items"] == []
    assert answer.json()["reason"]["code"] == "no_mapping"
    assert (await client.get(path, headers=as_bearer(world.other_office))).status_code == 404
    assert (await save(world, "eine", document)).status_code == 409

    changed = {"name": "andere", "document": document}
    headers = as_bearer(world.office)
    assert (await client.put(path, json=changed, headers=headers)).status_code == 428
    tag = {"If-Match": made.headers["ETag"]}
    answer = await client.put(path, json=changed, headers=headers | tag)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    late = {"name": "dritte", "document": document | {"empty": "error"}}
    answer = await client.put(path, json=late, headers=headers | tag)
    assert answer.status_code == 412
    problem = answer.json()
    assert problem["current"]["name"] == "andere"
    assert problem["yours"]["name"] == "dritte"
    assert (await client.delete(path, headers=headers | tag)).status_code == 412
    answer = await client.delete(path, headers=headers | {"If-Match": '"2"'})
    assert answer.status_code == 204
    assert (await client.get(path, headers=headers)).status_code == 404
    actions = stack.database.execute(
        "SELECT action FROM indicator.audit WHERE action LIKE 'mapping.%' ORDER BY at"
    )
    assert actions == [("mapping.created",), ("mapping.changed",), ("mapping.removed",)]


async def test_of_two_mappings_saved_at_once_one_stands_and_the_other_is_told(
    world: World,
) -> None:
    client = world.stack.indicator
    documents = [{"values": [{"column": name}]} for name in "ABCDEF"]
    answers = await asyncio.gather(*(save(world, "gleich", item) for item in documents))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    (won,) = [answer for answer in answers if answer.status_code == 201]
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "mapping_exists"
            assert answer.json()["current"]["document"] == won.json()["document"]
    headers = as_bearer(world.office) | {"If-Match": won.headers["ETag"]}
    answers = await asyncio.gather(
        *(
            client.put(
                won.headers["Location"],
                json={"name": f"Fassung {number}", "document": documents[number]},
                headers=headers,
            )
            for number in range(4)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    (won,) = [answer for answer in answers if answer.status_code == 200]
    for answer in answers:
        if answer.status_code == 412:
            assert answer.json()["current"]["name"] == won.json()["name"]


@pytest.mark.parametrize(
    "document",
    [
        {"values": [{"column": "B"}], "area": {}},
        {"values": [{"column": "B"}], "area": {"column": "A", "fixed": "99001"}},
        {"values": [{"column": ""}]},
        {"values": [{"column": "B"}], "unit_factor": {"ew": 0}},
        {"values": [{"column": "B"}], "columns": []},
        {"values": [{"column": "B"}], "header_rows": 0},
    ],
)
async def test_a_document_that_says_nothing_clear_is_refused(
    world: World, document: dict[str, Any]
) -> None:
    answer = await save(world, "falsch", document)
    assert answer.status_code == 422, answer.text
