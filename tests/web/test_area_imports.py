"""Areas from files by the pages: hand in, answer questions, look at the map, take, give up."""

from pathlib import Path

from tests.indicator_api.area_files import TOWN, box, file_of, quarters, write, zipped
from tests.web.asserting_client import Page
from tests.web.delivery_world import UNKNOWN_ID, Office, polling

FORM = {
    "was": "gliederung",
    "ebene": "stadtteil",
    "gemeinde": TOWN,
    "name": "Stadtteile 2024",
    "gilt_ab": "2024-01-01",
    "quelle": "Vermessungsamt",
    "vermerk": "Stadt 1, dl-de/by-2-0",
}


async def send(
    office: Office,
    data: bytes,
    filename: str = "stadtteile.gpkg",
    *,
    expect: int = 303,
    **changes: str,
) -> Page:
    """Hand a file in by the form."""
    form = await office.browser.get("/gebiete/importe/neu")
    values = FORM | {"idempotency_key": form.field("idempotency_key")} | changes
    files = {"datei": (filename, data, "application/octet-stream")}
    return await office.browser.post("/gebiete/importe/neu", values, expect=expect, files=files)


async def checked(
    office: Office, data: bytes, filename: str = "stadtteile.gpkg"
) -> tuple[str, Page]:
    """Hand a file in and have it checked; address and page."""
    sent = await send(office, data, filename)
    await office.stack.run_jobs()
    return sent.location, await office.browser.get(sent.location)


async def test_a_file_is_followed_looked_at_and_taken(office: Office, tmp_path: Path) -> None:
    empty = await office.browser.get("/gebiete/importe")
    assert "Noch keine Gebiete aus einer Datei" in empty.text
    rows = quarters()
    rows[0] = (*rows[0][:2], rows[0][2].difference(box(2000, 7000, 2200, 7100)))
    sent = await send(office, file_of(tmp_path, rows))
    running = await office.browser.get(sent.location)
    assert "Am Verzeichnis ändert sich dabei nichts" in running.text
    looked = polling(running)
    assert looked is not None
    await office.stack.run_jobs()
    part = await office.browser.get(looked[0], htmx=True)
    assert 'data-announce="stadtteile.gpkg: wartet auf Sie."' in part.html

    page = await office.browser.get(sent.location)
    assert page.heading == "stadtteile.gpkg"
    assert "4 Gebiete können übernommen werden" in page.text
    assert "Spalte „NR“ mit vorangestelltem Gemeindeschlüssel" in page.text
    assert "Lücke zwischen den Gebieten von 20.000,0 m² bei Nordwest" in page.text
    image = page.find(".//figure/img")
    assert image.get("alt") == "Karte mit 4\u00a0Gebieten. Gekennzeichnet: 1\u00a0Lücke."
    drawn = await office.browser.get(image.get("src") or "")
    assert drawn.response.headers["content-type"].startswith("image/svg+xml")
    assert drawn.html.count("<path") == 6
    taken = await office.browser.post(
        f"{sent.location}/uebernehmen",
        {"etag": page.field("etag"), "idempotency_key": page.field("idempotency_key")},
    )
    assert taken.location == sent.location
    await office.stack.run_jobs()
    done = await office.browser.get(sent.location)
    assert "Die Gebiete stehen im Verzeichnis und gelten ab 01.01.2024" in done.text
    assert "Neu 4" in done.text
    assert f"{sent.location}/uebernehmen" not in done.html
    listing = await office.browser.get("/gebiete/importe")
    assert listing.links()["stadtteile.gpkg"] == sent.location
    assert "übernommen" in listing.text
    assert "Stadtteile 2024 (Stadtteil), Stadt 1, ab 01.01.2024" in listing.text


