"""The map page over the real services with the demo: the real Land, an invented Kreis."""

from urllib.parse import quote
from xml.etree.ElementTree import Element

from tests.web.asserting_client import AssertingClient, Page
from tests.web.page_rules import text_of

DENSITY = "/karte?indikator=einwohnerdichte"
QUOTA = "/karte?indikator=sgb2_quote"
SVG = "{http://www.w3.org/2000/svg}"


def rows(page: Page) -> list[Element]:
    """The rows of areas."""
    return page.all(".//tr[@data-area]")


def names(page: Page) -> list[str]:
    """The names of the areas in the order of the table."""
    return [row.get("data-name") or "" for row in rows(page)]


async def test_map_opens_on_density_for_all_municipalities(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/karte")
    assert page.heading == "Einwohnerinnen und Einwohner je Quadratkilometer, 15.05.2022"
    assert len(rows(page)) == 396
    assert "Nordrhein-Westfalen: 524 Einwohner je km²" in page.text
    compared = page.all(".//tr[@class='qb-comparison-row']")
    assert [text_of(row).split()[0] for row in compared] == ["Nordrhein-Westfalen", "Deutschland"]
    stage = page.find(".//div[@data-map]")
    assert stage.get("data-tiles", "").startswith("/kacheln/einwohnerdichte/2022-05-15/{z}/{x}/{y}")
    assert page.find(".//img[@class='map-still']").get("alt", "").startswith("Karte: ")


async def test_no_figure_without_source_date_and_uncertainty(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/karte")
    assert "© Statistische Ämter des Bundes und der Länder, Deutschland" in page.text
    assert "dl-de/by-2-0, 15.05.2022 · Freigabe 1 vom" in page.text
    assert "Cell-Key-Verfahren" in page.text
    assert "GeoBasis-DE / BKG" in page.text
    herne = page.find(".//tr[@data-area='05916000']")
    assert herne.get("data-value") == "3.023\u00a0Einwohner je km²"
    assert herne.get("data-rank") == "Rang 1 von 396, Unsicherheit nicht ausgewiesen"


async def test_legend_counts_every_area_once(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/karte")
    counts = page.all(".//span[@class='map-legend__count']")
    assert sum(int(text_of(count).split()[0]) for count in counts) == 396
    assert len(counts) == 5


async def test_order_by_link(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get(f"{DENSITY}&sortierung=wert-ab")
    assert names(page)[0] == "Herne, Stadt"
    assert names(page)[-1] == "Dahlem"
    head = page.find(".//th[@aria-sort]")
    assert (head.get("aria-sort"), text_of(head).split()[0]) == ("descending", "Wert")
    ascending = await demo_visitor.get(head.findall("a")[0].get("href") or "")
    assert names(ascending)[0] == "Dahlem"


async def test_sample_tells_its_quality(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/karte?indikator=alleinstehende")
    assert len(rows(page)) == 53
    assert "Stichprobe" in page.text
    assert "schwanken zufällig" in page.text


async def test_invented_figures_are_marked_and_stand_apart(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get(QUOTA)
    assert "Erfundene Zahlen" in page.text
    assert page.find(".//select[@id='gebiet']/option[@selected]").get("value") == "99001"
    assert len(rows(page)) == 26
    assert "Je höher der Wert, desto ungünstiger die Lage." in page.text
    first = rows(page)[0]
    assert first.get("data-interval", "").startswith("Schwankungsbereich ")
    assert "wegen der Unsicherheit zwischen" in " ".join(
        row.get("data-rank") or "" for row in rows(page)
    )


async def test_inset_beside_the_land_says_that_it_is_invented(
    demo_visitor: AssertingClient,
) -> None:
    page = await demo_visitor.get("/karte")
    inset = page.find(".//figure[@class='map-inset']")
    assert "Erfunden" in text_of(inset)
    assert "zählt in keiner Summe und keinem Rang mit" in text_of(inset)
    assert not [row for row in rows(page) if (row.get("data-area") or "").startswith("99")]
    there = await demo_visitor.get(inset.findall(".//a")[0].get("href") or "")
    assert "Erfundene Zahlen" in there.text


async def test_series_of_chosen_places_as_chart_and_table(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get(f"{QUOTA}&orte=9900100101&orte=9900100105")
    chart = page.find(f".//{SVG}svg[@class='chart']")
    assert text_of(chart.findall(f"{SVG}title")[0]) == "SGB II-Quote von 2017 bis 2024"
    series = page.find(".//section[@class='map-series qb-section']")
    years = [text_of(head) for head in series.findall(".//thead//th")][1:]
    assert [year[-4:] for year in years] == [str(year) for year in range(2017, 2025)]
    assert years[5] == "1 (Bruch in der Reihe) 2022"
    assert [text_of(head) for head in series.findall(".//tbody//th")][:2] == [
        "Altstadt",
        "Bahnhofsviertel",
    ]
    assert page.find(".//input[@id='ort-9900100105']").get("checked") is not None


async def test_part_for_htmx_is_the_same_and_pushes_the_whole_address(
    demo_visitor: AssertingClient,
) -> None:
    part = await demo_visitor.get(QUOTA, htmx=True)
    pushed = part.response.headers["hx-push-url"]
    assert pushed == ("/karte?indikator=sgb2_quote&zeitraum=2024-12-31&ebene=quartier&gebiet=99001")
    page = await demo_visitor.get(pushed)
    assert names(page) == names(part)
    assert part.find(".//*[@data-announce]") is not None


async def test_address_that_cannot_be_met_says_what_is_shown_instead(
    demo_visitor: AssertingClient,
) -> None:
    page = await demo_visitor.get(f"{DENSITY}&zeitraum=1999&ebene=quartier&gebiet=05")
    assert "Für „1999“ gibt es bei dieser Auswahl keine Zahlen." in page.text
    assert "keine Zahlen auf der gewünschten Ebene" in page.text
    assert len(rows(page)) == 396
    unknown = await demo_visitor.get("/karte?indikator=gibt-es-nicht")
    assert "„gibt-es-nicht“" in unknown.text


async def test_map_of_one_kreis(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get(f"{DENSITY}&gebiet=05334&ebene=gemeinde")
    assert len(rows(page)) == 10
    chosen = page.find(".//select[@id='gebiet']/option[@selected]")
    assert text_of(chosen) == "Städteregion Aachen"


async def test_image_and_tile_come_through_with_their_etag(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/karte")
    image = page.find(".//img[@class='map-still']").get("src") or ""
    answer = await demo_visitor.http.get(image)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.text.count("<path") >= 396
    again = await demo_visitor.http.get(image, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    tiles = page.find(".//div[@data-map]").get("data-tiles") or ""
    tile = await demo_visitor.http.get(
        tiles.replace("{z}", "6").replace("{x}", "33").replace("{y}", "21")
    )
    assert tile.status_code == 200
    assert tile.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert b"areas" in tile.content


async def test_csv_holds_the_same_figures(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/karte")
    link = next(link for link in page.root.iter("a") if "CSV" in text_of(link))
    answer = await demo_visitor.http.get(link.get("href") or "")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "05916000" in answer.text


async def test_tile_of_nothing_is_a_problem_not_a_crash(demo_visitor: AssertingClient) -> None:
    place = f"/kacheln/{quote('gibt es nicht')}/2022/6/33/21.mvt?ebene=gemeinde&gebiet=05"
    answer = await demo_visitor.http.get(place)
    assert answer.status_code == 404


async def test_map_before_the_first_release(browser: AssertingClient) -> None:
    page = await browser.get("/karte")
    assert page.heading == "Karte"
    assert "Indikatoren ansehen" in page.links()


async def test_map_while_services_are_down(lonely: AssertingClient) -> None:
    page = await lonely.get("/karte", expect=503)
    assert page.heading
