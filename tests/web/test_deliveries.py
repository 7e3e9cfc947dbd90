"""Deliveries by the pages: the form, the check as it goes on, findings, history."""

import pytest

from tests.web.asserting_client import AssertingClient
from tests.web.delivery_world import BAD, BETTER, GOOD, UNKNOWN_ID, Office, polling


async def test_empty_history_says_what_to_do_first(office: Office) -> None:
    page = await office.browser.get("/lieferungen")
    assert "Noch keine Lieferung" in page.text
    assert page.links()["Erste Datei liefern"] == "/lieferungen/neu"


async def test_form_explains_datasets_formats_and_offers_an_example(office: Office) -> None:
    page = await office.browser.get("/lieferungen/neu")
    radio = page.find(".//input[@name='datenbestand']")
    assert radio.get("checked") is not None, "the only dataset is chosen"
    assert "Testregister" in page.text
    assert "GENESIS" in page.text
    example = await office.browser.get(page.links()["Beispiel als Datei (CSV)"])
    lines = example.html.lstrip("\ufeff").splitlines()
    assert lines[0] == "area;period;measure;value"
    assert lines[1].startswith("99001;")
    assert "attachment" in example.response.headers["content-disposition"]


async def test_example_is_a_delivery_that_passes(office: Office) -> None:
    example = await office.browser.get("/lieferungen/beispiel.csv")
    page = await office.deliver(example.html)
    assert "Übernommen" in page.text


async def test_delivery_is_followed_from_receipt_to_its_counts(office: Office) -> None:
    sent = await office.send(GOOD)
    running = await office.browser.get(sent.location)
    assert "Sie können diese Seite verlassen" in running.text
    part = running.find(".//div[@id='lieferung']")
    assert not [item for item in part.iter("a") if item.get("href") != sent.location], (
        "what is exchanged every few seconds must not take the focus"
    )
    assert running.find(".//noscript/meta[@http-equiv='refresh']") is not None
    next_look = polling(running)
    assert next_look is not None
    assert next_look[1] == "load delay:1s"
    again = await office.browser.get(next_look[0], htmx=True)
    assert "data-announce" not in again.html, "nothing new is said aloud"
    await office.stack.run_jobs()
    later = polling(again)
    assert later is not None
    done = await office.browser.get(later[0], htmx=True)
    assert polling(done) is None
    assert 'data-announce="zahlen.csv: übernommen."' in done.html
    page = await office.browser.get(sent.location)
    assert page.heading == "zahlen.csv"
    assert "Neu 4" in page.text
    assert "Gemeinden: 2" in page.text
    assert "Leistungsberechtigte" in page.text
    assert "Andere sehen sie erst, wenn Sie sie freigeben" in page.text
    assert page.links()["Freigabe vorbereiten"] == "/freigaben/neu?datenbestand=sgb2"
    assert page.all(".//table[@id='vorschau']//tbody/tr")


async def test_looking_again_slows_down_and_ends(office: Office) -> None:
    sent = await office.send(GOOD)
    slow = await office.browser.get(f"{sent.location}?blick=50&zuletzt=received", htmx=True)
    assert (polling(slow) or ("", ""))[1] == "load delay:10s"
    ended = await office.browser.get(f"{sent.location}?blick=100&zuletzt=received", htmx=True)
    assert polling(ended) is None
    assert ended.links()["Stand neu laden"] == sent.location


async def test_second_delivery_tells_new_changed_and_unchanged_apart(office: Office) -> None:
    await office.deliver(GOOD)
    page = await office.deliver(BETTER)
    for words in ("Neu 1", "Geändert 1", "Unverändert 3"):
        assert words in page.text
    same = await office.deliver(BETTER)
    assert "Übernommen, ohne Änderung" in same.text


