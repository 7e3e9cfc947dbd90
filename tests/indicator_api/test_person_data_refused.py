"""A file with data of persons: refused, deleted, audited, and nothing of it left anywhere."""

import io
import json
import logging
import tempfile
from pathlib import Path

import openpyxl
import pytest

from services.indicator_api.deliveries import spool
from services.indicator_api.deliveries.persons import refusing
from tests.indicator_api.world import World
from tests.support.databases import TestDatabase
from tests.support.stack import as_bearer, new_key

SECRETS = ("Sonnenblum", "Waltraud", "17.03.1961", "DE89370400440532013000")
PERSONS = (
    "Nachname;Vorname;Geburtsdatum;AGS;IBAN;Betrag\n"
    "Sonnenblum;Waltraud;17.03.1961;99001001;DE89370400440532013000;412\n"
)
ADDRESSES = "Straße;Hausnummer;Stadtteil\nMarktgasse;1;99001001\nMarktgasse;2;99001001\n"


def workbook() -> bytes:
    """Harmless figures in the first sheet, persons in a hidden one."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Zahlen"
    for row in (("area", "period", "measure", "value"), ("99001001", "2022", "ew", 100)):
        sheet.append(row)
    for number in range(20):
        sheet.append(("99001002", str(2000 + number), "ew", 100 + number))
    hidden = book.create_sheet("Fälle")
    hidden.append(("Nachname", "Vorname", "Geburtsdatum"))
    hidden.append(("Sonnenblum", "Waltraud", "17.03.1961"))
    hidden.sheet_state = "hidden"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PERSONS.encode("cp1252"), "text/csv"),
        (
            json.dumps({"rows": [{"Vorname": "Waltraud", "area": "99001001", "value": 1}]}),
            "application/json",
        ),
        (workbook(), "application/octet-stream"),
    ],
    ids=["csv", "json", "hidden sheet"],
)
async def test_nothing_is_left(
    world: World,
    tmp_path: Path,
    database: TestDatabase,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    body: bytes | str,
    content_type: str,
) -> None:
    """No value stands in the store, the spool, the database or the log; the fact is audited."""
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    with caplog.at_level(logging.DEBUG):
        delivery = await world.stack.deliver(world.office, "sgb2", body, content_type=content_type)
    assert delivery["state"] == "rejected"
    assert delivery["content_deleted_at"] is not None
    assert delivery["actions"] == []
    assert delivery["counts"] == {}
    assert "preview" not in delivery["understood"]
    findings = await world.stack.read(world.office, f"/v1/deliveries/{delivery['id']}/findings")
    assert [item["code"] for item in findings["items"]] == ["person_data"]
    assert findings["items"][0]["value"] is None
    assert list(spool.iterdir()) == []
    stored = [path for path in (tmp_path / "objects").rglob("*") if path.is_file()]
    assert not any(str(delivery["id"]) in str(path) for path in stored)
    logged = caplog.text + "".join(capfd.readouterr())
    kept = everything_of(database)
    for secret in SECRETS:
        assert secret not in logged
        assert secret not in kept
        assert not any(secret.encode() in path.read_bytes() for path in stored)
    audited = database.execute(
        "SELECT action, fields::text FROM indicator.audit"
        " WHERE record_id = %s AND action = 'delivery.person_data_refused'",
        str(delivery["id"]),
    )
    assert len(audited) == 1
    for path in ("file", "annotated"):
        answer = await world.stack.indicator.get(
            f"/v1/deliveries/{delivery['id']}/{path}", headers=as_bearer(world.office)
        )
        assert answer.status_code == 410, answer.text


def everything_of(database: TestDatabase) -> str:
    """All rows of all tables, as text."""
    tables = database.execute(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname IN ('indicator', 'jobs', 'public') AND tablename <> 'spatial_ref_sys'"
    )
    return "\n".join(
        str(database.execute(f"SELECT t::text FROM {name} AS t")) for (name,) in tables
    )


async def test_address_lists_are_told_where_they_belong(world: World) -> None:
    """A list of building addresses is no delivery, and no list of persons."""
    delivery = await world.stack.deliver(world.office, "sgb2", ADDRESSES)
    assert (delivery["state"], delivery["finding_counts"][0]["code"]) == (
        "rejected",
        "address_list",
    )
    findings = await world.stack.read(world.office, f"/v1/deliveries/{delivery['id']}/findings")
    assert "kleinräumigen Gliederung" in findings["items"][0]["remedy"]
    assert "Marktgasse" not in str(findings)


async def test_a_worker_killed_before_deleting_finds_what_to_do(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The finding is written, the worker dies: the next one deletes the content and ends it."""
    answer = await world.stack.indicator.post(
        "/v1/deliveries",
        params={"dataset": "sgb2"},
        content=PERSONS.encode(),
        headers=as_bearer(world.office) | new_key() | {"Content-Type": "text/csv"},
    )
    kept = spool.forget

    async def killed(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(refusing, "forget", killed)
    await world.stack.run_jobs()
    monkeypatch.setattr(refusing, "forget", kept)
    world.stack.database.execute(
        "UPDATE jobs.procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"
    )
    await world.stack.run_jobs()
    delivery = await world.stack.read(world.office, answer.headers["Location"])
    assert delivery["state"] == "rejected"
    assert not [path for path in (tmp_path / "objects").rglob("*") if delivery["id"] in str(path)]
