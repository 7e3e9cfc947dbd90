"""What there is to choose, and how a report would look now."""

from collections.abc import Iterator

import pytest

from services.report_api.content.classes import breaks_of, class_of
from tests.report_api.conftest import forget_reports
from tests.report_api.desk import TEMPLATE, Desk
from tests.support.demo import Demo
from tests.support.stack import Stack

PATH = f"/v1/templates/{TEMPLATE}"


@pytest.fixture
def at_desk(services: Stack, demo: Demo) -> Iterator[Desk]:
    """The planner's desk over the module's own demo; a preview leaves nothing behind."""
    forget_reports(services.database)
    yield Desk(services, demo.store, "sozialplanung")
    assert services.database.execute("SELECT count(*) FROM report.report") == [(0,)]


async def test_templates_say_what_they_are_for(at_desk: Desk) -> None:
    (template,) = (await at_desk.read("/v1/templates"))["items"]
    assert (template["code"], template["formats"]) == (TEMPLATE, ["html", "pdf"])
    assert [level["kind"] for level in template["levels"]] == ["gemeinde", "kreis", "quartier"]
    assert [item["code"] for item in template["parameters"]] == ["map_indicator", "chart_indicator"]
    assert (await at_desk.of("datenlieferung").get("/v1/templates")).status_code == 403


async def test_choices_are_what_has_figures_and_the_defaults_are_among_them(at_desk: Desk) -> None:
    choices = await at_desk.read(f"{PATH}/choices?area=99001001")
    maps = [item["code"] for item in choices["map_indicators"]]
    charts = [item["code"] for item in choices["chart_indicators"]]
    assert choices["default_map_indicator"] == maps[0] == "sgb2_quote"
    assert choices["default_chart_indicator"] == charts[0] == "sgb2_quote"
    assert "alleinerziehende" in maps, "released to the town's own administration"
    ministry = await at_desk.of("ministerium").read(f"{PATH}/choices?area=99001001")
    assert "alleinerziehende" not in str(ministry)
    assert all(item["name"] for item in choices["indicators"])


async def test_a_preview_is_an_article_that_is_not_sent_twice(at_desk: Desk) -> None:
    path = f"{PATH}/preview?area=99001001"
    answer = await at_desk.get(path)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.text.startswith("<article")
    assert "Vorschau" in answer.text
    again = await at_desk.get(path, **{"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    other = await at_desk.get(f"{path}&map_indicator=kinderarmut_u15")
    assert other.headers["ETag"] != answer.headers["ETag"]
    assert "Kinderarmut: Quartiere in Musterstadt" in other.text


@pytest.mark.parametrize("account", ["sozialplanung", "ministerium"])
async def test_a_preview_shows_what_its_reader_may_see(at_desk: Desk, account: str) -> None:
    text = (await at_desk.of(account).get(f"{PATH}/preview?area=99001001")).text
    assert ("Alleinerziehende" in text) is (account == "sozialplanung")
    assert ("Nicht öffentlich" in text) is (account == "sozialplanung")
    assert "Erfundene Zahlen" in text


async def test_invented_places_never_stand_beside_real_ones(at_desk: Desk) -> None:
    for area in ("99001001", "9900100101", "99001"):
        text = (await at_desk.get(f"{PATH}/preview?area={area}")).text
        assert "Nordrhein-Westfalen" not in text
        assert "Deutschland" not in text.replace("Regionalatlas Deutschland", "")
    text = (await at_desk.get(f"{PATH}/preview?area=05334002")).text
    assert "Muster" not in text.replace("Stadt Musterstadt", ""), "but as its publisher"
    assert "Erfundene" not in text


async def test_a_map_has_the_classes_of_the_map_page(at_desk: Desk) -> None:
    answer = await at_desk.stack.indicator.get(
        "/v1/observations?indicator=sgb2_quote&level=quartier&within=99001001",
        headers=await at_desk.headers(),
    )
    breaks = answer.json()["classes"]["breaks"]
    values = [item["value"] for item in answer.json()["items"] if item["value"] is not None]
    assert breaks_of(values) == pytest.approx(breaks, rel=1e-12)
    counts = [0] * (len(breaks) - 1)
    for value in values:
        counts[class_of(value, breaks)] += 1
    assert counts == answer.json()["classes"]["counts"]
