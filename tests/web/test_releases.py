"""Releases by the pages: prepare, look at the check, publish, withdraw."""

import pytest

from tests.support.stack import as_bearer
from tests.web.asserting_client import AssertingClient, Page
from tests.web.delivery_world import BETTER, GOOD, UNKNOWN_ID, Office, polling


async def released_values(office: Office) -> list[float | None]:
    """What the public sees of the indicator."""
    answer = await office.stack.indicator.get(
        "/v1/observations",
        params={"indicator": "sgb2_quote", "level": "gemeinde", "within": "99001"},
    )
    assert answer.status_code == 200, answer.text
    return [item["value"] for item in answer.json()["items"]]


def row_texts(page: Page, table: str) -> list[str]:
    """The words of each row of a table."""
    rows = page.all(f".//table[@id='{table}']//tbody/tr")
    return [" ".join("".join(row.itertext()).split()) for row in rows]


async def test_without_figures_the_pages_lead_to_deliveries(office: Office) -> None:
    page = await office.browser.get("/freigaben")
    assert "Noch nichts freizugeben" in page.text
    form = await office.browser.get("/freigaben/neu")
    assert "Es gibt noch nichts freizugeben" in form.text


async def test_delivered_dataset_waits_to_be_released(office: Office) -> None:
    await office.deliver(GOOD)
    page = await office.browser.get("/freigaben")
    assert "geliefert, noch nie freigegeben" in page.text
    form = await office.browser.get(page.links()["Leistungen nach dem SGB II"])
    assert form.find(".//option[@value='sgb2']").get("selected") is not None
    assert "Alle, auch ohne Anmeldung" in form.text
    assert form.find(".//input[@value='ministry']") is not None


async def test_check_shows_what_is_hidden_why_and_what_is_not_checked(office: Office) -> None:
    await office.deliver(GOOD)
    path = await office.prepare()
    page = await office.browser.get(path)
    assert "noch nicht freigegeben" in page.text
    assert "Sichtbare Zahlen 3" in page.text
    assert "Geheim 1" in page.text
    assert "Mindestfallzahl 3" in page.text
    assert "Was nicht geprüft wird" in page.text
    assert "außerhalb dieser Plattform" in page.text
    assert row_texts(page, "unterschiede")[0].endswith("4")
    assert row_texts(page, "verborgene-zellen") == [
        "Stadt 2 99001002 Leistungsberechtigte 2024 Insgesamt 2"
    ]
    assert "Erste Fassung" in page.text
    assert await released_values(office) == []


async def test_preparing_can_be_followed(office: Office) -> None:
    await office.deliver(GOOD)
    form = await office.browser.get("/freigaben/neu?datenbestand=sgb2")
    data = {
        "datenbestand": "sgb2",
        "leserschaft": "public",
        "idempotency_key": form.field("idempotency_key"),
    }
    sent = await office.browser.post("/freigaben/neu", data)
    twice = await office.browser.post("/freigaben/neu", data)
    assert sent.location == twice.location
    running = await office.browser.get(sent.location)
    next_look = polling(running)
    assert next_look is not None
    await office.stack.run_jobs()
    done = await office.browser.get(next_look[0], htmx=True)
    assert polling(done) is None
    assert "data-announce" in done.html


async def test_missing_answers_are_named(office: Office) -> None:
    await office.deliver(GOOD)
    await office.browser.get("/freigaben/neu")
    page = await office.browser.post("/freigaben/neu", {"notiz": "bleibt stehen"}, expect=422)
    for field in ("datenbestand", "leserschaft"):
        assert page.find(f".//div[@data-focus-on-load]//a[@href='#{field}']") is not None
        assert page.find(f".//*[@id='{field}']") is not None
    assert "bleibt stehen" in page.html


async def test_audience_that_does_not_exist_is_explained(office: Office) -> None:
    await office.deliver(GOOD)
    await office.browser.get("/freigaben/neu")
    data = {"datenbestand": "sgb2", "leserschaft": "kreis", "idempotency_key": "k"}
    page = await office.browser.post("/freigaben/neu", data, expect=422)
    assert "kein Kreis als Organisation" in page.text


async def test_publishing_is_confirmed_and_then_visible(office: Office) -> None:
    await office.deliver(GOOD)
    path = await office.prepare()
    confirm = await office.browser.get(f"{path}/freigeben")
    assert confirm.heading == "Für die Öffentlichkeit freigeben?"
    assert "Danach sehen alle (auch ohne Anmeldung) 3 Zahlen" in confirm.text
    await office.browser.post(f"{path}/freigeben", {"etag": confirm.field("etag")})
    writing = await office.browser.get(path)
    assert polling(writing) is not None
    await office.stack.run_jobs()
    page = await office.browser.get(path)
    assert "Freigabe 1 ist sichtbar" in page.text
    assert page.links()["Auf der Karte ansehen"] == "/karte?indikator=sgb2_quote"
    assert 12.0 in await released_values(office)
    listed = await office.browser.get("/freigaben?stand=released")
    assert row_texts(listed, "freigaben")[0].startswith("Leistungen nach dem SGB II Öffentlichkeit")


