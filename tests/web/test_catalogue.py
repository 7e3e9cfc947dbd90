"""The catalogue page: found by words and filters, as a file, with marks of what is unchecked."""

import csv
import io
from datetime import date

from tests.web.asserting_client import AssertingClient, Page
from web.clients.catalogue_types import CatalogueIndicator, DefinitionBreak, Part, Version
from web.pages.indicators.definition import UNKNOWN, describe
from web.pages.indicators.listing import CatalogueAddress


def names(page: Page) -> list[str]:
    """Names of the indicators listed."""
    found = page.all(".//h3[@class='catalogue__name']")
    return [" ".join("".join(heading.itertext()).split()) for heading in found]


async def test_the_key_indicators_stand_first_in_their_dimension(
    demo_visitor: AssertingClient,
) -> None:
    page = await demo_visitor.get("/indikatoren?thema=mindestsicherung")
    assert names(page)[:4] == ["SGB II-Quote", "ELB-Quote", "Mindestsicherungsquote", "BG-Quote"]
    page = await demo_visitor.get("/indikatoren?thema=kinder_familie&auswahl=leit")
    assert len(names(page)) == 4
    assert "4 Indikatoren, davon 4 mit freigegebenen" not in page.text, "one is not public"
    assert "4 Indikatoren, davon 3 mit freigegebenen Zahlen" in page.text.replace("\u00a0", " ")


async def test_each_entry_says_what_is_divided_by_what_and_what_there_is(
    demo_visitor: AssertingClient,
) -> None:
    page = await demo_visitor.get("/indikatoren?suche=Altenquotient")
    for words in (
        "Nr. 20",
        "Leitindikator",
        "ungeprüft",
        "Einwohner mit Hauptwohnung ab 65 Jahren",
        "Quartiere, ",
        "Erfunden",
        "je 100 Personen von 20 bis unter 65",
        "bis Quartiere",
    ):
        assert words in page.text, words


async def test_filters_narrow_and_stay_in_the_address(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/indikatoren?zahlen=nein&pruefung=ja&ebene=gemeinde")
    assert names(page) == ["Mindestsicherungsquote"]
    assert page.links()["Als Tabelle (CSV)"].startswith("/indikatoren.csv?zahlen=nein&pruefung=ja")
    assert page.find(".//select[@name='pruefung']/option[@selected]").get("value") == "ja"
    assert page.find(".//input[@name='auswahl']").get("checked") is None
    none = await demo_visitor.get("/indikatoren?thema=wohnen&pruefung=ja")
    assert "Kein Indikator passt zu allen diesen Angaben." in none.text
    assert none.links()["Alle Indikatoren zeigen"] == "/indikatoren"
    unknown = await demo_visitor.get("/indikatoren?zahlen=vielleicht&ebene=mond&pruefung=x")
    assert len(names(unknown)) > 60, "what is no filter asks nothing"


async def test_explanations_are_searched_too(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/indikatoren?suche=Vorsorgeheft", htmx=True)
    assert names(page) == ["Teilnahme an den Früherkennungen U8 und U9"]


async def test_the_catalogue_as_files(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/indikatoren?thema=alter")
    table = await demo_visitor.http.get(page.links()["Als Tabelle (CSV)"])
    assert table.headers["content-type"].startswith("text/csv")
    assert "indikatorenkatalog.csv" in table.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")), delimiter=";"))
    assert [row["number"] for row in rows] == ["19", "20", "21", "22", "23", "24"]
    document = await demo_visitor.http.get(page.links()["Als JSON"])
    assert len(document.json()["items"]) == 6
    assert document.headers["etag"]


async def test_a_definition_tells_its_meaning_protection_breaks_and_history(
    demo_visitor: AssertingClient,
) -> None:
    page = await demo_visitor.get("/indikatoren/kinderarmut_u15")
    for words in (
        "Was die Zahl bedeutet",
        "Von 100 Kindern unter 15 Jahren leben so viele von Leistungen nach dem SGB II.",
        "Zähler ÷ Nenner × 100",
        "Geheimhaltung",
        "zeigt Anzahlen erst ab 3",
        "NEF_U15_SGB2 und EINWOHNER_U15",
        "Brüche in der Reihe",
        "01.01.2023",
        "Bürgergeld tritt an die Stelle",
        "Fassung 1",
        "Erste Fassung im Katalog.",
    ):
        assert words in page.text, words


def test_what_is_unknown_is_said_and_versions_tell_what_changed() -> None:
    indicator = CatalogueIndicator(
        code="x",
        name="X",
        unit="%",
        factor=100,
        number=56,
        variant="a",
        numerator=Part(measure="EINWOHNER", breakdown="NAT=NATA"),
        denominator=Part(measure="EINWOHNER"),
        breaks=(
            DefinitionBreak(on=date(2020, 1, 1), detail="alt"),
            DefinitionBreak(on=date(2023, 1, 1), detail="neu"),
        ),
        versions=(
            Version(version=3, changed_on=date(2026, 2, 1), change_note="Geändert: Einheit."),
            Version(version=2, changed_on=date(2026, 1, 1), change_note="Neues Gesetz."),
            Version(version=1, changed_on=date(2025, 1, 1)),
        ),
    )
    view = describe(indicator)
    assert view.number == "56\u00a0a"
    assert ("Rechtsgrundlage", UNKNOWN) in view.facts
    assert ("Rechnung", "Zähler ÷ Nenner × 100") in view.facts
    assert ("Geliefert als", "EINWOHNER (NAT=NATA) und EINWOHNER") in view.protection
    assert [item.detail for item in view.breaks] == ["neu", "alt"]
    assert [(item.note, item.changed) for item in view.history] == [
        ("", "Einheit"), ("Neues Gesetz.", ""), ("Erste Fassung im Katalog.", ""),
    ]  # fmt: skip


def test_an_address_asks_what_its_query_says() -> None:
    address = CatalogueAddress.read({"suche": " Kita ", "zahlen": "ja", "auswahl": "leit"})
    assert address.filters() == {"q": "Kita", "has_figures": "true", "key": "true"}
    assert address.query() == "?suche=Kita&zahlen=ja&auswahl=leit"
    assert CatalogueAddress.read({}).query() == ""
