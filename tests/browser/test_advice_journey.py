"""From a request for advice to a report on disk, by the two sides that work on it."""

import asyncio
import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import pytest
from babel.numbers import format_decimal
from playwright.async_api import Browser, Locator, expect

from tests.browser.screen import PHONE, WIDE, Screen, open_screen
from tests.report_api.pdf_reading import read_artifacts, read_structure
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform

LONG = 60_000
FIGURES = ("sgb2_quote", "kinderarmut_u15", "arbeitslosenanteil")
CASE = re.compile(r"/beratung/faelle/[0-9a-f-]{36}")


@dataclass
class Person:
    """Somebody of one side before a screen; `kind` names the pictures."""

    screen: Screen
    kind: str
    has_script: bool

    @property
    def main(self) -> Locator:
        """What stands in the page's main part."""
        return self.screen.page.get_by_role("main")

    async def log_in(self, name: str, password: str) -> None:
        """Log in by the form."""
        await self.screen.open("/anmelden")
        page = self.screen.page
        await page.get_by_label("Anmeldename").fill(name)
        await page.get_by_label("Passwort").fill(password)
        await self.main.get_by_role("button", name="Anmelden").click()
        await expect(self.main.get_by_role("heading", level=1)).to_be_visible()

    async def look(self, name: str) -> None:
        """Keep a picture; the page must fit, on a phone too, and axe-core find nothing."""
        await self.screen.picture(f"beratung-{name}-{self.kind}")
        if self.has_script:
            assert await self.screen.accessibility_problems() == "", name
        size = self.screen.page.viewport_size or WIDE
        await self.screen.page.set_viewport_size(PHONE)
        assert await self.screen.width_beyond_window() <= 0, name
        if self.has_script:
            assert await self.screen.accessibility_problems() == "", f"{name} on a phone"
        await self.screen.page.set_viewport_size(size)

    async def ask_for_advice(self, subject: str) -> str:
        """Hand a request in, in one's own words; its address."""
        page = self.screen.page
        await self.screen.open("/beratung")
        await self.look("uebersicht")
        await self.main.get_by_role("link", name="Beratung anfragen").click()
        await page.get_by_label("Worum geht es?").fill(subject)
        await page.get_by_label("Was beschäftigt Sie?").fill(
            "Wir möchten <b>drei Quartiere</b> vergleichen.\n\nUns fehlen #strong[Zahlen]."
        )
        await page.get_by_label("Datenmanagement").check()
        await self.look("anfrage-formular")
        await page.get_by_role("button", name="Anfrage abschicken").click()
        await page.wait_for_url(re.compile(r"/beratung/anfragen/[0-9a-f-]{36}"))
        await expect(page.get_by_text("<b>drei Quartiere</b>")).to_be_visible()
        await expect(page.get_by_text("#strong[Zahlen]")).to_be_visible()
        await self.look("anfrage")
        return page.url.removeprefix(self.screen.url)

    async def propose_agreement(self, path: str) -> None:
        """Answer a request with the agreement as it was prepared."""
        page = self.screen.page
        await self.screen.open("/beratung")
        await self.look("uebersicht-team")
        await self.screen.open(path)
        await expect(page.get_by_label("Text der Vereinbarung")).to_have_value(
            re.compile("freiwillig")
        )
        await self.look("vereinbarung-entwurf")
        await page.get_by_role("button", name="Vereinbarung vorschlagen").click()
        await expect(self.main.get_by_text("Fassung 1, vorgeschlagen")).to_be_visible()

    async def consent(self, path: str) -> str:
        """Read the agreement and consent to it; the address of the case it makes."""
        page = self.screen.page
        await self.screen.open(path)
        await self.look("zustimmung")
        await page.get_by_role("button", name="Zustimmen und Fall beginnen").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        # the browser's own note of the refusal
        self.screen.problems[:] = [item for item in self.screen.problems if "422" not in item]
        await page.get_by_label("Ja, wir stimmen der Beratungsvereinbarung").check()
        await page.get_by_role("button", name="Zustimmen und Fall beginnen").click()
        await page.wait_for_url(CASE)
        await self.look("fall-neu")
        return page.url.removeprefix(self.screen.url)

    async def note(self, text: str, *, is_internal: bool = False) -> None:
        """Write a note at the top of the timeline."""
        page = self.screen.page
        await page.get_by_label("Was ist geschehen?").fill(text)
        if is_internal:
            await page.get_by_label("Nur das Team (intern)").first.check()
        await page.get_by_role("button", name="Eintragen").click()
        await expect(page.locator("#verlauf").get_by_text(text)).to_be_visible()
        await expect(page.get_by_label("Was ist geschehen?")).to_have_value("")

    async def propose_goal(self, text: str) -> None:
        """Propose a goal; it cannot be confirmed by the one who proposes it."""
        page = self.screen.page
        goals = page.locator("#ziele")
        await goals.locator("summary", has_text="Ziel vorschlagen").click()
        await goals.get_by_label("Was soll erreicht werden?").fill(text)
        await goals.get_by_role("button", name="Ziel vorschlagen").click()
        proposed = goals.get_by_role("listitem").filter(has_text=text)
        await expect(proposed).to_be_visible()
        await expect(proposed.get_by_role("button", name="Ziel bestätigen")).to_have_count(0)
        await self.look("ziel-vorgeschlagen")

    async def confirm_goal(self, text: str) -> None:
        """Find the goal among what waits, and confirm it."""
        page = self.screen.page
        await self.screen.open("/")
        await self.look("start")
        await self.main.get_by_role("link", name=text).first.click()
        await page.wait_for_url(CASE)
        goal = page.locator("#ziele").get_by_role("listitem").filter(has_text=text)
        await goal.get_by_role("button", name="Ziel bestätigen").click()
        await expect(goal.get_by_text("bestätigt", exact=False).first).to_be_visible()
        await self.look("ziel-bestaetigt")

    async def make_report(self, area: str, chart: str) -> tuple[str, bytes]:
        """From the place's page to the finished report; its fingerprint and the PDF's bytes."""
        page = self.screen.page
        await self.screen.open(f"/gebiete/{area}")
        await self.main.get_by_role("link", name="Bericht erstellen").click()
        await expect(self.main.locator("article.qb-report")).to_be_visible(timeout=LONG)
        course = page.get_by_role("combobox", name="Entwicklung von")
        if self.has_script:
            name = await page.locator(f"select#verlauf option[value='{chart}']").text_content()
            await course.focus()
            await page.keyboard.type((name or "").strip())
            await expect(page.locator("#verlauf-liste [role=option]").first).to_be_visible()
            await page.keyboard.press("Enter")
        else:
            await course.select_option(chart)
            await page.get_by_role("button", name="Vorschau zeigen").click()
        await page.wait_for_url(re.compile(f"verlauf={chart}"))
        await self.look("bericht-vorschau")
        await page.get_by_role("button", name="Bericht erstellen").click()
        await page.wait_for_url(re.compile(r"/berichte/[0-9a-f-]{36}"))
        download = page.get_by_role("link", name=re.compile("PDF laden"))
        for _ in range(60):
            if await download.count():
                break
            if not self.has_script:
                await page.reload()
            await page.wait_for_timeout(1000)
        await expect(download).to_be_visible()
        await self.look("bericht-fertig")
        async with page.expect_download() as started:
            await download.click()
        file = await (await started.value).path()
        fingerprint = await page.locator(".report-proof dd").first.text_content()
        content = await asyncio.to_thread(Path(file).read_bytes)
        return (fingerprint or "").strip(), content


