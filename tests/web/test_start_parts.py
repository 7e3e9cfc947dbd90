"""The parts of the start page by themselves: what waits, one's data, the Land's completeness."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from web.clients.advice_types import WaitingItem
from web.clients.delivery_types import Release
from web.clients.indicator_types import (
    AreaDetail,
    Coverage,
    Dataset,
    DatasetRef,
    Holder,
    Indicator,
)
from web.pages.advice.waiting import show_due, show_waiting
from web.pages.advice.words import today
from web.pages.releases.waiting_work import Outdated
from web.pages.start.advice import Advice, WaitingList
from web.pages.start.completeness import Completeness, measure_completeness
from web.pages.start.holdings import Held, Holdings
from web.panels import Panel


@pytest.mark.parametrize(
    ("days", "urgency", "words"),
    [
        (-6, "overdue", "seit 6\u00a0Tagen überfällig"),
        (0, "today", "heute fällig"),
        (1, "soon", "morgen fällig"),
        (7, "soon", "fällig in 7\u00a0Tagen"),
        (8, "later", "fällig in 8\u00a0Tagen"),
    ],
)
def test_days_are_told_by_their_urgency(days: int, urgency: str, words: str) -> None:
    due = show_due(today() + timedelta(days=days))
    assert due.urgency == urgency
    assert due.words.startswith(words)


def waiting(kind: str, days: int | None = None, **more: Any) -> WaitingItem:
    due_on = None if days is None else today() + timedelta(days=days)
    return WaitingItem(kind=kind, title=kind, due_on=due_on, **more)


def test_what_waits_leads_to_where_it_is_done() -> None:
    assert show_waiting(waiting("task", case_id="f")).path == "/beratung/faelle/f#aufgaben"
    assert show_waiting(waiting("goal_to_confirm", case_id="f")).path == "/beratung/faelle/f#ziele"
    assert show_waiting(waiting("request_new", request_id="a")).path == "/beratung/anfragen/a"
    unknown = show_waiting(waiting("something_new", case_id="f"))
    assert (unknown.label, unknown.path) == ("Offen", "/beratung/faelle/f")


def test_a_goal_is_told_by_its_words_and_ones_own_name_left_out() -> None:
    item = waiting(
        "goal_to_confirm",
        case_id="f",
        detail="Ein Konzept liegt vor.",
        reference="B-1",
        organisation="Musterstadt",
    )
    assert show_waiting(item).title == "Ein Konzept liegt vor."
    assert show_waiting(item).context == "Musterstadt · B-1 · bestätigen oder ablehnen"
    assert show_waiting(item, is_own=True).context == "B-1 · bestätigen oder ablehnen"


def test_each_thing_stands_in_one_list_of_the_advisor() -> None:
    items = tuple(
        show_waiting(item)
        for item in (
            waiting("task", -2, case_id="f"),
            waiting("task", 0, case_id="f"),
            waiting("task", 3, case_id="f"),
            waiting("goal_to_confirm", case_id="f"),
            waiting("request_new", request_id="a"),
            waiting("request_message", request_id="b"),
        )
    )
    advice = Advice(Panel(items), Panel(()))
    lists = (advice.for_today, advice.for_later, advice.on_requests)
    assert [found.total for found in lists] == [2, 2, 2]
    assert sum(found.total for found in lists) == advice.everything.total


def test_a_long_list_is_cut_and_says_how_long_it_is() -> None:
    every = [show_waiting(waiting("task", 1, case_id="f")) for _ in range(40)]
    found = WaitingList.of(every)
    assert (len(found.shown), found.total) == (8, 40)


def holdings(*versions: int, outdated: int = 0, sees_releases: bool = True) -> Holdings:
    own = Holder(id="us", name="Wir")
    datasets = [
        Dataset(code=f"d{number}", title="D", version=version, holder=own)
        for number, version in enumerate(versions)
    ]
    release = Release(
        id="r", dataset=DatasetRef(code="d0", title="D"), audience="public", state="released"
    )
    return Holdings(
        deliveries=None,
        drafts=Panel(()) if sees_releases else None,
        outdated=tuple(Outdated(dataset, release) for dataset in datasets[:outdated]),
        datasets=Panel(
            tuple(Held(dataset, datetime(2026, 1, 1, tzinfo=UTC), None) for dataset in datasets)
        ),
        place_id="us",
    )


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        (holdings(1), "Ihre Stelle führt einen Datenbestand, auf dem freigegebenen Stand."),
        (holdings(0), "Ihre Stelle führt einen Datenbestand ohne Zahlen."),
        (
            holdings(2, outdated=1),
            "Ihre Stelle führt einen Datenbestand mit neueren Zahlen, als freigegeben sind.",
        ),
        (holdings(1, 1), "Ihre Stelle führt 2 Datenbestände, alle auf dem freigegebenen Stand."),
        (
            holdings(2, 0, 1, outdated=1),
            "Ihre Stelle führt 3 Datenbestände, 1 davon noch ohne Zahlen, 1 davon mit neueren "
            "Zahlen, als freigegeben sind.",
        ),
        (holdings(), ""),
        (holdings(1, sees_releases=False), "Ihre Stelle führt einen Datenbestand."),
        (holdings(1, 1, sees_releases=False), "Ihre Stelle führt 2 Datenbestände."),
    ],
)
def test_the_data_at_a_glance_in_a_sentence(held: Holdings, sentence: str) -> None:
    assert held.sentence == sentence


def land_indicator(code: str, *coverage: tuple[str, int]) -> Indicator:
    covered = tuple(
        Coverage(dataset="d", level=level, period="2024", areas=areas) for level, areas in coverage
    )
    return Indicator(code=code, name=code, unit="%", coverage=covered)


def completeness(*indicators: Indicator) -> Completeness:
    land = AreaDetail(
        code="05",
        name="Nordrhein-Westfalen",
        kind="land",
        kind_label="Land",
        children_count={"gemeinde": 396, "kreis": 53},
    )
    return measure_completeness(land, indicators)


def test_completeness_is_told_by_level_and_gaps_by_name() -> None:
    found = completeness(
        land_indicator("whole", ("gemeinde", 396)),
        land_indicator("part", ("gemeinde", 12), ("kreis", 53)),
        land_indicator("none"),
    )
    assert [[share.words for share in row.shares] for row in found.rows] == [
        ["396 von 396", "–"],
        ["12 von 396", "53 von 53"],
    ]
    assert [name for name, _ in found.without] == ["none"]
    assert found.sentence == "Für 2 von 3 Indikatoren sind Zahlen zum Land freigegeben."


def test_figures_of_all_germany_are_no_share_of_the_land() -> None:
    found = completeness(land_indicator("national", ("kreis", 400)))
    assert found.rows[0].shares[1].words == "400 Gebiete"
    assert found.sentence == "Für jeden Indikator sind Zahlen zum Land freigegeben."


def test_without_any_figure_it_says_so() -> None:
    assert completeness(land_indicator("none")).sentence == (
        "Noch hat keine Stelle Zahlen für das Land freigegeben."
    )
