"""Asking for advice by the pages: request, talk, agreement, consent."""

from tests.web.advice_world import NEW, UNKNOWN_ID, Advice, form_paths, hidden_fields


async def test_new_municipality_reads_what_advice_is(advice: Advice) -> None:
    page = await advice.town.get("/beratung")
    for word in ("Freiwillig.", "Kostenlos.", "Auf Augenhöhe.", "Datenmanagement"):
        assert word in page.text
    assert page.links()["Beratung anfragen"] == NEW


async def test_team_without_work_reads_why(advice: Advice) -> None:
    page = await advice.team.get("/beratung")
    assert "Nichts wartet" in page.text
    assert "Keine Anfrage ist offen" in page.text
    assert "Noch kein Fall" in page.text


async def test_form_begins_with_topics_and_the_own_area(advice: Advice) -> None:
    form = await advice.town.get(NEW)
    assert form.find(".//input[@name='themen'][@value='planungsorganisation']") is not None
    chosen = [field.get("value") for field in form.all(".//input[@name='gebiete']")]
    assert chosen == ["99001001"]


async def test_request_is_asked_once_however_often_it_is_sent(advice: Advice) -> None:
    form = await advice.town.get(NEW)
    data = {"betreff": "Anfang", "text": "Wie beginnen wir?", "gebiete": ["99001001"]}
    first = await advice.town.send(form, NEW, dict(data))
    second = await advice.town.send(form, NEW, dict(data))
    assert first.location == second.location
    page = await advice.town.get("/beratung")
    assert len(page.all(".//ul[@class='qb-list adv-requests']/li")) == 1


async def test_everything_typed_is_kept_beside_what_is_missing(advice: Advice) -> None:
    form = await advice.town.get(NEW)
    data = {"text": "Bleibt <b>stehen</b>", "themen": ["qualifizierung"], "gebiete": ["99001001"]}
    page = await advice.town.send(form, NEW, data, expect=422)
    assert page.find(".//div[@data-focus-on-load]//a[@href='#betreff']") is not None
    assert "Bleibt &lt;b&gt;stehen&lt;/b&gt;" in page.html
    ticked = page.find(".//input[@name='themen'][@value='qualifizierung']")
    assert ticked.get("checked") is not None
    key = page.field("idempotency_key")
    assert key == form.field("idempotency_key")


async def test_long_subject_is_kept_whole_and_its_length_said(advice: Advice) -> None:
    form = await advice.town.get(NEW)
    assert form.find(".//input[@name='betreff']").get("maxlength") is None
    data = {"betreff": "Sozialplanung " * 10, "text": "Worum es geht", "gebiete": ["99001001"]}
    page = await advice.town.send(form, NEW, data, expect=422)
    assert page.field("betreff") == ("Sozialplanung " * 10).strip()
    assert "auf 120 Zeichen; jetzt sind es 139" in page.text


async def test_foreign_area_is_refused_beside_its_field(advice: Advice) -> None:
    form = await advice.town.get(NEW)
    data = {"betreff": "Nachbarn", "text": "Zahlen der anderen", "gebiete": ["99001002"]}
    page = await advice.town.send(form, NEW, data, expect=422)
    assert page.find(".//p[@id='gebiete-fehler']") is not None


async def test_request_waits_for_the_team_and_shows_its_words_as_text(advice: Advice) -> None:
    path = await advice.ask("Anfang <script>alert(1)</script> #let x = 1")
    desk = await advice.team.get("/beratung")
    assert "Anfang <script>alert(1)</script> #let x = 1" in desk.links()
    page = await advice.team.get(path)
    assert "Wir sind zu zweit." in page.text
    draft = page.find(".//textarea[@id='vereinbarungstext']").text or ""
    assert "freiwillig und kostenlos" in draft
    waiting = await advice.town.get(path)
    assert "Ihre Anfrage liegt beim Beratungsteam" in waiting.text
    assert f"{path}/vereinbarung" not in form_paths(waiting)


async def test_both_sides_talk_once_per_message(advice: Advice) -> None:
    path = await advice.ask()
    page = await advice.team.get(path)
    target = f"{path}/nachrichten"
    data = {**hidden_fields(page, target), "text": "Gibt es Quartiere?\r\n\r\nUnd Zahlen?"}
    await advice.team.post(target, dict(data))
    await advice.team.post(target, dict(data))
    answer = await advice.town.get(path)
    assert len(answer.all(".//ol[@class='adv-talk']/li")) == 1
    part = await advice.town.send(answer, target, {"text": "Ja, sechs."}, expect=200, htmx=True)
    assert "Nachricht gesendet." in part.html
    assert "Ja, sechs." in part.text
    assert part.find(".//textarea[@name='text']").text in ("", "\n", None)


