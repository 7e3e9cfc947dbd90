"""The pages of figures in a browser: a choice acts at once and stands in the address."""

from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Browser, expect

from tests.browser.screen import PHONE, open_screen
from tests.support.platform import RunningPlatform


async def test_a_choice_acts_at_once_and_leads_to_the_comparison(
    chromium: Browser, demo_platform: RunningPlatform
) -> None:
    async with open_screen(chromium, demo_platform.urls["web"]) as screen:
        page = screen.page
        await screen.open("/indikatoren/sgb2_quote")
        await page.get_by_label("Zeitraum").select_option("2023-12-31")
        await expect(page.locator("#ergebnis")).to_contain_text("Musterkreis 31.12.2023")
        assert parse_qs(urlsplit(page.url).query)["zeitraum"] == ["2023-12-31"]
        await page.get_by_label("Bahnhofsviertel in den Vergleich nehmen").focus()
        await page.keyboard.press("Space")
        ranking = page.get_by_label("Rangfolge als Tabelle")
        await ranking.focus()
        await expect(ranking).to_have_css("outline-width", "3px")
        await page.get_by_label("Altstadt in den Vergleich nehmen").check()
        await page.get_by_role("button", name="Angehakte Gebiete vergleichen").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Gebiete vergleichen")
        await expect(page.locator("#vergleich")).to_contain_text(
            "Bahnhofsviertel: sicher höher als"
        )


async def test_a_series_opens_on_a_phone_and_stays_inside(
    chromium: Browser, demo_platform: RunningPlatform
) -> None:
    async with open_screen(chromium, demo_platform.urls["web"], viewport=PHONE) as screen:
        await screen.open("/gebiete/99001001")
        series = screen.page.locator("details.area-series").first
        await series.locator("summary").press("Enter")
        await expect(series.locator("svg.chart")).to_be_visible()
        assert await screen.width_beyond_window() == 0
        assert await screen.accessibility_problems() == ""
