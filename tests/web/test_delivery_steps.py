"""The steps of a delivery by the pages: mapping, warnings, a second person, taking back."""

import io
from typing import Any

import openpyxl

from tests.support.people import PASSWORD
from tests.web.asserting_client import AssertingClient, Page
from tests.web.delivery_world import BAD, GOOD, Office

REASON = "Im Herbst wurde ein Neubaugebiet bezogen."
WIDE: list[list[Any]] = [
    ["Gemeinde", "Menschen 2022", "Menschen 2023", "Bemerkung"],
    ["99001001", 1000, 1010, "geprüft"],
    ["99001002", 900, 905, None],
]
BEFORE = "area;period;measure;value\n99001001;2023;ew;1000\n99001002;2023;ew;900\n"
JUMP = "area;period;measure;value\n99001001;2024;ew;9000\n99001002;2024;ew;905\n"


def workbook(rows: list[list[Any]]) -> bytes:
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def steps(page: Page) -> list[str]:
    """The words of the steps at the top."""
    items = page.all(".//ol[@class='qb-wizard__steps']/li/span[@class='qb-wizard__text']")
    return [" ".join("".join(item.itertext()).split()) for item in items]


def fields_of(page: Page) -> dict[str, str]:
    """What the mapping's form would send as it stands, without its buttons."""
    form = next(f for f in page.all(".//form") if (f.get("action") or "").endswith("/zuordnung"))
    fields = {item.get("name", ""): item.get("value", "") for item in form.iter("input")}
    for select in form.iter("select"):
        chosen = [option for option in select.iter("option") if option.get("selected") is not None]
        fields[select.get("name", "")] = chosen[0].get("value", "") if chosen else ""
    for area in form.iter("textarea"):
        fields[area.get("name", "")] = (area.text or "").strip()
    return fields


async def test_a_workbook_is_mapped_saved_and_read_so_again(office: Office) -> None:
    sent = await office.send(workbook(WIDE), "kleinstadt.xlsx")
    await office.stack.run_jobs()
    led = await office.browser.get(sent.location, expect=303)
    page = await office.browser.follow(led)
    assert led.location == f"{sent.location}/zuordnung"
    assert steps(page) == ["Datei erledigt", "Zuordnung wartet auf Sie", "Befunde", "Fertig"]
    assert page.links()["Welche Messgröße enthält die Tabelle? Weder Spalten noch Überschriften "
                        "nennen eine, die angelegt ist."] == "#messgroesse_fest"  # fmt: skip
    fields = fields_of(page)
    assert fields["rolle-0"] == "area"
    assert (fields["rolle-1"], fields["zeit-1"]) == ("value", "2022")
    # tried first: the rows as they will be understood, nothing is decided
    fields |= {"messgroesse_fest": "ew", "rolle-3": ""}
    part = await office.browser.post(led.location, {**fields, "vorschau": "ja"}, expect=200)
    first = part.find(".//table[@id='vorschau']//tbody/tr")
    assert "Einwohner" in " ".join("".join(cell.itertext()) for cell in first)
    assert "Alle Spalten sind zugeordnet" in part.text
    fields = fields_of(part) | {"name": "Meldestelle", "uebernehmen": "ja"}
    await office.browser.post(led.location, fields)
    await office.stack.run_jobs()
    done = await office.browser.get(sent.location)
    assert "Neu 4" in done.text
    assert steps(done)[1:] == [
        "Zuordnung erledigt", "Befunde übersprungen: nichts beanstandet", "Fertig übernommen",
    ]  # fmt: skip

    again = await office.deliver(workbook(WIDE), "kleinstadt-neu.xlsx")
    assert "Übernommen, ohne Änderung" in again.text, "the same head is read the same way"


