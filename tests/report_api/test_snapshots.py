"""What a report freezes is what the API says: every figure of the demo, compared."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.report_api.figures.rules import Figure
from services.report_api.snapshots.codec import decode, encode, fingerprint_of
from services.report_api.snapshots.rules import Reading
from services.report_api.snapshots.service import freeze
from tests.report_api.database_role import as_service, principal_of
from tests.report_api.desk import TEMPLATE, Desk
from tests.report_api.statements import counted
from tests.support.demo import Demo
from tests.support.stack import Stack

LEVELS = ("bund", "land", "kreis", "gemeinde", "quartier")
STATUS_NAMES = (
    "value", "nothing", "unknown", "unreliable", "blocked", "later", "not_available", "hidden",
)  # fmt: skip
QUALITY_NAMES = {1: "limited", 2: "provisional", 4: "estimated", 8: "revised"}
ACCOUNTS = ("ministerium", "sozialplanung", "statistikstelle")
Observations = dict[tuple[str, str, str], dict[str, Any]]


async def observed(desk: Desk) -> Observations:
    """All that GET /v1/observations tells the account, by indicator, area and period."""
    headers = await desk.headers()
    read = desk.stack.indicator
    listed = (await read.get("/v1/indicators?limit=500", headers=headers)).json()["items"]
    found: Observations = {}
    for indicator in listed:
        # by period and kind of world; a table may hold a few areas below its own levels
        for period, is_fictional, level in {
            (item["period"], item["is_fictional"], level)
            for item in indicator["coverage"]
            for level in LEVELS
        }:
            parameters = {
                "indicator": indicator["code"],
                "period": period,
                "level": level,
                "within": "99001" if is_fictional else "DG",
                "limit": "50000",
            }
            answer = await read.get(
                "/v1/observations",
                params=parameters,
                headers=headers,
            )
            assert answer.status_code == 200, answer.text
            document = answer.json()
            method = document["indicator"]["interval"]["method"]
            for item in document["items"]:
                found[indicator["code"], item["area"], item["period"]] = item | {"method": method}
    return found


def figures_of(reading: Reading) -> Iterator[tuple[str, Figure]]:
    """Every figure that a report can show, with its indicator."""
    snapshot = reading.snapshot
    named = (*snapshot.subject, *snapshot.comparisons)
    for indicator in snapshot.indicators:
        for period in indicator.periods:
            for code in named:
                figure = reading.figure(indicator, code, period)
                if figure is not None:
                    yield indicator.code, figure
        for group in (snapshot.map, snapshot.peers):
            period_of_group = reading.period_of(indicator, group)
            if group is None or period_of_group is None:
                continue
            for code in group.codes:
                figure = reading.figure(indicator, code, period_of_group)
                if figure is not None:
                    yield indicator.code, figure


def as_observation(figure: Figure, method: str) -> dict[str, Any]:
    """The parts of a figure as the API names them.

    Reports know the range of shares; of counts per head they show none.
    """
    limits = {
        "lower": None if figure.lower is None else pytest.approx(figure.lower, rel=1e-12),
        "upper": None if figure.upper is None else pytest.approx(figure.upper, rel=1e-12),
    }
    return (limits if method != "byar" else {}) | {
        "value": figure.value,
        "status": STATUS_NAMES[figure.status],
        "quality": [name for bit, name in QUALITY_NAMES.items() if figure.quality & bit],
        "numerator": figure.numerator,
        "denominator": figure.denominator,
    }


def places(desk: Desk, each: int) -> list[str]:
    """Places a profile can be made for: all invented ones, of the real ones every n-th."""
    rows = desk.stack.database.execute(
        "SELECT code FROM indicator.current_area WHERE kind IN ('gemeinde', 'kreis', 'quartier')"
        " AND (code LIKE '05%%' OR is_fictional) ORDER BY code"
    )
    codes = [str(code) for (code,) in rows]
    invented = [code for code in codes if code.startswith("99")]
    real = [code for code in codes if not code.startswith("99")]
    return [*invented, *real[::each], "05334002", "05314000"]


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("each", [40, pytest.param(3, marks=pytest.mark.long)])
async def test_every_figure_is_the_one_that_the_api_gives(
    services: Stack, demo: Demo, account: str, each: int
) -> None:
    desk = Desk(services, demo.store, account)
    principal, expected = await principal_of(desk), await observed(desk)
    compared = set()
    database = services.report_app.state.database
    for place in places(desk, each):
        async with database.read_session(principal) as session:
            frozen = await freeze(session, TEMPLATE, place)
        for indicator, figure in figures_of(Reading(frozen.snapshot)):
            key = (indicator, figure.area, figure.period)
            observation = expected[key]
            shown = as_observation(figure, observation["method"])
            assert {name: observation[name] for name in shown} == shown, (account, place, key)
            compared.add(key)
        missed = {
            key
            for key, observation in expected.items()
            # what comes together from other areas a report may leave out, but never tell otherwise
            if key[1] in frozen.snapshot.subject
            and key not in compared
            and observation["derivation"] is None
        }
        assert not missed, (account, place, missed)
    assert len(compared) > 1_500
    assert any(expected[key]["status"] == "hidden" for key in compared)


async def test_a_snapshot_is_the_same_bytes_each_time_and_reads_back(
    services: Stack, demo: Demo
) -> None:
    principal = await principal_of(Desk(services, demo.store, "sozialplanung"))
    database = services.report_app.state.database
    bodies = set()
    for _ in range(3):
        async with database.read_session(principal) as session:
            frozen = await freeze(session, TEMPLATE, "99001001")
        body = encode(frozen.snapshot)
        assert decode(body) == frozen.snapshot
        assert encode(decode(body)) == body
        bodies.add((body, fingerprint_of(body)))
    assert len(bodies) == 1


async def test_it_holds_no_figure_that_is_not_released_to_the_reader(
    services: Stack, demo: Demo
) -> None:
    """The planner's own administration may know about households, the ministry may not."""
    seen = {}
    for account in ("sozialplanung", "ministerium"):
        principal = await principal_of(Desk(services, demo.store, account))
        async with services.report_app.state.database.read_session(principal) as session:
            frozen = await freeze(session, TEMPLATE, "99001001")
        seen[account] = encode(frozen.snapshot)
    assert b"mk_haushalte" in seen["sozialplanung"]
    assert b"mk_haushalte" not in seen["ministerium"]
    assert b"alleinerziehende" not in seen["ministerium"]


