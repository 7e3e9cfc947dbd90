"""The web layer over the real services with a small world in it, and an office that delivers."""

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fastapi import FastAPI

from tests.indicator_api.world import World, make_world
from tests.support import databases
from tests.support.applications import lent_web
from tests.support.databases import TestDatabase
from tests.support.people import PASSWORD
from tests.support.stack import Stack, open_stack
from tests.web.asserting_client import AssertingClient, Page
from web.settings import WebSettings

GOOD = """area;period;measure;value
99001001;2024;lb;120
99001002;2024;lb;2
99001001;2024;ew;1000
99001002;2024;ew;900
"""
BETTER = GOOD.replace("120", "125") + "99001003;2024;lb;40\n"
BAD = """area;period;measure;value
99001001;2024;lb;12,3,4
99001099;2024;lb;7
99001001;gestern;lb;8
"""
UNKNOWN_ID = "01960000-0000-7000-8000-000000000000"


@dataclass
class Office:
    """A logged-in statistics office in front of its pages."""

    app: FastAPI
    world: World
    browser: AssertingClient

    @property
    def stack(self) -> Stack:
        """The services behind the pages."""
        return self.world.stack

    async def send(
        self,
        text: str | bytes,
        name: str = "zahlen.csv",
        *,
        expect: int = 303,
        key: str = "",
        options: dict[str, str] | None = None,
    ) -> Page:
        """Hand in a file by the form; `options` are further fields of it."""
        form = await self.browser.get("/lieferungen/neu")
        data = {
            "datenbestand": "sgb2",
            "idempotency_key": key or form.field("idempotency_key"),
            **(options or {}),
        }
        content = text.encode() if isinstance(text, str) else text
        files = {"datei": (name, content, "application/vnd.ms-excel")}
        return await self.browser.post("/lieferungen/neu", data, expect=expect, files=files)

    async def deliver(
        self,
        text: str | bytes,
        name: str = "zahlen.csv",
        options: dict[str, str] | None = None,
    ) -> Page:
        """Hand in a file and have it checked; the delivery's page as it ended."""
        sent = await self.send(text, name, options=options)
        await self.stack.run_jobs()
        return await self.browser.get(sent.location)

    async def prepare(self, audience: str = "public") -> str:
        """Have a release checked; the address of the draft."""
        form = await self.browser.get("/freigaben/neu?datenbestand=sgb2")
        data = {
            "datenbestand": "sgb2",
            "leserschaft": audience,
            "notiz": "Erste Fassung",
            "idempotency_key": form.field("idempotency_key"),
        }
        sent = await self.browser.post("/freigaben/neu", data)
        await self.stack.run_jobs()
        return sent.location

    async def publish(self, path: str) -> None:
        """Confirm and publish a draft."""
        confirm = await self.browser.get(f"{path}/freigeben")
        await self.browser.post(f"{path}/freigeben", {"etag": confirm.field("etag")})
        await self.stack.run_jobs()

    async def as_other(self, name: str, role: str, organisation: str) -> AssertingClient:
        """Another browser, logged in to an organisation of its own."""
        people = self.stack.people
        place = people.organisation(organisation, "kommune", ("99001002",))
        people.account(name, place, role)
        other = AssertingClient(self.app)
        await other.log_in(name, PASSWORD)
        return other


@dataclass(frozen=True, slots=True)
class KeptOffice:
    """An office whose database is closed for cloning, the folder of its files, its session."""

    office: Office
    objects: Path

    @asynccontextmanager
    async def opened(self, objects: Path, settings: WebSettings) -> AsyncIterator[Office]:
        """The office over a clone of its own, logged in."""
        database = databases.clone(self.office.stack.database)
        shutil.copytree(self.objects, objects, dirs_exist_ok=True)
        async with (
            open_stack(database, objects) as stack,
            lent_web(settings, stack.transports) as app,
        ):
            browser = self.office.browser.before(app)
            yield Office(app, replace(self.office.world, stack=stack), browser)
            await browser.aclose()
        databases.drop(database)


@asynccontextmanager
async def keep_office(
    template: TestDatabase,
    objects: Path,
    settings: WebSettings,
    fill: Callable[[Office], Awaitable[object]] | None = None,
) -> AsyncIterator[KeptOffice]:
    """An office made once, with what `fill` adds to it; forgotten at the end."""
    database = databases.clone(template)
    async with open_stack(database, objects) as stack, open_office(stack, settings) as office:
        if fill is not None:
            await fill(office)
    databases.keep_for_cloning(database)
    yield KeptOffice(office, objects)
    databases.drop(database)


@asynccontextmanager
async def open_office(stack: Stack, settings: WebSettings) -> AsyncIterator[Office]:
    """The office of the small world, logged in as its statistician."""
    world = await make_world(stack)
    stack.people.account("statistik", world.office_id, "statistikstelle")
    async with lent_web(settings, stack.transports) as app:
        browser = AssertingClient(app)
        await browser.log_in("statistik", PASSWORD)
        yield Office(app, world, browser)
        await browser.aclose()


def polling(page: Page) -> tuple[str, str] | None:
    """Where and when a part looks again; None when it has stopped."""
    found = re.search(r'hx-get="([^"]+blick=[^"]+)" hx-trigger="([^"]+)"', page.html)
    return (found[1].replace("&amp;", "&"), found[2]) if found else None
