"""Recording a change of areas on its page: asked in rows, said in words, then recorded."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
from fastapi import FastAPI

from tests.indicator_api.world import World, areas, import_areas, make_world
from tests.support import databases
from tests.support.applications import lent_web
from tests.support.databases import TestDatabase
from tests.support.people import PASSWORD
from tests.support.stack import open_stack
from tests.web.asserting_client import AssertingClient
from tests.web.page_rules import text_of
from web.settings import WebSettings

FORM = "/gebiete/aenderungen/neu"
HEAD = {
    "art": "merge",
    "tag": "2020-01-01",
    "titel": "Neu und Alt schließen sich zusammen",
    "gesetz": "Testgesetz",
    "quelle": "Amtsblatt 1",
    "zeilen": "2",
}


def town(code: str, name: str) -> dict[str, object]:
    """A town of the Land without borders."""
    return {"code": code, "kind": "gemeinde", "name": name, "parent": "05"}


@pytest.fixture(scope="module")
async def world(
    template_database: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The small world with two more towns in the Land."""
    database = databases.clone(template_database)
    async with open_stack(database, tmp_path_factory.mktemp("objects")) as stack:
        made = await make_world(stack)
        towns = [town("05998000", "Alt"), town("05997000", "Neu")]
        await import_areas(stack, made.office, [*areas()[:2], *towns])
        operator = stack.people.organisation("Betrieb", "betrieb", ("DG",))
        stack.people.account("leitung", operator, "verwaltung")
        stack.people.account("planung", made.office_id, "sozialplanung")
        yield made
    databases.drop(database)


@pytest.fixture(scope="module")
async def pages(world: World, web_settings: WebSettings) -> AsyncIterator[FastAPI]:
    """The web layer over the services."""
    async with lent_web(web_settings, world.stack.transports) as app:
        yield app


@pytest.fixture
async def keeper(pages: FastAPI) -> AsyncIterator[AssertingClient]:
    """Somebody who keeps the register."""
    client = AssertingClient(pages)
    await client.log_in("leitung", PASSWORD)
    yield client
    await client.aclose()


def events(world: World) -> int:
    """How many changes are recorded."""
    ((number,),) = world.stack.database.execute("SELECT count(*) FROM indicator.area_event")
    return cast(int, number)


async def test_what_is_missing_is_said_beside_its_field(keeper: AssertingClient) -> None:
    listing = await keeper.get("/gebiete/aenderungen")
    page = await keeper.get(listing.links()["Änderung verzeichnen"])
    assert "Alt (05998000)" in page.text
    page = await keeper.post(FORM, {"zeilen": "2", "schritt": "pruefen"}, expect=422)
    for name in ("art", "tag", "titel", "quelle", "aus-1"):
        assert page.all(f".//p[@id='{name}-fehler']"), name
    page = await keeper.post(FORM, HEAD | {"schritt": "mehr"}, expect=200)
    assert page.field("zeilen") == "3"
    assert page.field("titel") == HEAD["titel"]


async def test_shares_that_make_no_whole_are_refused_by_the_service(
    keeper: AssertingClient, world: World
) -> None:
    await keeper.get(FORM)
    ways = {"aus-1": "05998000", "schluessel-1": "05996000", "name-1": "Ost", "einwohner-1": "60"}
    ways |= {"aus-2": "05998000", "wird-2": "05998000", "einwohner-2": "30"}
    body = HEAD | ways | {"art": "split", "schritt": "pruefen"}
    page = await keeper.post(FORM, body, expect=422)
    assert "Die Einwohneranteile von 05998000 ergeben 0,9 statt 1." in page.text
    page = await keeper.post(FORM, body | {"einwohner-2": "40"}, expect=200)
    assert "05996000 Ost gilt ab dem 01.01.2020." in page.text
    assert "60,0 % der Einwohner von Alt gehen an Ost." in page.text
    assert "gelten als geschätzt" in page.text
    assert events(world) == 0, "a look is no record"
    same = {"art": "key_change", "aus-1": "05998000", "wird-1": "05998000", "schritt": "pruefen"}
    page = await keeper.post(FORM, HEAD | same, expect=422)
    (error,) = page.all(".//p[@id='aus-1-fehler']")
    assert "Der alte und der neue Schlüssel gleichen sich." in text_of(error)


async def test_a_change_is_said_in_words_before_it_is_recorded(
    keeper: AssertingClient, world: World
) -> None:
    await keeper.get(FORM)
    ways = {"aus-1": "05998000", "wird-1": "05997000", "aus-2": "05997000", "wird-2": "05997000"}
    page = await keeper.post(FORM, HEAD | ways | {"schritt": "pruefen"}, expect=200)
    assert "05998000 Alt endet am 31.12.2019." in page.text
    assert "05997000 Neu besteht weiter, ab dem 01.01.2020 im neuen Zuschnitt." in page.text
    assert events(world) == 0
    assert page.field("aus-1") == "05998000"
    back = await keeper.post(FORM, HEAD | ways | {"schritt": "aendern"}, expect=200)
    chosen = back.find(".//select[@id='aus-1']//option[@selected]")
    assert chosen.get("value") == "05998000"
    done = await keeper.post(FORM, HEAD | ways | {"schritt": "verzeichnen"})
    page = await keeper.follow(done)
    assert page.heading == HEAD["titel"]
    assert "Die Gebietsänderung ist verzeichnet." in page.text
    assert events(world) == 1
    ended = await keeper.get("/gebiete/05998000")
    assert "05998000 endete am 31.12.2019" in ended.text


async def test_only_those_with_the_right_see_the_form(pages: FastAPI, world: World) -> None:
    client = AssertingClient(pages)
    assert "Änderung verzeichnen" not in (await client.get("/gebiete/aenderungen")).links()
    answer = await client.http.get(FORM)
    assert answer.status_code in (303, 401)
    await client.aclose()
