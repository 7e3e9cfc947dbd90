"""The page of a case: timeline, goals, tasks, state, and who sees what."""

import pytest

from tests.web.advice_world import Advice, form_paths, hidden_fields
from tests.web.asserting_client import Page


@pytest.fixture
async def case(advice: Advice) -> str:
    """The path of a case."""
    return await advice.open_case()


def goal_form(page: Page, state: str) -> str:
    """Where the button leads that gives the first goal this state."""
    for form in page.all(".//section[@id='ziele']//form"):
        if any(field.get("value") == state for field in form.iter("input")):
            return form.get("action") or ""
    return ""


async def test_head_says_who_since_when_and_what_comes_next(advice: Advice, case: str) -> None:
    page = await advice.town.get(case)
    assert page.heading == "Sozialplanung beginnen"
    facts = page.find(".//dl[@class='adv-facts']")
    text = " ".join("".join(facts.itertext()).split())
    assert "Seit" in text
    assert "noch keiner vereinbart" in text
    assert "Vereinbart" in page.text
    assert "Wortlaut lesen" in page.text


async def test_note_stands_in_the_timeline_once(advice: Advice, case: str) -> None:
    page = await advice.town.get(case)
    target = f"{case}/notizen"
    note = "Erster <b>Schritt</b>\r\n\r\n#set page(width: 1cm)"
    data = {**hidden_fields(page, target), "text": note, "art": "gespraech"}
    sent = await advice.town.post(target, dict(data))
    assert sent.location == f"{case}#verlauf"
    await advice.town.post(target, dict(data))
    seen = await advice.team.get(case)
    assert seen.html.count("#set page(width: 1cm)") == 1
    assert "Erster <b>Schritt</b>" in seen.text
    assert "Gespräch Gemeinsam" in seen.text


async def test_note_comes_alive_with_head_and_timeline(advice: Advice, case: str) -> None:
    page = await advice.town.get(case)
    part = await advice.town.send(
        page, f"{case}/notizen", {"text": "Angerufen."}, expect=200, htmx=True
    )
    assert part.find(".//section[@id='notiz']").get("data-announce") == "Gespeichert."
    assert part.find(".//section[@id='verlauf']").get("hx-swap-oob") == "true"
    assert part.find(".//div[@id='fall-kopf']").get("hx-swap-oob") == "true"
    assert "Angerufen." in part.text
    assert hidden_fields(part, f"{case}/notizen") != hidden_fields(page, f"{case}/notizen")


async def test_empty_note_is_asked_for_and_the_rest_is_kept(advice: Advice, case: str) -> None:
    page = await advice.team.get(case)
    data = {"text": "", "titel": "Bleibt", "sicht": "intern", "art": "schulung"}
    refused = await advice.team.send(page, f"{case}/notizen", data, expect=422)
    assert refused.find(".//div[@data-focus-on-load]//a[@href='#notiz-text']") is not None
    assert refused.find(".//input[@id='notiz-titel']").get("value") == "Bleibt"
    assert refused.find(".//input[@id='notiz-sicht-intern']").get("checked") is not None
    assert refused.find(".//option[@value='schulung'][@selected]") is not None
    part = await advice.team.send(page, f"{case}/notizen", data, expect=422, htmx=True)
    assert part.find(".//section[@id='notiz']//div[@data-focus-on-load]") is not None


async def test_internal_note_stays_with_the_team(advice: Advice, case: str) -> None:
    page = await advice.team.get(case)
    await advice.team.send(page, f"{case}/notizen", {"text": "Nur wir.", "sicht": "intern"})
    own = await advice.team.get(case)
    assert "Intern, nur Beratungsteam" in own.text
    assert "Nur wir." in own.text
    for path in (case, f"{case}?sicht=intern", f"{case}/export.json"):
        answer = await advice.town.browser.http.get(path)
        assert "Nur wir." not in answer.text, path
    town = await advice.town.get(case)
    assert town.all(".//input[@name='sicht']") == []
    refused = await advice.town.send(
        town, f"{case}/notizen", {"text": "Auch ich", "sicht": "intern"}, expect=422
    )
    assert "Auch ich" in refused.html


