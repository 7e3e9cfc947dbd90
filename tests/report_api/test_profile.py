"""What the profile of any place of the demo says: whole, marked, hidden where it must be."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime

import pytest

from services.report_api.content.blocks import (
    Chart,
    Choropleth,
    Content,
    Figure,
    Heading,
    KeyFigures,
    Notice,
    Paragraph,
    Sources,
    Table,
)
from services.report_api.content.choices import choices_of
from services.report_api.content.profile import build_profile
from services.report_api.content.profile_context import ProfileContext, ReportHead
from services.report_api.figures.rules import Status
from services.report_api.snapshots.rules import Reading, Snapshot
from services.report_api.snapshots.service import freeze
from services.shared.principal import Principal
from tests.report_api.database_role import principal_of
from tests.report_api.desk import TEMPLATE, Desk
from tests.support.demo import Demo
from tests.support.stack import Stack


@pytest.fixture(scope="module")
async def planner(services: Stack, demo: Demo) -> Principal:
    """The planner of Musterstadt."""
    return await principal_of(Desk(services, demo.store, "sozialplanung"))


def places(services: Stack) -> list[str]:
    """Every invented place, every Kreis and each ninth municipality of the Land."""
    rows = services.database.execute(
        "SELECT code, kind FROM indicator.current_area"
        " WHERE kind IN ('gemeinde', 'kreis', 'quartier') AND (code LIKE '05%%' OR is_fictional)"
        " ORDER BY code"
    )
    return [
        str(code)
        for number, (code, kind) in enumerate(rows)
        if kind != "gemeinde" or number % 9 == 0 or str(code).startswith("99")
    ]


async def write(
    services: Stack, principal: Principal, place: str, **chosen: str
) -> tuple[Snapshot, Content]:
    """A place's snapshot and its profile."""
    async with services.report_app.state.database.read_session(principal) as session:
        snapshot = (await freeze(session, TEMPLATE, place)).snapshot
    choices = choices_of(ProfileContext(Reading(snapshot)))
    head = ReportHead(
        reference="R-2026-0001",
        publisher="Amt",
        created_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        fingerprint="ab" * 32,
        map_indicator=chosen.get("map_indicator", choices.default_map),
        chart_indicator=chosen.get("chart_indicator", choices.default_chart),
    )
    return snapshot, build_profile(snapshot, head)


