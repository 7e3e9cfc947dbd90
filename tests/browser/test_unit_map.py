"""Composing an area in a real browser: units by a click on the map, an area drawn on it."""

import pytest
from playwright.async_api import Browser, Position, expect

from tests.browser.screen import PHONE, Screen, open_screen
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform

NEW = "/gebiete/mengen/neu?gliederung=99001001-quartiere"
PAGES = (
    "/gebiete/gliederungen",
    "/gebiete/gliederungen/neu",
    "/gebiete/gliederungen/99001001-quartiere",
    "/gebiete/gliederungen/99001001-quartiere/adressen",
    "/gebiete/mengen/99001001-foerdergebiet-ost",
    NEW,
)


@pytest.fixture
def url(own_demo_platform: RunningPlatform) -> str:
    """Where the web layer is."""
    return own_demo_platform.urls["web"]


async def log_in(screen: Screen, demo: Demo) -> None:
    """Log in as the office that keeps the partition."""
    await screen.open("/anmelden")
    page = screen.page
    await page.get_by_label("Anmeldename").fill("statistikstelle")
    await page.get_by_label("Passwort").fill(demo.store.password("statistikstelle"))
    await page.get_by_role("main").get_by_role("button", name="Anmelden").click()
    await expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()


async def test_units_are_clicked_and_an_area_is_drawn(
    chromium: Browser, url: str, demo: Demo
) -> None:
    async with open_screen(chromium, url) as screen:
        await log_in(screen, demo)
        await screen.open(NEW)
        page = screen.page
        await page.get_by_label("Name des Gebiets").fill("Gezeichnet")
        await page.get_by_label("Sozialraum", exact=True).check()
        unit = page.locator("[data-unit='9900100101']")
        box = page.locator("input[name=parts][value='9900100101']")
        await unit.click()
        await expect(box).to_be_checked()
        await expect(page.locator("[data-units-count]")).to_have_text("1 von 26 gewählt")
        await unit.click()
        await expect(box).not_to_be_checked()
        await page.get_by_role("button", name="Fläche zeichnen").click()
        image = page.locator("[data-unit-map]")
        size = await image.bounding_box()
        assert size is not None
        for across, down in ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)):
            place = Position(x=size["width"] * across, y=size["height"] * down)
            await image.click(position=place, force=True)
        await page.get_by_role("button", name="Fläche schließen").click()
        assert "Polygon" in await page.locator("#polygon").input_value()
        await page.get_by_role("button", name="Teile und Gewichte ansehen").click()
        await expect(page.get_by_role("heading", name="So wird das Gebiet")).to_be_visible()
        await expect(page.get_by_role("cell", name="nach Fläche").first).to_be_visible()
        assert await screen.accessibility_problems() == ""
        await page.get_by_role("button", name="So anlegen").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Gezeichnet")
        await screen.picture("gebiet-gezeichnet")


async def test_the_pages_are_accessible_and_fit_a_phone(
    chromium: Browser, url: str, demo: Demo
) -> None:
    async with open_screen(chromium, url) as screen:
        await log_in(screen, demo)
        for path in PAGES:
            await screen.open(path)
            assert await screen.accessibility_problems() == "", path
            await screen.page.set_viewport_size(PHONE)
            assert await screen.width_beyond_window() == 0, path
            await screen.page.set_viewport_size({"width": 1280, "height": 900})
