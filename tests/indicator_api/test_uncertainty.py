"""The Schwankungsbereich as PostgreSQL computes it, beside published examples and exact limits."""

from collections.abc import AsyncIterator

import pytest
from scipy.stats import chi2
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from services.indicator_api.observations.plan import FigureDefinition, PartDefinition
from services.indicator_api.observations.uncertainty import (
    POISSON_LOWER,
    POISSON_UPPER,
    Interval,
    interval_of,
    newcombe,
    poisson,
    wilson,
)
from tests.support.databases import TestDatabase

# R. G. Newcombe (1998), Interval estimation for the difference between independent proportions,
# Statistics in Medicine 17, 873-890, table II, method 10
DIFFERENCES = {
    (56, 70, 48, 80): (0.0524, 0.3339),
    (9, 10, 3, 10): (0.1705, 0.8090),
    (6, 7, 2, 7): (0.0582, 0.8062),
    (5, 56, 0, 29): (-0.0381, 0.1926),
    (0, 10, 0, 20): (-0.1611, 0.2775),
    (0, 10, 0, 10): (-0.2775, 0.2775),
    (10, 10, 0, 20): (0.6791, 1.0),
    (10, 10, 0, 10): (0.6075, 1.0),
}
# F. Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28, 437-442, as
# reprinted by K. Ulm (1990), American Journal of Epidemiology 131, 373-375: 95 % limits of a count
FEW = {0: (0, 3.69), 1: (0.0253, 5.57), 2: (0.242, 7.22), 5: (1.62, 11.67), 9: (4.12, 17.08)}


@pytest.fixture
async def connection(database: TestDatabase) -> AsyncIterator[AsyncConnection]:
    """A connection to PostgreSQL."""
    url = database.admin_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


async def limits(connection: AsyncConnection, sql: tuple[str, str], rows: str) -> list[list[float]]:
    """Both limits for each row of a VALUES list."""
    query = f"SELECT {sql[0]} AS lower, {sql[1]} AS upper FROM (VALUES {rows}) AS v (x, n)"
    return [list(row) for row in await connection.execute(text(query))]


async def test_counts_have_byars_limits_from_ten_on_and_exact_ones_below(
    connection: AsyncConnection,
) -> None:
    counts = [*range(101), 389, 1000, 25_000]
    rows = ", ".join(f"({count}::double precision, 0)" for count in counts)
    found = await limits(connection, poisson("v.x"), rows)
    for count, (lower, upper) in zip(counts, found, strict=True):
        exact_lower = float(chi2.ppf(0.025, 2 * count) / 2) if count else 0.0
        exact_upper = float(chi2.ppf(0.975, 2 * count + 2) / 2)
        # Byar's limits are within 0.2 % of the exact ones for 10 or more (Public Health England,
        # Technical Guide: Confidence Intervals, 2018)
        tolerance = 1e-12 if count < 10 else 0.002
        assert lower == pytest.approx(exact_lower, rel=tolerance), count
        assert upper == pytest.approx(exact_upper, rel=tolerance), count
        if count in FEW:
            assert (lower, upper) == pytest.approx(FEW[count], rel=0.003), count


async def test_the_horse_kicks_have_their_published_limits(connection: AsyncConnection) -> None:
    """196 deaths in 280 corps-years: 0.6054 to 0.8052 exactly (DescTools, PoissonCI)."""
    ((lower, upper),) = await limits(connection, poisson("v.x"), "(196::double precision, 0)")
    assert (lower / 280, upper / 280) == pytest.approx((0.6054271, 0.8051570), rel=0.002)


async def test_an_estimated_count_has_the_wider_limits_of_its_neighbours(
    connection: AsyncConnection,
) -> None:
    rows = "(3.4::double precision, 0), (9.5, 0), (10.5, 0)"
    found = await limits(connection, poisson("v.x"), rows)
    assert found[0] == [POISSON_LOWER[3], POISSON_UPPER[4]]
    assert found[1] == [POISSON_LOWER[9], POISSON_UPPER[10]]
    assert found[2][0] < 10.5 < found[2][1]


async def test_what_is_no_share_has_no_limits(connection: AsyncConnection) -> None:
    rows = "(5::double precision, 4::double precision), (-1, 4), (0, 0), (1, 4)"
    found = await limits(connection, wilson("v.x", "v.n"), rows)
    assert [row[0] is None for row in found] == [True, True, True, False]


@pytest.mark.parametrize(("parts", "expected"), DIFFERENCES.items())
async def test_a_difference_of_shares_has_newcombes_limits(
    connection: AsyncConnection,
    parts: tuple[int, int, int, int],
    expected: tuple[float, float],
) -> None:
    shares = []
    for number in (0, 2):
        x, n = f"{parts[number]}::double precision", f"{parts[number + 1]}::double precision"
        lower, upper = wilson(x, n)
        shares.append(
            f"(SELECT {x} / {n} AS share, {lower} AS lower_share, {upper} AS upper_share)"
        )
    lower, upper = newcombe("one", "other")
    query = f"SELECT {lower}, {upper} FROM {shares[0]} AS one, {shares[1]} AS other"
    ((found_lower, found_upper),) = await connection.execute(text(query))
    assert (found_lower, found_upper) == pytest.approx(expected, abs=5e-5)


def definition(kind: str, numerator: str, denominator: str | None) -> FigureDefinition:
    """A definition of a kind, its measures of these kinds."""
    return FigureDefinition(
        code="i",
        name="i",
        unit="",
        kind=kind,
        decimals=1,
        polarity="context",
        question="",
        factor=1.0,
        numerator=PartDefinition(1, 0, None, numerator),
        denominator=None if denominator is None else PartDefinition(2, 0, None, denominator),
        takes_nearest_denominator=False,
        version=1,
    )


@pytest.mark.parametrize(
    ("kind", "numerator", "denominator", "expected"),
    [
        ("rate", "count", "count", Interval.WILSON),
        ("density", "count", "count", Interval.POISSON),
        ("count", "count", None, Interval.POISSON),
        # residents per km²: the denominator counts nobody
        ("density", "count", "amount", Interval.NONE),
        ("mean", "amount", "count", Interval.NONE),
        ("count", "amount", None, Interval.NONE),
        ("value", "rate", None, Interval.NONE),
        ("difference", "count", "count", Interval.NONE),
    ],
)
def test_only_counted_cases_have_a_range(
    kind: str, numerator: str, denominator: str | None, expected: Interval
) -> None:
    asked = definition(kind, numerator, denominator)
    assert interval_of(asked, is_sample=False) is expected
    assert interval_of(asked, is_sample=True) is Interval.NONE
