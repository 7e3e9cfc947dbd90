"""Putting a report together: template, place, map and chart, preview, what stands against it."""

import pytest

from tests.web.asserting_client import AssertingClient, Page
from tests.web.page_rules import text_of
from tests.web.report_world import KREIS, LAND, NO_FIGURES, TOWN, Desk


async def test_only_who_may_make_reports_comes_in(desk: Desk) -> None:
    visitor = AssertingClient(desk.office.app)
    refused = await visitor.get("/berichte/neu", expect=303)
    assert refused.location == "/anmelden?weiter=/berichte/neu"
    deliverer = await desk.colleague("lieferant", "datenlieferung")
    await deliverer.browser.get("/berichte", expect=403)
    await deliverer.browser.get("/berichte/neu", expect=403)
    await deliverer.browser.post("/berichte", {"vorlage": "gemeindeprofil"}, expect=403)


async def test_own_places_come_first_then_all_by_name_or_key(desk: Desk) -> None:
    planner = await desk.colleague("planung", "kreis", KREIS)
    page = await planner.browser.get("/berichte/neu")
    assert page.heading == "Bericht erstellen"
    assert page.links()["Kreis"] == "/berichte/neu?vorlage=gemeindeprofil&gebiet=99001"
    assert "Gemeinden in Kreis Erfunden" in page.text
    assert page.links()["Stadt 1"].endswith(f"gebiet={TOWN}")
    assert "Köln am Test" not in page.links()
    by_name = await desk.browser.get("/berichte/neu?suche=koeln")
    assert by_name.links()["Köln am Test"].endswith(f"gebiet={NO_FIGURES}")
    assert "Nordrhein-Westfalen" in by_name.text, "three places are called Neustadt"
    by_key = await desk.browser.get("/berichte/neu?suche=0599", htmx=True)
    assert set(by_key.links()) == {"Köln am Test"}
    none = await desk.browser.get("/berichte/neu?suche=Nirgendheim")
    assert "Kein Gebiet gefunden zu „Nirgendheim“" in none.text


async def test_preview_shows_as_soon_as_a_place_is_chosen(desk: Desk) -> None:
    page = await desk.browser.get(f"/berichte/neu?gebiet={TOWN}")
    article = page.find(".//article[@class='qb-report']")
    assert "Stadt 1" in text_of(article)
    assert "12,0 %" in text_of(article).replace("\u00a0", " ")
    assert article.findall(".//h1") == [], "the page's heading is the only h1"
    form = page.find(".//form[@id='bilder']")
    assert form.get("method") == "get"
    assert "Vorschau zeigen" in text_of(form), "without script a button shows the preview"
    assert "Anderes Gebiet wählen" in page.links()


async def test_choosing_a_picture_exchanges_the_whole_part(desk: Desk) -> None:
    part = await desk.browser.get(f"/berichte/neu?gebiet={TOWN}&karte=sgb2_quote", htmx=True)
    root = part.find(".//div[@id='zusammenstellung']")
    assert root.findall(".//article[@class='qb-report']")
    assert "Vorschau" in part.html.partition("data-announce>")[2][:40]


async def test_an_indicator_the_place_lacks_is_replaced_and_said(desk: Desk) -> None:
    page = await desk.browser.get(f"/berichte/neu?gebiet={TOWN}&karte=unbekannt")
    assert "Den Indikator „unbekannt“ gibt es für dieses Gebiet nicht als Karte" in page.text
    assert page.all(".//article[@class='qb-report']")


@pytest.mark.parametrize(
    ("area", "title"),
    [
        ("99001099", "Dieses Gebiet gibt es nicht"),
        (LAND, "Für Gebiete dieser Art gibt es die Vorlage nicht"),
        (NO_FIGURES, "Für dieses Gebiet sind keine Zahlen freigegeben"),
    ],
)
async def test_what_stands_against_a_report_is_said_in_place(
    desk: Desk, area: str, title: str
) -> None:
    page = await desk.browser.get(f"/berichte/neu?gebiet={area}", expect=422)
    _assert_refused(page, title)
    posted = await desk.browser.post(
        "/berichte", {"vorlage": "gemeindeprofil", "gebiet": area}, expect=422
    )
    _assert_refused(posted, title)
    assert "Ihre Stelle hat noch keinen Bericht" in (await desk.browser.get("/berichte")).text


def _assert_refused(page: Page, title: str) -> None:
    summary = page.find(".//div[@class='qb-error-summary']")
    assert title in text_of(summary)
    reason = page.find(".//section[@aria-labelledby='gebiet']//div[@class='qb-inset']")
    assert len(text_of(reason)) > len(title) + 20, "why, and what would help"
    assert page.field("suche") == "", "another place can be chosen at once"
    assert not page.all(".//article")


async def test_a_report_without_a_place_is_asked_for_one(desk: Desk) -> None:
    await desk.browser.get("/berichte/neu")
    page = await desk.browser.post("/berichte", {"vorlage": "gemeindeprofil"}, expect=422)
    assert "Wählen Sie, worüber der Bericht sein soll" in page.text
