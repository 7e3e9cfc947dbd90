"""The start page and the search, over the real services."""

import pytest

from tests.consultation_api.world import World
from tests.support.people import PASSWORD
from tests.web.asserting_client import AssertingClient
from web.clients.indicator_types import Coverage, Indicator
from web.pages.start.first_map import best_coverage, choose_first


def indicator(code: str, kind: str, *coverage: Coverage) -> Indicator:
    return Indicator(code=code, name=code, unit="%", kind=kind, coverage=coverage)


def covered(level: str, period: str, areas: int, *, is_fictional: bool = False) -> Coverage:
    return Coverage(dataset="d", level=level, period=period, areas=areas, is_fictional=is_fictional)


def test_best_coverage_is_the_widest_then_the_latest() -> None:
    known = indicator(
        "a",
        "rate",
        covered("gemeinde", "2020", 396),
        covered("gemeinde", "2022", 396),
        covered("kreis", "2024", 53),
        covered("gemeinde", "2025", 900, is_fictional=True),
    )
    best = best_coverage(known, ("gemeinde", "kreis"), is_fictional=False)
    assert best is not None
    assert (best.level, best.period) == ("gemeinde", "2022")
    assert best_coverage(known, ("quartier",), is_fictional=False) is None


def test_first_indicator_is_a_density_where_both_cover_the_same() -> None:
    share = indicator("share", "rate", covered("gemeinde", "2024", 396))
    density = indicator("density", "density", covered("gemeinde", "2022", 396))
    invented = indicator("invented", "density", covered("gemeinde", "2024", 999, is_fictional=True))
    chosen = choose_first([share, density, invented], ("gemeinde",), is_fictional=False)
    assert chosen is density
    assert choose_first([share], ("quartier",), is_fictional=False) is None


async def test_public_start_before_the_first_release(browser: AssertingClient) -> None:
    page = await browser.get("/")
    assert "Noch sind keine Zahlen freigegeben." in page.text
    assert page.response.headers["cache-control"] == "no-cache"
    assert "set-cookie" not in page.response.headers, "looking needs no cookie"
    assert {"Karte", "Gebiete", "Indikatoren", "Anmelden"} <= set(page.links())
    assert "Lieferungen" not in page.links()


async def test_public_start_says_what_is_down_and_stands(lonely: AssertingClient) -> None:
    page = await lonely.get("/")
    assert "sind gerade nicht zu lesen, weil ein Dienst nicht antwortet" in page.text
    assert page.find(".//form[@action='/suche']") is not None


AREAS = "Ihre Gebiete"
REPORTS = "Neueste Berichte"


@pytest.mark.parametrize(
    ("role", "kind", "heading", "sections"),
    [
        (
            "statistikstelle",
            "statistikstelle",
            "Was ansteht",
            {"Freizugeben", "Letzte Lieferungen", "Datenbestände", "Verwaltung", REPORTS, AREAS},
        ),
        (
            "datenlieferung",
            "kommune",
            "Was ansteht",
            {"Letzte Lieferungen", "Datenbestände", AREAS},
        ),
        (
            "sozialplanung",
            "kommune",
            "Was ansteht",
            {"Das liegt bei Ihnen", "Unsere Beratung", "Unsere Daten auf einen Blick"}
            | {REPORTS, AREAS},
        ),
        (
            "beratung",
            "landesberatung",
            "Was heute ansteht",
            {"Heute", "Wartet auf mich", "Neue Anfragen", "Meine Fälle", REPORTS},
        ),
        (
            "teamleitung",
            "landesberatung",
            "Was im Team ansteht",
            {"Heute", "Wartet auf das Team", "Neue Anfragen", "Fälle des Teams", REPORTS},
        ),
        (
            "ministerium",
            "ministerium",
            "Auf einen Blick",
            {"Wie vollständig sind die Zahlen?", REPORTS, AREAS},
        ),
        (
            "verwaltung",
            "betrieb",
            "Auf einen Blick",
            {"Datenbestände", "Verwaltung", AREAS},
        ),
    ],
)
async def test_start_shows_each_role_what_it_works_with(
    browser: AssertingClient,
    identity: World,
    role: str,
    kind: str,
    heading: str,
    sections: set[str],
) -> None:
    town = identity.organisation("Stadt Musterstadt")
    parent = town if kind == "statistikstelle" else None
    place = identity.organisation("Stelle", kind, parent_id=parent)
    identity.account("person", place, role)
    start = await browser.log_in("person", PASSWORD)
    assert start.heading == heading
    shown = {" ".join((h.text or "").split()) for h in start.all(".//main//h2")}
    assert shown == sections
    assert start.response.headers["cache-control"] == "no-store"


