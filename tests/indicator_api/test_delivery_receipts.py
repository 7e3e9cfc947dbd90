"""Receipts and lists of findings: what a sender files away, in the sender's language."""

import hashlib
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from tests.indicator_api.world import DATASET, World, create
from tests.report_api.pdf_reading import read_structure
from tests.support.stack import as_bearer, new_key

HEAD = "area;period;measure;value\n"
BODY = HEAD + "99001001;2023;lb;120\n99001002;2023;lb;.\n"
FAULTY = HEAD + "99001001;2023;lb;zwölf\n99001009;2023;lb;1\n"
WARNS = HEAD + "5999000;2023;lb;1\n"


async def send(world: World, body: str, *, run: bool = True, **options: Any) -> str:
    answer = await world.stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": "sgb2", "filename": "Zahlen 2023.csv"} | options,
        content=body.encode(),
        headers=as_bearer(world.office) | new_key() | {"Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    if run:
        await world.stack.run_jobs()
    return answer.headers["Location"]


async def get(world: World, path: str, **headers: str) -> Any:
    return await world.stack.indicator.get(path, headers=as_bearer(world.office) | headers)


async def test_a_receipt_says_what_was_received_and_what_became_of_it(world: World) -> None:
    path = await send(world, BODY, run=False)
    early = await get(world, f"{path}/receipt")
    assert (early.status_code, early.json()["code"]) == (409, "delivery_not_ended")
    await world.stack.run_jobs()
    receipt = (await get(world, f"{path}/receipt")).json()
    assert receipt["file"]["sha256"] == hashlib.sha256(BODY.encode()).hexdigest()
    assert receipt["file"]["size_bytes"] == len(BODY.encode())
    assert receipt["file"]["filename"] == "Zahlen 2023.csv"
    assert (receipt["state"], receipt["state_label"]) == ("accepted", "Übernommen")
    assert receipt["dataset"]["title"] in receipt["statement"]
    assert (receipt["counts"]["new"], receipt["counts"]["missing"]) == (2, 1)
    assert {"label": "Neue Zellen", "value": 2} in receipt["count_lines"]
    later = await send(world, BODY.replace("120", "121"))
    (replaced,) = (await get(world, f"{later}/receipt")).json()["replaced"]
    assert (replaced["number"], replaced["cells"]) == (receipt["number"], 1)
    assert (await get(world, f"{path}/receipt")).json() == receipt


async def test_the_pdf_is_tagged_says_the_same_and_is_the_same_each_time(world: World) -> None:
    path = await send(world, BODY)
    answer = await get(world, f"{path}/receipt?f=pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    again = await get(world, f"{path}/receipt?f=pdf")
    assert again.content == answer.content
    with pikepdf.open(BytesIO(answer.content)) as pdf:
        assert str(pdf.Root.Lang) == "de"
        assert "Empfangsbestätigung" in str(pdf.docinfo.Title)
        assert pdf.open_metadata()["pdfuaid:part"] == "1"
    root = read_structure(answer.content)
    said = " ".join(cell.text for cell in root.all("P", "TD", "TH"))
    assert hashlib.sha256(BODY.encode()).hexdigest() in said.replace(" ", "")
    assert "Zahlen 2023.csv" in said
    heads = [cell for cell in root.all("TH") if cell.scope == "Row"]
    assert {"Geliefert von", "Eingegangen", "Neue Zellen"} <= {cell.text.strip() for cell in heads}
    cached = await get(world, f"{path}/receipt?f=pdf", **{"If-None-Match": answer.headers["ETag"]})
    assert cached.status_code == 304


async def test_nobody_else_gets_a_receipt(world: World) -> None:
    path = await send(world, BODY)
    answer = await world.stack.indicator.get(
        f"{path}/receipt", headers=as_bearer(world.other_office)
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("body", "options", "state"),
    [(FAULTY, {}, "rejected"), (BODY, {"dry_run": "true"}, "checked")],
)
async def test_every_end_has_its_receipt(
    world: World, body: str, options: dict[str, Any], state: str
) -> None:
    path = await send(world, body, **options)
    receipt = (await get(world, f"{path}/receipt")).json()
    assert (receipt["state"], receipt["is_dry_run"]) == (state, state == "checked")
    assert "nichts" in receipt["statement"]
    assert (await get(world, f"{path}/receipt?f=pdf")).status_code == 200


async def test_findings_are_told_in_the_language_asked_for(world: World) -> None:
    path = await send(world, FAULTY)
    german = await get(world, f"{path}/findings")
    assert german.headers["Content-Language"] == "de"
    by_header = await get(
        world, f"{path}/findings", **{"Accept-Language": "fr;q=0.9, en-GB;q=0.8, de;q=0.3"}
    )
    english = await get(world, f"{path}/findings?lang=en")
    assert by_header.headers["Content-Language"] == english.headers["Content-Language"] == "en"
    assert by_header.json() == english.json()
    for said, told in zip(german.json()["items"], english.json()["items"], strict=True):
        assert (said["code"], said["row"]) == (told["code"], told["row"])
        assert said["detail"] != told["detail"]
    wins = await get(world, f"{path}/findings?lang=de", **{"Accept-Language": "en"})
    assert wins.json() == german.json()


async def test_findings_are_chosen_by_severity_and_kind(world: World) -> None:
    wanted = DATASET | {"code": "bund", "area_code": "DG"}
    await create(world.stack, world.office, "/v1/datasets", wanted)
    path = await send(world, WARNS + "99001009;2023;lb;1\n", dataset="bund")
    for severity, codes in (("warning", ["key_zero_restored"]), ("error", ["area_unknown"])):
        items = (await get(world, f"{path}/findings?severity={severity}")).json()["items"]
        assert [item["code"] for item in items] == codes
    none = (await get(world, f"{path}/findings?severity=note")).json()
    assert "nichts dieser Art" in none["reason"]["detail"]


@pytest.mark.parametrize(("dialect", "separator"), [("semicolon", ";"), ("comma", ",")])
async def test_findings_are_a_table_in_both_dialects(
    world: World, dialect: str, separator: str
) -> None:
    path = await send(world, FAULTY)
    answer = await get(world, f"{path}/findings?f=csv&dialect={dialect}&lang=en")
    lines = answer.text.lstrip("\ufeff").splitlines()
    assert lines[0] == separator.join(
        ("row", "column", "value", "severity", "code", "detail", "remedy")
    )
    assert len(lines) == 3
    assert answer.headers["Content-Language"] == "en"
    assert "findings_lieferung_" in answer.headers["Content-Disposition"]