@pytest.mark.parametrize(
    ("kind", "options"),
    [("breit", {}), ("ohne-javascript", {"viewport": PHONE, "java_script_enabled": False})],
)
async def test_request_becomes_a_case_and_released_figures_a_report(
    chromium: Browser,
    demo: Demo,
    own_demo_platform: RunningPlatform,
    kind: str,
    options: dict[str, Any],
) -> None:
    url = own_demo_platform.urls["web"]
    has_script = options.get("java_script_enabled", True)
    goal = f"Bis zum Sommer liegt ein Quartiersvergleich vor ({kind})"
    async with (
        open_screen(chromium, url, **options) as one,
        open_screen(chromium, url, **options) as other,
    ):
        planner = Person(one, kind, has_script)
        advisor = Person(other, kind, has_script)
        await planner.log_in("sozialplanung", demo.store.password("sozialplanung"))
        await advisor.log_in("beratung", demo.store.password("beratung"))
        request = await planner.ask_for_advice(f"Quartiere vergleichen ({kind})")
        await advisor.propose_agreement(request)
        case = await planner.consent(request)

        await planner.note(f"Telefonat mit dem Jobcenter ({kind})")
        await advisor.screen.open(case)
        await expect(
            advisor.screen.page.get_by_text(f"Telefonat mit dem Jobcenter ({kind})")
        ).to_be_visible()
        await advisor.note(f"Nur für uns: Zuständigkeit klären ({kind})", is_internal=True)
        await advisor.propose_goal(goal)
        await planner.confirm_goal(goal)
        await expect(planner.screen.page.get_by_text("Zuständigkeit klären")).to_have_count(0)

        fingerprint, pdf = await planner.make_report(
            "99001001", "arbeitslosenanteil" if has_script else "kinderarmut_u15"
        )
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint)
    read_back(pdf, await figures_released(demo, own_demo_platform))


def read_back(pdf: bytes, figures: dict[str, str]) -> None:
    """The file is tagged, named, in German, has headings and alternatives, and these figures."""
    with pikepdf.open(BytesIO(pdf)) as document:
        assert str(document.docinfo.Title) == "Gemeindeprofil Musterstadt"
        assert str(document.Root.Lang).startswith("de")
        assert bool(document.Root.MarkInfo.Marked)
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
    root = read_structure(pdf)
    assert [item.text for item in root.all("H1", "H2")].count("Quellen") == 1
    pictures = root.parts("Figure")
    assert pictures
    assert all(len(item.alternative) > 40 for item in pictures)
    assert all("Erfundene Zahlen" in text for text in read_artifacts(pdf))
    heads = {head.text: row for row in root.all("TR") for head in row.all("TH")}
    for name, figure in figures.items():
        row = next(row for head, row in heads.items() if head.startswith(name))
        assert figure in row.text.replace("\u00a0", " "), name


async def figures_released(demo: Demo, platform: RunningPlatform) -> dict[str, str]:
    """What the release holds of Musterstadt, as its Sozialplanung may read it, in German."""
    login = {
        "grant_type": "password",
        "name": "sozialplanung",
        "password": demo.store.password("sozialplanung"),
    }
    figures = {}
    async with httpx.AsyncClient(trust_env=False) as client:
        consultation, indicator = platform.urls["consultation_api"], platform.urls["indicator_api"]
        token = (await client.post(f"{consultation}/v1/tokens", json=login)).json()["access_token"]
        for code in FIGURES:
            answer = await client.get(
                f"{indicator}/v1/observations",
                params={"indicator": code, "area": "99001001"},
                headers={"Authorization": f"Bearer {token}"},
            )
            document = answer.json()
            newest = max(document["items"], key=lambda item: item["period"])
            figures[document["indicator"]["name"]] = (
                format_decimal(newest["value"], format="#,##0.0", locale="de_DE") + " %"
            )
    return figures