async def test_second_release_says_what_changes(office: Office) -> None:
    await office.deliver(GOOD)
    await office.publish(await office.prepare())
    await office.deliver(BETTER)
    waiting = await office.browser.get("/freigaben")
    assert "neue Zahlen seit Freigabe 1" in waiting.text
    path = await office.prepare()
    page = await office.browser.get(path)
    counts = [row.rsplit(" ", 1)[-1] for row in row_texts(page, "unterschiede")]
    assert counts == ["1", "1", "0", "3"]
    await office.publish(path)
    assert 12.5 in await released_values(office)
    listed = await office.browser.get("/freigaben?stand=superseded")
    assert len(row_texts(listed, "freigaben")) == 1


async def test_stale_draft_is_explained_and_cannot_be_published(office: Office) -> None:
    await office.deliver(GOOD)
    path = await office.prepare()
    confirm = await office.browser.get(f"{path}/freigeben")
    await office.deliver(BETTER)
    page = await office.browser.get(path)
    assert "Dieser Entwurf ist überholt" in page.text
    again = page.links()["Freigabe neu vorbereiten"]
    assert again == "/freigaben/neu?datenbestand=sgb2&leserschaft=public"
    refused = await office.browser.post(f"{path}/freigeben", {"etag": confirm.field("etag")})
    assert refused.location == path
    assert (
        "Seit der Prüfung wurden andere Zahlen geliefert"
        in (await office.browser.follow(refused)).text
    )
    assert await released_values(office) == []
    listed = await office.browser.get("/freigaben")
    assert "überholt" in listed.text


async def test_what_others_changed_meanwhile_is_not_published_blindly(office: Office) -> None:
    await office.deliver(GOOD)
    path = await office.prepare()
    await office.browser.get(f"{path}/freigeben")
    page = await office.browser.post(f"{path}/freigeben", {"etag": '"0"'}, expect=412)
    assert "Inzwischen hat sich an dieser Freigabe etwas geändert" in page.text
    assert page.field("etag") != '"0"'


@pytest.mark.parametrize(
    ("reason", "label"), [("error", "Fehler"), ("disclosure", "Geheimhaltung")]
)
async def test_withdrawing_is_confirmed_with_its_reason(
    office: Office, reason: str, label: str
) -> None:
    await office.deliver(GOOD)
    path = await office.prepare()
    await office.publish(path)
    confirm = await office.browser.get(f"{path}/zurueckziehen")
    assert "nichts mehr aus diesem Datenbestand" in confirm.text
    assert "lässt sich nicht rückgängig machen" in confirm.text
    data = {"etag": confirm.field("etag"), "notiz": "Falsches Jahr"}
    unsure = await office.browser.post(f"{path}/zurueckziehen", data, expect=422)
    assert unsure.find(".//div[@data-focus-on-load]//a[@href='#grund']") is not None
    assert "Falsches Jahr" in unsure.html
    stale = await office.browser.post(
        f"{path}/zurueckziehen", {**data, "etag": '"0"', "grund": reason}, expect=412
    )
    assert "Inzwischen hat sich" in stale.text
    assert stale.find(f".//input[@value='{reason}']").get("checked") is not None
    done = await office.browser.post(f"{path}/zurueckziehen", {**data, "grund": reason})
    page = await office.browser.follow(done)
    assert "Freigabe 1 ist zurückgezogen" in page.text
    assert label in page.text
    assert await released_values(office) == []
    back = await office.browser.get(f"{path}/zurueckziehen", expect=303)
    assert back.location == path


async def test_broken_off_release_says_that_nothing_was_released(office: Office) -> None:
    await office.deliver(GOOD)
    path = await office.prepare()
    office.stack.database.execute(
        "SET session_replication_role = replica; UPDATE indicator.release SET state = 'failed'"
    )
    page = await office.browser.get(path)
    assert "Abgebrochen: Es wurde nichts freigegeben" in page.text
    assert "Freigabe neu vorbereiten" in page.links()


async def test_foreign_or_unknown_release_is_not_there(office: Office) -> None:
    await office.deliver(GOOD)
    path = await office.prepare("administration")
    other = await office.as_other("nachbar", "statistikstelle", "Nachbarstadt")
    for address in (path, f"{path}/freigeben", f"{path}/zurueckziehen"):
        await other.get(address, expect=404)
    await other.post(f"{path}/freigeben", {"etag": "*"}, expect=404)
    await other.aclose()
    for unknown in (UNKNOWN_ID, "nichts"):
        await office.browser.get(f"/freigaben/{unknown}", expect=404)
    draft = await office.stack.indicator.get(
        path.replace("/freigaben", "/v1/releases"), headers=as_bearer(office.world.office)
    )
    assert draft.json()["state"] == "draft"


async def test_pages_ask_for_their_right(office: Office) -> None:
    public = AssertingClient(office.app)
    for path in ("/freigaben", "/freigaben/neu", f"/freigaben/{UNKNOWN_ID}"):
        assert (await public.get(path, expect=303)).location.startswith("/anmelden")
    await public.aclose()
    planner = await office.as_other("planerin", "sozialplanung", "Ohne Bestand")
    assert "führt keinen Datenbestand" in (await planner.get("/freigaben")).text
    await planner.aclose()
    machine = await office.as_other("maschine", "datenlieferung", "Fachverfahren")
    await machine.get("/freigaben", expect=403)
    await machine.aclose()
