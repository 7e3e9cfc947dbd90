"""A report is its organisation's own, and as narrow as the narrowest figure in it."""

from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.report_api.database_role import as_service, principal_of
from tests.report_api.desk import Desk
from tests.support.demo import Demo
from tests.support.stack import Stack

TABLES = ("report", "snapshot", "report_release", "report_file", "idempotency_key")
PATHS = ("", "/files/html", "/files/pdf", "/article", "/snapshot")


@pytest.fixture(scope="module")
async def author(services: Stack, demo: Demo) -> Desk:
    """Who made the report that the tests of this module only read, or fail to change."""
    return Desk(services, demo.store, "sozialplanung")


@pytest.fixture(scope="module")
async def finished(author: Desk) -> dict[str, Any]:
    """The report of `author`."""
    return await author.report("99001001")


async def test_another_organisation_finds_it_in_no_exit(desk: Desk) -> None:
    report = await desk.report("99001001")
    other = desk.of("kreis")
    for path in PATHS:
        answer = await other.get(f"/v1/reports/{report['id']}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "report_unknown"), path
    for query in ("", "?q=Musterstadt", "?area=99001001", f"?q={report['reference']}"):
        listed = await other.read(f"/v1/reports{query}")
        assert listed["items"] == []
        assert listed["reason"]["suggestion"]
    assert [item["id"] for item in (await desk.read("/v1/reports"))["items"]] == [report["id"]]


@pytest.mark.parametrize("path", PATHS)
async def test_without_the_right_it_is_refused_and_without_an_account_it_asks_for_one(
    author: Desk, finished: dict[str, Any], path: str
) -> None:
    url = f"/v1/reports/{finished['id']}{path}"
    assert (await author.of("datenlieferung").get(url)).json()["code"] == "right_missing"
    assert (await author.stack.report.get(url)).status_code == 401


def membership(desk: Desk, colleague: str, role: str, name: str) -> None:
    """A second account in the organisation of another, with one role."""
    database = desk.stack.database
    organisation = database.execute(
        "SELECT m.organisation_id FROM identity.membership AS m JOIN identity.account AS a"
        " ON a.id = m.account_id WHERE a.name = %s",
        colleague,
    )[0][0]
    assert isinstance(organisation, UUID)
    desk.stack.people.account(name, organisation, role)


async def test_who_is_not_of_the_readership_does_not_see_a_colleagues_report(desk: Desk) -> None:
    """The same organisation, but the figures were released to its advisors only."""
    await desk.of("statistikstelle").release("mk_haushalte", "advisory")
    advisor = desk.of("beratung")
    report = await advisor.report("99001001")
    assert "advisory" in {item["audience"] for item in report["releases"]}
    membership(desk, "beratung", "landesamt", "gast")
    headers = await desk.stack.as_account("gast")
    for path in PATHS:
        answer = await desk.stack.report.get(f"/v1/reports/{report['id']}{path}", headers=headers)
        assert answer.status_code == 404, path
    listed = await desk.stack.report.get("/v1/reports", headers=headers)
    assert listed.json()["items"] == []
    # what everybody may see is the organisation's in common
    shared = await advisor.report("05370004")
    answer = await desk.stack.report.get(f"/v1/reports/{shared['id']}", headers=headers)
    assert answer.status_code == 200


async def test_figures_of_ones_own_ask_for_no_readership(desk: Desk) -> None:
    report = await desk.of("statistikstelle").report("99001001")
    assert "administration" in {item["audience"] for item in report["releases"]}
    keys = desk.stack.database.execute(
        "SELECT audience_keys FROM report.report WHERE id = %s", report["id"]
    )
    assert keys == [(["public"],)]


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("table", TABLES)
async def test_the_database_shows_nothing_without_a_principal_or_to_another(
    author: Desk, table: str
) -> None:
    other = await principal_of(author.of("ministerium"))
    query = f"SELECT count(*) FROM report.{table}"
    own = await principal_of(author)
    with as_service(author, own) as connection:
        mine = connection.execute(query).fetchone()
    assert mine is not None
    assert mine[0] > 0
    with as_service(author, None) as connection:
        assert connection.execute(query).fetchone() == (0,)
    organisation = "organisation_id" if table in ("report", "idempotency_key") else None
    with as_service(author, other) as connection:
        if organisation:
            found = connection.execute(
                f"SELECT count(*) FROM report.{table} WHERE {organisation} = %s",
                (own.organisation_id,),
            ).fetchone()
        else:
            found = connection.execute(
                f"SELECT count(*) FROM report.{table} AS t WHERE t.report_id NOT IN"
                " (SELECT r.id FROM report.report AS r)"
            ).fetchone()
        assert found == (0,)


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE report.report SET fingerprint = decode(repeat('00', 32), 'hex')",
        "UPDATE report.report SET title = 'x'",
        "UPDATE report.report SET audience_keys = '{}'",
        "UPDATE report.report SET organisation_id = gen_random_uuid()",
        "UPDATE report.snapshot SET content = 'x'",
        "UPDATE report.report_file SET sha256 = decode(repeat('00', 32), 'hex')",
        "DELETE FROM report.report",
        "DELETE FROM report.snapshot",
        "DELETE FROM report.report_file",
        "DELETE FROM report.report_release",
        "SELECT * FROM report.reference_counter",
        "SELECT * FROM indicator.fact",
        "SELECT * FROM indicator.delivery",
        "SELECT * FROM report.audit",
    ],
)
async def test_what_was_frozen_is_not_changed_and_raw_facts_are_out_of_reach(
    author: Desk, statement: str
) -> None:
    principal = await principal_of(author)
    with (
        as_service(author, principal) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO report.report_file SELECT id, 'html', 'x', 1, decode(repeat('00', 32), 'hex'),"
        " 'x' FROM report.report",
        "INSERT INTO report.snapshot SELECT id, 'x' FROM report.report",
        "INSERT INTO report.report_release SELECT id, gen_random_uuid(), 1, 1, gen_random_uuid(),"
        " '{}', '', '', 'public', now() FROM report.report",
        "INSERT INTO report.report SELECT gen_random_uuid(), 'R-1', gen_random_uuid(), publisher,"
        " template_code, template_name, title, search_text, area_code, area_name, area_kind,"
        " is_fictional, parameters, audience_keys, fingerprint, 'x', 'waiting', '{}', NULL,"
        " '{}', '', now() FROM report.report",
        "INSERT INTO report.report SELECT gen_random_uuid(), 'R-1', organisation_id, publisher,"
        " template_code, template_name, title, search_text, area_code, area_name, area_kind,"
        " is_fictional, parameters, '{ministry}', fingerprint, 'x', 'waiting', '{}', NULL,"
        " '{}', '', now() FROM report.report",
    ],
    ids=["file", "snapshot", "release", "organisation", "audience"],
)
async def test_nothing_is_added_to_a_finished_report_nor_in_anothers_name(
    author: Desk, statement: str
) -> None:
    principal = await principal_of(author)
    await author.stack.run_report_jobs()
    with (
        as_service(author, principal) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
    ):
        connection.execute(statement.encode())
