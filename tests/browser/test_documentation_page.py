"""The page `/docs` of the services works under its own policy and asks the service alone."""

from urllib.parse import urlsplit

from playwright.async_api import Browser, Route

from tests.browser.screen import open_screen
from tests.support.stack import Stack

OWN = "http://service.test"


async def test_operations_can_be_opened_and_tried(stack: Stack, chromium: Browser) -> None:
    async def answer(route: Route) -> None:
        """The service in process; the screen notes every request that is not for it."""
        reply = await stack.indicator.get(urlsplit(route.request.url).path)
        headers = {name: text for name, text in reply.headers.items() if name != "content-encoding"}
        await route.fulfill(status=reply.status_code, headers=headers, body=reply.content)

    async with open_screen(chromium, OWN) as screen:
        await screen.page.route("**/*", answer)
        await screen.open("/docs")
        await screen.page.get_by_text("/v1/deliveries", exact=True).first.click()
        await screen.page.get_by_role("button", name="Try it out").wait_for()
        assert screen.problems == []
