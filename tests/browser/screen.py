"""Pages in a real Chromium, watched: no error, no refused rule, no foreign host goes unseen."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Error, Page, Request, ViewportSize

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "tests" / ".output" / "screenshots"
WIDE = ViewportSize(width=1440, height=1000)
PHONE = ViewportSize(width=360, height=800)
# To list what keeps the rules takes axe-core longer than to find what does not.
_VIOLATIONS_ALONE = {"resultTypes": ["violations"]}


@dataclass
class Screen:
    """One open page of the platform at `url`, and what went wrong on it."""

    page: Page
    url: str
    problems: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note down errors of scripts, broken rules of the CSP, and requests to other hosts."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        self.page.on("request", self._on_request)

    async def open(self, path: str) -> None:
        """Go to a page of the platform and wait until it is quiet."""
        await self.page.goto(self.url + path, wait_until="networkidle", timeout=90_000)

    async def picture(self, name: str) -> None:
        """Keep a picture of the whole page for the eye, where QB_TEST_PICTURES asks for them."""
        if not os.environ.get("QB_TEST_PICTURES"):
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    async def width_beyond_window(self) -> int:
        """By how many pixels the page is wider than its window."""
        script = "document.documentElement.scrollWidth - window.innerWidth"
        return max(0, int(await self.page.evaluate(script)))

    async def accessibility_problems(self) -> str:
        """What axe-core finds; empty when it finds nothing."""
        results = await Axe().run(self.page, options=_VIOLATIONS_ALONE)
        # axe leaves empty style attributes behind, which htmx would carry on and the CSP refuse
        await self.page.evaluate(
            "document.querySelectorAll('[style=\"\"]').forEach(e => e.removeAttribute('style'))"
        )
        return results.generate_report() if results.violations_count else ""

    async def focused_id(self) -> str:
        """The id of the element that has the focus."""
        return str(await self.page.evaluate("document.activeElement?.id ?? ''"))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _is_harmless(message.text):
            self.problems.append(f"{message.type} on {self.page.url}: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.problems.append(f"uncaught: {error}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.problems.append(f"request to a foreign host: {request.url}")


def _is_harmless(text: str) -> bool:
    """What the software renderer of a machine without a graphics card says about itself."""
    return bool(re.search(r"GPU stall|swiftshader|software WebGL|GroupMarkerNotSet", text, re.I))


@asynccontextmanager
async def open_screen(browser: Browser, url: str, **options: Any) -> AsyncIterator[Screen]:
    """A fresh visitor's page; fails at the end for every problem noted down."""
    context = await browser.new_context(**{"viewport": WIDE, "locale": "de-DE", **options})
    screen = Screen(await context.new_page(), url)
    screen.watch()
    try:
        yield screen
    finally:
        await context.close()
    assert not screen.problems, "\n".join(screen.problems)
