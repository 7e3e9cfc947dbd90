"""The map in a real browser: by pointer, by keyboard, on a phone, in the dark, on paper, bare."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.screen import PHONE, open_screen
from tests.support.platform import RunningPlatform

QUOTA = "/karte?indikator=sgb2_quote"
PAGES = (
    "/karte",
    f"{QUOTA}&orte=9900100101&orte=9900100105",
    "/karte?indikator=alleinstehende",
    "/gebiete",
    "/gebiete?suche=aachen",
    "/gebiete/05334002",
    "/gebiete/9900100105",
    "/indikatoren",
    "/indikatoren/sgb2_quote",
)


@pytest.fixture
def url(demo_platform: RunningPlatform) -> str:
    """Where the web layer is."""
    return demo_platform.urls["web"]


async def wait_for_live_map(page: Page) -> None:
    """Wait until the live map has drawn all its tiles."""
    await expect(page.locator("[data-map].is-live")).to_be_visible(timeout=90_000)


async def test_pointer_shows_the_figure_and_opens_the_place(chromium: Browser, url: str) -> None:
    async with open_screen(chromium, url) as screen:
        await screen.open("/karte")
        page = screen.page
        await wait_for_live_map(page)
        await page.locator(".maplibregl-canvas").hover()
        await expect(page.locator("[data-info=value]")).to_contain_text("Einwohner je km²")
        await expect(page.locator("[data-info=rank]")).to_contain_text("von 396")
        name = await page.locator("[data-info=name]").inner_text()
        await screen.picture("karte-breit")
        await page.locator(".maplibregl-canvas").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(name)


async def test_keyboard_alone_reads_the_map_and_opens_a_place(chromium: Browser, url: str) -> None:
    async with open_screen(chromium, url) as screen:
        await screen.open("/karte")
        page = screen.page
        await wait_for_live_map(page)
        await page.locator(".maplibregl-canvas").focus()
        said = page.locator("#map-announcement")
        await expect(said).to_contain_text("Rang", timeout=30_000)
        before = await said.inner_text()
        await page.keyboard.press("ArrowRight")
        await expect(said).not_to_have_text(before)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/gebiete/*")


async def test_row_with_focus_is_told_on_the_map(chromium: Browser, url: str) -> None:
    async with open_screen(chromium, url) as screen:
        await screen.open(QUOTA)
        page = screen.page
        await wait_for_live_map(page)
        await page.get_by_role("link", name="Bahnhofsviertel").focus()
        await expect(page.locator("[data-info=name]")).to_have_text("Bahnhofsviertel")
        await expect(page.locator("[data-info=interval]")).to_contain_text("Schwankungsbereich")


async def test_choice_keeps_focus_map_and_address(chromium: Browser, url: str) -> None:
    async with open_screen(chromium, url) as screen:
        await screen.open(QUOTA)
        page = screen.page
        await wait_for_live_map(page)
        await page.evaluate("document.getElementById('map-canvas').dataset.same = 'yes'")
        await page.locator("#zeitraum-8").focus()
        await page.keyboard.press("ArrowLeft")
        await expect(page.get_by_role("heading", level=1)).to_have_text("SGB II-Quote, 31.12.2023")
        assert await screen.focused_id() == "zeitraum-7"
        assert "zeitraum=2023-12-31" in page.url
        assert await page.title() == "SGB II-Quote, 31.12.2023 – Quartierblick"
        await expect(page.locator("#ansage")).to_contain_text("31.12.2023")
        assert await page.locator("#map-canvas").get_attribute("data-same") == "yes"
        await page.go_back(wait_until="networkidle")
        await expect(page.get_by_role("heading", level=1)).to_have_text("SGB II-Quote, 31.12.2024")


async def test_indicator_is_found_by_typing(chromium: Browser, url: str) -> None:
    async with open_screen(chromium, url) as screen:
        await screen.open("/karte")
        page = screen.page
        field = page.get_by_role("combobox", name="Indikator")
        await field.focus()
        await page.keyboard.type("kinderar")
        # that of the under 15-year-olds and that of the under 18-year-olds
        await expect(page.locator(".combobox__option")).to_have_count(2)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Kinderarmut")
        await expect(field).to_be_focused()
        await expect(page.get_by_text("nur Zahlen aus dem erfundenen Musterkreis")).to_be_visible()


async def test_chosen_places_show_their_series(chromium: Browser, url: str) -> None:
    async with open_screen(chromium, url) as screen:
        await screen.open(QUOTA)
        page = screen.page
        await page.get_by_label("Verlauf von Altstadt zeigen").check()
        await expect(page.locator("svg.chart")).to_be_visible()
        assert "orte=9900100101" in page.url


async def test_without_javascript_image_form_and_table_do_the_work(
    chromium: Browser, url: str
) -> None:
    async with open_screen(chromium, url, java_script_enabled=False) as screen:
        await screen.open("/karte")
        page = screen.page
        await expect(page.locator("img.map-still")).to_be_visible()
        await page.locator("#indikator").select_option("sgb2_quote")
        await page.get_by_role("button", name="Anzeigen").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("SGB II-Quote")
        await page.get_by_label("Verlauf von Musterstadt zeigen").check()
        await page.get_by_role("button", name="Verläufe der gewählten Orte zeigen").click()
        await expect(page.locator("svg.chart")).to_be_visible()
        await screen.picture("karte-ohne-javascript")


async def test_paper_shows_the_image_the_table_and_the_source(chromium: Browser, url: str) -> None:
    async with open_screen(chromium, url) as screen:
        await screen.open("/karte?indikator=alleinstehende")
        page = screen.page
        await wait_for_live_map(page)
        await page.emulate_media(media="print")
        await expect(page.locator("img.map-still")).to_be_visible()
        await expect(page.locator("#map-canvas")).to_be_hidden()
        await expect(page.locator("#auswahl")).to_be_hidden()
        await expect(page.locator("#zahlen")).to_be_visible()
        await expect(page.locator(".qb-sources").first).to_contain_text("Freigabe 1")
        await screen.picture("karte-druck")


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_accessible(chromium: Browser, url: str, path: str) -> None:
    async with open_screen(chromium, url) as screen:
        await screen.open(path)
        assert await screen.accessibility_problems() == ""


@pytest.mark.parametrize("path", [QUOTA, "/gebiete/9900100105"])
async def test_pages_are_accessible_in_the_dark(chromium: Browser, url: str, path: str) -> None:
    async with open_screen(chromium, url, color_scheme="dark") as screen:
        await screen.open(path)
        assert await screen.accessibility_problems() == ""
        await screen.picture(f"{path.strip('/').split('?')[0].replace('/', '-')}-dunkel")


async def test_pages_fit_a_phone(chromium: Browser, url: str) -> None:
    async with open_screen(chromium, url, viewport=PHONE) as screen:
        for path in PAGES:
            await screen.open(path)
            assert await screen.width_beyond_window() == 0, path
        await expect(screen.page.get_by_role("heading", level=1)).to_be_visible()
