"""From a faulty file to a figure on the map, as somebody at an office does it in a browser."""

import io
import re
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest
from playwright.async_api import Browser, FilePayload, expect

from tests.browser.screen import PHONE, WIDE, Screen, open_screen
from tests.support.demo import Demo
from tests.support.platform import RunningPlatform

MAP = "/karte?indikator=arbeitslosenanteil&gebiet=99001&ebene=quartier"
FIXED_PAGES = (
    "/lieferungen",
    "/lieferungen/neu",
    "/lieferungen/bestand?gebiet=99001&indikatoren=alle",
    "/lieferungen/zuordnungen",
    "/lieferungen/vorlage",
    "/freigaben",
    "/freigaben/neu?datenbestand=mk_schule",
)
LONG = 60_000
HEAD = "area;period;measure;value"
HEAD_WITH_BREAKDOWN = "area;period;measure;breakdown;value"
OLD_TOWN, TOWN = "9900100101", "99001001"


def consistent_rows(platform: RunningPlatform, unemployed: int) -> str:
    """This many in the old town, in its parts and in the town's totals.

    Figures that contradict each other are not released.
    """
    rows = platform.database.execute(
        "SELECT a.code, b.code, f.value FROM indicator.fact AS f"
        " JOIN indicator.dataset AS d ON d.id = f.dataset_id AND d.code = 'mk_arbeitslose'"
        " JOIN indicator.measure AS m ON m.id = f.measure_id AND m.code = 'ARBEITSLOSE'"
        " JOIN indicator.period AS p ON p.id = f.period_id AND p.code = '2024-12-31'"
        " JOIN indicator.area AS a ON a.id = f.area_id AND a.code IN ('9900100101', '99001001')"
        " JOIN indicator.breakdown AS b ON b.id = f.breakdown_id AND b.code IN ('', 'RK=SGB2')"
    )
    now = {(str(area), str(breakdown)): round(float(str(value))) for area, breakdown, value in rows}
    more = unemployed - now[OLD_TOWN, ""]
    return "\n".join(
        f"{area};2024-12-31;ARBEITSLOSE;{breakdown};{value + more}"
        for (area, breakdown), value in now.items()
    )


