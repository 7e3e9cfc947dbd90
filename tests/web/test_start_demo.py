"""The start page over the demo: sentences from real figures, and each role's own."""

import pytest

from tests.support.demo import Demo
from tests.web.asserting_client import AssertingClient

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
)


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
        assert start.heading in {"Was ansteht", "Auf einen Blick"}, role
        assert "Ihre Gebiete" in start.text
        assert "sind gerade nicht zu lesen" not in start.text, role
        for path in start.links().values():
            if path.startswith("/"):
                answer = await demo_visitor.http.get(path)
                assert answer.status_code == 200, f"{role}: {path}"
        await demo_visitor.post("/abmelden")


@pytest.mark.parametrize("role", ["statistikstelle"])
async def test_own_map_is_marked_as_invented(
    demo_visitor: AssertingClient, demo: Demo, role: str
) -> None:
    start = await demo_visitor.log_in(role, demo.store.password(role))
    caption = start.find(".//figure/figcaption")
    assert "Erfundene Zahlen" in "".join(caption.itertext())