async def test_empty_message_is_asked_for(advice: Advice) -> None:
    path = await advice.ask()
    page = await advice.town.get(path)
    refused = await advice.town.send(page, f"{path}/nachrichten", {"text": " "}, expect=422)
    assert refused.find(".//a[@href='#nachricht-text']") is not None


async def test_consent_needs_the_tick_and_says_what_it_means(advice: Advice) -> None:
    path = await advice.ask()
    await advice.offer(path, "Themen\nDatenmanagement\n\nFreiwillig <i>immer</i>.")
    page = await advice.town.get(path)
    assert "jederzeit beenden, ohne Grund" in page.text
    assert "Freiwillig <i>immer</i>." in page.text
    refused = await advice.town.send(page, f"{path}/zustimmung", {}, expect=422)
    assert refused.find(".//a[@href='#einverstanden']") is not None
    sent = await advice.town.send(page, f"{path}/zustimmung", {"einverstanden": "ja"})
    case = await advice.town.get(sent.location)
    assert "Der Beratungsfall" in case.text or "Sie haben zugestimmt" in case.text
    twice = await advice.town.send(page, f"{path}/zustimmung", {"einverstanden": "ja"})
    assert twice.location == sent.location
    done = await advice.town.get(path)
    assert done.links()["Zum Beratungsfall"] == sent.location


async def test_consent_to_a_version_that_has_changed_is_not_given(advice: Advice) -> None:
    path = await advice.ask()
    await advice.offer(path, "Erste Fassung.")
    page = await advice.town.get(path)
    await advice.offer(path, "Zweite Fassung.")
    refused = await advice.town.send(
        page, f"{path}/zustimmung", {"einverstanden": "ja"}, expect=422
    )
    assert "Zweite Fassung." in refused.text
    assert "Fassung 2" in refused.text
    assert "Beratungsfall" not in (await advice.town.get("/beratung")).links()


async def test_stale_proposal_keeps_its_text(advice: Advice) -> None:
    path = await advice.ask()
    page = await advice.team.get(path)
    await advice.offer(path, "Von der Kollegin.")
    kept = await advice.team.send(
        page, f"{path}/vereinbarung", {"vereinbarung": "Von mir, lang."}, expect=422
    )
    assert (kept.find(".//textarea[@name='vereinbarung']").text or "").strip() == "Von mir, lang."
    assert "Von der Kollegin." in kept.text
    again = await advice.team.send(kept, f"{path}/vereinbarung", {"vereinbarung": "Von mir, lang."})
    assert again.location == path


async def test_declining_asks_for_a_reason_and_shows_it(advice: Advice) -> None:
    path = await advice.ask()
    confirm = await advice.team.get(f"{path}/ablehnung")
    assert "nicht zurücknehmen" in confirm.text
    refused = await advice.team.send(confirm, f"{path}/ablehnung", {"grund": ""}, expect=422)
    assert refused.find(".//a[@href='#grund']") is not None
    await advice.team.send(confirm, f"{path}/ablehnung", {"grund": "Kein Platz bis März."})
    page = await advice.town.get(path)
    assert "Kein Platz bis März." in page.text
    assert f"{path}/nachrichten" not in form_paths(page)


async def test_withdrawing_needs_no_reason(advice: Advice) -> None:
    path = await advice.ask()
    confirm = await advice.town.get(f"{path}/rueckzug")
    await advice.town.send(confirm, f"{path}/rueckzug", {"grund": ""})
    page = await advice.town.get(path)
    assert "Die Anfrage ist zurückgezogen" in page.text
    late = await advice.town.get(f"{path}/rueckzug", expect=303)
    assert late.location == path


async def test_stranger_and_nonsense_find_nothing(advice: Advice) -> None:
    path = await advice.ask("Geheime Anfrage")
    for suffix in ("", "/ablehnung", "/rueckzug"):
        answer = await advice.stranger.browser.http.get(f"{path}{suffix}")
        assert answer.status_code in {403, 404}, suffix
        assert "Geheime Anfrage" not in answer.text
    assert "Geheime Anfrage" not in (await advice.stranger.get("/beratung")).html
    await advice.town.get(f"/beratung/anfragen/{UNKNOWN_ID}", expect=404)
    await advice.town.get("/beratung/anfragen/unsinn", expect=404)


async def test_who_only_reads_is_refused(advice: Advice) -> None:
    path = await advice.ask()
    await advice.town.get(f"{path}/ablehnung", expect=403)
    await advice.team.get(NEW, expect=403)
