"""The pages of reports in a real browser: accessible, fit for a phone, alive, and bare."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.screen import PHONE, open_screen
from tests.browser.test_every_page import log_in, look_at
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform

QUARTER = "/berichte/neu?gebiet=9900100105"
REPORT = re.compile(r"/berichte/[0-9a-f-]{36}$")
LONG = 60_000


@pytest.fixture
def url(own_demo_platform: RunningPlatform) -> str:
    """Where the web layer is."""
    return own_demo_platform.urls["web"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_from_the_preview_to_the_report(
    chromium: Browser, url: str, demo: Demo, scheme: str
) -> None:
    async with open_screen(chromium, url, color_scheme=scheme) as screen:
        page = screen.page
        await log_in(screen, demo, "sozialplanung")
        await look_at(screen, QUARTER)
        await screen.picture(f"bericht-vorschau-{scheme}")
        await page.get_by_role("button", name="Bericht erstellen").click()
        await page.wait_for_url(REPORT)
        await expect(page.locator("article.qb-report")).to_be_visible(timeout=LONG)
        await look_at(screen, page.url.removeprefix(url))
        await screen.picture(f"bericht-{scheme}")
        paper = await _background(page, ".report-paper")
        assert paper == "rgb(255, 255, 255)", "a report is on white, in the dark too"
        await look_at(screen, "/berichte")


async def test_another_picture_is_drawn_where_one_is_and_said(
    chromium: Browser, url: str, demo: Demo
) -> None:
    async with open_screen(chromium, url) as screen:
        page = screen.page
        await log_in(screen, demo, "sozialplanung")
        await screen.open(QUARTER)
        choice = page.locator("form#bilder").get_by_role("combobox", name="Karte von")
        await choice.focus()
        others = await page.locator("select#karte option:not([selected])").all()
        wanted = await others[0].get_attribute("value")
        name = (await others[0].text_content() or "").strip()
        await page.locator("select#karte").evaluate(
            "(select, value) => { select.value = value;"
            " select.dispatchEvent(new Event('change', {bubbles: true})); }",
            wanted,
        )
        await page.wait_for_url(re.compile(f"karte={wanted}"))
        await expect(page.locator("#ansage")).to_contain_text(f"Karte: {name}")
        await expect(page.locator("figure.qb-report__figure--map")).to_contain_text(
            re.compile(r".+")
        )
        made_of = page.locator("form.report-create input[name='karte']")
        await expect(made_of).to_have_value(wanted or "")


async def test_print_shows_the_report_alone(chromium: Browser, url: str, demo: Demo) -> None:
    async with open_screen(chromium, url) as screen:
        page = screen.page
        await log_in(screen, demo, "sozialplanung")
        await screen.open("/berichte/neu?gebiet=99001001")
        await page.get_by_role("button", name="Bericht erstellen").click()
        await expect(page.locator("article.qb-report")).to_be_visible(timeout=LONG)
        await page.emulate_media(media="print")
        await expect(page.locator("article.qb-report")).to_be_visible()
        for aside in ("header.qb-header", "footer.qb-footer", ".report-head", ".qb-page-heading"):
            await expect(page.locator(aside).first).to_be_hidden()


async def test_a_report_without_javascript_on_a_phone(
    chromium: Browser, url: str, demo: Demo
) -> None:
    async with open_screen(chromium, url, java_script_enabled=False, viewport=PHONE) as screen:
        page = screen.page
        await log_in(screen, demo, "kreis")
        await screen.open("/berichte/neu")
        await page.get_by_label("Ein anderes Gebiet").fill("Oststadt")
        await page.locator("form.report-search button").click()
        await page.get_by_role("main").get_by_role("link", name="Oststadt").first.click()
        await expect(page.locator("article.qb-report")).to_be_visible()
        await page.get_by_role("button", name="Vorschau zeigen").click()
        await expect(page.locator("article.qb-report")).to_be_visible()
        await page.get_by_role("button", name="Bericht erstellen").click()
        await page.wait_for_url(REPORT)
        await expect(page.locator("article.qb-report")).to_be_visible(timeout=LONG)
        async with page.expect_download() as loading:
            await page.get_by_role("link", name=re.compile("^HTML laden")).click()
        download = await loading.value
        assert download.suggested_filename.endswith(".html")


async def _background(page: Page, selector: str) -> str:
    found = await page.locator(selector).evaluate("e => getComputedStyle(e).backgroundColor")
    return str(found)
