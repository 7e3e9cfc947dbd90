"""Area, indicator and comparison pages over a scripted service: every state says what it is."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.applications import lent_web
from tests.web.asserting_client import AssertingClient
from tests.web.conftest import refuse
from tests.web.figures_world import (
    DEAD,
    DIFFERS,
    LAND,
    MUSTERSTADT,
    NACHBARSTADT,
    WITHOUT_BASE,
    FiguresWorld,
)
from tests.web.page_rules import text_of
from web.settings import WebSettings

AREA = f"/gebiete/{MUSTERSTADT}"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def world() -> FiguresWorld:
    """The scripted service."""
    return FiguresWorld()


@pytest.fixture
async def reader(web_settings: WebSettings, world: FiguresWorld) -> AsyncIterator[AssertingClient]:
    """Somebody who reads figures, not logged in."""
    down = httpx.MockTransport(refuse)
    transports = {
        "indicator_api": world.transport,
        "consultation_api": down,
        "report_api": down,
    }
    async with lent_web(web_settings, transports) as app:
        client = AssertingClient(app)
        yield client
        await client.aclose()


async def test_area_page_answers_first_and_shows_how(
    reader: AssertingClient, world: FiguresWorld
) -> None:
    page = await reader.get(AREA)
    text = page.text
    assert "SGB II-Quote 2023: 14,0 %, 2,5 Prozentpunkte höher als" in text
    assert "Schwankungsbereich 13,5–14,5" in text
    assert "Summe aus 38 von 46 Gemeinden" in text, "how far the sum reaches"
    gap = text_of(page.find(".//section[@aria-labelledby='luecken']//tbody/tr"))
    assert gap.startswith("Kinderarmut unter 15Geheim: Die Zahl könnte Menschen erkennbar machen.")
    assert gap.endswith("Für das Gebiet darüber gibt es eine."), "and how to close it"
    assert page.links()["Vergleichen"] == f"/vergleich?orte={MUSTERSTADT}"
    totals = text_of(page.find(".//section[@aria-labelledby='summen']"))
    assert DIFFERS in totals, "where parts and whole do not agree"
    assert len(world.asked) == 3, "area, profile and history; no outlines without borders"


async def test_series_marks_breaks_and_estimates_in_chart_and_table(
    reader: AssertingClient,
) -> None:
    page = await reader.get(AREA)
    series = page.find(".//details[@class='qb-details area-series']")
    words = text_of(series)
    assert "mit 1 Bruch" in words
    assert "Nennerbasis: Bevölkerung nach dem Zensus 2022 statt 2011 (ab 15.05.2022)" in words
    assert series.findall(f".//{SVG}g[@class='chart-break']")
    assert series.findall(".//th[@class='kern-table__header qb-num series-broken']")
    assert series.findall(f".//{SVG}circle[@class='chart-mark--open']")
    assert "12,0 s" in words
    assert "Schätzung aus 2 früheren Gemeinden nach Einwohnern" in words
    assert "Offene Marken: geschätzt." in words


async def test_dead_key_leads_to_its_successor(reader: AssertingClient) -> None:
    page = await reader.get(f"/gebiete/{DEAD}")
    assert "05313 endete am 20.10.2009; Nachfolger ist 05334 Städteregion Aachen." in page.text
    assert page.links()["Städteregion Aachen (05334)"] == "/gebiete/05334"
    assert "Aachen-Gesetz" in page.text
    assert "43,0 % der Einwohner" in page.text


async def test_gebietsstand_stays_in_links_and_can_be_left(reader: AssertingClient) -> None:
    page = await reader.get(f"{AREA}?stand=2008-12-31")
    assert "Gebietsstand 31.12.2008." in page.text
    assert page.links()["Nordrhein-Westfalen"] == f"/gebiete/{LAND}?stand=2008-12-31"
    assert page.links()["CSV"] == f"{AREA}/zahlen.csv?stand=2008-12-31"
    compared = await reader.get(page.links()["Vergleichen"])
    assert "Gebietsstand 31.12.2008." in compared.text
    assert compared.links()["CSV"].endswith("&stand=2008-12-31")
    wrong = await reader.get(f"{AREA}?stand=gestern")
    assert "Den Gebietsstand in der Adresse können wir nicht lesen" in wrong.text


async def test_set_names_its_parts_and_weights(reader: AssertingClient) -> None:
    page = await reader.get("/gebiete/05999S1")
    row = page.find(".//section[@aria-labelledby='teile']//tbody/tr")
    assert text_of(row) == "Altstadt62,5 %nach Einwohnern"
    assert page.links()["Zusammensetzung ansehen"] == "/gebiete/mengen/05999S1"


async def test_area_page_lives_without_its_figures(
    reader: AssertingClient, world: FiguresWorld
) -> None:
    world.broken = {"profile", "history"}
    page = await reader.get(AREA)
    assert page.heading == "Musterstadt"
    assert "Die Zahlen zu diesem Gebiet sind gerade nicht zu lesen" in page.text
    assert "noch keine Zahl freigegeben" not in page.text, "unknown is not nothing"


async def test_similar_areas_show_distance_values_and_z(reader: AssertingClient) -> None:
    page = await reader.get(f"{AREA}/aehnliche")
    row = page.find(".//table//tbody/tr")
    assert text_of(row) == "Nachbarstadt0,5811,7z +0,68"
    assert page.links()["Die nächsten vergleichen"] == (
        f"/vergleich?orte={MUSTERSTADT},{NACHBARSTADT}&indikatoren=sgb2_quote"
    )
    assert "Ort 3: ohne Zahl" in page.text
    assert "731 nicht einbezogen" in page.text, "all of them, not those that are named"


async def test_indicator_page_ranks_with_uncertainty_and_names_the_hidden(
    reader: AssertingClient,
) -> None:
    page = await reader.get("/indikatoren/sgb2_quote")
    rows = [text_of(row) for row in page.all(".//form[@action='/vergleich']//tbody/tr")]
    assert rows[0].startswith("Musterstadt in den Vergleich nehmen")
    assert "13,5–14,5" in rows[0]
    assert rows[1].endswith("nicht sicher verschieden")
    assert "Summe aus 38 von 46 Gemeinden" in rows[2]
    assert page.all(f".//form[@action='/vergleich']//{SVG}svg[@class='whisker']")
    assert "1 von 3 Gebieten ist nicht sicher verschieden von Nordrhein-Westfalen." in page.text
    assert "1 Gebiet: geheim" in page.text
    assert "Gezeigt wird nur die Gruppe" not in page.text, "no group was chosen"
    assert "Ort 4" in page.links()
    group = await reader.get(page.links()["weiblich"])
    assert "Gezeigt wird nur die Gruppe „weiblich“." in group.text
    assert "aufgliederung" not in group.links()["Alle zeigen"]
    assert "Die Hälfte liegt unter (Median)" in page.text


async def test_indicator_page_hands_classes_to_map_and_legend(
    reader: AssertingClient, world: FiguresWorld
) -> None:
    page = await reader.get("/indikatoren/sgb2_quote?klassen=fest&grenzen=10;%2012,5")
    asked = next(path for path in world.asked if "classes=fixed" in path)
    assert "breaks=10.0%2C12.5" in asked
    image = page.find(".//img[@class='indicator-map']").get("src") or ""
    assert (await reader.http.get(image)).status_code == 200
    assert "classes=fixed" in world.asked[-1]
    wrong = await reader.get("/indikatoren/sgb2_quote?klassen=fest&grenzen=viel")
    assert "Nennen Sie eine bis vier Grenzen" in wrong.text


async def test_indicator_page_says_what_was_known_and_where(
    reader: AssertingClient, world: FiguresWorld
) -> None:
    page = await reader.get("/indikatoren/sgb2_quote?kenntnis=2024-03-01&stand=2009-12-31")
    assert any("as_of=2024-03-01" in asked for asked in world.asked)
    said = text_of(page.find(".//div[@id='ergebnis']/div[@class='qb-inset']"))
    assert said.startswith("Gezeigt wird, was am 01.03.2024 veröffentlicht war.")
    assert "Gebietsstand 31.12.2009." in said
    today = page.links()["Stand von heute zeigen"]
    assert "kenntnis" not in today
    assert "stand=2009-12-31" in today, "the one way back leaves the other choice"
    assert "veröffentlicht war" not in (await reader.get("/indikatoren/sgb2_quote")).text


async def test_indicator_page_gives_the_course_as_a_file(
    reader: AssertingClient, world: FiguresWorld
) -> None:
    page = await reader.get("/indikatoren/sgb2_quote?zeitraum=2023&kenntnis=2024-03-01")
    path = page.links()["Parquet (Verlauf)"]
    answer = await reader.http.get(path)
    assert answer.status_code == 200
    assert 'filename="sgb2_quote_verlauf.parquet"' in answer.headers["content-disposition"]
    asked = world.asked[-1]
    assert f"area={LAND}" in asked
    assert "as_of=2024-03-01" in asked, "what was known then, there too"
    assert "period=" not in asked
    none = await reader.http.get("/indikatoren/sgb2_quote/zahlen.csv?umfang=verlauf")
    assert none.status_code == 404


async def test_indicator_page_gives_the_groups_as_a_file(
    reader: AssertingClient, world: FiguresWorld
) -> None:
    page = await reader.get("/indikatoren/sgb2_quote?zeitraum=2023&kenntnis=2024-03-01")
    shown = next(asked for asked in world.asked if "breakdown=%2A" in asked)
    answer = await reader.http.get(page.links()["CSV (Gruppen)"])
    assert answer.status_code == 200
    assert f'filename="sgb2_quote_gruppen_{LAND}_2023.csv"' in answer.headers["content-disposition"]
    without = {part for part in shown.split("?")[1].split("&") if not part.startswith("limit=")}
    assert set(world.asked[-1].split("?")[1].split("&")) == without | {"f=csv"}
    none = await reader.http.get("/indikatoren/sgb2_quote/zahlen.csv?umfang=gruppen")
    assert none.status_code == 404


async def test_indicator_page_reads_a_change_as_a_change(reader: AssertingClient) -> None:
    page = await reader.get("/indikatoren/sgb2_quote?wert=differenz")
    lead = text_of(page.find(".//p[@class='kern-body indicator-lead']"))
    assert lead.startswith("Veränderung, Nordrhein-Westfalen 2023: ")
    assert "ungünstiger die Lage" not in lead, "a higher change is no higher level"
    assert "Gezeigt wird die Veränderung gegenüber 2021, nicht der Wert selbst." in page.text
    assert "wert=" not in page.links()["Werte zeigen"]


async def test_indicator_page_lives_without_its_figures(
    reader: AssertingClient, world: FiguresWorld
) -> None:
    world.broken = {"/v1/observations"}
    page = await reader.get("/indikatoren/sgb2_quote")
    assert "Die Zahlen sind gerade nicht zu lesen" in page.text
    assert "Leistungsberechtigte" in page.text, "the definition is there"


async def test_comparison_says_who_surely_differs(reader: AssertingClient) -> None:
    page = await reader.get(f"/vergleich?orte={MUSTERSTADT},{NACHBARSTADT}&indikatoren=sgb2_quote")
    assert "Nachbarstadt: nicht sicher verschieden von Musterstadt." in page.text
    assert text_of(page.find(".//tr[@class='qb-comparison-row']")).startswith("Nordrhein-Westfalen")
    assert page.all(f".//{SVG}svg[@class='chart whiskers']")
    assert page.links()["CSV"].startswith(f"/vergleich/zahlen.csv?orte={MUSTERSTADT},")


async def test_comparison_keeps_eight_and_explains_keys(reader: AssertingClient) -> None:
    places = ",".join(f"0599900{n}" for n in range(1, 10))
    page = await reader.get(f"/vergleich?orte={places}")
    assert "höchstens acht Gebiete. Nicht dabei: 05999009." in page.text
    assert len(page.all(".//li[@class='comparison-chosen__item']")) == 8
    assert "Mehr als acht Gebiete gehen nicht." in page.text
    dead = await reader.get(f"/vergleich?orte={DEAD},99999999&indikatoren=gibtsnicht")
    assert "05313 endete am 20.10.2009" in dead.text
    assert "05334" in dead.links()["Stattdessen Städteregion Aachen vergleichen"]
    assert "Den Schlüssel „99999999“ kennt das Verzeichnis nicht." in dead.text
    assert "Den Indikator „gibtsnicht“ gibt es nicht, oder es ist keine Zahl davon" in dead.text


async def test_comparison_is_built_by_links_alone(reader: AssertingClient) -> None:
    empty = await reader.get("/vergleich")
    assert "Noch ist kein Gebiet gewählt." in empty.text
    found = await reader.get("/vergleich?suche=Muster")
    one = await reader.get(found.links()["Musterstadt hinzufügen"])
    assert [text_of(item) for item in one.all(".//li[@class='comparison-chosen__item']")]
    none = await reader.get(one.links()["Entfernen: Musterstadt"])
    assert "Noch ist kein Gebiet gewählt." in none.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/karte", "Ort 8Kein Wert, denn der Nenner ist null"),
        (
            "/indikatoren/sgb2_quote?zeitraum=2023&ebene=gemeinde&gebiet=05",
            "1 Gebiet: nicht verfügbar (Kein Wert, denn der Nenner ist null)",
        ),
        (
            f"/vergleich?orte={MUSTERSTADT},{NACHBARSTADT},{WITHOUT_BASE}&indikatoren=sgb2_quote",
            "nicht verfügbarKein Wert, denn der Nenner ist null",
        ),
        (
            f"/vergleich?orte={MUSTERSTADT},{NACHBARSTADT},{WITHOUT_BASE}&indikatoren=sgb2_quote",
            "Ohne Zahl – Ort 8 2023: Kein Wert, denn der Nenner ist null.",
        ),
    ],
)
async def test_a_denominator_of_zero_is_said(
    reader: AssertingClient, path: str, words: str
) -> None:
    assert words in (await reader.get(path)).text


@pytest.mark.parametrize("path", ["/karte", f"/vergleich?orte={MUSTERSTADT}", f"{AREA}/aehnliche"])
async def test_only_indicators_with_figures_are_offered(
    reader: AssertingClient, world: FiguresWorld, path: str
) -> None:
    await reader.get(path)
    lists = [asked for asked in world.asked if asked.startswith("/v1/indicators?")]
    assert lists
    assert all("has_figures=true" in asked for asked in lists)


@pytest.mark.parametrize(
    "path",
    [
        f"{AREA}/zahlen.csv",
        "/indikatoren/sgb2_quote/zahlen.xlsx?zeitraum=2023&ebene=gemeinde&gebiet=05",
        f"/vergleich/zahlen.csv?orte={MUSTERSTADT}&indikatoren=sgb2_quote",
    ],
)
async def test_what_is_shown_can_be_taken_along(reader: AssertingClient, path: str) -> None:
    answer = await reader.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
