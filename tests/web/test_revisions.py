"""What changed: the holder by delivery, the public by release; narrowed, paged, and empty."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.indicator_api.test_revisions import SECOND, THIRD
from tests.indicator_api.world import DATASET
from tests.support import databases
from tests.support.databases import TestDatabase
from tests.support.stack import open_stack
from tests.web.asserting_client import AssertingClient, Page
from tests.web.delivery_world import Office, open_office
from tests.web.page_rules import text_of
from web.clients.revisions import CellState
from web.pages.revisions import reading
from web.pages.revisions.rows import _decimals
from web.settings import WebSettings

FIRST = SECOND.replace("lb;130", "lb;120").replace("ew;1001", "ew;1000")


@pytest.fixture(scope="module")
async def office(
    template_database: TestDatabase,
    tmp_path_factory: pytest.TempPathFactory,
    web_settings: WebSettings,
) -> AsyncIterator[Office]:
    """An office that delivered invented figures three times, each time released to the public."""
    database = databases.clone(template_database)
    async with AsyncExitStack() as at_end:
        stack = await at_end.enter_async_context(
            open_stack(database, tmp_path_factory.mktemp("objects"))
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(DATASET, "is_fictional", True)
            opened = await at_end.enter_async_context(open_office(stack, web_settings))
        for file in (FIRST, SECOND, THIRD):
            await opened.deliver(file, "quartale.csv")
            await stack.release(opened.world.office, "sgb2")
        yield opened
    databases.drop(database)


@pytest.fixture
async def public(office: Office) -> AsyncIterator[AssertingClient]:
    """A visitor without an account."""
    client = AssertingClient(office.app)
    yield client
    await client.aclose()


def rows(page: Page) -> list[list[str]]:
    """The words of each cell of the table."""
    return [
        [text_of(cell).replace("\u00a0", " ") for cell in row]
        for row in page.all(".//table[@id='revisionen']//tbody/tr")
    ]


def values(page: Page) -> list[tuple[str, str, str]]:
    """Area, old and new figure of each row."""
    return [(row[2], row[4], row[5]) for row in rows(page)]


async def test_the_holder_sees_the_delivery_and_who_sent_it(office: Office) -> None:
    page = await office.browser.get("/revisionen")
    assert page.heading == "Was sich geändert hat"
    assert values(page) == [
        ("Stadt 1 99001001", "130", "2"),
        ("Stadt 3 99001003", "–", "k. A."),
        ("Stadt 1 99001001", "120", "130"),
        ("Stadt 1 99001001", "1.000", "1.001"),
    ]
    assert [row[1] for row in rows(page)][:1] == ["Leistungsberechtigte Anzahl"]
    assert all("statistik" in row[6] and "quartale.csv" in row[6] for row in rows(page))
    path = page.links()["Lieferung 3"]
    assert path.startswith("/lieferungen/")
    await office.browser.get(path)
    assert page.links()["Stadt 3"] == "/gebiete/99001003"


async def test_the_public_sees_releases_and_never_the_sender(
    office: Office, public: AssertingClient
) -> None:
    page = await public.get("/revisionen")
    assert values(page)[:2] == [
        ("Stadt 1 99001001", "130", "geheim"),
        ("Stadt 3 99001003", "–", "k. A."),
    ]
    assert [row[6][:10] for row in rows(page)] == ["Freigabe 3"] * 2 + ["Freigabe 2"] * 2
    assert "quartale.csv" not in page.html
    assert "Lieferung 3" not in page.text
    assert "zum Schutz einzelner Menschen nicht gezeigt" in page.text
    assert not page.all(".//select[@name='grundlage']")


async def test_the_holder_may_look_at_the_releases(office: Office) -> None:
    page = await office.browser.get("/revisionen?grundlage=freigaben&datenbestand=sgb2")
    assert values(page)[0][2] == "geheim"
    await office.browser.get(next(p for n, p in page.links().items() if n.startswith("Freigabe 3")))


@pytest.mark.parametrize(
    ("query", "amount"),
    [
        ("datenbestand=sgb2", 4),
        ("indikator=sgb2_quote", 4),
        ("gebiet=99001003", 1),
        ("gebiet=Stadt+3", 1),
        ("gebiet=99001001&zeitraum=2023", 3),
    ],
)
async def test_the_list_is_narrowed_down(public: AssertingClient, query: str, amount: int) -> None:
    assert len(rows(await public.get(f"/revisionen?{query}"))) == amount
    assert len(rows(await public.get(f"/revisionen?{query}", htmx=True))) == amount


async def test_invented_figures_are_marked(office: Office, public: AssertingClient) -> None:
    for visitor in (office.browser, public):
        page = await visitor.get("/revisionen")
        marked = page.all(".//main//strong[@class='qb-marker qb-marker--invented']")
        assert [text_of(mark) for mark in marked] == ["Erfundene Zahlen"]
        assert "Datenbestand: Leistungen nach dem SGB II." in page.text
        assert page.find(".//select[@name='datenbestand']/option[@value='sgb2']") is not None


async def test_a_name_of_several_areas_is_asked_back(public: AssertingClient) -> None:
    page = await public.get("/revisionen?gebiet=Stadt&zeitraum=2023", expect=422)
    assert "Welches meinen Sie?" in page.text
    chosen = page.links()["Stadt 3 (99001003)"]
    assert chosen == "/revisionen?gebiet=99001003&zeitraum=2023"
    unknown = await public.get("/revisionen?gebiet=Nirgendwo", expect=422)
    assert "„Nirgendwo“ steht nicht im Verzeichnis" in unknown.text


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("zeitraum=gestern", 422, "zeitraum"),
        ("datenbestand=gibtsnicht", 404, "datenbestand"),
        ("indikator=gibtsnicht", 404, "indikator"),
    ],
)
async def test_what_cannot_be_answered_is_said_at_its_field(
    public: AssertingClient, query: str, status: int, field: str
) -> None:
    page = await public.get(f"/revisionen?{query}", expect=status)
    assert page.find(f".//div[@data-focus-on-load]//a[@href='#{field}']") is not None
    assert page.find(f".//*[@id='{field}']").get("aria-invalid") == "true"


async def test_an_empty_list_says_why_and_what_helps(public: AssertingClient) -> None:
    page = await public.get("/revisionen?zeitraum=2022")
    assert "noch keine Freigabe eine frühere Zahl geändert" in page.text
    assert page.links()["Alle Änderungen zeigen"] == "/revisionen"
    lost_zero = await public.get("/revisionen?gebiet=5999000")
    assert "Fehlt die führende Null?" in lost_zero.text


async def test_the_list_is_read_on(
    public: AssertingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ROWS", 3)
    first = await public.get("/revisionen?datenbestand=sgb2")
    assert len(rows(first)) == 3
    second = await public.get(first.links()["Weitere anzeigen"])
    assert values(second) == [("Stadt 1 99001001", "1.000", "1.001")]
    assert second.links()["Zum Anfang"] == "/revisionen?datenbestand=sgb2"


async def test_area_and_release_lead_to_the_changes(
    office: Office, public: AssertingClient
) -> None:
    area = await public.get("/gebiete/99001001")
    assert "/revisionen?gebiet=99001001" in area.links().values()
    releases = await office.browser.get("/freigaben")
    release = await office.browser.get(releases.links()["Leistungen nach dem SGB II"])
    assert "/revisionen?datenbestand=sgb2" in release.links().values()


async def test_without_any_change_the_page_says_so(browser: AssertingClient) -> None:
    page = await browser.get("/revisionen")
    assert "Noch keine Freigabe hat eine frühere Zahl geändert" in page.text


def test_a_small_change_is_not_rounded_away() -> None:
    assert _decimals(CellState(value=12.4), CellState(value=12.45)) == 2
    assert _decimals(CellState(value=1000.0), None) == 0
