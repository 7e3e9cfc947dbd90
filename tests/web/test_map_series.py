"""The course of the map's chosen places over a scripted service: breaks and ranges are told."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.applications import lent_web
from tests.web.asserting_client import AssertingClient
from tests.web.conftest import refuse
from tests.web.figures_world import MUSTERSTADT, NACHBARSTADT, FiguresWorld
from tests.web.page_rules import text_of
from web.settings import WebSettings

CHOSEN = f"/karte?indikator=sgb2_quote&orte={NACHBARSTADT}&orte={MUSTERSTADT}"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
async def reader(web_settings: WebSettings) -> AsyncIterator[AssertingClient]:
    """Somebody who reads the map, not logged in."""
    down = httpx.MockTransport(refuse)
    services = {"consultation_api": down, "report_api": down}
    async with lent_web(
        web_settings, {"indicator_api": FiguresWorld().transport, **services}
    ) as app:
        client = AssertingClient(app)
        yield client
        await client.aclose()


async def test_break_is_marked_in_chart_and_table(reader: AssertingClient) -> None:
    page = await reader.get(CHOSEN)
    series = page.find(".//section[@aria-labelledby='verlauf']")
    assert series.findall(f".//{SVG}g[@class='chart-break']")
    broken = series.findall(".//th[@class='kern-table__header qb-num series-broken']")
    assert [text_of(head) for head in broken] == ["1 (Bruch in der Reihe) 2023"]
    assert "Bevölkerung nach dem Zensus 2022 statt 2011 (ab 15.05.2022)" in text_of(series)


async def test_figures_can_be_taken_in_every_form(reader: AssertingClient) -> None:
    page = await reader.get(CHOSEN)
    for label, form in (("CSV", "csv"), ("Excel", "xlsx"), ("Parquet", "parquet")):
        path = page.links()[label]
        assert path.startswith(f"/karte/zahlen.{form}?indikator=sgb2_quote&")
        assert (await reader.http.get(path)).status_code == 200


async def test_chosen_places_come_first_each_with_its_range(reader: AssertingClient) -> None:
    page = await reader.get(CHOSEN)
    series = page.find(".//section[@aria-labelledby='verlauf']")
    rows = series.findall(".//tbody/tr")
    names = [text_of(row.findall("th")[0]) for row in rows]
    assert names == ["Nachbarstadt", "Musterstadt", "Nordrhein-Westfalen"]
    assert rows[2].get("class") == "qb-comparison-row"
    assert text_of(rows[0].findall("td")[0]) == "11,010,5–11,5"
    drawn = [path.get("class") or "" for path in series.findall(f".//{SVG}path")]
    assert any(kind.startswith("chart-bounds") for kind in drawn), "ranges in the chart, too"