async def test_fields_of_the_mapping_that_contradict_are_named(office: Office) -> None:
    sent = await office.send(workbook(WIDE), "kleinstadt.xlsx")
    await office.stack.run_jobs()
    path = f"{sent.location}/zuordnung"
    fields = fields_of(await office.browser.get(path))
    wrong = {"rolle-3": "area", "codes-0": "Stadt 1", "kopfzeilen": "viele", "vorschau": "ja"}
    page = await office.browser.post(path, fields | wrong, expect=422)
    targets = {link.get("href") for link in page.all(".//div[@data-focus-on-load]//a")}
    assert targets == {"#rolle-3", "#codes-0", "#kopfzeilen"}
    assert "Zwei Spalten nennen das Gebiet" in page.text
    discarded = await office.browser.get(path)
    etag = next(item.get("value") for item in discarded.all(".//input[@name='etag']"))
    await office.browser.post(f"{sent.location}/verwerfen", {"etag": etag})
    await office.stack.run_jobs()
    assert "Verworfen: Es wurde nichts übernommen" in (await office.browser.get(sent.location)).text


async def test_saved_mappings_are_renamed_and_deleted(office: Office) -> None:
    empty = await office.browser.get("/lieferungen/zuordnungen")
    assert "Noch keine Zuordnung gespeichert" in empty.text
    sent = await office.send(workbook(WIDE), "kleinstadt.xlsx")
    await office.stack.run_jobs()
    path = f"{sent.location}/zuordnung"
    fields = fields_of(await office.browser.get(path))
    fields |= {"messgroesse_fest": "ew", "name": "Meldestelle", "uebernehmen": "ja"}
    await office.browser.post(path, fields)
    listed = await office.browser.get("/lieferungen/zuordnungen")
    own = listed.links()["Meldestelle"]
    page = await office.browser.get(own)
    etag = page.field("etag")
    await office.browser.post(own, {"name": "", "etag": etag}, expect=422)
    await office.browser.post(own, {"name": "Melderegister", "etag": etag})
    stale = await office.browser.post(own, {"name": "Anders", "etag": etag}, expect=422)
    assert "inzwischen geändert" in stale.text
    form = await office.browser.get("/lieferungen/neu")
    assert "Melderegister" in form.html
    page = await office.browser.get(own)
    await office.browser.post(f"{own}/loeschen", {"etag": page.field("etag")})
    assert "Melderegister" not in (await office.browser.get("/lieferungen/zuordnungen")).links()
    await office.browser.get(own, expect=404)


async def test_warnings_are_confirmed_with_a_reason(office: Office) -> None:
    await office.deliver(BEFORE)
    page = await office.deliver(JUMP, "sprung.csv")
    path = page.response.url.path
    assert "Noch nicht übernommen: Warnungen sind zu bestätigen" in page.text
    assert "Warnungen: Das ist möglich, aber auffällig" in page.text
    assert steps(page)[2] == "Befunde wartet auf eine Begründung"
    listed = await office.browser.get("/lieferungen")
    assert listed.links()["Warnungen ansehen und bestätigen"] == path
    page = await office.browser.get(path)
    etag = page.field("etag")
    short = await office.browser.post(
        f"{path}/bestaetigen", {"grund": "Passt", "etag": etag}, expect=422
    )
    assert "mindestens 10 Zeichen" in short.text
    assert short.find(".//textarea[@id='grund']").text == "\nPasst" or "Passt" in short.html
    await office.browser.post(f"{path}/bestaetigen", {"grund": REASON, "etag": etag})
    again = await office.browser.post(
        f"{path}/bestaetigen", {"grund": REASON, "etag": etag}, expect=412
    )
    assert "inzwischen geändert" in again.text
    await office.stack.run_jobs()
    done = await office.browser.get(path)
    assert REASON in done.text
    assert steps(done)[3] == "Fertig übernommen"


async def test_mended_file_takes_the_place_of_a_waiting_one(office: Office) -> None:
    await office.deliver(BEFORE)
    page = await office.deliver(JUMP, "sprung.csv")
    path = page.response.url.path
    await office.browser.post(f"{path}/berichtigt", {}, expect=422)
    files = {"datei": ("berichtigt.csv", JUMP.replace("9000", "1005").encode(), "text/csv")}
    sent = await office.browser.post(f"{path}/berichtigt", {}, files=files)
    assert sent.location != path
    await office.stack.run_jobs()
    assert "Neu 2" in (await office.browser.get(sent.location)).text
    assert "Verworfen" in (await office.browser.get(path)).text


