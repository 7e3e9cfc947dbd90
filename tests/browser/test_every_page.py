"""Every page, by everybody who has it: axe-core finds nothing, it fits a phone, it works bare."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.screen import PHONE, Screen, open_screen
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform

OPEN_PAGES = (
    "/",
    "/anmelden",
    "/suche?q=muster",
    "/suche?q=xyzxyz",
    "/impressum",
    "/datenschutz",
    "/barrierefreiheit",
    "/darstellung",
    "/vergleich?orte=99001001,99001002",
    "/indikatoren/sgb2_quote?klassen=fest&grenzen=viel",
    "/gebiete/05354",
    "/gebiete/99001001/aehnliche",
    "/revisionen",
    "/gibt-es-nicht",
)
PAGES_BY_ROLE = {
    "sozialplanung": (
        "/",
        "/konto",
        "/lieferungen",
        "/freigaben",
        "/gebiete/99001001",
        "/beratung",
        "/beratung/anfragen",
        "/beratung/anfragen/neu",
        "/berichte",
        "/berichte/neu",
        "/berichte/neu?suche=neustadt",
        "/berichte/neu?gebiet=99001001",
    ),
    "statistikstelle": ("/", "/verwaltung/schluessel", "/berichte"),
    "beratung": ("/", "/beratung", "/beratung/anfragen", "/berichte/neu"),
    "ministerium": ("/", "/konto", "/berichte/neu?gebiet=05334"),
    "verwaltung": (
        "/",
        "/verwaltung/schluessel",
        "/verwaltung/konten",
        "/verwaltung/konten/neu",
        "/verwaltung/organisationen",
        "/verwaltung/organisationen/neu",
    ),
}


@pytest.fixture
def url(demo_platform: RunningPlatform) -> str:
    """Where the web layer is."""
    return demo_platform.urls["web"]


async def log_in(screen: Screen, demo: Demo, role: str) -> None:
    """Log in by the form as the demo account of a role."""
    await screen.open("/anmelden")
    page = screen.page
    await page.get_by_label("Anmeldename").fill(role)
    await page.get_by_label("Passwort").fill(demo.store.password(role))
    await page.get_by_role("main").get_by_role("button", name="Anmelden").click()
    await expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()


async def look_at(screen: Screen, path: str) -> None:
    """The page is accessible, and no wider than a phone."""
    await screen.open(path)
    await expect(screen.page.get_by_role("heading", level=1)).to_be_visible()
    assert await screen.accessibility_problems() == "", path
    size = screen.page.viewport_size
    await screen.page.set_viewport_size(PHONE)
    assert await screen.width_beyond_window() == 0, path
    if size is not None:
        await screen.page.set_viewport_size(size)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_open_pages_are_accessible_and_fit(chromium: Browser, url: str, scheme: str) -> None:
    async with open_screen(chromium, url, color_scheme=scheme) as screen:
        for path in OPEN_PAGES:
            await look_at(screen, path)
        screen.problems[:] = [problem for problem in screen.problems if "404" not in problem]


@pytest.mark.parametrize("role", PAGES_BY_ROLE)
async def test_pages_of_a_role_are_accessible_and_fit(
    chromium: Browser, url: str, demo: Demo, role: str
) -> None:
    async with open_screen(chromium, url) as screen:
        await log_in(screen, demo, role)
        for path in PAGES_BY_ROLE[role]:
            await look_at(screen, path)
        await screen.open("/")
        await screen.picture(f"start-{role}")


async def test_details_of_accounts_and_organisations_are_accessible_and_fit(
    chromium: Browser, url: str, demo: Demo
) -> None:
    async with open_screen(chromium, url) as screen:
        await log_in(screen, demo, "verwaltung")
        for listing in ("/verwaltung/konten", "/verwaltung/organisationen"):
            await screen.open(listing)
            details = screen.page.get_by_role("main").locator(f"a[href^='{listing}/']")
            paths = [await link.get_attribute("href") for link in await details.all()]
            path = next(path for path in paths if path and not path.endswith("/neu"))
            await look_at(screen, path)


async def test_everything_to_log_in_and_out_works_without_javascript(
    chromium: Browser, url: str, demo: Demo
) -> None:
    async with open_screen(chromium, url, java_script_enabled=False, viewport=PHONE) as screen:
        await log_in(screen, demo, "statistikstelle")
        await screen.open("/konto")
        page = screen.page
        menu = page.locator("details").filter(has=page.locator("form[action='/abmelden']"))
        await menu.locator("summary").click()
        await menu.locator("form[action='/abmelden'] button").click()
        await screen.open("/konto")
        await expect(page).to_have_url(f"{url}/anmelden?weiter=/konto")


@pytest.mark.parametrize("role", ["teamleitung", "sozialplanung"])
async def test_a_word_longer_than_its_line_breaks(
    chromium: Browser, url: str, demo: Demo, role: str
) -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihung"
    say_it = "(links, word) => links.forEach((link) => (link.textContent = word))"
    async with open_screen(chromium, url) as screen:
        await log_in(screen, demo, role)
        for path in ("/", "/beratung", "/beratung/anfragen"):
            await screen.open(path)
            links = screen.page.locator("main a.kern-link[href^='/beratung/']")
            await expect(links.first).to_be_visible()
            await links.evaluate_all(say_it, word)
            assert await screen.width_beyond_window() == 0, path
            await screen.page.set_viewport_size(PHONE)
            assert await screen.width_beyond_window() == 0, path
