"""The register through time on its pages: Gebietsstand, changes with their law, directories."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.indicator_api.test_area_directories import AACHEN_2005, AACHEN_2009
from tests.support.applications import lent_web
from tests.support.people import PASSWORD
from tests.support.stack import Stack
from tests.web.asserting_client import AssertingClient, Page
from tests.web.page_rules import text_of
from web.settings import WebSettings

FORM = "/gebiete/aenderungen/verzeichnisse"
LAW = "Aachen-Gesetz vom 26.02.2008, GV. NRW. S. 162"


def keys(page: Page) -> list[str]:
    """The keys in the list of areas."""
    return [text_of(item) for item in page.all(".//table[@id='register']//span[@class='qb-code']")]


async def test_the_register_is_read_as_it_stood_on_a_day(demo_visitor: AssertingClient) -> None:
    before = await demo_visitor.get("/gebiete?in=053&art=kreis&stand=2009-10-20")
    assert {"05313", "05354"} <= set(keys(before))
    assert "05334" not in keys(before)
    assert before.field("stand") == "2009-10-20"
    assert "bis 20.10.2009" in before.text
    assert "/gebiete/05313?stand=2009-10-20" in before.links().values()
    after = await demo_visitor.get("/gebiete?in=053&art=kreis&stand=2009-10-21", htmx=True)
    assert "05334" in keys(after)
    assert not {"05313", "05354"} & set(keys(after))
    beginning = await demo_visitor.get("/gebiete?stand=2009-10-20")
    assert beginning.links()["54 Kreise und kreisfreie Städte"] == (
        "/gebiete?in=05&art=kreis&stand=2009-10-20"
    )
    early = await demo_visitor.get("/gebiete?stand=1990-10-02")
    assert "Das Gebietsverzeichnis beginnt am 03.10.1990" in early.text
    assert not keys(early)
    unread = await demo_visitor.get("/gebiete?stand=gestern")
    assert unread.field("stand") == ""


async def test_changes_name_day_law_and_both_sides(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/aenderungen")
    rows = {text_of(row.find("th")): row for row in page.all(".//table[@id='liste']/tbody/tr")}  # type: ignore[arg-type]
    merge = rows["Kreis Aachen und Stadt Aachen bilden die Städteregion Aachen"]
    assert "21.10.2009" in text_of(merge)
    assert LAW in text_of(merge)
    assert "Städteregion Aachen (05334)" in text_of(merge)
    towns = next(row for name, row in rows.items() if "10 Gemeinden" in name)
    assert text_of(towns).count("7 weitere") == 2
    one = await demo_visitor.get(
        page.links()["Städteregion Aachen: neue Schlüssel für 10 Gemeinden"]
    )
    assert one.heading == "Städteregion Aachen: neue Schlüssel für 10 Gemeinden"
    assert len(one.all(".//table[@id='wege-tabelle']/tbody/tr")) == 10
    assert LAW in one.text
    assert one.links()["Alsdorf, Stadt (05334004)"] == "/gebiete/05334004?stand=2009-10-21"
    kept = await demo_visitor.get("/gebiete/aenderungen?art=key_change&von=2009-01-01", htmx=True)
    assert len(kept.all(".//table[@id='liste']/tbody/tr")) == 1
    none = await demo_visitor.get("/gebiete/aenderungen?art=split")
    assert "keine Gebietsänderung verzeichnet" in none.text
    await demo_visitor.get("/gebiete/aenderungen/4711", expect=404)
    await demo_visitor.get("/gebiete/aenderungen/x", expect=404)


async def test_the_map_carries_gebietsstand_and_classes_everywhere(
    demo_visitor: AssertingClient,
) -> None:
    asked = "indikator=einwohnerdichte&ebene=gemeinde&stand=2022-05-15&klassen=gleich&anzahl=4"
    page = await demo_visitor.get(f"/karte?{asked}")
    assert "Gebietsstand 15.05.2022" in page.heading
    counts = [
        int(text_of(item).split()[0]) for item in page.all(".//span[@class='map-legend__count']")
    ]
    assert (len(counts), sum(counts)) == (4, 396)
    stage = page.find(".//div[@data-map]")
    still = page.find(".//img[@class='map-still']").get("src", "")
    for address in (stage.get("data-tiles", ""), still):
        assert "stand=2022-05-15&klassen=gleich&anzahl=4" in address
    assert (await demo_visitor.http.get(still)).status_code == 200
    tile = stage.get("data-tiles", "").format(z=6, x=33, y=21)
    assert (await demo_visitor.http.get(tile)).status_code == 200
    links = page.links()
    for label in ("CSV", "Excel", "GeoJSON"):
        assert "stand=2022-05-15" in links[label]
        answer = await demo_visitor.http.get(links[label])
        assert answer.status_code == 200
        assert "attachment" in answer.headers["content-disposition"]
    assert "/gebiete/05916000?stand=2022-05-15" in links.values()

    fixed = await demo_visitor.get(
        "/karte?indikator=einwohnerdichte&ebene=gemeinde&klassen=fest&grenzen=100;500;5000"
    )
    ranges = [text_of(item) for item in fixed.all(".//span[@class='map-legend__range']")]
    assert ranges[1:3] == ["100 bis unter 500", "500 bis unter 5.000"]
    wrong = await demo_visitor.get("/karte?indikator=einwohnerdichte&klassen=fest&grenzen=viel")
    assert "Geben Sie bis zu vier Grenzen als Zahlen an" in wrong.text
    early = await demo_visitor.get("/karte?indikator=einwohnerdichte&stand=1980-01-01")
    assert "beginnt mit dem 03.10.1990" in early.text


@pytest.fixture
async def keeper(web_settings: WebSettings, stack: Stack) -> AsyncIterator[AssertingClient]:
    """Somebody who keeps the register, in front of the pages."""
    office = stack.people.organisation("Landesamt", "landesamt", ("DG",))
    stack.people.account("landesamt", office, "landesamt")
    async with lent_web(web_settings, stack.transports) as app:
        client = AssertingClient(app)
        await client.log_in("landesamt", PASSWORD)
        yield client
        await client.aclose()


async def send(keeper: AssertingClient, name: str, body: bytes, expect: int = 303) -> Page:
    """Hand a directory in by the form."""
    form = await keeper.get(FORM)
    data = {"idempotency_key": form.field("idempotency_key")}
    return await keeper.post(FORM, data, expect=expect, files={"datei": (name, body, "")})


async def test_directories_are_handed_in_and_followed(
    keeper: AssertingClient, stack: Stack
) -> None:
    wrong = await send(keeper, "verzeichnis.csv", b"x", expect=422)
    assert "ist keine Excel-Mappe" in wrong.text
    for body in (AACHEN_2009, AACHEN_2005):
        sent = await send(keeper, "gv.xlsx", body)
        running = await keeper.get(sent.location)
        look = re.search(r'hx-get="([^"]+)" hx-trigger="load', running.html)
        assert look is not None
        await stack.run_jobs()
        done = await keeper.get(look[1].replace("&amp;", "&"), htmx=True)
        assert "Übernommen" in done.text
        assert "hx-trigger" not in done.html
    listed = await keeper.get(FORM)
    assert {"Gemeindeverzeichnis vom 31.12.2005", "Gemeindeverzeichnis vom 31.12.2009"} <= set(
        listed.links()
    )
    changes = await keeper.get("/gebiete/aenderungen")
    assert "Städteregion Aachen: neue Schlüssel für 2 Gemeinden" in changes.text
    broken = await send(keeper, "gv.xlsx", b"PK")
    await stack.run_jobs()
    refused = await keeper.get(broken.location)
    assert "Am Verzeichnis wurde nichts geändert" in refused.text
    assert "keine Excel-Mappe" in refused.text


async def test_only_who_keeps_the_register_sees_the_form(browser: AssertingClient) -> None:
    page = await browser.get("/gebiete/aenderungen")
    assert FORM not in page.links().values()
    await browser.get(FORM, expect=303)