async def test_timeline_is_filtered_by_the_address(advice: Advice, case: str) -> None:
    page = await advice.team.get(case)
    await advice.team.send(page, f"{case}/notizen", {"text": "Kurs.", "art": "schulung"})
    found = await advice.team.get(f"{case}?art=schulung")
    assert "Kurs." in found.text
    assert len(found.all(".//ol[@class='adv-entries']/li")) == 1
    nothing = await advice.team.get(f"{case}?art=konferenz")
    assert "Kein Eintrag passt dazu" in nothing.text
    part = await advice.team.get(f"{case}?art=schulung", htmx=True)
    assert part.find(".//section[@id='verlauf']") is not None
    page = await advice.team.get(f"{case}?art=unsinn&sicht=unsinn")
    assert "Kurs." in page.text


async def test_goal_is_confirmed_by_the_other_side_alone(advice: Advice, case: str) -> None:
    own = await advice.propose_goal(advice.town, case, "Sechs Quartiere")
    assert goal_form(own, "vereinbart") == ""
    other = await advice.team.get(case)
    target = goal_form(other, "vereinbart")
    direct = await advice.town.post(target, {"stand": "vereinbart", "etag": '"1"'}, expect=422)
    assert "Das ist noch nicht gespeichert" in direct.text
    words = " ".join("".join(direct.find(".//div[@data-focus-on-load]").itertext()).split())
    assert len(words) > len("Das ist noch nicht gespeichert")
    fields = hidden_fields(other, target)
    part = await advice.team.post(target, dict(fields), expect=200, htmx=True)
    assert part.find(".//section[@id='ziele']").get("data-announce") == "Das Ziel ist vereinbart."
    twice = await advice.team.post(target, dict(fields))
    assert twice.location == f"{case}#ziele"
    head = await advice.town.get(case)
    assert "1 vereinbart" in head.text


async def test_goal_declined_with_a_reason_can_be_worded_anew(advice: Advice, case: str) -> None:
    await advice.propose_goal(advice.team, case, "Zwölf Quartiere")
    page = await advice.town.get(case)
    target = goal_form(page, "abgelehnt")
    etag = hidden_fields(page, target)["etag"]
    await advice.town.post(target, {"stand": "abgelehnt", "etag": etag, "grund": "Zu viele"})
    path = target.replace("/stand", "/bearbeiten")
    form = await advice.town.get(path)
    await advice.town.send(form, path, {"ziel": "Sechs Quartiere"})
    waiting = await advice.team.get(case)
    assert goal_form(waiting, "vereinbart") != ""
    assert "Sechs Quartiere" in waiting.text


async def test_task_is_overdue_in_words_done_and_opened_again(advice: Advice, case: str) -> None:
    page = await advice.town.get(case)
    data = {"titel": "Zahlen holen", "faellig": "2020-01-01", "seite": "kommune"}
    await advice.town.send(page, f"{case}/aufgaben", data)
    page = await advice.town.get(case)
    assert "überfällig" in page.text
    assert "Zahlen holen" in " ".join(page.find(".//dl[@class='adv-facts']").itertext())
    overview = await advice.town.get("/beratung")
    assert "Zahlen holen" in overview.links()
    target = next(
        path for path in form_paths(page) if path.endswith("/stand") and "aufgaben" in path
    )
    fields = hidden_fields(page, target)
    await advice.town.post(target, dict(fields))
    await advice.town.post(target, dict(fields))
    page = await advice.town.get(case)
    assert "1 erledigte Aufgabe" in page.text
    assert hidden_fields(page, target)["stand"] == "offen"
    await advice.town.post(target, hidden_fields(page, target))
    assert "erledigte Aufgabe" not in (await advice.town.get(case)).text


async def test_task_says_what_is_missing(advice: Advice, case: str) -> None:
    page = await advice.town.get(case)
    data = {"titel": "", "text": "bleibt", "faellig": "morgen", "seite": ""}
    refused = await advice.town.send(page, f"{case}/aufgaben", data, expect=422)
    for field in ("aufgabe-titel", "aufgabe-faellig", "aufgabe-seite"):
        assert refused.find(f".//div[@data-focus-on-load]//a[@href='#{field}']") is not None
        assert refused.find(f".//*[@id='{field}']") is not None
    assert (refused.find(".//textarea[@id='aufgabe-text']").text or "").strip() == "bleibt"


async def test_internal_task_of_the_team_is_not_the_towns(advice: Advice, case: str) -> None:
    page = await advice.team.get(case)
    data = {"titel": "Übergabe", "seite": "beratung", "sicht": "intern"}
    await advice.team.send(page, f"{case}/aufgaben", data)
    assert "Übergabe" in (await advice.team.get(case)).text
    assert "Übergabe" not in (await advice.town.get(case)).html


