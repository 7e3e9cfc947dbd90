"""Every list and figure on a page is a file too, with the rows that the page shows."""

import csv
import io
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from tests.support.applications import lent_web
from tests.support.demo import Demo
from tests.support.stack import Stack
from tests.web.asserting_client import AssertingClient, Page
from tests.web.page_rules import text_of
from web.settings import WebSettings


@pytest.fixture(scope="module")
async def pages(web_settings: WebSettings, read_demo_stack: Stack) -> AsyncIterator[FastAPI]:
    """The web layer over the services with the demo, which is only read here."""
    async with lent_web(web_settings, read_demo_stack.transports) as app:
        yield app


@pytest.fixture(scope="module")
async def visitor(pages: FastAPI) -> AsyncIterator[AssertingClient]:
    """Somebody who is not logged in."""
    client = AssertingClient(pages)
    yield client
    await client.aclose()


@pytest.fixture(scope="module")
async def keeper(pages: FastAPI, demo: Demo) -> AsyncIterator[AssertingClient]:
    """The Statistikstelle of the demo."""
    client = AssertingClient(pages)
    await client.log_in("statistikstelle", demo.store.password("statistikstelle"))
    yield client
    await client.aclose()


async def rows_of(visitor: AssertingClient, path: str) -> list[dict[str, str]]:
    """The rows of a CSV file behind a link."""
    answer = await visitor.http.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    text = answer.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def link(page: Page, ending: str) -> str:
    """The address of the link whose words end so."""
    return next(path for label, path in page.links().items() if label.endswith(ending))


LIST = "als Tabelle laden (CSV)"


@pytest.mark.parametrize(
    "path",
    [
        "/gebiete",
        "/gebiete?in=05334",
        "/gebiete?in=05&art=kreis&stand=2009-10-20",
        "/gebiete?suche=Neustadt",
    ],
)
async def test_the_register_as_a_file(visitor: AssertingClient, path: str) -> None:
    page = await visitor.get(path)
    shown = [text_of(item) for item in page.all(".//table[@id='register']//span[@class='qb-code']")]
    rows = await rows_of(visitor, link(page, LIST))
    assert [row["code"] for row in rows] == shown
    assert all(row["attribution"] for row in rows)


async def test_a_list_of_many_pages_is_one_file(visitor: AssertingClient) -> None:
    page = await visitor.get("/gebiete?art=gemeinde&in=05")
    assert "auf dieser Seite" in page.text
    rows = await rows_of(visitor, link(page, LIST))
    assert len(rows) == 396


async def test_changes_as_a_file(visitor: AssertingClient) -> None:
    page = await visitor.get("/gebiete/aenderungen?art=merge&von=2009-01-01&bis=2009-12-31")
    titles = [text_of(item) for item in page.all(".//table[@id='liste']/tbody/tr/th")]
    rows = await rows_of(visitor, link(page, LIST))
    assert list(dict.fromkeys(row["title"] for row in rows)) == titles
    assert {row["to_code"] for row in rows} == {"05334"}


async def test_similar_areas_as_a_file(visitor: AssertingClient) -> None:
    page = await visitor.get("/gebiete/05334002/aehnliche?anzahl=5")
    names = [text_of(item) for item in page.all(".//table//tbody/tr/th")]
    rows = await rows_of(visitor, page.links()["CSV"])
    assert list(dict.fromkeys(row["name"] for row in rows)) == [text_of_own(page), *names]
    book = await visitor.http.get(page.links()["Excel"])
    assert book.content.startswith(b"PK")


def text_of_own(page: Page) -> str:
    """The name in the row of the area itself."""
    return text_of(page.find(".//tr[@class='qb-comparison-row']/th"))


async def test_courses_on_the_map_as_a_file(visitor: AssertingClient) -> None:
    page = await visitor.get("/karte?indikator=sgb2_quote&gebiet=99001&orte=99001001")
    rows = await rows_of(visitor, link(page, "CSV (Verlauf)"))
    assert "99001001" in {row["area"] for row in rows}
    assert len({row["period"] for row in rows}) > 1


async def test_partitions_units_and_sets_as_files(keeper: AssertingClient) -> None:
    page = await keeper.get("/gebiete/gliederungen")
    shown = [text_of(item) for item in page.all(".//table[@id='gliederungsliste']/tbody/tr/th")]
    rows = await rows_of(keeper, "/gebiete/gliederungen/liste.csv")
    assert len(rows) == len(shown) > 0
    one = await keeper.get(f"/gebiete/gliederungen/{rows[0]['code']}")
    units = [text_of(item) for item in one.all(".//table[@id='einheitenliste']/tbody/tr/th")]
    listed = await rows_of(keeper, link(one, "Einheiten " + LIST))
    assert [row["name"] for row in listed] == units
    sets = await rows_of(keeper, "/gebiete/mengen/liste.csv")
    unit_set = await keeper.get(f"/gebiete/mengen/{sets[0]['code']}")
    parts = [text_of(item) for item in unit_set.all(".//table[@id='teile']/tbody/tr/th")]
    assert [row["unit_name"] for row in await rows_of(keeper, link(unit_set, LIST))] == parts


async def test_revisions_as_a_file(keeper: AssertingClient) -> None:
    page = await keeper.get("/revisionen?grundlage=freigaben")
    shown = page.all(".//table[@id='revisionen']/tbody/tr")
    rows = await rows_of(keeper, "/revisionen.csv?grundlage=freigaben")
    assert [row["area"] for row in rows][: len(shown)] == [
        text_of(item).split()[-1] for item in page.all(".//table[@id='revisionen']/tbody/tr/td[2]")
    ]
    unclear = await keeper.http.get("/revisionen.csv?gebiet=Neustadt")
    assert unclear.status_code == 404
