"""Changing what is written: stale versions side by side, lost sessions, silent services."""

import httpx
import pytest

from tests.support.people import PASSWORD
from tests.web.advice_world import Advice, Desk, hidden_fields
from tests.web.asserting_client import AssertingClient, Page
from tests.web.conftest import refuse
from web.settings import WebSettings


@pytest.fixture
async def case(advice: Advice) -> str:
    """The path of a case with a note of the team in it."""
    path = await advice.open_case()
    page = await advice.team.get(path)
    await advice.team.send(page, f"{path}/notizen", {"text": "Erste Fassung"})
    return path


async def edit_path(desk: Desk, case: str, part: str = "eintraege") -> str:
    """Where the first record of a kind is changed."""
    page = await desk.get(case)
    return next(path for path in page.links().values() if f"/{part}/" in path)


def typed(page: Page, name: str) -> str:
    """What stands in a text field."""
    return (page.find(f".//textarea[@name='{name}']").text or "").strip()


async def test_own_entry_is_changed(advice: Advice, case: str) -> None:
    path = await edit_path(advice.team, case)
    form = await advice.team.get(path)
    assert typed(form, "text") == "Erste Fassung"
    await advice.team.send(form, path, {"text": "Zweite Fassung", "art": "gespraech"})
    page = await advice.town.get(case)
    assert "Zweite Fassung" in page.text
    assert "geändert" in page.text
    assert not any("/eintraege/" in link for link in page.links().values())


async def test_entry_of_somebody_else_is_not_changed(advice: Advice, case: str) -> None:
    path = await edit_path(advice.team, case)
    sent = await advice.town.get(path, expect=303)
    assert sent.location == case


async def test_stale_entry_shows_both_versions_and_saves_again(advice: Advice, case: str) -> None:
    path = await edit_path(advice.team, case)
    form = await advice.team.get(path)
    other = await advice.team.get(path)
    await advice.team.send(other, path, {"text": "Vom Rechner im Büro"})
    stale = await advice.team.send(form, path, {"text": "Aus dem Zug"}, expect=412)
    assert typed(stale, "text") == "Aus dem Zug"
    assert "Vom Rechner im Büro" in stale.text
    assert "Jetzt gespeichert" in stale.text
    await advice.team.send(stale, path, {"text": "Aus dem Zug"})
    assert "Aus dem Zug" in (await advice.team.get(case)).text


async def test_change_sent_twice_is_done_once(advice: Advice, case: str) -> None:
    path = await edit_path(advice.team, case)
    form = await advice.team.get(path)
    data = {"text": "Einmal", "art": "notiz", "datum": form.field("datum")}
    await advice.team.send(form, path, dict(data))
    twice = await advice.team.send(form, path, dict(data))
    assert twice.location == f"{case}#verlauf"


async def test_stale_goal_task_and_case_show_both_versions(advice: Advice, case: str) -> None:
    page = await advice.propose_goal(advice.town, case, "Ziel A")
    task = {"titel": "Aufgabe A", "seite": "kommune"}
    await advice.town.send(page, f"{case}/aufgaben", task)
    goal_path = await edit_path(advice.town, case, "ziele")
    task_path = await edit_path(advice.town, case, "aufgaben")
    details = {"titel": "Titel A", "phase": "aufbau", "gebiete": ["99001001"]}
    for path, name, base in (
        (goal_path, "ziel", {}),
        (task_path, "titel", task),
        (f"{case}/bearbeiten", "titel", details),
    ):
        mine = await advice.town.get(path)
        theirs = await advice.team.get(path)
        await advice.team.send(theirs, path, {**base, name: "Wort der anderen"})
        stale = await advice.town.send(mine, path, {**base, name: "Mein Wort"}, expect=412)
        assert "Wort der anderen" in stale.text, path
        assert "Mein Wort" in stale.html, path
        saved = await advice.town.send(stale, path, {**base, name: "Mein Wort"})
        assert saved.location.startswith(case), path


async def test_details_of_the_case_are_changed_by_either_side(advice: Advice, case: str) -> None:
    path = f"{case}/bearbeiten"
    form = await advice.town.get(path)
    assert form.all(".//select[@name='beratung']") == []
    team = await advice.team.get(path)
    advisors = [option.get("value") for option in team.all(".//select[@name='beratung']/option")]
    assert len(advisors) == 2
    await advice.team.send(
        team,
        path,
        {
            "titel": "Neuer Titel",
            "phase": "umsetzung",
            "gebiete": ["99001001"],
            "themen": ["qualifizierung"],
            "beratung": advisors[1],
        },
    )
    page = await advice.town.get(case)
    assert page.heading == "Neuer Titel"
    for word in ("Umsetzung", "Test team", "Qualifizierung"):
        assert word in page.text
    mine = await advice.team.get("/beratung?wessen=meine")
    assert "Neuer Titel" in mine.links()
    empty = await advice.town.send(await advice.town.get(path), path, {"titel": ""}, expect=422)
    assert empty.find(".//a[@href='#titel']") is not None


