"""The library: found by place, words and state, page by page; files with their names."""

import pytest

from tests.report_api.desk import TEMPLATE, Desk
from tests.report_api.statements import counted


def multiply(desk: Desk, copies: int) -> None:
    """Many reports like the first, all at the same instant, as the administrator."""
    database = desk.stack.database
    columns = [
        str(name)
        for (name,) in database.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'report.report'::regclass"
            " AND attnum > 0 AND NOT attisdropped"
        )
    ]
    changed = {
        "id": "gen_random_uuid()",
        "reference": "'R-1999-' || n",
        "fingerprint": "decode(lpad(to_hex(n), 64, '0'), 'hex')",
    }
    chosen = ", ".join(changed.get(name, f"t.{name}") for name in columns)
    database.execute(
        f"INSERT INTO report.report ({', '.join(columns)}) SELECT {chosen}"
        " FROM (SELECT * FROM report.report LIMIT 1) AS t, generate_series(1, %s) AS n",
        copies,
    )
    for table, own in (("report_file", ""), ("report_release", "")):
        names = [
            str(name)
            for (name,) in database.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attname <> 'report_id'",
                f"report.{table}",
            )
        ]
        database.execute(
            f"INSERT INTO report.{table} (report_id, {', '.join(names)}) SELECT r.id,"
            f" {', '.join(f't.{name}' for name in names)} FROM report.{table} AS t,"
            f" report.report AS r WHERE r.reference LIKE 'R-1999-%%'{own}"
        )


async def test_every_report_is_listed_once_page_by_page(desk: Desk) -> None:
    await desk.report("99001001")
    multiply(desk, 60)
    seen: list[str] = []
    path = "/v1/reports?limit=17"
    for _ in range(10):
        answer = await desk.get(path)
        page = answer.json()
        assert len(page["items"]) <= 17
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            assert "Link" not in answer.headers
            break
        path = f"/v1/reports?limit=17&cursor={page['next']}"
        assert answer.headers["Link"] == f'<{path}>; rel="next"'
    assert len(seen) == len(set(seen)) == 61


async def test_a_long_list_takes_the_statements_of_a_short_one(desk: Desk) -> None:
    await desk.report("99001001")
    database = desk.stack.report_app.state.database
    lengths, counts = [], []
    for copies in (0, 199):
        multiply(desk, copies)
        await desk.get("/v1/reports?limit=200")
        with counted(database) as statements:
            page = await desk.read("/v1/reports?limit=200")
        lengths.append(len(page["items"]))
        counts.append(len(statements))
        assert all(len(item["files"]) == 2 and item["releases"] for item in page["items"])
    assert lengths == [1, 200]
    assert counts[0] == counts[1] <= 5, "the caller, the settings, the list, releases, files"


async def test_it_is_found_by_place_words_template_and_state(desk: Desk) -> None:
    town, kreis = await desk.report("99001001"), await desk.report("05334")
    waiting = (await desk.ask("99001003")).json()
    found = {
        query: {item["reference"] for item in (await desk.read(f"/v1/reports?{query}"))["items"]}
        for query in (
            "area=99001001",
            "q=musterSTADT",
            "q=stadteregion",
            "q=Städteregion",
            f"q={town['reference']}",
            "q=05334",
            "q=%25",
            f"template={TEMPLATE}",
            "template=sozialbericht",
            "state=waiting",
            "state=finished",
            "state=finished&q=aachen",
        )
    }
    every = {item["reference"] for item in (town, kreis, waiting)}
    assert found == {
        "area=99001001": {town["reference"]},
        "q=musterSTADT": {town["reference"]},
        "q=stadteregion": {kreis["reference"]},
        "q=Städteregion": {kreis["reference"]},
        f"q={town['reference']}": {town["reference"]},
        "q=05334": {kreis["reference"]},
        "q=%25": set(),
        f"template={TEMPLATE}": every,
        "template=sozialbericht": set(),
        "state=waiting": {waiting["reference"]},
        "state=finished": {town["reference"], kreis["reference"]},
        "state=finished&q=aachen": {kreis["reference"]},
    }


async def test_an_empty_library_says_what_to_do_first(desk: Desk) -> None:
    page = await desk.read("/v1/reports")
    assert page["items"] == []
    assert page["reason"]["code"] == "no_report"
    assert "Vorlage" in page["reason"]["suggestion"]


@pytest.mark.parametrize(
    ("area", "name"),
    [
        ("99001001", "Gemeindeprofil-Musterstadt"),
        ("05113", "Gemeindeprofil-Essen"),
        ("05370020", "Gemeindeprofil-Hueckelhoven"),
        ("05117000", "Gemeindeprofil-Muelheim-an-der-Ruhr"),
        ("05370", "Kreisprofil-Heinsberg"),
    ],
)
async def test_files_have_speaking_names_and_are_not_sent_twice(
    desk: Desk, area: str, name: str
) -> None:
    report = await desk.report(area)
    types = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
    for item in report["files"]:
        path = f"/v1/reports/{report['id']}/files/{item['format']}"
        answer = await desk.get(path)
        assert item["filename"] == f"{name}-{report['reference']}.{item['format']}"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{item["filename"]}"'
        assert answer.headers["ETag"] == f'"{item["sha256"]}"'
        assert answer.headers["Content-Type"] == item["media_type"] == types[item["format"]]
        again = await desk.get(path, **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_the_article_fits_into_a_page_and_the_snapshot_is_the_fingerprints(
    desk: Desk,
) -> None:
    report = await desk.report("99001001")
    article = await desk.get(f"/v1/reports/{report['id']}/article")
    assert article.headers["Content-Type"] == "text/html; charset=utf-8"
    assert article.text.startswith("<article")
    assert "<h1" not in article.text
    assert "<style" not in article.text
    assert " style=" not in article.text
    snapshot = await desk.get(f"/v1/reports/{report['id']}/snapshot")
    assert snapshot.headers["ETag"] == f'"{report["fingerprint"]}"'
    assert snapshot.json()["subject"] == ["99001001"]
    unchanged = await desk.get(
        f"/v1/reports/{report['id']}/snapshot", **{"If-None-Match": snapshot.headers["ETag"]}
    )
    assert unchanged.status_code == 304


async def test_before_it_is_finished_there_is_its_state_and_its_figures(desk: Desk) -> None:
    report = (await desk.ask("99001001")).json()
    path = f"/v1/reports/{report['id']}"
    for exit_path in ("files/html", "files/pdf", "article"):
        answer = await desk.get(f"{path}/{exit_path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "report_not_finished")
    assert (await desk.get(f"{path}/snapshot")).status_code == 200