@dataclass
class Clerk:
    """Somebody of the statistics office before a screen; `kind` names the pictures."""

    screen: Screen
    kind: str
    has_script: bool

    async def log_in(self, password: str) -> None:
        """Log in by the form."""
        await self.screen.open("/anmelden")
        page = self.screen.page
        await page.get_by_label("Anmeldename").fill("statistikstelle")
        await page.get_by_label("Passwort").fill(password)
        await page.get_by_role("main").get_by_role("button", name="Anmelden").click()
        await expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()

    async def look(self, name: str) -> None:
        """Keep a picture; the page must fit, on a phone too, and axe-core find nothing."""
        await self.screen.picture(f"lieferung-{name}-{self.kind}")
        if self.has_script:
            assert await self.screen.accessibility_problems() == ""
        size = self.screen.page.viewport_size or WIDE
        await self.screen.page.set_viewport_size(PHONE)
        assert await self.screen.width_beyond_window() <= 0
        await self.screen.page.set_viewport_size(size)

    def file(self, rows: str, head: str = HEAD) -> FilePayload:
        """A tidy file with these rows."""
        return FilePayload(
            name=f"arbeitslose-{self.kind}.csv",
            mimeType="text/csv",
            buffer=f"{head}\n{rows}\n".encode(),
        )

    async def confirm_if_asked(self) -> None:
        """Give the reason for the warnings, once the check has ended with some."""
        page = self.screen.page
        ended = page.get_by_text(re.compile("Warnungen sind zu bestätigen|liegen jetzt als Roh"))
        await expect(ended.first).to_be_visible(timeout=LONG)
        reason = page.get_by_label("Warum stimmen die Zahlen trotz der Warnungen?")
        if await reason.count():
            await self.look("warnungen")
            await reason.fill("Das Fachamt hat die Zahlen bestätigt.")
            await page.get_by_role("button", name="Bestätigen und übernehmen").click()

    async def deliver(self, rows: str) -> None:
        """Choose the dataset and the file, and send them."""
        page = self.screen.page
        await page.get_by_label("Musterstadt: Arbeitslose (erfunden)").check()
        await page.get_by_label("Welche Datei möchten Sie liefern?").set_input_files(
            self.file(rows)
        )
        await self.look("formular")
        await page.get_by_role("button", name="Liefern und prüfen").click()
        await page.wait_for_url(re.compile(r"/lieferungen/[0-9a-f-]{36}"))

    async def deliver_in_two_tries(self, unemployed: int, mended: str) -> None:
        """Deliver a faulty figure, read the finding, deliver the mended one."""
        page = self.screen.page
        await self.screen.open("/lieferungen/neu")
        await self.deliver(f"9900100101;2024-12-31;ARBEITSLOSE;{unemployed},5x")
        await expect(page.get_by_text("Zurückgewiesen: Es wurde nichts übernommen")).to_be_visible(
            timeout=LONG
        )
        findings = page.get_by_role("table", name="Werte, die keine Zahlen sind")
        await expect(findings).to_contain_text(f"{unemployed},5x")
        await self.look("befunde")

        file = self.file(mended, HEAD_WITH_BREAKDOWN)
        await page.get_by_label("Welche Datei tritt an die Stelle dieser?").set_input_files(file)
        rejected = page.url
        await page.get_by_role("button", name="Hochladen und prüfen").click()
        await page.wait_for_url(lambda url: url != rejected)
        await self.confirm_if_asked()
        await expect(page.get_by_text("Die Zahlen liegen jetzt als Rohdaten")).to_be_visible(
            timeout=LONG
        )
        await self.look("uebernommen")

    async def map_columns(self) -> None:
        """Wait until the columns are asked about, answer, and have the file checked."""
        page = self.screen.page
        asked = page.get_by_role("heading", name="Was die Spalten bedeuten")
        onward = page.get_by_role("link", name="Spalten zuordnen")
        await expect(asked.or_(onward)).to_be_visible(timeout=LONG)
        if await onward.count():
            await onward.click()
            await expect(asked).to_be_visible()
        await self.look("zuordnung")
        await page.get_by_role("button", name="Vorschau aktualisieren").click()
        await expect(page.get_by_text("Alle Spalten sind zugeordnet")).to_be_visible()
        await page.get_by_role("button", name="So lesen und prüfen").click()

    async def release(self) -> None:
        """Prepare, look at, confirm and follow a release; go on to the map."""
        page = self.screen.page
        await page.get_by_role("link", name="Freigabe vorbereiten").click()
        await page.get_by_label("Öffentlichkeit").check()
        await self.look("freigabe-formular")
        await page.get_by_role("button", name="Prüfen lassen").click()
        await expect(page.get_by_text("Geprüft, noch nicht freigegeben")).to_be_visible(
            timeout=LONG
        )
        await self.look("freigabe-entwurf")
        await page.get_by_role("link", name="Für die Öffentlichkeit freigeben").click()
        await self.look("freigabe-bestaetigen")
        await page.get_by_role("button", name="Jetzt freigeben").click()
        await expect(page.get_by_text("ist sichtbar", exact=False).first).to_be_visible(
            timeout=LONG
        )
        await self.look("freigabe-fertig")
        await page.get_by_role("link", name="Zurückziehen …").click()
        await self.look("zurueckziehen")
        await page.get_by_role("link", name="Nicht zurückziehen").click()
        await page.get_by_role("link", name="Auf der Karte ansehen").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Arbeitslosenanteil")


def households() -> FilePayload:
    """The workbook of a small office: a row for each quarter, its own words for the heads."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Quartier", "Name", "Haushalte 31.12.2025", "Bemerkung"])
    for number, (name, count) in enumerate((("Altstadt", 9), ("Am Hafen", 98_000)), start=1):
        sheet.append([f"99001001{number:02d}", name, count, "Stand Jahresende"])
    target = io.BytesIO()
    book.save(target)
    return FilePayload(
        name="Haushalte Meldestelle.xlsx",
        mimeType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        buffer=target.getvalue(),
    )


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("mappe-breit", {}),
        ("mappe-ohne-javascript", {"viewport": PHONE, "java_script_enabled": False}),
    ],
)
async def test_workbook_is_mapped_warned_of_confirmed_taken_and_taken_back(
    chromium: Browser,
    demo: Demo,
    own_demo_platform: RunningPlatform,
    kind: str,
    options: dict[str, Any],
) -> None:
    url = own_demo_platform.urls["web"]
    async with open_screen(chromium, url, **options) as screen:
        clerk = Clerk(screen, kind, options.get("java_script_enabled", True))
        page = screen.page
        await clerk.log_in(demo.store.password("statistikstelle"))
        await screen.open("/lieferungen/neu")
        await page.get_by_label("Musterstadt: Haushalte (erfunden)").check()
        field = page.get_by_label("Welche Datei möchten Sie liefern?")
        await field.set_input_files(households())
        await page.get_by_role("button", name="Liefern und prüfen").click()
        await clerk.map_columns()
        await clerk.confirm_if_asked()
        await expect(page.get_by_text("Die Zahlen liegen jetzt als Rohdaten")).to_be_visible(
            timeout=LONG
        )
        await clerk.look("fertig")
        await page.get_by_role("link", name="Lieferung zurücknehmen …").click()
        await clerk.look("zuruecknehmen")
        await page.get_by_label("Warum wird die Lieferung zurückgenommen?").fill(
            "Das Blatt war das vom Vorjahr."
        )
        await page.get_by_role("button", name="Lieferung zurücknehmen").click()
        await expect(page.get_by_text("als hätte es diese Lieferung nie gegeben")).to_be_visible(
            timeout=LONG
        )
        await clerk.look("zurueckgenommen")


async def rate_of_old_town(browser: Browser, url: str) -> str:
    """What the public reads on the map's table."""
    async with open_screen(browser, url) as public:
        await public.open(MAP)
        row = public.page.get_by_role("row").filter(
            has=public.page.get_by_role("link", name="Altstadt", exact=True)
        )
        return await row.inner_text()


