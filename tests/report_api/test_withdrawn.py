"""A release withdrawn for disclosure takes its reports with it, for all but its holder."""

from typing import Any

import pytest

from tests.report_api.database_role import as_service, principal_of
from tests.report_api.desk import Desk

PATHS = ("files/html", "files/pdf", "article", "snapshot")


async def statuses(desk: Desk, report: dict[str, Any]) -> set[int]:
    """How the report's exits answer."""
    return {(await desk.get(f"/v1/reports/{report['id']}/{path}")).status_code for path in PATHS}


async def test_it_is_gone_for_all_but_the_holder(desk: Desk) -> None:
    office = desk.of("statistikstelle")
    report, offices = await desk.report("99001001"), await office.report("99001001")
    elsewhere = await desk.report("05370004")
    await office.withdraw("mk_sgb2", "disclosure")
    answer = await desk.get(f"/v1/reports/{report['id']}/files/pdf")
    assert (answer.status_code, answer.json()["code"]) == (410, "report_withdrawn")
    assert await statuses(desk, report) == {410}
    document = await desk.read(f"/v1/reports/{report['id']}")
    assert document["withdrawn"] is True
    assert document["is_outdated"] is True
    assert document["files"] == []
    assert document["title"] == report["title"]
    assert await statuses(office, offices) == {200}
    assert (await office.read(f"/v1/reports/{offices['id']}"))["withdrawn"] is True
    assert await statuses(desk, elsewhere) == {200}
    assert (await desk.read(f"/v1/reports/{elsewhere['id']}"))["withdrawn"] is False


@pytest.mark.parametrize("table", ["snapshot", "report_file"])
async def test_the_database_keeps_it_back_itself(desk: Desk, table: str) -> None:
    report = await desk.report("99001001")
    principal = await principal_of(desk)
    query = f"SELECT count(*) FROM report.{table} WHERE report_id = %s"
    with as_service(desk, principal) as connection:
        before = connection.execute(query, (report["id"],)).fetchone()
    await desk.of("statistikstelle").withdraw("mk_sgb2", "disclosure")
    with as_service(desk, principal) as connection:
        after = connection.execute(query, (report["id"],)).fetchone()
    assert before is not None
    assert before[0] > 0
    assert after == (0,)


async def test_it_is_gone_as_well_if_a_later_release_had_kept_what_was_disclosing(
    desk: Desk,
) -> None:
    office = desk.of("statistikstelle")
    second = await office.release("mk_schule")
    office_token = await office.token()
    await desk.stack.deliver(
        office_token,
        "mk_schule",
        "area;period;measure;value\n9900100101;2023;SCHULABGAENGE;41\n",
    )
    await office.release("mk_schule")
    report = await desk.report("9900100102")
    assert [item["number"] for item in report["releases"] if item["dataset"] == "mk_schule"] == [3]
    await office.withdraw_release(f"/v1/releases/{second['id']}", "disclosure")
    assert await statuses(desk, report) == {410}
    # made anew from what is left, it is a report again
    again = await desk.report("9900100102")
    assert again["id"] != report["id"]
    assert await statuses(desk, again) == {200}


async def test_withdrawn_for_an_error_it_is_outdated_and_still_there(desk: Desk) -> None:
    report = await desk.report("99001001")
    await desk.of("statistikstelle").withdraw("mk_sgb2", "error")
    document = await desk.read(f"/v1/reports/{report['id']}")
    assert (document["withdrawn"], document["is_outdated"]) == (False, True)
    assert await statuses(desk, report) == {200}


async def test_withdrawn_before_it_was_made_it_ends_in_words(desk: Desk) -> None:
    answer = await desk.ask("99001001")
    await desk.of("statistikstelle").withdraw("mk_sgb2", "disclosure")
    await desk.stack.run_report_jobs()
    report = await desk.read(answer.headers["Location"])
    assert (report["state"], report["failure"]["code"]) == ("failed", "report_withdrawn")
    assert "zurückgezogen" in report["failure"]["detail"]
    assert report["finished_at"] is not None
    refused = await desk.get(f"/v1/reports/{report['id']}/files/pdf")
    assert (refused.status_code, refused.json()["code"]) == (409, "report_failed")
