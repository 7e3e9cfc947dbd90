"""A report from the button to the file: progress, the page, downloads, who sees it, the library."""

from hashlib import sha256

from tests.web.delivery_world import UNKNOWN_ID, polling
from tests.web.page_rules import text_of
from tests.web.report_world import KREIS, NEWER_FIGURES, TOWN, Desk

MANY_REPORTS = """
INSERT INTO report.report (
    id, reference, organisation_id, publisher, template_code, template_name, title, search_text,
    area_code, area_name, area_kind, is_fictional, parameters, audience_keys, fingerprint,
    renderer_version, state, acting, created_by, created_at
)
SELECT gen_random_uuid(), 'R-1999-' || lpad(number::text, 4, '0'), organisation_id, publisher,
    template_code, template_name, title, search_text, area_code, area_name, area_kind,
    is_fictional, parameters, audience_keys, sha256(convert_to(number::text, 'UTF8')),
    renderer_version, state, acting, created_by, created_at - number * interval '1 hour'
FROM report.report CROSS JOIN generate_series(1, 29) AS number
"""


async def test_empty_library_says_what_to_do_first(desk: Desk) -> None:
    page = await desk.browser.get("/berichte")
    assert "Ihre Stelle hat noch keinen Bericht" in page.text
    assert page.links()["Ersten Bericht erstellen"] == "/berichte/neu"


async def test_progress_is_watched_until_the_report_stands_there(desk: Desk) -> None:
    begun = await desk.begin()
    page = await desk.browser.follow(begun)
    assert "Zahlen einfrieren" in page.text
    assert "Sie können diese Seite verlassen" in page.text
    refresh = page.find(".//noscript/meta")
    assert begun.location in (refresh.get("content") or ""), "without script it looks again too"
    look = polling(page)
    assert look is not None
    part = await desk.browser.get(look[0], htmx=True)
    assert polling(part) is not None
    await desk.office.stack.run_report_jobs()
    ended = await desk.browser.get(look[0], htmx=True)
    assert polling(ended) is None
    assert ended.find(".//div[@id='bericht']").get("data-announce", "").endswith(": fertig.")
    assert ended.all(".//article[@class='qb-report']")


async def test_finished_report_shows_files_origin_and_itself(desk: Desk) -> None:
    page = await desk.browser.get(await desk.make())
    downloads = page.find(".//div[@class='report-downloads']")
    labels = [text_of(link).replace("\u00a0", " ") for link in downloads.iter("a")]
    assert labels[0].startswith("PDF laden, ")
    assert labels[1].startswith("HTML laden, ")
    assert labels[2] == "Zahlen als JSON"
    about = text_of(page.find(".//section[@class='report-about']"))
    assert "Leistungen nach dem SGB II: Freigabe 1 vom" in about
    assert "Test statistik" in about
    assert "Fingerabdruck der Zahlen" in about
    assert "SGB II-Quote" in about, "map and chart are named, not coded"
    article = text_of(page.find(".//article[@class='qb-report']")).replace("\u00a0", " ")
    assert "12,0 %" in article
    assert "geheim" in article


async def test_the_same_report_is_not_made_twice(desk: Desk) -> None:
    path = await desk.make()
    again = await desk.begin()
    assert again.location == path
    page = await desk.browser.follow(again)
    assert "Diesen Bericht gibt es schon" in page.text