@pytest.mark.parametrize(
    ("kind", "options", "unemployed"),
    [
        ("breit", {}, 500),
        ("ohne-javascript", {"viewport": PHONE, "java_script_enabled": False}, 700),
    ],
)
async def test_faulty_file_is_mended_released_and_seen_on_the_map(
    chromium: Browser,
    demo: Demo,
    own_demo_platform: RunningPlatform,
    kind: str,
    options: dict[str, Any],
    unemployed: int,
) -> None:
    url = own_demo_platform.urls["web"]
    before = await rate_of_old_town(chromium, url)
    has_script = options.get("java_script_enabled", True)
    async with open_screen(chromium, url, **options) as screen:
        clerk = Clerk(screen, kind, has_script)
        await clerk.log_in(demo.store.password("statistikstelle"))
        mended = consistent_rows(own_demo_platform, unemployed)
        await clerk.deliver_in_two_tries(unemployed, mended)
        assert await rate_of_old_town(chromium, url) == before, "nothing shows before its release"
        await clerk.release()
    after = await rate_of_old_town(chromium, url)
    assert after != before


@pytest.mark.parametrize(
    ("look", "options"),
    [
        ("hell", {}),
        ("dunkel", {"color_scheme": "dark"}),
        ("telefon", {"viewport": PHONE}),
    ],
)
async def test_pages_are_accessible_and_fit(
    chromium: Browser,
    demo: Demo,
    own_demo_platform: RunningPlatform,
    look: str,
    options: dict[str, Any],
) -> None:
    async with open_screen(chromium, own_demo_platform.urls["web"], **options) as screen:
        clerk = Clerk(screen, look, has_script=True)
        await clerk.log_in(demo.store.password("statistikstelle"))
        for path in FIXED_PAGES:
            await screen.open(path)
            await clerk.look(path.strip("/").replace("/", "-").split("?")[0])


async def test_dropped_file_is_named_and_sent_once(
    chromium: Browser, demo: Demo, own_demo_platform: RunningPlatform
) -> None:
    async with open_screen(chromium, own_demo_platform.urls["web"]) as screen:
        clerk = Clerk(screen, "ablegen", has_script=True)
        await clerk.log_in(demo.store.password("statistikstelle"))
        await screen.open("/lieferungen/neu")
        page = screen.page
        await page.get_by_label("Musterstadt: Haushalte (erfunden)").check()
        dropped = await page.evaluate_handle(
            """text => {
                const data = new DataTransfer();
                data.items.add(new File([text], "abgelegt.csv", { type: "text/csv" }));
                return data;
            }""",
            f"{HEAD}\n9900100101;gestern;HAUSHALTE;1\n",
        )
        await page.dispatch_event(".qb-file", "drop", {"dataTransfer": dropped})
        await expect(page.locator("[data-chosen-file]")).to_contain_text("abgelegt.csv")
        await page.get_by_role("button", name="Liefern und prüfen").dblclick()
        await expect(page.get_by_text("Zurückgewiesen: Es wurde nichts übernommen")).to_be_visible(
            timeout=LONG
        )
        await screen.open("/lieferungen")
        await expect(page.get_by_role("link", name="abgelegt.csv")).to_have_count(1)
