"""The catalogue of indicators over the real services with the demo."""

from tests.web.asserting_client import AssertingClient


async def test_catalogue_by_dimension(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/indikatoren")
    headings = {" ".join((heading.text or "").split()) for heading in page.all(".//main//h2")}
    assert {"Bevölkerung und Fläche", "Mindestsicherung", "Bildung"} <= headings
    assert page.links()["SGB II-Quote"] == "/indikatoren/sgb2_quote"
    assert "ungeprüft" in page.text
    assert "Erfunden" in page.text


async def test_search_in_the_catalogue(demo_visitor: AssertingClient) -> None:
    part = await demo_visitor.get("/indikatoren?suche=Kinderarmut", htmx=True)
    assert "/indikatoren/kinderarmut_u15" in part.links().values()
    assert "SGB II-Quote" not in part.links()
    none = await demo_visitor.get("/indikatoren?suche=Mondphasen")
    assert "Kein Indikator passt zu „Mondphasen“." in none.text


async def test_definition_in_words(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/indikatoren/sgb2_quote")
    assert page.heading == "SGB II-Quote"
    for words in (
        "Zähler",
        "Nenner",
        "Je höher der Wert, desto ungünstiger die Lage.",
        "Rechtsgrundlage",
        "Musterkreis, erfunden",
        "CC0-1.0",
    ):
        assert words in page.text, words
    there = await demo_visitor.get(page.links()["Quartiere"])
    assert there.heading.startswith("SGB II-Quote")


async def test_unchecked_definition_says_so(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/indikatoren/grundsicherung_alter")
    assert "Ungeprüft Diese Definition hat noch niemand fachlich geprüft." in page.text


async def test_what_nobody_released_is_said(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/indikatoren/alleinerziehende")
    assert "Davon ist noch keine Zahl freigegeben." in page.text
    assert "Auf der Karte" not in page.links()


async def test_unknown_indicator_is_not_found(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/indikatoren/gibt-es-nicht", expect=404)
    assert "gibt-es-nicht" in page.text
