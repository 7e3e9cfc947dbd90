"""The generator of figures: a small world, the same from the same numbers."""

from typing import Any

import pytest

from tests.performance.figures_shape import Shape
from tests.performance.figures_world import fill_figures, fill_register_and_catalogue
from tests.support import databases
from tests.support.databases import TestDatabase

SMALL = Shape(8_000, quarters=40, years=3, breakdowns=2, kreis="05334", has_geometry=False)


def test_a_world_is_as_large_as_asked_and_the_same_twice(template_database: TestDatabase) -> None:
    seen: list[Any] = []
    basis = databases.clone(template_database)
    holder = fill_register_and_catalogue(basis, SMALL)
    for database in (databases.clone(basis), basis):
        filled = fill_figures(database, SMALL, holder)
        seen.append(
            database.execute(
                "SELECT count(*) FILTER (WHERE released_to = 2147483647), count(*),"
                " sum(value), count(*) FILTER (WHERE status = 7)"
                " FROM indicator.released_cell"
            )[0]
        )
        databases.drop(database)
    assert seen[0] == seen[1]
    present, written, _, hidden = seen[0]
    assert present == filled.cells
    assert SMALL.cells <= present < 1.1 * SMALL.cells
    assert written == filled.cells + filled.superseded
    assert hidden > 0


@pytest.mark.parametrize(("cells", "breakdowns"), [(1_000_000, 1), (20_000_000, 20)])
def test_worlds_grow_by_breakdowns(cells: int, breakdowns: int) -> None:
    shape = Shape.of_cells(cells)
    assert len(shape.breakdown_codes) == breakdowns
    assert shape.measures_of_quarters(28_000) == 15
