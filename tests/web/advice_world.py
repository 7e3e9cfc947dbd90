"""A town, a team and another town before the pages of advice, over the real services."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from tests.support import databases
from tests.support.applications import lent_web
from tests.support.databases import TestDatabase
from tests.support.people import PASSWORD
from tests.support.stack import Stack, open_stack
from tests.web.asserting_client import AssertingClient, Page
from web.settings import WebSettings

NEW = "/beratung/anfragen/neu"
UNKNOWN_ID = "01960000-0000-7000-8000-000000000000"


@dataclass
class Desk:
    """Somebody logged in before the pages."""

    browser: AssertingClient

    async def get(self, path: str, *, expect: int = 200, htmx: bool = False) -> Page:
        """A page or a part of it."""
        return await self.browser.get(path, expect=expect, htmx=htmx)

    async def post(
        self, path: str, data: Mapping[str, object], *, expect: int = 303, htmx: bool = False
    ) -> Page:
        """Send a form with the token of the page seen last."""
        return await self.browser.post(path, dict(data), expect=expect, htmx=htmx)

    async def send(self, page: Page, path: str, data: Mapping[str, object], **how: object) -> Page:
        """Send the form of `page` that leads to `path`, its hidden fields included."""
        return await self.post(path, {**hidden_fields(page, path), **data}, **how)  # type: ignore[arg-type]


@dataclass
class Advice:
    """The two sides of advice, and a stranger."""

    app: FastAPI
    stack: Stack
    town: Desk
    team: Desk
    stranger: Desk

    async def ask(self, subject: str = "Sozialplanung beginnen") -> str:
        """Ask for advice by the form; the path of the request."""
        form = await self.town.get(NEW)
        data = {"betreff": subject, "text": "Wir sind zu zweit.", "themen": ["datenmanagement"]}
        sent = await self.town.send(form, NEW, {**data, "gebiete": ["99001001"]})
        return sent.location

    async def offer(self, request_path: str, text: str = "Freiwillig und kostenlos.") -> None:
        """Propose an agreement by the form."""
        page = await self.team.get(request_path)
        path = f"{request_path}/vereinbarung"
        await self.team.send(page, path, {"vereinbarung": text})

    async def open_case(self, subject: str = "Sozialplanung beginnen") -> str:
        """A case by request, agreement and consent; its path."""
        request_path = await self.ask(subject)
        await self.offer(request_path)
        page = await self.town.get(request_path)
        path = f"{request_path}/zustimmung"
        sent = await self.town.send(page, path, {"einverstanden": "ja"})
        return sent.location

    async def propose_goal(self, desk: Desk, case_path: str, text: str) -> Page:
        """Propose a goal by the form; the case's page afterwards."""
        page = await desk.get(case_path)
        await desk.send(page, f"{case_path}/ziele", {"ziel": text})
        return await desk.get(case_path)


def hidden_fields(page: Page, action: str) -> dict[str, str]:
    """The hidden fields of the first form that leads to `action`."""
    form = page.find(f".//form[@action='{action}']")
    return {
        str(field.get("name")): field.get("value") or ""
        for field in form.iter("input")
        if field.get("type") == "hidden" and field.get("name") != "csrf_token"
    }


def form_paths(page: Page) -> set[str]:
    """Where the forms of a page lead."""
    return {form.get("action") or "" for form in page.all(".//form")}


@dataclass(frozen=True, slots=True)
class KeptAdvice:
    """Both sides, whose database is closed for cloning, and their sessions."""

    advice: Advice

    @asynccontextmanager
    async def opened(self, objects: Path, settings: WebSettings) -> AsyncIterator[Advice]:
        """Both sides over a clone of their own, logged in."""
        database = databases.clone(self.advice.stack.database)
        async with (
            open_stack(database, objects) as stack,
            lent_web(settings, stack.transports) as app,
        ):
            kept = (self.advice.town, self.advice.team, self.advice.stranger)
            desks = [Desk(desk.browser.before(app)) for desk in kept]
            yield Advice(app, stack, *desks)
            for desk in desks:
                await desk.browser.aclose()
        databases.drop(database)


@asynccontextmanager
async def keep_advice(
    template: TestDatabase, objects: Path, settings: WebSettings
) -> AsyncIterator[KeptAdvice]:
    """Both sides made once; forgotten at the end."""
    database = databases.clone(template)
    async with open_stack(database, objects) as stack, open_advice(stack, settings) as advice:
        pass
    databases.keep_for_cloning(database)
    yield KeptAdvice(advice)
    databases.drop(database)


@asynccontextmanager
async def open_advice(stack: Stack, settings: WebSettings) -> AsyncIterator[Advice]:
    """Organisations and accounts of both sides, logged in."""
    people = stack.people
    town = people.organisation("Stadt Ahornstadt", area_codes=("99001001",))
    other = people.organisation("Gemeinde Birkental", area_codes=("99001002",))
    team = people.organisation("Beratungsteam", "landesberatung", area_codes=("05", "99001"))
    people.account("planung", town, "sozialplanung")
    people.account("fremd", other, "sozialplanung")
    people.account("team", team, "beratung")
    async with lent_web(settings, stack.transports) as app:
        desks = []
        for name in ("planung", "team", "fremd"):
            browser = AssertingClient(app)
            await browser.log_in(name, PASSWORD)
            desks.append(Desk(browser))
        yield Advice(app, stack, *desks)
        for desk in desks:
            await desk.browser.aclose()