async def test_state_is_led_on_paused_and_taken_up_again(advice: Advice, case: str) -> None:
    page = await advice.team.get(case)
    await advice.team.send(page, f"{case}/stand", {})
    pause = await advice.town.get(f"{case}/stand?nach=ruhend")
    refused = await advice.town.send(pause, f"{case}/stand", {"grund": ""}, expect=422)
    assert refused.find(".//a[@href='#grund']") is not None
    await advice.town.send(pause, f"{case}/stand", {"grund": "Stelle unbesetzt"})
    page = await advice.team.get(case)
    assert "Wieder aufnehmen" in page.text
    assert "Stelle unbesetzt" in page.text
    part = await advice.team.send(page, f"{case}/stand", {}, expect=200, htmx=True)
    assert (
        part.find(".//section[@id='stand']").get("data-announce") == "Der Fall ist jetzt laufend."
    )


async def test_state_changed_meanwhile_names_what_is_possible(advice: Advice, case: str) -> None:
    page = await advice.team.get(case)
    pause = await advice.town.get(f"{case}/stand?nach=ruhend")
    await advice.town.send(pause, f"{case}/stand", {"grund": "Ferien"})
    stale = await advice.team.send(page, f"{case}/stand", {}, expect=422)
    assert "er ist jetzt ruhend. Möglich ist: Laufend, Abgeschlossen" in stale.text
    confirm = await advice.town.get(f"{case}/stand?nach=abgeschlossen")
    await advice.town.send(confirm, f"{case}/stand", {"grund": "Fertig"})
    late = await advice.team.send(page, f"{case}/stand", {}, expect=422)
    assert "ist „Abgeschlossen“" in late.text
    gone = await advice.team.get(f"{case}/stand?nach=ruhend", expect=303)
    assert gone.location == case
    told = await advice.team.get(case)
    assert "Möglich ist jetzt: nichts mehr" in told.text


async def test_closing_says_what_ends_and_closes_everything(advice: Advice, case: str) -> None:
    before = await advice.team.get(case)
    confirm = await advice.town.get(f"{case}/stand?nach=abgeschlossen")
    assert "nichts mehr schreiben" in confirm.text
    await advice.town.send(confirm, f"{case}/stand", {"grund": "Konzept beschlossen."})
    page = await advice.town.get(case)
    assert {path for path in form_paths(page) if path.startswith(case)} == {case}
    assert "lässt sich aber nicht mehr ändern" in page.text
    late = await advice.team.send(before, f"{case}/notizen", {"text": "Zu spät"}, expect=422)
    assert late.find(".//div[@data-focus-on-load]") is not None
    late = await advice.team.send(before, f"{case}/ziele", {"ziel": "Zu spät"}, expect=422)
    assert "Fall" in late.text


async def test_only_the_municipality_withdraws_its_consent(advice: Advice, case: str) -> None:
    refused = await advice.team.get(f"{case}/stand?nach=zurueckgezogen", expect=303)
    assert refused.location == case
    confirm = await advice.town.get(f"{case}/stand?nach=zurueckgezogen")
    assert "auch ohne Grund" in confirm.text
    await advice.town.send(confirm, f"{case}/stand", {"grund": ""})
    assert "Zurückgezogen" in (await advice.team.get(case)).text


async def test_export_is_a_file_of_what_one_sees(advice: Advice, case: str) -> None:
    answer = await advice.town.browser.http.get(f"{case}/export.json")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["content-type"].startswith("application/json")


async def test_stranger_finds_no_case_under_any_address(advice: Advice, case: str) -> None:
    page = await advice.propose_goal(advice.team, case, "Ein Ziel")
    goal = goal_form(page, "aufgegeben")
    for suffix in ("", "/export.json", "/bearbeiten", "/stand?nach=ruhend"):
        answer = await advice.stranger.browser.http.get(f"{case}{suffix}")
        assert answer.status_code == 404, suffix
    start = await advice.stranger.get("/beratung")
    assert "Sozialplanung beginnen" not in start.html
    for target, data in (
        (f"{case}/notizen", {"text": "fremd"}),
        (f"{case}/ziele", {"ziel": "fremd"}),
        (f"{case}/aufgaben", {"titel": "fremd", "seite": "kommune"}),
        (f"{case}/stand", {"stand": "laufend", "etag": '"1"'}),
        (goal, {"stand": "vereinbart", "etag": '"1"'}),
    ):
        await advice.stranger.post(target, dict(data), expect=404)
    csv = await advice.stranger.browser.http.get("/beratung/faelle.csv")
    assert "Sozialplanung beginnen" not in csv.text