async def test_findings_are_grouped_with_row_column_value_and_remedy(office: Office) -> None:
    page = await office.deliver(BAD, "falsch.csv")
    assert "Es wurde nichts übernommen" in page.text
    headings = {"".join(h.itertext()) for h in page.all(".//div[@class='qb-finding']//h3")}
    assert headings == {
        "Unlesbare Zeitangaben",
        "Unbekannte Gebietsschlüssel",
        "Werte, die keine Zahlen sind",
    }
    row = page.find(".//table[@id='tabelle-area_unknown']//tbody/tr")
    assert [" ".join("".join(cell.itertext()).split()) for cell in row][:3] == [
        "3",
        "area",
        "99001099",
    ]
    assert "Abhilfe: Prüfen Sie den Schlüssel" in page.text
    assert page.links()["Von vorn liefern"] == "/lieferungen/neu?datenbestand=sgb2"
    assert page.find(".//form[@data-delivery-form]").get("action", "").endswith("/berichtigt")
    assert "Freigabe vorbereiten" not in page.links()


async def test_many_findings_of_a_kind_are_paged(office: Office) -> None:
    rows = "".join(f"9900{number:04d};2024;lb;{number}\n" for number in range(2000, 2120))
    page = await office.deliver("area;period;measure;value\n" + rows)
    assert len(page.all(".//table[@id='tabelle-area_unknown']//tbody/tr")) == 6
    first = await office.browser.get(page.links()["Alle 120 Stellen: Unbekannte Gebietsschlüssel"])
    assert first.heading == "Unbekannte Gebietsschlüssel"
    assert len(first.all(".//tbody/tr")) == 50
    second = await office.browser.get(first.links()["Weitere anzeigen"])
    third = await office.browser.get(second.links()["Weitere anzeigen"])
    assert len(third.all(".//tbody/tr")) == 20
    assert "Weitere anzeigen" not in third.links()
    await office.browser.get(first.response.url.path.replace("area_unknown", "x"), expect=404)


async def test_a_file_that_is_no_table_is_rejected_as_a_whole(office: Office) -> None:
    page = await office.deliver("Nur ein Satz.\n")
    assert "Es wurde nichts übernommen" in page.text
    assert "area;period;measure;value" in page.text, "the remedy names the columns"


async def test_double_click_is_one_delivery_and_another_file_is_another(office: Office) -> None:
    key = (await office.browser.get("/lieferungen/neu")).field("idempotency_key")
    first = await office.send(GOOD, key=key)
    second = await office.send(GOOD, key=key)
    assert first.location == second.location
    other = await office.send(BETTER, key=key)
    assert other.location != first.location


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("brief.docx", b"PK\x03\x04", "wird nicht gelesen"),
        ("bild.png", b"\x89PNG", "wird nicht gelesen"),
        ("leer.csv", b"", "ist leer"),
    ],
)
async def test_unfit_file_is_refused_at_its_field(
    office: Office, name: str, content: bytes, words: str
) -> None:
    page = await office.send(content, name, expect=422)
    message = "".join(page.find(".//p[@id='datei-fehler']").itertext())
    assert words in message
    assert page.find(".//div[@data-focus-on-load]//a[@href='#datei']") is not None
    assert page.find(".//input[@value='sgb2']").get("checked") is not None


async def test_nothing_chosen_is_named_at_both_fields(office: Office) -> None:
    await office.browser.get("/lieferungen/neu")
    page = await office.browser.post("/lieferungen/neu", {}, expect=422)
    for field in ("datenbestand", "datei"):
        assert page.find(f".//div[@data-focus-on-load]//a[@href='#{field}']") is not None
        assert page.find(f".//*[@id='{field}']") is not None


async def test_foreign_dataset_is_refused_at_its_field(office: Office) -> None:
    await office.browser.get("/lieferungen/neu")
    page = await office.browser.post(
        "/lieferungen/neu",
        {"datenbestand": "fremd", "idempotency_key": "k"},
        expect=422,
        files={"datei": ("zahlen.csv", GOOD.encode(), "text/csv")},
    )
    assert "führt keinen Datenbestand" in page.text
    assert "wählen Sie die Datei noch einmal aus" in page.text


async def test_too_large_file_says_what_to_do(office: Office) -> None:
    office.stack.indicator_app.state.settings.max_delivery_bytes = 1000
    page = await office.send(GOOD + "#" * 2000, expect=422)
    assert "überschreitet die Grenze" in page.text


