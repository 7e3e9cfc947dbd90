"""The page `/docs` of each service is whole and names nobody but the service."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.shared import documentation
from tests.support.stack import Stack

STATIC = Path(documentation.__file__).parent / "static"


@pytest.fixture
async def clients(stack: Stack) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    def client(app: FastAPI) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test")

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
