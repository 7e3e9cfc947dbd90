"""A report is asked for, made by the worker, found again and read."""

import hashlib
from io import BytesIO

import pikepdf
import pytest

from tests.report_api.desk import Desk

MADE = ("99001001", "9900100120", "99001", "05334002", "05370004", "05314000", "05370", "05314")


@pytest.mark.parametrize("area", MADE)
async def test_a_report_is_made_whole_for_every_kind_of_place(desk: Desk, area: str) -> None:
    answer = await desk.ask(area)
    assert answer.status_code == 202, answer.text
    report = answer.json()
    assert report["state"] == "waiting"
    assert (report["progress"]["step"], report["progress"]["total"]) == ("", 6)
    await desk.stack.run_report_jobs()
    report = await desk.read(answer.headers["Location"])
    assert report["state"] == "finished", report
    assert report["failure"] is None
    assert report["progress"] == {
        "step": "",
        "label": "Der Bericht ist fertig",
        "done": 6,
        "total": 6,
    }
    assert report["area"]["code"] == area
    assert report["is_fictional"] is area.startswith("99")
    files = await desk.files(report)
    for item in report["files"]:
        body = files[f"files/{item['format']}"]
        assert item["size_bytes"] == len(body)
        assert item["sha256"] == hashlib.sha256(body).hexdigest()
    with pikepdf.open(BytesIO(files["files/pdf"])) as pdf:
        assert str(pdf.docinfo["/Title"]) == report["title"]