def texts(value: object) -> Iterator[str]:
    """Every text in a content, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def figures(value: object) -> Iterator[Figure]:
    """Every figure in a content, however deep."""
    if isinstance(value, Figure):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from figures(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from figures(getattr(value, field.name))


def assert_well_made(snapshot: Snapshot, content: Content) -> None:
    """What holds for every profile."""
    cells = {cell.id: cell for cell in snapshot.cells}
    for text in texts(content):
        assert "None" not in text
        assert "nan" not in text.split()
        assert ".." not in text
        assert "  " not in text
    for figure in figures(content):
        statuses = {cells[cell].status for cell in figure.cells}
        assert figure.is_hidden == (Status.HIDDEN in statuses)
        if figure.is_hidden or figure.is_missing:
            assert not figure.interval
            assert not any(letter.isdigit() for letter in figure.text)
        if figure.is_hidden:
            assert figure.text == "geheim"
    numbers = {
        source.number
        for block in content.blocks
        if isinstance(block, Sources)
        for source in block.items
    }
    titles = []
    for block in content.blocks:
        match block:
            case Heading(text) | Paragraph(text):
                assert text.strip()
            case Notice(title, text):
                assert title
                assert text.endswith(".")
            case Table(title, columns, rows, sources):
                titles.append(title)
                assert rows
                assert all(len(row.cells) == len(columns) - 1 for row in rows)
                assert set(sources) <= numbers
            case KeyFigures(_, items):
                assert items
                assert all(item.sources and set(item.sources) <= numbers for item in items)
            case Choropleth():
                assert_map(block)
            case Chart():
                titles.append(block.table.title)
                assert any(p.value is not None for s in block.series for p in s.points)
                assert len({tuple(p.x for p in series.points) for series in block.series}) == 1
                assert block.table.rows
                assert len(block.alternative) > 40
    assert len(titles) == len(set(titles))


def assert_map(block: Choropleth) -> None:
    """A map tells its areas apart as their words do, and counts them in its legend."""
    for area in block.areas:
        has_number = area.class_index is not None
        assert has_number == any(letter.isdigit() for letter in area.text)
        assert area.is_hidden == (area.text == "geheim")
    assert sum(entry.count for entry in block.legend) == len(block.areas)
    assert len(block.alternative) > 40


async def test_every_place_with_figures_has_a_profile(services: Stack, planner: Principal) -> None:
    written = 0
    for place in places(services):
        snapshot, content = await write(services, planner, place)
        assert_well_made(snapshot, content)
        is_invented = place.startswith("99")
        assert ("Erfundene Zahlen" in content.marks) is is_invented
        assert (content.blocks[0].kind == "notice") is is_invented
        leads = [item for item in content.blocks if isinstance(item, Paragraph) and item.is_lead]
        assert len(leads) == 1
        written += 1
    assert written > 100


@pytest.mark.parametrize("place", ["99001001", "9900100119", "99001", "05334", "05314000"])
async def test_every_choice_makes_a_profile(
    services: Stack, planner: Principal, place: str
) -> None:
    snapshot, _ = await write(services, planner, place)
    choices = choices_of(ProfileContext(Reading(snapshot)))
    for item in choices.map_indicators:
        snapshot, content = await write(services, planner, place, map_indicator=item.code)
        assert_well_made(snapshot, content)
        (drawn,) = [block for block in content.blocks if isinstance(block, Choropleth)]
        assert drawn.title.startswith(item.name)
    for item in choices.chart_indicators:
        snapshot, content = await write(services, planner, place, chart_indicator=item.code)
        assert_well_made(snapshot, content)
        (chart,) = [block for block in content.blocks if isinstance(block, Chart)]
        assert chart.title.startswith(item.name)


async def test_the_first_sentence_is_made_from_the_figures(
    services: Stack, planner: Principal
) -> None:
    _, content = await write(services, planner, "99001001")
    (lead,) = [item.text for item in content.blocks if isinstance(item, Paragraph) and item.is_lead]
    assert lead == (
        "Die Kennzahl „SGB II-Quote“ beträgt in Musterstadt 12,0\u00a0% (am 31.12.2024; "
        "95\u2011%\u2011Bereich 11,7 bis 12,2\u00a0%) und ist damit 2,2\u00a0Prozentpunkte höher "
        "als im Musterkreis (9,8\u00a0%). Je höher der Wert, desto ungünstiger die Lage."
    )
    _, content = await write(services, planner, "9900100120")
    (lead,) = [item.text for item in content.blocks if isinstance(item, Paragraph) and item.is_lead]
    assert "statistisch nicht sicher zu unterscheiden" in lead


async def test_the_course_names_both_ends_with_their_ranges(
    services: Stack, planner: Principal
) -> None:
    _, content = await write(services, planner, "99001001")
    texts = [item.text for item in content.blocks if isinstance(item, Paragraph)]
    said = " ".join(texts).replace("\u00a0", " ").replace("\u2011", "-")
    assert (
        "„SGB II-Quote“ in Musterstadt: zuerst 11,7 % (2017; 95-%-Bereich 11,5 bis 12,0 %), "
        "zuletzt 12,0 % (2024; 95-%-Bereich 11,7 bis 12,2 %). Ein sicherer Unterschied zwischen "
        "den beiden Zeitpunkten zeigt sich nicht."
    ) in said


async def test_figures_for_one_administration_mark_the_report_as_not_public(
    services: Stack, demo: Demo, planner: Principal
) -> None:
    _, content = await write(services, planner, "99001001")
    assert "Nicht öffentlich: Eigene Verwaltung" in content.marks
    ministry = await principal_of(Desk(services, demo.store, "ministerium"))
    _, content = await write(services, ministry, "99001001")
    assert content.marks == ("Erfundene Zahlen",)


async def test_hidden_figures_are_named_and_explained(services: Stack, planner: Principal) -> None:
    snapshot, content = await write(services, planner, "9900100119")
    hidden = [figure for figure in figures(content) if figure.is_hidden]
    assert hidden
    (notice,) = [
        block for block in content.blocks if isinstance(block, Notice) and block.tone == "hidden"
    ]
    assert "Geheim sind im Quartier Gewerbepark: " in notice.text
    assert "heißt nicht null" in notice.text
    assert any(cell.status is Status.HIDDEN for cell in snapshot.cells)
