"""The page `/docs` of each service works and asks nobody but the service."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Route, async_playwright

from services.shared import documentation
from tests.support.stack import Stack

CHROMIUM = "/usr/bin/chromium"
STATIC = Path(documentation.__file__).parent / "static"
OWN_HOST = "service.test"


@pytest.fixture
async def clients(stack: Stack) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    def client(app: FastAPI) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{OWN_HOST}")

    apps = {
        "indicator": stack.indicator_app,
        "consultation": stack.consultation_app,
        "report": stack.report_app,
    }
    opened = {name: client(app) for name, app in apps.items()}
    yield opened
    for each in opened.values():
        await each.aclose()


async def test_page_names_no_foreign_host(clients: dict[str, httpx.AsyncClient]) -> None:
    for client in clients.values():
        page = await client.get("/docs")
        assert page.status_code == 200
        assert "//" not in page.text
        assert "<script>" not in page.text
        policy = page.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert not re.search(r"https?:|\*|unsafe", policy)


async def test_every_file_of_the_page_is_there(clients: dict[str, httpx.AsyncClient]) -> None:
    client = clients["indicator"]
    page = await client.get("/docs")
    files = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert "docs/static/swagger-ui/swagger-ui-bundle.js" in files
    for file in files:
        if not file.startswith("data:"):
            assert (await client.get(f"/{file}")).status_code == 200, file


def test_own_script_names_no_host() -> None:
    assert "//" not in re.sub(r"^ *//.*$", "", (STATIC / "docs.js").read_text(), flags=re.MULTILINE)


@pytest.mark.browser
async def test_page_works_under_its_policy_and_asks_the_service_alone(
    clients: dict[str, httpx.AsyncClient],
) -> None:
    client = clients["indicator"]
    asked, complaints = [], []

    async def answer(route: Route) -> None:
        address = urlsplit(route.request.url)
        asked.append(address.hostname)
        reply = await client.get(address.path)
        headers = {
            name: value for name, value in reply.headers.items() if name != "content-encoding"
        }
        await route.fulfill(status=reply.status_code, headers=headers, body=reply.content)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = await browser.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.route("**/*", answer)
        await page.goto(f"http://{OWN_HOST}/docs")
        operation = page.get_by_text("/v1/deliveries", exact=True).first
        await operation.wait_for()
        await operation.click()
        await page.get_by_role("button", name="Try it out").wait_for()
        await browser.close()
    assert set(asked) == {OWN_HOST}
    assert complaints == []
