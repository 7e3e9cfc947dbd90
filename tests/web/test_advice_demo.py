"""The pages of advice over the demo: real areas with their map, every side's own pages."""

from tests.support.demo import Demo
from tests.web.asserting_client import AssertingClient, Page
from web.pages.advice.words import LIST_PATH

CASE = "/beratung/faelle/"


def case_links(page: Page) -> list[str]:
    """Where the cases of an overview are, each once."""
    paths = (path.partition("#")[0] for path in page.links().values())
    return list(dict.fromkeys(path for path in paths if path.startswith(CASE) and "." not in path))


async def test_every_side_reads_its_own_cases(demo_visitor: AssertingClient, demo: Demo) -> None:
    seen: dict[str, set[str]] = {}
    for role in ("sozialplanung", "kreis", "beratung"):
        await demo_visitor.log_in(role, demo.store.password(role))
        overview = await demo_visitor.get(LIST_PATH)
        seen[role] = set(case_links(overview))
        assert "sind gerade nicht zu lesen" not in overview.text
        for path in seen[role]:
            page = await demo_visitor.get(path)
            assert "sind gerade nicht zu lesen" not in page.text
            assert "Erfundene" in page.text
            picture = page.find(".//section[@id='gebiete']//*[@role='img']")
            assert (picture.get("aria-label") or "").startswith("Lage von ")
        await demo_visitor.post("/abmelden")
    assert seen["sozialplanung"]
    assert seen["kreis"]
    assert seen["sozialplanung"] | seen["kreis"] <= seen["beratung"]
    assert not seen["sozialplanung"] & seen["kreis"]


async def test_quarters_of_the_own_town_can_be_chosen(
    demo_visitor: AssertingClient, demo: Demo
) -> None:
    await demo_visitor.log_in("sozialplanung", demo.store.password("sozialplanung"))
    form = await demo_visitor.get("/beratung/anfragen/neu")
    codes = [field.get("value") or "" for field in form.all(".//input[@name='gebiete']")]
    assert codes[0] == "99001001"
    assert len(codes) > 10
    assert all(code.startswith("99001001") for code in codes)


async def test_the_ministry_has_no_page_of_advice(
    demo_visitor: AssertingClient, demo: Demo
) -> None:
    for role in ("ministerium", "statistikstelle", "verwaltung"):
        start = await demo_visitor.log_in(role, demo.store.password(role))
        assert "Beratung" not in start.links()
        await demo_visitor.get(LIST_PATH, expect=403)
        await demo_visitor.get("/beratung/faelle.csv", expect=403)
        await demo_visitor.post("/abmelden")
