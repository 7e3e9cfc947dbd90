"""From a file with borders to a town's own Sozialraum with figures, as a planner does it."""

import re
from pathlib import Path

import shapely
from playwright.async_api import Browser, expect

from deploy.demo.musterkreis_areas import boundaries
from tests.browser.screen import PHONE, WIDE, Screen, open_screen
from tests.indicator_api.area_files import write
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform

TOWN, PLANNER, LONG = "99001004", "sozialplanung-mustertal", 60_000


def districts(folder: Path) -> Path:
    """The invented town's borders cut in four, with a hole in one of them, as a GeoPackage."""
    town = boundaries()[TOWN]
    west, south, east, north = town.bounds
    x, y = (west + east) / 2, (south + north) / 2
    windows = {
        "Unterdorf": (west, south, x, y),
        "Mühlenfeld": (x, south, east, y),
        "Kirchberg": (west, y, x, north),
        "Am Wald": (x, y, east, north),
    }
    parts = [
        (f"0{number}", name, shapely.intersection(town, shapely.box(*window)))
        for number, (name, window) in enumerate(windows.items(), start=1)
    ]
    return write(folder, parts)


async def look(screen: Screen, name: str) -> None:
    """Keep a picture; axe-core finds nothing, and the page fits on a phone."""
    await screen.picture(f"gebiete-{name}")
    assert await screen.accessibility_problems() == ""
    await screen.page.set_viewport_size(PHONE)
    assert await screen.width_beyond_window() <= 0
    await screen.page.set_viewport_size(WIDE)


async def log_in(screen: Screen, password: str) -> None:
    """Log in as the planner of the town."""
    await screen.open("/anmelden")
    await screen.page.get_by_label("Anmeldename").fill(PLANNER)
    await screen.page.get_by_label("Passwort").fill(password)
    await screen.page.get_by_role("main").get_by_role("button", name="Anmelden").click()
    await expect(screen.page.get_by_role("heading", level=1)).to_be_visible()


async def take_districts(screen: Screen, file: Path) -> None:
    """Hand in the file, read what was understood, take it."""
    page = screen.page
    await screen.open("/gebiete/importe/neu")
    await page.get_by_label("Welche Datei enthält die Grenzen?").set_input_files(file)
    await page.get_by_label("Gliederung", exact=False).first.check()
    await page.get_by_label("Welche Ebene sind die Gebiete?").select_option("stadtteil")
    town = page.get_by_label("In welcher Gemeinde?")
    if await town.evaluate("e => e.tagName") == "SELECT":
        await town.select_option(TOWN)
    else:
        await town.fill(TOWN)
    await page.get_by_label("Wie heißt die Gliederung?").fill("Ortsteile (erfunden)")
    await page.get_by_label("Ab welchem Tag gelten die Gebiete?").fill("2020-01-01")
    await page.get_by_label("Woher sind die Grenzen?").fill("Erfunden für den Test")
    await page.get_by_label("Welcher Vermerk steht an Karten?").fill("Erfunden, CC0-1.0")
    await page.get_by_role("button", name="Einreichen und prüfen").click()
    take = page.get_by_role("button", name=re.compile("4 Gebiete übernehmen"))
    await expect(take).to_be_visible(timeout=LONG)
    await expect(page.get_by_role("main")).to_contain_text("EPSG:25832")
    await look(screen, "geprueft")
    await take.click()
    await expect(page.get_by_text("Die Gebiete stehen im Verzeichnis")).to_be_visible(timeout=LONG)
    await look(screen, "uebernommen")


async def compose_sozialraum(screen: Screen) -> None:
    """Choose two districts, look at their weights, keep the set."""
    page = screen.page
    await page.get_by_role("link", name="Gliederung ansehen").click()
    await expect(page.get_by_role("main")).to_contain_text("Kirchberg")
    await look(screen, "gliederung")
    code = page.url.rsplit("/", 1)[-1]
    await screen.open(f"/gebiete/mengen/neu?gliederung={code}")
    await page.get_by_label("Name des Gebiets").fill("Sozialraum Süd")
    await page.get_by_label("Sozialraum", exact=True).check()
    await page.get_by_label("Unterdorf").check()
    await page.get_by_label("Mühlenfeld").check()
    await page.get_by_role("button", name="Teile und Gewichte ansehen").click()
    await expect(page.get_by_role("heading", name="So wird das Gebiet")).to_be_visible()
    await look(screen, "sozialraum-vorschau")
    await page.get_by_role("button", name="So anlegen").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(
        "Sozialraum Süd", timeout=LONG
    )
    await look(screen, "sozialraum")


async def test_borders_from_a_file_become_districts_and_a_sozialraum(
    chromium: Browser, demo: Demo, own_demo_platform: RunningPlatform, tmp_path: Path
) -> None:
    async with open_screen(chromium, own_demo_platform.urls["web"]) as screen:
        await log_in(screen, demo.store.password(PLANNER))
        await take_districts(screen, districts(tmp_path))
        await compose_sozialraum(screen)
        # what nobody has delivered is said, not shown as nothing
        await screen.page.get_by_role("link", name="Zahlen ansehen").click()
        await expect(screen.page.get_by_role("heading", level=1)).to_contain_text(
            "Sozialraum Süd", timeout=LONG
        )
        await look(screen, "sozialraum-ohne-zahlen")