async def test_what_is_too_large_for_a_form_is_sent_elsewhere(office: Office) -> None:
    """Said before it is sent, where the page works by JavaScript, and in the refusal."""
    form = (await office.browser.get("/lieferungen/neu")).find(".//form[@data-delivery-form]")
    assert form.get("data-largest") == str(256 * 1024 * 1024)
    page = await office.browser.post(
        "/lieferungen/neu", {"a": "b"}, headers={"Content-Length": "999999999999"}, expect=413
    )
    for text in (form.get("data-too-large") or "", page.text):
        assert "268 MB" in " ".join(text.split())
        assert "POST /v1/deliveries" in text
        assert "quartierblick deliver" in text
    other = await office.browser.post(
        "/abmelden", {"a": "b"}, headers={"Content-Length": "999999999999"}, expect=413
    )
    assert "quartierblick deliver" not in other.text


async def test_history_is_filtered_and_read_on(office: Office) -> None:
    await office.deliver(BAD, "falsch.csv")
    for number in range(26):
        await office.send(GOOD.replace("120", str(200 + number)), f"datei-{number}.csv")
    first = await office.browser.get("/lieferungen")
    assert len(first.all(".//table[@id='lieferungen']//tbody/tr")) == 25
    assert "datei-25.csv" in first.links()
    second = await office.browser.get(first.links()["Weitere anzeigen"])
    assert "falsch.csv" in second.links()
    rejected = await office.browser.get("/lieferungen?stand=rejected&datenbestand=sgb2")
    assert list(rejected.links()).count("falsch.csv") == 1
    assert "zurückgewiesen" in rejected.text
    part = await office.browser.get("/lieferungen?stand=accepted", htmx=True)
    assert "Keine Lieferung passt dazu" in part.text
    everything = await office.browser.get("/lieferungen?stand=gibtsnicht")
    assert "datei-25.csv" in everything.links(), "an unknown state narrows nothing"


async def test_broken_off_delivery_says_that_nothing_was_taken(office: Office) -> None:
    sent = await office.send(GOOD)
    office.stack.database.execute(
        "UPDATE indicator.delivery SET state = 'failed', finished_at = now(),"
        """ failure = '{"code": "internal_error", "detail": "Ein Fehler auf unserer Seite."}'"""
    )
    page = await office.browser.get(sent.location)
    assert "Abgebrochen: Es wurde nichts übernommen" in page.text
    assert "Ein Fehler auf unserer Seite." in page.text
    assert page.links()["Noch einmal liefern"] == "/lieferungen/neu?datenbestand=sgb2"


async def test_the_delivered_file_can_be_had_back(office: Office) -> None:
    page = await office.deliver(GOOD)
    path = page.links()["Datei herunterladen"]
    answer = await office.browser.http.get(path)
    assert answer.text == GOOD
    assert "zahlen.csv" in answer.headers["content-disposition"]


async def test_foreign_or_unknown_delivery_is_not_there(office: Office) -> None:
    sent = await office.send(GOOD)
    other = await office.as_other("nachbar", "statistikstelle", "Nachbarstadt")
    for path in (sent.location, f"{sent.location}/datei", f"{sent.location}/befunde/no_table"):
        await other.get(path, expect=404)
    assert "noch keinen Datenbestand" in (await other.get("/lieferungen")).text
    assert "noch keinen Datenbestand" in (await other.get("/lieferungen/neu")).text
    await other.aclose()
    for unknown in (UNKNOWN_ID, "nichts"):
        await office.browser.get(f"/lieferungen/{unknown}", expect=404)


async def test_pages_ask_for_their_right(office: Office) -> None:
    public = AssertingClient(office.app)
    for path in ("/lieferungen", "/lieferungen/neu", f"/lieferungen/{UNKNOWN_ID}"):
        page = await public.get(path, expect=303)
        assert page.location.startswith("/anmelden")
    await public.aclose()
    advisor = await office.as_other("beraterin", "beratung", "Landesberatung")
    assert "fehlt Ihnen das Recht" in (await advisor.get("/lieferungen", expect=403)).text
    await advisor.aclose()