async def test_a_new_municipality_is_told_what_advice_is(
    browser: AssertingClient, identity: World
) -> None:
    town = identity.organisation("Stadt Musterstadt")
    identity.account("person", town, "sozialplanung")
    start = await browser.log_in("person", PASSWORD)
    assert "Zur Beratung wartet gerade nichts auf Sie." in start.text
    assert "Gerade läuft keine Beratung." in start.text
    assert start.links()["Beratung anfragen"] == "/beratung/anfragen/neu"
    assert "freiwillig, kostenlos" in start.text


async def test_the_ministry_is_told_that_cases_are_none_of_its_business(
    browser: AssertingClient, identity: World
) -> None:
    identity.account("person", identity.organisation("Ministerium", "ministerium"), "ministerium")
    start = await browser.log_in("person", PASSWORD)
    assert "kein Fall und auch keine Anzahl von Fällen" in start.text
    assert "/beratung" not in start.links().values()


async def test_what_cannot_be_read_says_so_and_the_rest_stands(
    browser: AssertingClient, identity: World
) -> None:
    """report_api is down in these tests; its part says it, all others are there."""
    town = identity.organisation("Stadt Musterstadt")
    identity.account("person", town, "sozialplanung")
    start = await browser.log_in("person", PASSWORD)
    failed = start.all(".//div[@class='qb-inset qb-inset--failed']")
    assert len(failed) == 1
    assert "Die Berichte sind gerade nicht zu lesen" in start.text


async def test_search_without_words_asks_for_some(browser: AssertingClient) -> None:
    page = await browser.get("/suche")
    assert page.heading == "Suche"
    assert "Zum Beispiel" in page.text


async def test_search_without_hits_says_what_to_try(browser: AssertingClient) -> None:
    page = await browser.get("/suche?q=%20Nirgendwo%20%20im%20Wald")
    assert page.heading == "Suche nach „Nirgendwo im Wald“"
    assert "Nichts gefunden" in page.text
    assert page.find(".//input[@id='suchfeld']").get("value") == "Nirgendwo im Wald"


async def test_search_part_is_the_same_for_htmx(browser: AssertingClient) -> None:
    part = await browser.get("/suche?q=Nirgendwo", htmx=True)
    root = part.find(".//div[@id='treffer']")
    assert root.get("data-announce") is not None
    restored = await browser.get(
        "/suche?q=Nirgendwo",
        headers={"HX-Request": "true", "HX-History-Restore-Request": "true"},
    )
    assert restored.heading == "Suche nach „Nirgendwo“"


async def test_search_while_services_are_down(lonely: AssertingClient) -> None:
    page = await lonely.get("/suche?q=Herne")
    assert "Die Gebiete sind gerade nicht zu lesen" in page.text


@pytest.mark.parametrize("path", ["/impressum", "/datenschutz", "/barrierefreiheit"])
async def test_legal_pages_stand_without_services(lonely: AssertingClient, path: str) -> None:
    page = await lonely.get(path)
    assert page.all(".//mark[@class='qb-fill']"), "what the operator must fill is marked"
    for link in page.root.iter("a"):
        href = link.get("href") or ""
        if href.startswith("/"):
            await lonely.http.get(href)


async def test_accessibility_page_names_the_ombudsstelle(lonely: AssertingClient) -> None:
    page = await lonely.get("/barrierefreiheit")
    assert "Ombudsstelle für barrierefreie Informationstechnik" in page.text
    assert "BITVNRW" in page.text
