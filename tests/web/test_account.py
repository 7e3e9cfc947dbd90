"""One's own account: place, password, sessions, display."""

import pytest

from tests.consultation_api.world import Person, World
from tests.support.people import PASSWORD
from tests.web.asserting_client import AssertingClient


@pytest.fixture(autouse=True)
def person(identity: World) -> Person:
    town = identity.organisation("Stadt Musterstadt")
    office = identity.organisation("Statistikstelle Musterstadt", "statistikstelle", parent_id=town)
    planner = identity.account("planung", town, "sozialplanung")
    identity.membership(planner.id, office, "statistikstelle")
    return planner


async def test_place_can_be_switched(browser: AssertingClient) -> None:
    start = await browser.log_in("planung", PASSWORD)
    buttons = {b.text: b.get("value") for b in start.all(".//button[@name='organisation_id']")}
    other = buttons["Statistikstelle Musterstadt"]
    before = await browser.get("/konto")
    assert "Sie arbeiten für Stadt Musterstadt" in before.text
    done = await browser.post("/konto/ort", {"organisation_id": other})
    after = await browser.follow(done)
    assert "Sie arbeiten jetzt für: Statistikstelle Musterstadt." in after.text
    account = await browser.get("/konto")
    assert "Sie arbeiten für Statistikstelle Musterstadt" in account.text


async def test_foreign_place_is_not_found(browser: AssertingClient) -> None:
    await browser.log_in("planung", PASSWORD)
    await browser.post("/konto/ort", {"organisation_id": "elsewhere"}, expect=404)


async def test_password_change(browser: AssertingClient, second_browser: AssertingClient) -> None:
    await second_browser.log_in("planung", PASSWORD)
    await browser.log_in("planung", PASSWORD)
    new = "Vier zufällige Wörter 9"
    body = {"current_password": PASSWORD, "new_password": new, "repeated_password": new}
    wrong = await browser.post("/konto/passwort", {**body, "repeated_password": "x"}, expect=422)
    assert "Die Wiederholung ist anders" in wrong.text
    wrong = await browser.post("/konto/passwort", {**body, "current_password": "x"}, expect=422)
    assert wrong.find(".//div[@data-focus-on-load]//a[@href='#current_password']") is not None
    done = await browser.follow(await browser.post("/konto/passwort", body))
    assert "Ihr Passwort ist geändert." in done.text
    await second_browser.get("/konto", expect=303)


async def test_other_sessions_are_listed_and_can_be_ended(
    browser: AssertingClient, second_browser: AssertingClient
) -> None:
    second_browser.http.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"
    await second_browser.log_in("planung", PASSWORD)
    await browser.log_in("planung", PASSWORD)
    account = await browser.get("/konto")
    assert "Firefox auf Windows" in account.text
    form = account.find(".//table//form")
    done = await browser.post(form.get("action") or "")
    assert "Die Sitzung ist beendet." in (await browser.follow(done)).text
    await second_browser.get("/konto", expect=303)


async def test_display_is_remembered(browser: AssertingClient) -> None:
    page = await browser.get("/darstellung?weiter=/anmelden")
    assert page.root.get("data-kern-theme") is None
    assert page.field("weiter") == "/"
    await browser.post("/darstellung", {"theme": "dark", "weiter": "/darstellung"})
    assert (await browser.get("/darstellung")).root.get("data-kern-theme") == "dark"
    await browser.post("/darstellung", {"theme": "system", "weiter": "/darstellung"})
    assert (await browser.get("/darstellung")).root.get("data-kern-theme") is None
