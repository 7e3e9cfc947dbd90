"""Logging in and out, and what happens when a session ends."""

import pytest

from tests.consultation_api.world import World
from tests.support.people import PASSWORD
from tests.web.asserting_client import AssertingClient


@pytest.fixture(autouse=True)
def people(identity: World) -> None:
    town = identity.organisation("Stadt Musterstadt")
    office = identity.organisation("Statistikstelle Musterstadt", "statistikstelle", parent_id=town)
    person = identity.account("planung", town, "sozialplanung")
    identity.membership(person.id, office, "statistikstelle")


async def test_login_leads_where_one_wanted_to_go(browser: AssertingClient) -> None:
    refused = await browser.get("/konto", expect=303)
    assert refused.location == "/anmelden?weiter=/konto"
    form = await browser.follow(refused)
    assert "Bitte melden Sie sich an" in form.text
    assert form.field("weiter") == "/konto"
    done = await browser.post(
        "/anmelden", {"name": "planung", "password": PASSWORD, "weiter": "/konto"}
    )
    account = await browser.follow(done)
    assert account.heading == "Mein Konto"
    assert "Test planung" in account.text
    assert account.response.headers["cache-control"] == "no-store"


async def test_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: AssertingClient,
) -> None:
    await browser.get("/anmelden")
    done = await browser.post("/anmelden", {"name": "planung", "password": PASSWORD})
    cookie = next(
        value for value in done.response.headers.get_list("set-cookie") if "qb_session=" in value
    )
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"name": "", "password": "x"}, "name", "Geben Sie Ihren Anmeldenamen ein."),
        ({"name": "planung", "password": ""}, "password", "Geben Sie Ihr Passwort ein."),
        ({"name": "planung", "password": "falsch"}, "name", "stimm"),
    ],
)
async def test_bad_login_keeps_the_name_and_leads_to_the_field(
    browser: AssertingClient, data: dict[str, str], field: str, words: str
) -> None:
    await browser.get("/anmelden")
    page = await browser.post("/anmelden", data, expect=422)
    summary = page.find(".//div[@data-focus-on-load]")
    assert summary.find(f".//a[@href='#{field}']") is not None
    assert words in page.text
    assert page.field("name") == data["name"]
    assert page.field("password") == ""
    assert page.find(".//title").text == "Fehler: Anmelden – Quartierblick"


async def test_too_many_attempts_are_refused_for_a_while(browser: AssertingClient) -> None:
    await browser.get("/anmelden")
    for _ in range(3):
        await browser.post("/anmelden", {"name": "planung", "password": "falsch"}, expect=422)
    await browser.post("/anmelden", {"name": "planung", "password": PASSWORD}, expect=429)


async def test_logout_ends_the_session_everywhere(browser: AssertingClient) -> None:
    await browser.log_in("planung", PASSWORD)
    stolen = browser.http.cookies["qb_session"]
    done = await browser.post("/abmelden")
    assert "qb_session" not in browser.http.cookies
    assert done.location == "/"
    browser.http.cookies.set("qb_session", stolen)
    await browser.get("/konto", expect=303)


async def test_revoked_session_says_so_and_comes_back_afterwards(
    browser: AssertingClient, identity: World
) -> None:
    await browser.log_in("planung", PASSWORD)
    identity.database.execute("UPDATE identity.session SET revoked_at = now()")
    page = await browser.get("/konto?a=1", expect=303)
    assert page.location == "/anmelden?weiter=/konto%3Fa%3D1"
    assert "qb_session" not in browser.http.cookies
    login = await browser.follow(page)
    assert "Ihre Sitzung wurde beendet" in login.text


async def test_fragment_never_holds_the_login_form(
    browser: AssertingClient, identity: World
) -> None:
    await browser.log_in("planung", PASSWORD)
    identity.database.execute("UPDATE identity.session SET revoked_at = now()")
    headers = {"HX-Current-URL": "http://web.test/konto?b=2"}
    part = await browser.get("/konto", htmx=True, headers=headers, expect=401)
    assert part.response.headers["hx-redirect"] == "/anmelden?weiter=/konto%3Fb%3D2"
    assert part.html == ""


async def test_missing_right_is_named(browser: AssertingClient) -> None:
    await browser.log_in("planung", PASSWORD)
    page = await browser.get("/verwaltung/konten", expect=403)
    assert "Konten verwalten" in page.text
    assert "accounts:manage" in page.text


async def test_logging_in_again_ends_the_former_session(
    browser: AssertingClient, identity: World
) -> None:
    await browser.log_in("planung", PASSWORD)
    await browser.get("/darstellung")
    await browser.post("/anmelden", {"name": "planung", "password": PASSWORD})
    open_sessions = identity.database.execute(
        "SELECT count(*) FROM identity.session WHERE revoked_at IS NULL"
    )
    assert open_sessions == [(1,)]