async def test_a_second_person_sees_what_it_agrees_to(office: Office) -> None:
    office.stack.database.execute("UPDATE indicator.dataset SET needs_approval = true")
    page = await office.deliver(GOOD)
    path = page.response.url.path
    assert "Ihr Teil ist getan" in page.text
    assert "Zustimmen und übernehmen" not in page.text
    office.stack.people.account("zweite", office.world.office_id, "statistikstelle")
    other = AssertingClient(office.app)
    await other.log_in("zweite", PASSWORD)
    assert (await other.get("/lieferungen")).links()["Als zweite Person zustimmen"] == path
    seen = await other.get(path)
    assert seen.all(".//table[@id='vorschau']//tbody/tr")
    await other.post(f"{path}/zustimmen", {"etag": seen.field("etag")})
    await office.stack.run_jobs()
    done = await other.get(path)
    assert "Zugestimmt" in done.text
    await other.aclose()


async def test_a_delivery_is_taken_back_with_a_reason(office: Office) -> None:
    await office.deliver(GOOD)
    page = await office.deliver(GOOD.replace("120", "125"))
    assert "zahlen.csv" in page.links(), "what it replaced is named"
    path = page.response.url.path
    ask = await office.browser.get(page.links()["Lieferung zurücknehmen …"])
    assert "1 Wert, der geändert wurde, kehrt zum vorigen Stand zurück" in ask.text.replace(
        "\xa0", " "
    )
    etag = ask.field("etag")
    await office.browser.post(f"{path}/zuruecknehmen", {"grund": "", "etag": etag}, expect=422)
    await office.browser.post(f"{path}/zuruecknehmen", {"grund": REASON, "etag": etag})
    running = await office.browser.get(path)
    assert "Die Lieferung wird zurückgenommen" in running.text
    await office.stack.run_jobs()
    done = await office.browser.get(path)
    assert "als hätte es diese Lieferung nie gegeben" in done.text
    assert "zum früheren Stand zurückgekehrt: 1 Wert" in done.text.replace("\xa0", " ")
    assert "wie sie gespeichert waren" in done.text
    values = office.stack.database.execute("SELECT value FROM indicator.fact ORDER BY value")
    assert 125 not in [value for (value,) in values]


async def test_options_are_asked_in_plain_words_and_shown_again(office: Office) -> None:
    page = await office.deliver(
        GOOD, options={"nur_pruefen": "ja", "zurueckziehen": "ja", "fremde_auslassen": "ja"}
    )
    assert "Geprüft: Das war eine Probe" in page.text
    for words in ("nur geprüft, nichts übernommen", "wird zurückgezogen", "Zeilen werden ausgel"):
        assert words in page.text
    taken = await office.deliver(GOOD + BAD.split("\n", 2)[1], options={"teilweise": "ja"})
    assert "Nicht übernommen 1" in taken.text
    file_step = await office.browser.get(f"{taken.response.url.path}/angaben")
    assert "die übrigen übernommen" in file_step.text


async def test_steps_have_addresses_and_lead_to_where_a_delivery_is(office: Office) -> None:
    page = await office.deliver(BAD, "falsch.csv")
    path = page.response.url.path
    assert steps(page) == [
        "Datei erledigt", "Zuordnung übersprungen: Aufbau erkannt", "Befunde zurückgewiesen",
        "Fertig",
    ]  # fmt: skip
    await office.browser.get(f"{path}/ergebnis", expect=303)
    assert (await office.browser.get(f"{path}/befunde")).heading == "falsch.csv"
    await office.browser.get(f"{path}/unsinn", expect=404)
    table = await office.browser.http.get(f"{path}/befunde.csv")
    assert "99001099" in table.text
    receipt = await office.browser.http.get(f"{path}/quittung.json")
    assert receipt.json()
    paper = await office.browser.http.get(f"{path}/quittung.pdf")
    assert paper.content.startswith(b"%PDF")