async def test_a_missing_reference_system_is_asked_for_and_answered(
    office: Office, tmp_path: Path
) -> None:
    write(tmp_path, quarters(), "shapefile")
    path, page = await checked(office, zipped(tmp_path, leave_out=(".prj",)), "stadtteile.zip")
    assert "Eine Angabe fehlt" in page.text
    assert "In welchem Bezugssystem stehen die Koordinaten?" in page.text
    chosen = page.find(".//select[@name='bezugssystem']/option[@selected]")
    assert chosen.get("value") == "EPSG:25832"
    assert "passt" in (chosen.text or "")
    answer = {
        "etag": page.field("etag"), "bezugssystem": "EPSG:25832", "spalten": "ja",
        "schluessel": "NR", "namen": "NAME", "oben": "", "stellen": "", "voranstellen": "ja",
    }  # fmt: skip
    wrong = await office.browser.post(
        f"{path}/zuordnung", answer | {"stellen": "viele"}, expect=422
    )
    assert "Geben Sie die Zahl der Stellen an" in wrong.text
    await office.browser.post(f"{path}/zuordnung", answer)
    await office.stack.run_jobs()
    page = await office.browser.get(path)
    assert "4 Gebiete können übernommen werden" in page.text
    stale = await office.browser.post(f"{path}/zuordnung", answer, expect=412)
    assert "inzwischen geändert" in stale.text


async def test_faults_are_named_and_a_file_is_given_up(office: Office, tmp_path: Path) -> None:
    rows = quarters()
    rows[1] = (*rows[1][:2], box(4000, 5000, 10_000, 10_000))
    path, page = await checked(office, file_of(tmp_path, rows))
    assert "So kann die Datei nicht übernommen werden" in page.text
    assert "überschneiden sich auf 5.000.000,0 m²" in page.text
    assert f"{path}/uebernehmen" not in page.html
    gone = await office.browser.post(f"{path}/verwerfen", {"etag": page.field("etag")})
    after = await office.browser.follow(gone)
    assert "„stadtteile.gpkg“ ist verworfen" in after.text
    assert "Die Datei ist gelöscht" in (await office.browser.get(path)).text


async def test_the_form_says_what_is_missing_and_keeps_what_was_typed(office: Office) -> None:
    page = await send(office, b"x", "tabelle.xlsx", expect=422, name="", quelle="")
    for words in (
        "„tabelle.xlsx“ wird nicht gelesen",
        "Geben Sie der Gliederung einen Namen",
        "Nennen Sie, woher die Grenzen sind",
    ):
        assert words in page.text
    assert page.field("vermerk") == FORM["vermerk"]
    foreign = await send(office, b"x" * 10, expect=422, gemeinde="05999999")
    assert "Eine Gemeinde „05999999“ gibt es nicht" in foreign.text


async def test_the_pages_are_for_those_who_may_import(office: Office) -> None:
    other = await office.as_other("sozial", "datenlieferung", "Stadt 2")
    await other.get("/gebiete/importe", expect=403)
    await other.get("/gebiete/importe/neu", expect=403)
    planner = await office.as_other("planung", "sozialplanung", "Stadt Zwei")
    form = await planner.get("/gebiete/importe/neu")
    offered = [item.get("value") for item in form.all(".//input[@name='was']")]
    assert offered == ["gliederung", "ebene"], "the register is not theirs"
    await office.browser.get("/gebiete/importe/unsinn", expect=404)
    await office.browser.get(f"/gebiete/importe/{UNKNOWN_ID}", expect=404)
    for browser in (other, planner):
        await browser.aclose()


async def test_a_layer_is_asked_for_before_there_are_columns(
    office: Office, tmp_path: Path
) -> None:
    """Answering the one question must not say „no“ to what was not offered yet."""
    write(tmp_path, quarters(), layer="stadtteile")
    write(tmp_path, quarters()[:2], layer="alt", append=True)
    path, page = await checked(office, (tmp_path / "gebiete.gpkg").read_bytes())
    assert "Welche Ebene der Datei ist gemeint?" in page.text
    assert not page.all(".//select[@name='schluessel']")
    await office.browser.post(
        f"{path}/zuordnung", {"etag": page.field("etag"), "ebene": "stadtteile"}
    )
    await office.stack.run_jobs()
    page = await office.browser.get(path)
    assert "4 Gebiete können übernommen werden" in page.text
