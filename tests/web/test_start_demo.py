"""The start page over the demo: sentences from real figures, and each role's own."""

import httpx
import pytest

from tests.support.applications import lent_web
from tests.support.demo import Demo
from tests.support.stack import Stack
from tests.web.asserting_client import AssertingClient, Page
from web.pages.start.roles import TITLES
from web.settings import WebSettings

ROLES = (
    "datenlieferung",
    "statistikstelle",
    "sozialplanung",
    "kreis",
    "beratung",
    "teamleitung",
    "ministerium",
    "landesamt",
    "bewilligungsbehoerde",
    "verwaltung",
    "beratung-daten",
    "sozialplanung-musterdorf",
    "sozialplanung-musterhausen",
    "sozialplanung-mustertal",
)


class CountingTransport(httpx.AsyncBaseTransport):
    """Notes what is asked before it hands it on."""

    def __init__(self, inner: httpx.AsyncBaseTransport, asked: list[str]) -> None:
        self._inner = inner
        self._asked = asked

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand on one request."""
        self._asked.append(f"{request.method} {request.url.raw_path.decode()}")
        return await self._inner.handle_async_request(request)


def section(page: Page, heading_id: str) -> str:
    """The words of the section with this heading."""
    found = page.find(f".//section[@aria-labelledby='{heading_id}']")
    return " ".join("".join(found.itertext()).split())


async def test_public_start_speaks_in_real_figures(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/")
    assert "524 in Nordrhein-Westfalen, von 46 in Dahlem bis 3.023 in Herne." in page.text
    assert "dl-de/by-2-0" in page.text, "no figure without its source"
    image = page.find(".//figure//img").get("src") or ""
    drawn = await demo_visitor.http.get(image)
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    map_path = page.links()["Diese Karte öffnen"]
    await demo_visitor.get(map_path)


async def test_search_finds_places_and_indicators(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/suche?q=Herne")
    path = page.links()["Herne, Stadt"]
    assert (await demo_visitor.get(path)).heading.startswith("Herne")
    by_key = await demo_visitor.get("/suche?q=05916000")
    assert "Herne, Stadt" in by_key.links()
    indicators = await demo_visitor.get("/suche?q=quadratkilometer")
    assert any("Quadratkilometer" in words for words in indicators.links())


async def test_invented_places_are_marked_in_the_search(demo_visitor: AssertingClient) -> None:
    page = await demo_visitor.get("/suche?q=Musterstadt")
    assert "Erfundene Zahlen" in page.text


async def test_every_role_starts_on_a_page_that_keeps_the_rules(
    demo_visitor: AssertingClient, demo: Demo
) -> None:
    for role in ROLES:
        password = demo.store.password(role)
        start = await demo_visitor.log_in(role, password)
        assert start.heading in TITLES.values(), role
        assert "sind gerade nicht zu lesen" not in start.text, role
        for path in start.links().values():
            if path.startswith("/"):
                answer = await demo_visitor.http.get(path, follow_redirects=True)
                assert answer.status_code == 200, f"{role}: {path}"
        await demo_visitor.post("/abmelden")


@pytest.mark.parametrize("role", ["statistikstelle"])
async def test_own_map_is_marked_as_invented(
    demo_visitor: AssertingClient, demo: Demo, role: str
) -> None:
    start = await demo_visitor.log_in(role, demo.store.password(role))
    caption = start.find(".//figure/figcaption")
    assert "Erfundene Zahlen" in "".join(caption.itertext())


async def test_municipality_sees_what_waits_and_its_case(
    demo_visitor: AssertingClient, demo: Demo
) -> None:
    start = await demo_visitor.log_in("sozialplanung", demo.store.password("sozialplanung"))
    waiting = section(start, "offen")
    assert "seit 6 Tagen überfällig" in waiting.replace("\u00a0", " ")
    assert "bestätigen oder ablehnen" in waiting
    assert "lesen und entscheiden" in waiting
    case = section(start, "beratung")
    assert "Kinderarmut in den Quartieren" in case
    assert "Laufend" in case
    current = start.find(".//ol[@class='qb-phases']/li[@aria-current='step']")
    assert current.text == "Umsetzung"
    assert "Vereinbarung vorgeschlagen" in case
    assert "Gemeindeprofil Musterstadt" in section(start, "berichte")


async def test_findings_are_true_of_the_figures(demo_visitor: AssertingClient, demo: Demo) -> None:
    start = await demo_visitor.log_in("sozialplanung", demo.store.password("sozialplanung"))
    findings = section(start, "befunde").replace("\u00a0", " ")
    assert "In 6 von 24 Quartieren liegt der Wert auch mit seiner Unsicherheit über dem" in findings
    assert "Am Hafen 33,2 % 29,7 bis 36,9" in findings
    assert "Erfundene Zahlen" in findings
    assert "Rang" not in findings


async def test_where_nothing_stands_out_it_says_so(
    demo_visitor: AssertingClient, demo: Demo
) -> None:
    name = "sozialplanung-musterdorf"
    start = await demo_visitor.log_in(name, demo.store.password(name))
    assert "Unterhalb von Musterdorf sind keine Zahlen freigegeben" in section(start, "befunde")
    assert "Leben im Alter auf dem Dorf" in section(start, "beratung")
    assert "Kinderarmut in den Quartieren" not in start.text, "the neighbour's case"


async def test_advisor_sees_their_own_and_the_lead_the_team(
    demo_visitor: AssertingClient, demo: Demo
) -> None:
    start = await demo_visitor.log_in("beratung", demo.store.password("beratung"))
    assert "Anmerkungen zu Kapitel 2" in section(start, "heute")
    assert "Musterhausen" not in section(start, "faelle"), "nobody has taken that case on yet"
    assert "Kurzschulung für alle vier Gemeinden" in section(start, "neu")
    await demo_visitor.post("/abmelden")
    start = await demo_visitor.log_in("teamleitung", demo.store.password("teamleitung"))
    cases = section(start, "faelle")
    assert "1 laufend, 1 vereinbart, 1 ruhend." in cases
    assert "Ein Fall ist noch niemandem zugeordnet." in cases
    assert "noch niemand" in cases


async def test_ministry_sees_completeness_and_its_reports_but_no_case(
    demo_visitor: AssertingClient, demo: Demo
) -> None:
    start = await demo_visitor.log_in("ministerium", demo.store.password("ministerium"))
    assert "396 von 396" in section(start, "vollstaendigkeit")
    assert "53 von 53" in section(start, "vollstaendigkeit")
    assert "Kreisprofil" in section(start, "berichte")
    for words in ("B-20", "A-20", "Kinderarmut in den Quartieren", "/beratung"):
        assert words not in start.html


async def test_search_finds_cases_and_reports_for_whom_they_are(
    demo_visitor: AssertingClient, demo: Demo
) -> None:
    assert "Beratungsfälle" not in (await demo_visitor.get("/suche?q=Kinderarmut")).text
    await demo_visitor.log_in("sozialplanung", demo.store.password("sozialplanung"))
    own = await demo_visitor.get("/suche?q=Kinderarmut")
    assert "Kinderarmut in den Quartieren" in section(own, "faelle")
    reports = await demo_visitor.get("/suche?q=Fabrikviertel")
    assert "Quartiersprofil" in section(reports, "berichte")
    await demo_visitor.post("/abmelden")
    name = "sozialplanung-mustertal"
    await demo_visitor.log_in(name, demo.store.password(name))
    neighbour = await demo_visitor.get("/suche?q=Kinderarmut")
    assert "vom Datenblick" not in neighbour.text
    await demo_visitor.post("/abmelden")
    await demo_visitor.log_in("ministerium", demo.store.password("ministerium"))
    ministry = await demo_visitor.get("/suche?q=Kinderarmut")
    assert "vom Datenblick" not in ministry.text


async def test_one_part_that_fails_leaves_the_others(
    web_settings: WebSettings, demo: Demo, demo_stack: Stack
) -> None:
    demo_stack.database.execute("ALTER TABLE consultation.goal RENAME TO goal_away")
    async with lent_web(web_settings, demo_stack.transports) as app:
        visitor = AssertingClient(app)
        start = await visitor.log_in("sozialplanung", demo.store.password("sozialplanung"))
        await visitor.aclose()
    assert "Ihre offenen Vorgänge sind gerade nicht zu lesen" in section(start, "offen")
    assert "Am Hafen" in section(start, "befunde")
    assert "Gemeindeprofil Musterstadt" in section(start, "berichte")


@pytest.mark.parametrize(
    ("name", "most"),
    [("sozialplanung", 32), ("beratung", 8), ("teamleitung", 8), ("ministerium", 16)],
)
async def test_a_start_page_asks_the_services_few_questions(
    web_settings: WebSettings, read_demo_stack: Stack, demo: Demo, name: str, most: int
) -> None:
    asked: list[str] = []
    transports = {
        service: CountingTransport(inner, asked)
        for service, inner in read_demo_stack.transports.items()
    }
    async with lent_web(web_settings, transports) as app:
        visitor = AssertingClient(app)
        await visitor.log_in(name, demo.store.password(name))
        asked.clear()
        await visitor.get("/")
        await visitor.aclose()
    assert 0 < len(asked) <= most, asked