async def test_files_are_handed_on_as_they_are_stored(desk: Desk) -> None:
    path = await desk.make()
    page = await desk.browser.get(path)
    http = desk.browser.http
    for file_format, media_type, beginning in (
        ("pdf", "application/pdf", b"%PDF-"),
        ("html", "text/html", b"<!DOCTYPE html>"),
    ):
        answer = await http.get(f"{path}/dateien/{file_format}")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media_type)
        assert answer.content.startswith(beginning)
        assert sha256(answer.content).hexdigest() in page.text
        assert "attachment" in answer.headers["content-disposition"]
        assert f".{file_format}" in answer.headers["content-disposition"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "private" in answer.headers["cache-control"]
        assert "sandbox" in answer.headers["content-security-policy"]
        assert "script-src" not in answer.headers["content-security-policy"]
        known = {"If-None-Match": answer.headers["etag"]}
        assert (await http.get(f"{path}/dateien/{file_format}", headers=known)).status_code == 304
    figures = await http.get(f"{path}/dateien/snapshot")
    assert figures.headers["content-type"].startswith("application/json")
    assert "attachment" in figures.headers["content-disposition"]
    assert figures.json()["cells"]
    await desk.browser.get(f"{path}/dateien/docx", expect=404)


async def test_what_is_no_report_or_another_organisations_is_not_found(desk: Desk) -> None:
    path = await desk.make()
    other = await desk.colleague("nachbar", "sozialplanung")
    for hidden in (path, f"{path}/dateien/pdf", f"{path}/dateien/html", f"{path}/dateien/snapshot"):
        await other.browser.get(hidden, expect=404)
    assert "noch keinen Bericht" in (await other.browser.get("/berichte")).text
    await desk.browser.get(f"/berichte/{UNKNOWN_ID}", expect=404)
    page = await desk.browser.get("/berichte/kaputt", expect=404)
    assert "Diesen Bericht gibt es nicht." in page.text


async def test_library_lists_files_and_narrows(desk: Desk) -> None:
    path = await desk.make()
    kreis = await desk.begin(KREIS)
    page = await desk.browser.get("/berichte")
    rows = page.all(".//table[@id='berichte']/tbody/tr")
    assert len(rows) == 2
    assert "fertig" in text_of(rows[1])
    assert "wartet" in text_of(rows[0])
    links = [link.get("href") for link in rows[1].iter("a")]
    assert {path, f"{path}/dateien/pdf", f"{path}/dateien/html"} <= set(links)
    assert "Freigabe 1" in text_of(rows[1])
    for narrowed, found in (
        ("suche=Stadt+1", path),
        ("stand=finished", path),
        ("stand=waiting", kreis.location),
        (f"gebiet={TOWN}", path),
    ):
        part = await desk.browser.get(f"/berichte?{narrowed}", htmx=True)
        heads = part.all(".//th[@scope='row']/a")
        assert [link.get("href") for link in heads] == [found], narrowed
    one_place = await desk.browser.get(f"/berichte?gebiet={TOWN}&stand=finished")
    assert one_place.links()["Alle Gebiete zeigen"] == "/berichte?stand=finished"
    nothing = await desk.browser.get("/berichte?suche=Nirgendheim")
    assert "Kein Bericht passt dazu" in nothing.text


async def test_library_is_read_in_pages(desk: Desk) -> None:
    await desk.begin()
    desk.office.stack.database.execute(MANY_REPORTS)
    first = await desk.browser.get("/berichte")
    assert len(first.all(".//table[@id='berichte']/tbody/tr")) == 25
    following = next(link for link in first.root.iter("a") if link.get("rel") == "next")
    second = await desk.browser.get(following.get("href") or "")
    assert len(second.all(".//table[@id='berichte']/tbody/tr")) == 5
    assert "Zum Anfang" in second.links()


async def test_newer_figures_are_said_and_the_report_offered_anew(desk: Desk) -> None:
    path = await desk.make()
    await desk.office.deliver(NEWER_FIGURES)
    await desk.office.publish(await desk.office.prepare())
    page = await desk.browser.get(path)
    assert "Seit diesem Bericht sind neuere Zahlen freigegeben" in page.text
    assert "12,0 %" in page.text, "the report itself stays as it was"
    anew = await desk.browser.get(page.links()["Mit den heutigen Zahlen neu erstellen"])
    assert "12,5 %" in anew.text
    library = await desk.browser.get("/berichte")
    assert "überholt" in library.text
    assert "Es gibt neuere Zahlen." in library.text


async def test_withdrawn_figures_close_the_report_for_all_but_their_holder(desk: Desk) -> None:
    other = await desk.colleague("beraterin", "beratung")
    own_path, other_path = await desk.make(), await other.make()
    await _withdraw_for_disclosure(desk)
    closed = await other.browser.get(other_path, expect=410)
    assert "Dieser Bericht ist nicht mehr zu lesen" in closed.text
    assert "löschen Sie ihn" in closed.text
    assert not closed.all(".//article")
    for file_format in ("pdf", "html", "snapshot"):
        await other.browser.get(f"{other_path}/dateien/{file_format}", expect=410)
    library = await other.browser.get("/berichte")
    assert "zurückgezogen" in library.text
    assert not [link for link in library.root.iter("a") if "/dateien/" in (link.get("href") or "")]
    kept = await desk.browser.get(own_path)
    assert "Zahlen in diesem Bericht sind zurückgezogen" in kept.text
    assert kept.all(".//article[@class='qb-report']")


async def _withdraw_for_disclosure(desk: Desk) -> None:
    browser = desk.browser
    listing = await browser.get("/freigaben?stand=released")
    release = listing.find(".//table[@id='freigaben']/tbody/tr/th/a").get("href") or ""
    confirm = await browser.get(f"{release}/zurueckziehen")
    data = {"grund": "disclosure", "notiz": "", "etag": confirm.field("etag")}
    await browser.post(f"{release}/zurueckziehen", data)
    await desk.office.stack.run_jobs()


async def test_failed_report_can_be_tried_again(desk: Desk) -> None:
    begun = await desk.begin()
    desk.office.stack.database.execute(
        "UPDATE report.report SET state = 'failed', finished_at = now(),"
        """ failure = '{"code": "rendering_failed", "detail": "Es fehlte ein Bild."}'"""
    )
    page = await desk.browser.get(begun.location)
    assert "Abgebrochen: Es gibt keinen Bericht" in page.text
    assert "Es fehlte ein Bild." in page.text
    form = page.find(".//form[@action='/berichte']")
    data = {
        field.get("name") or "": field.get("value") or ""
        for field in form.iter("input")
        if field.get("name") != "csrf_token"
    }
    again = await desk.browser.post("/berichte", data)
    assert again.location != begun.location
    await desk.office.stack.run_report_jobs()
    assert (await desk.browser.get(again.location)).all(".//article[@class='qb-report']")