async def test_it_is_read_in_few_statements_however_large_the_place(
    services: Stack, demo: Demo
) -> None:
    principal = await principal_of(Desk(services, demo.store, "sozialplanung"))
    database = services.report_app.state.database
    counts = []
    for place in ("9900100120", "99001001", "05370", "05314000"):
        async with database.read_session(principal) as session:
            with counted(database) as statements:
                await freeze(session, TEMPLATE, place)
        counts.append(len(statements))
    assert max(counts) <= 12, counts


async def test_every_cell_is_a_released_one_and_hidden_ones_hold_nothing(
    services: Stack, demo: Demo
) -> None:
    """What stands beside a hidden cell is released in its own right, for everybody to see."""
    desk = Desk(services, demo.store, "sozialplanung")
    principal = await principal_of(desk)
    with as_service(desk, principal) as connection:
        released = {
            (dataset, measure, breakdown, area, period, f"{audience}.{number}"): (value, status)
            for dataset, measure, breakdown, area, period, audience, number, value, status in (
                connection.execute(
                    "SELECT dataset, measure, breakdown, area, period, audience, release_number,"
                    " value, status FROM indicator.released_fact WHERE is_fictional"
                )
            )
        }
    hidden = 0
    for place in ("9900100119", "9900100120", "99001001", "99001"):
        async with services.report_app.state.database.read_session(principal) as session:
            frozen = await freeze(session, TEMPLATE, place)
        reading = Reading(frozen.snapshot)
        for cell in frozen.snapshot.cells:
            path, _, release = cell.id.rpartition("@")
            dataset, measure, breakdown, area, period = path.split("/")
            assert released[dataset, measure, breakdown, area, period, release] == (
                cell.value,
                cell.status,
            )
        for _, figure in figures_of(reading):
            if figure.is_hidden:
                hidden += 1
                parts = (figure.value, figure.numerator, figure.denominator)
                assert parts == (None, None, None)
                assert (figure.lower, figure.upper) == (None, None)
    assert hidden > 20
