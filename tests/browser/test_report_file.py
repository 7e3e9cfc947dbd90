"""A report's HTML file, opened in a real browser as people do: from their disk or a mail."""

import pytest
from playwright.async_api import Browser, Route

from services.report_api.content.blocks import Content
from services.report_api.rendering.html import render_document
from tests.browser.screen import PHONE, WIDE, open_screen
from tests.report_api.contents import hostile, profile
from tests.report_api.edge_contents import edges

OWN = "http://report.test"
SIZES = pytest.mark.parametrize(("name", "size"), [("wide", WIDE), ("phone", PHONE)])


@SIZES
@pytest.mark.parametrize("content", [profile(), edges(), hostile(profile())])
async def test_file_is_accessible_and_asks_nobody(
    content: Content, name: str, size: object, chromium: Browser
) -> None:
    """No finding of axe-core, no request, nothing its own policy refuses, no sideways scrolling."""

    async def answer(route: Route) -> None:
        assert route.request.url == f"{OWN}/", route.request.url
        await route.fulfill(body=render_document(content), content_type="text/html")

    async with open_screen(chromium, OWN, viewport=size) as screen:
        await screen.page.route("**/*", answer)
        await screen.open("/")
        assert await screen.accessibility_problems() == ""
        assert await screen.width_beyond_window() == 0
        await screen.picture(f"report-{content.reference}-{len(content.blocks)}-{name}")


async def test_typeface_comes_with_the_file(chromium: Browser) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(body=render_document(profile()), content_type="text/html")

    async with open_screen(chromium, OWN) as screen:
        await screen.page.route("**/*", answer)
        await screen.open("/")
        script = "[...document.fonts].filter(f => f.status === 'loaded').length"
        assert await screen.page.evaluate(script) >= 2


async def test_tables_scroll_within_themselves_by_keyboard(chromium: Browser) -> None:
    async def answer(route: Route) -> None:
        await route.fulfill(body=render_document(profile()), content_type="text/html")

    async with open_screen(chromium, OWN, viewport=PHONE) as screen:
        await screen.page.route("**/*", answer)
        await screen.open("/")
        region = screen.page.get_by_role("region", name="Die Quartiere von Musterstadt")
        await region.focus()
        await screen.page.keyboard.press("ArrowRight")
        # The file's policy forbids the evaluation that `wait_for_function` polls with.
        await screen.page.wait_for_timeout(500)
        assert await region.evaluate("element => element.scrollLeft") > 0
        head = region.get_by_role("rowheader", name="Altstadt")
        box = await head.bounding_box()
        assert box is not None
        assert box["x"] >= 0
