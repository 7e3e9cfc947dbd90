"""Classes of any values: rising limits, and every value in one of them."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.indicator_api.kept_world import KeptWorld
from tests.indicator_api.test_main_job import FILE
from tests.indicator_api.test_observation_formats import ask
from tests.indicator_api.world import World
from tests.support.databases import TestDatabase


def show_quarters(database: TestDatabase, values: list[float | None]) -> None:
    """Put these values in the place of the Quartiere's released cells."""
    database.execute(
        "DELETE FROM indicator.released_cell AS c USING indicator.area AS a"
        " WHERE a.id = c.area_id AND a.kind = 'quartier'"
    )
    database.execute(
        "INSERT INTO indicator.released_cell (measure_id, period_id, breakdown_id, series_id,"
        " area_id, released_from, status, quality, value)"
        " SELECT s.measure_id, s.period_id, 0, s.series_id, q.id, 1,"
        " CASE WHEN v.value IS NULL THEN 2 ELSE 0 END, 0, v.value"
        " FROM unnest(%s::float8[]) WITH ORDINALITY AS v (value, place)"
        " JOIN indicator.area AS q ON q.code = '99001001' || lpad(v.place::text, 2, '0')"
        " CROSS JOIN (SELECT * FROM indicator.released_slice WHERE kind = 'quartier') AS s",
        values,
    )
    # a release never changes but by raising its version
    database.execute("UPDATE indicator.release SET row_version = row_version + 1")


def add_quarters(database: TestDatabase) -> None:
    """Add thirty Quartiere of a town, and their slice beside the towns' own."""
    database.execute(
        "INSERT INTO indicator.area (code, kind, name, search_name, parent_id, lineage, source,"
        " attribution, is_fictional) SELECT '99001001' || lpad(n::text, 2, '0'), 'quartier', 'Q',"
        " 'q', t.id, t.lineage, '', '', true FROM indicator.area AS t, generate_series(1, 30) AS n"
        " WHERE t.code = '99001001'"
    )
    database.execute(
        "INSERT INTO indicator.released_slice SELECT s.series_id, s.measure_id, s.period_id,"
        " s.breakdown_id, 'quartier', 30, 30 FROM indicator.released_slice AS s"
        " JOIN indicator.measure AS m ON m.id = s.measure_id AND m.code = 'lb'"
        " ORDER BY s.period_id DESC LIMIT 1"
    )


@pytest.fixture(scope="module")
async def quarters(
    kept_world: KeptWorld, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Thirty Quartiere in the slice of the one year of the measure `lb`."""
    async with kept_world.opened(tmp_path_factory.mktemp("objects")) as world:
        await world.stack.deliver(world.office, "sgb2", FILE)
        await world.stack.release(world.office, "sgb2")
        add_quarters(world.stack.database)
        yield world


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(
        st.one_of(
            st.none(),
            st.integers(-3, 3).map(float),
            st.floats(-1e9, 1e9, allow_nan=False, width=32),
        ),
        max_size=30,
    )
)
async def test_classes_hold_every_value_between_rising_limits(
    quarters: World, values: list[float | None]
) -> None:
    show_quarters(quarters.stack.database, values)
    document = await ask(quarters, measure="lb", level="quartier", within="99001")
    breaks, counts = document["classes"]["breaks"], document["classes"]["counts"]
    numbers = [value for value in values if value is not None]
    assert sum(counts) == len(numbers)
    assert breaks == sorted(set(breaks))
    if numbers:
        assert (breaks[0], breaks[-1]) == (min(numbers), max(numbers))
        assert len(counts) == max(len(breaks) - 1, 1) <= 5
    else:
        assert (breaks, counts) == ([], [])