async def test_matrix_says_by_sign_and_word_what_is_there(office: Office) -> None:
    await office.deliver(GOOD)
    page = await office.browser.get("/lieferungen/bestand?gebiet=99001&indikatoren=alle")
    rows = page.all(".//table[@id='bestandstabelle']//tbody/tr")
    assert len(rows) == 3
    assert "geliefert" in "".join(rows[0].itertext())
    assert "fehlt" in "".join(rows[2].itertext())
    table = await office.browser.http.get("/lieferungen/bestand.csv?gebiet=99001&indikatoren=alle")
    assert "Stadt 1" in table.text
    await office.browser.get("/lieferungen/bestand?gebiet=nirgendwo", expect=422)
    nothing = await office.browser.get("/lieferungen/bestand?ebene=quartier")
    assert "Hier gibt es nichts zu zeigen" in nothing.text


async def test_a_dry_run_is_delivered_without_choosing_the_file_again(office: Office) -> None:
    trial = await office.send(GOOD, options={"nur_pruefen": "ja", "fremde_auslassen": "ja"})
    path = trial.location
    await office.stack.run_jobs()
    page = await office.browser.get(path)
    assert "Das war eine Probe" in page.text
    assert office.stack.database.execute("SELECT count(*) FROM indicator.fact")[0][0] == 0
    form = {name: page.field(name) for name in ("etag", "idempotency_key")}
    sent = await office.browser.post(f"{path}/liefern", form)
    assert sent.location != path
    # the button pressed twice
    again = await office.browser.post(f"{path}/liefern", form)
    assert again.location == sent.location
    await office.stack.run_jobs()
    page = await office.browser.get(sent.location)
    assert "Übernommen" in page.text
    assert page.links()["Probe"] == path
    assert "Zeilen werden ausgelassen" in page.text
    # an answer that came too late
    refused = await office.browser.post(
        f"{path}/liefern", form | {"etag": '"0"', "idempotency_key": "x"}, expect=412
    )
    assert "hat sich inzwischen geändert" in refused.text
    reader = await office.as_other("nachbarin", "sozialplanung", "Nachbarstadt")
    await reader.post(f"{path}/liefern", form, expect=404)


async def test_a_withdrawal_waits_for_a_second_person_where_a_delivery_does(
    office: Office,
) -> None:
    page = await office.deliver(GOOD)
    path = page.response.url.path
    office.stack.database.execute("UPDATE indicator.dataset SET needs_approval = true")
    ask = await office.browser.get(f"{path}/zuruecknehmen")
    assert "muss sie auch der Rücknahme zustimmen" in ask.text
    wanted = {"grund": REASON, "etag": ask.field("etag")}
    await office.browser.post(f"{path}/zuruecknehmen", wanted)
    waiting = await office.browser.get(path)
    assert "Soll zurückgenommen werden" in waiting.text
    assert "Rücknahme verlangt" in waiting.text
    assert "Zustimmen und zurücknehmen" not in waiting.text
    office.stack.people.account("zweite", office.world.office_id, "statistikstelle")
    other = AssertingClient(office.app)
    await other.log_in("zweite", PASSWORD)
    listed = (await other.get("/lieferungen")).links()
    assert listed["Der Rücknahme als zweite Person zustimmen"] == path
    seen = await other.get(path)
    # one may leave all as it is, too
    await other.post(f"{path}/zuruecknehmen/nicht", {"etag": seen.field("etag")})
    kept = await other.get(path)
    assert "Lieferung zurücknehmen …" in kept.links()
    wanted["etag"] = (await office.browser.get(f"{path}/zuruecknehmen")).field("etag")
    await office.browser.post(f"{path}/zuruecknehmen", wanted)
    again = await other.get(path)
    await other.post(f"{path}/zuruecknehmen/zustimmen", {"etag": again.field("etag")})
    await office.stack.run_jobs()
    done = await other.get(path)
    assert "als hätte es diese Lieferung nie gegeben" in done.text
    assert "Der Rücknahme zugestimmt" in done.text
    await other.aclose()