async def test_ended_session_gives_the_text_back(advice: Advice, case: str) -> None:
    page = await advice.town.get(case)
    fields = hidden_fields(page, f"{case}/notizen")
    second = AssertingClient(advice.app)
    second.http.cookies = httpx.Cookies(advice.town.browser.http.cookies)
    await second.get("/")
    await second.post("/abmelden")
    await second.aclose()
    data = {**fields, "text": "Zwei Seiten Text", "art": "gespraech"}
    kept = await advice.town.post(f"{case}/notizen", dict(data), expect=401)
    assert typed(kept, "text") == "Zwei Seiten Text"
    assert kept.field("art") == "gespraech"
    assert "Melden Sie sich in einem neuen Fenster an" in kept.text
    old_token = advice.town.browser.token
    await advice.town.browser.log_in("planung", PASSWORD)
    advice.town.browser.token = old_token
    again = await advice.town.post(f"{case}/notizen", dict(data), expect=403)
    assert typed(again, "text") == "Zwei Seiten Text"
    assert "Bitte noch einmal absenden" in again.heading
    done = await advice.town.send(again, f"{case}/notizen", {"text": "Zwei Seiten Text"})
    assert done.location == f"{case}#verlauf"
    assert "Zwei Seiten Text" in (await advice.team.get(case)).text


async def test_ended_session_gives_the_text_back_to_a_live_page(advice: Advice, case: str) -> None:
    page = await advice.town.get(case)
    await advice.town.get("/konto")
    await advice.town.browser.http.post(
        "/abmelden",
        data={"csrf_token": advice.town.browser.token},
        headers={"Origin": "http://web.test"},
    )
    kept = await advice.town.send(
        page, f"{case}/notizen", {"text": "Bleibt hier"}, expect=401, htmx=True
    )
    assert typed(kept, "text") == "Bleibt hier"
    assert kept.response.headers["HX-Retarget"] == "#inhalt"
    assert "HX-Redirect" not in kept.response.headers


async def test_silent_service_gives_the_text_back(
    advice: Advice, case: str, web_settings: WebSettings
) -> None:
    page = await advice.town.get(case)
    data = {**hidden_fields(page, f"{case}/notizen"), "text": "Nicht verloren"}
    services = advice.app.state.services
    reachable = services.consultation
    services.consultation = httpx.AsyncClient(
        transport=httpx.MockTransport(refuse), base_url="http://test"
    )
    kept = await advice.town.post(f"{case}/notizen", dict(data), expect=503)
    assert typed(kept, "text") == "Nicht verloren"
    live = await advice.town.post(f"{case}/notizen", dict(data), expect=503, htmx=True)
    assert typed(live, "text") == "Nicht verloren"
    await services.consultation.aclose()
    services.consultation = reachable
    sent = await advice.town.send(kept, f"{case}/notizen", {"text": "Nicht verloren"})
    assert sent.location == f"{case}#verlauf"
    assert (await advice.team.get(case)).html.count("Nicht verloren") == 1


async def test_form_from_another_site_is_not_given_back(advice: Advice, case: str) -> None:
    await advice.town.get(case)
    answer = await advice.town.browser.http.post(
        f"{case}/notizen",
        data={"text": "Untergeschoben", "csrf_token": advice.town.browser.token},
        headers={"Origin": "http://anderswo.test"},
    )
    assert answer.status_code == 403
    assert "Untergeschoben" not in answer.text


async def test_form_from_another_site_is_not_given_back_by_a_silent_service_either(
    advice: Advice, case: str
) -> None:
    """What fails before anybody has looked at where a form comes from is no way in."""
    services = advice.app.state.services
    reachable = services.consultation
    services.consultation = httpx.AsyncClient(
        transport=httpx.MockTransport(refuse), base_url="http://test"
    )
    answer = await advice.town.browser.http.post(
        f"{case}/notizen",
        data={"text": "Untergeschoben"},
        headers={"Origin": "http://anderswo.test"},
    )
    await services.consultation.aclose()
    services.consultation = reachable
    assert answer.status_code == 503
    assert "Untergeschoben" not in answer.text
