"""The register and the area pages over the real services with the demo."""

from tests.web.asserting_client import AssertingClient
from tests.web.page_rules import text_of

SVG = "{http://www.w3.org/2000/svg}"


async def test_register_leads_in_from_the_land(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete")
    links = page.links()
    assert links["396 Gemeinden"] == "/gebiete?in=05&art=gemeinde"
    assert links["53 Kreise und kreisfreie Städte"] == "/gebiete?in=05&art=kreis"
    assert "Musterkreis" in links
    assert "Erfunden" in page.text
    assert len(page.all(".//table[@id='register']/tbody/tr")) == 16


async def test_register_is_read_in_pages(demo_visitor: AssertingClient) -> None:
    first = await demo_visitor.get("/gebiete?art=gemeinde")
    seen = {text_of(code) for code in first.all(".//span[@class='qb-code']")}
    assert len(seen) == 100
    following = next(link for link in first.root.iter("a") if link.get("rel") == "next")
    second = await demo_visitor.get(following.get("href") or "")
    assert seen.isdisjoint(text_of(code) for code in second.all(".//span[@class='qb-code']"))
    assert "Zum Anfang" in second.links()


async def test_search_by_name_and_key(demo_visitor: AssertingClient) -> None:
    by_name = await demo_visitor.get("/gebiete?suche=koeln&in=05", htmx=True)
    assert "Köln, Stadt" in by_name.links()
    by_key = await demo_visitor.get("/gebiete?suche=05334002")
    assert by_key.links()["Aachen, Stadt"] == "/gebiete/05334002"
    none = await demo_visitor.get("/gebiete?suche=Nirgendheim")
    assert "Kein Gebiet heißt „Nirgendheim“" in none.text


async def test_area_answers_with_figures_first(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/9900100105")
    assert page.heading == "Bahnhofsviertel"
    assert "Erfundenes Gebiet" in page.text
    lead = text_of(page.find(".//p[@class='kern-body qb-lead']"))
    assert "Prozentpunkte höher als Musterstadt" in lead.replace("\u00a0", " ")
    figures = page.all(".//div[@class='qb-key-figure']")
    assert len(figures) == 6
    assert all("Schwankungsbereich " in text_of(figure) for figure in figures)
    assert page.all(f".//{SVG}svg[@class='sparkline']")
    assert "Verlauf 31.12.2017: " in (
        page.find(f".//{SVG}svg[@class='sparkline']").get("aria-label") or ""
    )
    assert {"Gebiete", "Musterkreis", "Musterstadt"} <= set(page.links())


async def test_area_names_its_gaps_and_sources(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/05334004")
    gaps = text_of(page.find(".//section[@aria-labelledby='luecken']"))
    assert "liegt für diesen Ort nicht vor" in gaps
    assert "Noch nichts freigegeben" in gaps
    assert "Übliche Quelle: Statistik der Bundesagentur für Arbeit" in gaps
    assert "Freigabe 1 vom" in page.text
    assert page.find(f".//{SVG}svg[@class='locator']").get("aria-label", "").startswith("Lage von")


async def test_series_breaks_with_the_definition(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/99001001")
    series = page.find(".//details[@class='qb-details area-series']")
    assert "Bürgergeld" in text_of(series)
    assert series.findall(f".//{SVG}g[@class='chart-break']")


async def test_stadt_that_is_its_own_kreis_is_not_compared_with_itself(
    demo_visitor: AssertingClient,
) -> None:
    page = await demo_visitor.get("/gebiete/05111000")
    heads = {text_of(head) for head in page.all(".//section[@class='area-chapter']//thead//th")}
    assert heads >= {"Düsseldorf, Stadt", "Nordrhein-Westfalen"}
    assert len([head for head in heads if head.startswith("Düsseldorf")]) == 1


async def test_area_without_figures_or_borders(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/01001000")
    assert page.heading.startswith("Flensburg")
    assert "noch keine Zahl freigegeben" in page.text
    assert "keine Grenzen hinterlegt" in page.text


async def test_ended_area_names_its_successor(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/05354")
    assert "Diesen Schlüssel gibt es nicht mehr." in page.text
    assert "20.10.2009" in page.text
    assert "/gebiete/05334" in page.links().values()
    assert "Aachen-Gesetz" in text_of(page.find(".//section[@aria-labelledby='geschichte']"))


async def test_area_of_an_earlier_day_is_no_dead_key(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/05354?stand=2005-12-31")
    assert "Gebietsstand 31.12.2005. Der Schlüssel galt bis zum 20.10.2009." in page.text
    assert "Diesen Schlüssel gibt es nicht mehr." not in page.text


async def test_the_day_of_the_area_is_chosen_on_its_page(demo_visitor: AssertingClient) -> None:
    today = await demo_visitor.get("/gebiete/05354")
    form = today.find(".//form[@aria-label='Gebietsstand wählen']")
    assert (form.get("method"), form.get("action")) == ("get", "/gebiete/05354")
    assert today.field("stand") == ""
    page = await demo_visitor.get("/gebiete/05354?stand=2005-12-31")
    assert page.field("stand") == "2005-12-31"


async def test_chapter_leaves_out_who_has_no_figure_to_compare(
    demo_visitor: AssertingClient,
) -> None:
    page = await demo_visitor.get("/gebiete/05334")
    table = page.find(".//div[@aria-labelledby='kapitel-bevoelkerung']/table")
    heads = [text_of(head) for head in table.findall("./thead/tr/th")]
    assert "Nordrhein-Westfalen" in heads
    rows = [[text_of(cell) for cell in row] for row in table.findall("./tbody/tr")]
    for place, head in enumerate(heads):
        assert any(row[place] != "k. A." for row in rows if len(row) > place), head


async def test_similar_municipalities_are_real_ones(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/05334002/aehnliche?anzahl=5")
    rows = page.all(".//table//tbody/tr")
    assert len(rows) == 5
    assert not any("Muster" in text_of(row) for row in rows)
    assert "z +" in page.text


async def test_borders_as_a_file(demo_visitor: AssertingClient) -> None:
    answer = await demo_visitor.http.get("/gebiete/05334002/grenzen.geojson")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="05334002.geojson"'
    assert [feature["id"] for feature in answer.json()["features"]] == ["05334002"]


async def test_unknown_area_is_not_found(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/gebiete/5334002", expect=404)
    assert "05334002" in page.text, "the lost zero is named"
