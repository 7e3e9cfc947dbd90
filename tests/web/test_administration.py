"""Organisations, accounts and API keys by the pages of the administration."""

import pytest

from tests.consultation_api.world import World, bearer
from tests.support.people import PASSWORD
from tests.web.asserting_client import AssertingClient


@pytest.fixture
async def manager(browser: AssertingClient, identity: World) -> AssertingClient:
    place = identity.organisation("Plattformbetrieb", "betrieb", ("DG", "99001"))
    identity.account("verwaltung", place, "verwaltung")
    await browser.log_in("verwaltung", PASSWORD)
    return browser


async def test_key_is_shown_once_works_and_can_be_revoked(
    manager: AssertingClient, identity: World
) -> None:
    page = await manager.get("/verwaltung/schluessel")
    data = {
        "idempotency_key": page.field("idempotency_key"),
        "name": "Nachtlauf",
        "rights": ["datasets:read"],
        "area_codes": "99001",
        "expires_at": page.field("expires_at"),
    }
    created = await manager.post("/verwaltung/schluessel", data, expect=201)
    secret = created.find(".//code[@id='schluessel']").text or ""
    assert secret.startswith("qbk_")
    answer = await identity.client.get("/v1/api-keys", headers=bearer(secret))
    assert answer.status_code == 403, answer.text
    again = await manager.post("/verwaltung/schluessel", data, expect=201)
    assert "wurde schon angezeigt" in again.text
    assert secret not in again.html
    listed = await manager.get("/verwaltung/schluessel")
    assert secret not in listed.html
    form = listed.find(".//table//form")
    await manager.post(form.get("action") or "")
    assert "gesperrt" in (await manager.get("/verwaltung/schluessel")).text
    answer = await identity.client.get("/v1/api-keys", headers=bearer(secret))
    assert answer.json()["code"] == "api_key_revoked"


async def test_faulty_key_form_leads_to_each_field(manager: AssertingClient) -> None:
    await manager.get("/verwaltung/schluessel")
    data = {"name": "", "area_codes": "", "expires_at": "gestern"}
    page = await manager.post("/verwaltung/schluessel", data, expect=422)
    for field in ("name", "rights", "area_codes", "expires_at"):
        assert page.find(f".//div[@data-focus-on-load]//a[@href='#{field}']") is not None
        assert page.find(f".//*[@id='{field}']") is not None


async def test_organisation_is_added_found_and_changed(manager: AssertingClient) -> None:
    form = await manager.get("/verwaltung/organisationen/neu")
    data = {
        "idempotency_key": form.field("idempotency_key"),
        "name": "Gemeinde Nachbarort",
        "short_name": "Nachbarort",
        "kind": "kommune",
        "area_codes": "99001002",
    }
    listed = await manager.follow(await manager.post("/verwaltung/organisationen/neu", data))
    path = listed.links()["Gemeinde Nachbarort"]
    edit = await manager.get(path)
    change = {
        "etag": edit.field("etag"),
        "name": "Gemeinde Nachbarort",
        "short_name": "NO",
        "area_codes": "99001002",
        "is_active": "ja",
    }
    await manager.post(path, change)
    stale = await manager.post(path, {**change, "short_name": "XX"}, expect=422)
    assert stale.field("short_name") == "XX", "what someone typed is never lost"
    found = await manager.get("/verwaltung/organisationen?q=nachbar")
    assert "NO" in found.text
    nothing = await manager.get("/verwaltung/organisationen?q=gibtesnicht")
    assert "Keine Organisation" in nothing.text


async def test_statistics_office_needs_its_administration(manager: AssertingClient) -> None:
    await manager.get("/verwaltung/organisationen/neu")
    data = {"name": "Amt", "short_name": "Amt", "kind": "statistikstelle"}
    page = await manager.post("/verwaltung/organisationen/neu", data, expect=422)
    assert page.find(".//div[@data-focus-on-load]//a[@href='#parent_id']") is not None


async def test_account_is_added_gets_and_loses_roles(
    manager: AssertingClient, second_browser: AssertingClient, identity: World
) -> None:
    town = identity.organisation("Stadt Musterstadt")
    form = await manager.get("/verwaltung/konten/neu")
    data = {
        "idempotency_key": form.field("idempotency_key"),
        "name": "neu",
        "display_name": "Neues Konto der Stadt",
        "password": PASSWORD,
        "organisation_id": str(town),
        "role": "sozialplanung",
    }
    created = await manager.post("/verwaltung/konten/neu", data)
    page = await manager.follow(created)
    assert page.heading == "Neues Konto der Stadt"
    assert "Stadt Musterstadt" in page.text
    start = await second_browser.log_in("neu", PASSWORD)
    assert "Neues Konto der Stadt" in start.html
    role = page.find(".//table//form").get("action") or ""
    await manager.post(role)
    change = {"etag": page.field("etag"), "display_name": "Altes Konto"}
    stale = await manager.post(created.location, change, expect=422)
    assert stale.field("display_name") == "Altes Konto", "what someone typed is never lost"
    await manager.post(created.location, {**change, "etag": stale.field("etag")})
    listed = await manager.get("/verwaltung/konten?q=neu")
    assert "gesperrt" in listed.text
    await second_browser.get("/konto", expect=303)


async def test_missing_answers_of_a_new_account_are_named(manager: AssertingClient) -> None:
    await manager.get("/verwaltung/konten/neu")
    page = await manager.post("/verwaltung/konten/neu", {"name": "neu"}, expect=422)
    for field in ("display_name", "password", "organisation_id", "role"):
        assert page.find(f".//div[@data-focus-on-load]//a[@href='#{field}']") is not None
