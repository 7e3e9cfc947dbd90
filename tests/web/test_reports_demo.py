"""Reports over the demo: from the area page, on quarters, beside what may stand beside them."""

import httpx

from tests.support.applications import lent_web
from tests.support.demo import Demo
from tests.support.stack import Stack
from tests.web.asserting_client import AssertingClient
from tests.web.conftest import refuse
from tests.web.page_rules import text_of
from web.settings import WebSettings


async def test_area_page_leads_to_the_report(demo: Demo, demo_visitor: AssertingClient) -> None:
    assert "Bericht erstellen" not in (await demo_visitor.get("/gebiete/99001001")).links()
    await demo_visitor.log_in("sozialplanung", demo.store.password("sozialplanung"))
    page = await demo_visitor.get("/gebiete/99001001")
    path = page.links()["Bericht erstellen"]
    assert path == "/berichte/neu?vorlage=gemeindeprofil&gebiet=99001001"
    assert (await demo_visitor.get(path)).all(".//article[@class='qb-report']")
    for unfit in ("05", "01001000"):
        assert "Bericht erstellen" not in (await demo_visitor.get(f"/gebiete/{unfit}")).links()


async def test_area_page_stands_while_reports_are_down(
    demo: Demo, read_demo_stack: Stack, web_settings: WebSettings
) -> None:
    down = {**read_demo_stack.transports, "report_api": httpx.MockTransport(refuse)}
    async with lent_web(web_settings, down) as app:
        visitor = AssertingClient(app)
        await visitor.log_in("sozialplanung", demo.store.password("sozialplanung"))
        page = await visitor.get("/gebiete/99001001")
        assert page.all(".//div[@class='qb-key-figure']")
        assert "Bericht erstellen" not in page.links()
        missing = await visitor.get("/berichte", expect=503)
        assert "Der Dienst für Berichte antwortet nicht" in missing.text
        await visitor.aclose()


async def test_quarters_of_the_town_one_works_for(
    demo: Demo, demo_visitor: AssertingClient
) -> None:
    await demo_visitor.log_in("sozialplanung", demo.store.password("sozialplanung"))
    page = await demo_visitor.get("/berichte/neu")
    picture = page.find(".//li/img")
    assert (await demo_visitor.http.get(picture.get("src") or "")).status_code == 200
    assert "Erste Seite" in (picture.get("alt") or "")
    assert "Quartiere in Musterstadt" in page.text
    quarter = await demo_visitor.get(page.links()["Bahnhofsviertel"])
    article = text_of(quarter.find(".//article[@class='qb-report']"))
    assert "Bahnhofsviertel" in article
    assert "Erfundene Zahlen" in article
    assert "Nordrhein-Westfalen" not in article, "invented figures never stand beside real ones"
