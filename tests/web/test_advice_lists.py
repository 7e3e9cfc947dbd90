"""Many cases, requests and entries: filters in the address, paging, the file that is the screen."""

import csv
import io
from typing import Any

from tests.support.stack import new_key
from tests.web.advice_world import Advice
from tests.web.asserting_client import Page

MANY = 27


async def call(advice: Advice, who: str, path: str, body: Any, **headers: str) -> Any:
    """A POST past the pages, where only the number of records matters."""
    sent = await advice.stack.as_account(who) | new_key() | headers
    answer = await advice.stack.consultation.post(path, json=body, headers=sent)
    assert answer.status_code < 300, answer.text
    return answer


async def open_cases(advice: Advice, number: int) -> None:
    """So many cases of the town, „Fall 1“ first."""
    for count in range(1, number + 1):
        topics = ["beteiligung"] if count % 2 else ["qualifizierung"]
        asked = {"subject": f"Fall {count}", "text": "Übung", "topics": topics}
        request = await call(advice, "planung", "/v1/requests", asked)
        path = request.headers["Location"]
        tag = request.headers["ETag"]
        offer = await call(
            advice, "team", f"{path}/agreement", {"text": "Gut."}, **{"If-Match": tag}
        )
        version = offer.json()["agreement"]["version"]
        tag = offer.headers["ETag"]
        consent = {"agreement_version": version}
        await call(advice, "planung", f"{path}/consent", consent, **{"If-Match": tag})


def titles(page: Page) -> list[str]:
    """The titles in the list of cases."""
    rows = page.all(".//table[@id='faelle-tabelle']//tbody/tr/th/a")
    return ["".join(row.itertext()) for row in rows]


async def test_many_cases_are_paged_and_none_is_lost(advice: Advice) -> None:
    await open_cases(advice, MANY)
    first = await advice.team.get("/beratung")
    assert len(titles(first)) == 25
    second = await advice.team.get(first.links()["Weitere anzeigen"])
    assert sorted(titles(first) + titles(second)) == sorted(f"Fall {n}" for n in range(1, MANY + 1))
    assert "Weitere anzeigen" not in second.links()
    back = await advice.team.get(second.links()["Zum Anfang"])
    assert titles(back) == titles(first)
    town = await advice.town.get("/beratung")
    assert len(town.all(".//li[@class='adv-case']")) == 25
    assert "Weitere anzeigen" in town.links()


async def test_filter_stands_in_the_address_and_the_file_is_the_screen(advice: Advice) -> None:
    await open_cases(advice, 3)
    for query, expected in (
        ("?thema=beteiligung", ["Fall 3", "Fall 1"]),
        ("?q=fall+2", ["Fall 2"]),
        ("?q=ahornstadt&thema=qualifizierung", ["Fall 2"]),
        ("?stand=vereinbart&stand=ruhend", ["Fall 3", "Fall 2", "Fall 1"]),
        ("?wessen=meine", []),
        ("?stand=ruhend", []),
        ("?q=%25", []),
    ):
        page = await advice.team.get(f"/beratung{query}")
        assert titles(page) == expected, query
        if not expected:
            assert "Kein Fall passt zu dieser Auswahl" in page.text
            continue
        answer = await advice.team.browser.http.get(page.links()["Diese Auswahl als CSV laden"])
        assert "attachment" in answer.headers["content-disposition"]
        assert answer.content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert [title for row in rows for title in row.values() if title in expected] == expected
    part = await advice.team.get("/beratung?thema=beteiligung", htmx=True)
    assert part.find(".//div[@id='fallliste']").get("data-announce") == "2\xa0Fälle"


async def test_nonsense_in_the_address_is_left_out(advice: Advice) -> None:
    await open_cases(advice, 1)
    page = await advice.team.get("/beratung?stand=unsinn&wessen=aller")
    assert titles(page) == ["Fall 1"]


async def test_requests_of_every_state_are_found(advice: Advice) -> None:
    await open_cases(advice, 1)
    open_path = await advice.ask("Offene Frage")
    for desk in (advice.town, advice.team):
        page = await desk.get("/beratung/anfragen")
        assert {"Fall 1", "Offene Frage"} <= set(page.links())
        page = await desk.get("/beratung/anfragen?stand=eingegangen&stand=abgelehnt")
        assert page.links()["Offene Frage"] == open_path
        assert "Fall 1" not in page.links()
        empty = await desk.get("/beratung/anfragen?stand=abgelehnt")
        assert "Keine Anfrage passt dazu" in empty.text
    stranger = await advice.stranger.get("/beratung/anfragen")
    assert "Noch keine Anfrage" in stranger.text


async def test_long_timeline_is_paged_within_its_filter(advice: Advice) -> None:
    await open_cases(advice, 1)
    overview = await advice.team.get("/beratung")
    path = overview.links()["Fall 1"]
    api_path = f"/v1/cases/{path.rsplit('/', 1)[1]}/entries"
    for number in range(MANY):
        entry = {
            "kind": "schulung",
            "occurred_on": f"2026-01-{number + 1:02}",
            "text": f"Kurs {number}.",
            "visibility": "gemeinsam",
        }
        await call(advice, "team", api_path, entry)
    first = await advice.town.get(f"{path}?art=schulung")
    older = first.links()["Weitere anzeigen"]
    assert "art=schulung" in older
    assert "steht ein Teil des Verlaufs" in first.text, "who prints it is told"
    second = await advice.town.get(older)
    texts = f"{first.text} {second.text}"
    assert all(f"Kurs {number}." in texts for number in range(MANY))
    assert "Kurs 26." not in second.text
