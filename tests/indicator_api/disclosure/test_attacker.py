"""The attacker himself: his ranges and blocks are those of all tables that fit, one by one."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.indicator_api.disclosure.attacker.blocks import blocks_of
from tests.indicator_api.disclosure.attacker.enumeration import blocks_by_tables, tables_of
from tests.indicator_api.disclosure.attacker.publication import Publication
from tests.indicator_api.disclosure.attacker.verdict import Demands, disclosures_of, ranges_of

_COUNT = 3.0


def _publication(
    values: list[float],
    hidden: list[int],
    sums: list[tuple[int, list[int]]],
    tolerance: dict[int, float] | None = None,
    highest: float = np.inf,
) -> Publication:
    n = len(values)
    matrix = np.zeros((len(sums), n))
    for row, (total, parts) in enumerate(sums):
        matrix[row, total] -= 1
        for part in parts:
            matrix[row, part] += 1
    shown = np.array(values, dtype=float)
    around = np.zeros(n)
    for cell, reach in (tolerance or {}).items():
        around[cell] = reach
        # displayed in steps, as rounding does
        step = int(2 * reach) + 1
        shown[cell] = round(shown[cell] / step) * step
    shown[hidden] = np.nan
    around[hidden] = 0.0
    return Publication(
        shown=shown,
        tolerance=around,
        is_integer=np.ones(n, dtype=bool),
        lower=np.zeros(n),
        upper=np.full(n, highest),
        relations=scipy.sparse.csr_array(matrix),
        row_lower=np.zeros(len(sums)),
        row_upper=np.zeros(len(sums)),
        minimum_count=np.full(n, _COUNT),
        has_other_rules=np.zeros(n, dtype=bool),
    )


# two rows and three columns with totals: cells 0–5, row totals 6–7, column totals 8–10, all 11
_TWO_WAY = [
    (6, [0, 1, 2]),
    (7, [3, 4, 5]),
    (8, [0, 3]),
    (9, [1, 4]),
    (10, [2, 5]),
    (11, [6, 7]),
    (11, [8, 9, 10]),
    # two sums that follow from others, and an overlapping set
    (11, [0, 1, 2, 3, 4, 5]),
    (12, [0, 1, 4]),
]


def _two_way(inner: list[int]) -> list[float]:
    a, b, c, d, e, f = inner
    return [*inner, a + b + c, d + e + f, a + d, b + e, c + f, sum(inner), a + b + e]


@st.composite
def _publications(draw: st.DrawFn) -> tuple[Publication, list[float]]:
    inner = draw(st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5]), min_size=6, max_size=6))
    values = _two_way(inner)
    free = draw(st.sets(st.integers(0, 12), max_size=5))
    hidden = sorted(free | {i for i, value in enumerate(values) if 0 < value < _COUNT})
    rounded = draw(st.sets(st.integers(0, 12), max_size=2)) - set(hidden)
    around = dict.fromkeys(rounded, 1.0)
    publication = _publication(values, hidden, _TWO_WAY, around, highest=max(values) + 3)
    return publication, [float(value) for value in values]


@settings(max_examples=25, deadline=None)
@given(_publications())
def test_ranges_are_those_of_all_tables_that_fit(drawn: tuple[Publication, list[float]]) -> None:
    publication, values = drawn
    tables = list(tables_of(publication, int(publication.upper[0])))
    assert any(np.array_equal(table, values) for table in tables)
    blocks = [set(block.cells[block.cells >= 0].tolist()) for block in blocks_of(publication)]
    fitting = [table for table in tables if _fits_rules(publication, blocks, table)]
    if not any(np.array_equal(table, values) for table in fitting):
        # something was hidden needlessly: what the attacker concludes from the rules is not so
        return
    found = ranges_of(publication)
    for cell in np.flatnonzero(publication.is_unknown):
        seen = [table[cell] for table in fitting]
        assert found[int(cell)] == (min(seen), max(seen)), int(cell)


def _fits_rules(publication: Publication, blocks: list[set[int]], table: np.ndarray) -> bool:
    hidden = set(np.flatnonzero(publication.is_unknown).tolist())
    return all(
        any(0 < table[cell] < _COUNT for cell in block & hidden)
        for block in blocks
        if block & hidden
    )


@settings(max_examples=25, deadline=None)
@given(_publications())
def test_tables_are_all_combinations_of_what_fits_each_block(
    drawn: tuple[Publication, list[float]],
) -> None:
    publication, _ = drawn
    tables = list(tables_of(publication, int(publication.upper[0])))
    cells = [int(cell) for cell in np.flatnonzero(publication.is_open_interval)]
    blocks = [set(block.cells.tolist()) for block in blocks_of(publication)]
    if not cells:
        return
    # bounds may part cells further (0 + 0 = 0), equations never less
    for part in blocks_by_tables(tables, cells):
        assert any(part <= block for block in blocks)
    ways = 1
    for block in blocks:
        ways *= len({tuple(table[sorted(block)]) for table in tables})
    if not np.any(publication.tolerance):
        assert ways == len(tables)


def test_a_sum_that_follows_from_others_connects_nothing() -> None:
    """a + b = 3, c + d = 12, and all four in the total: two blocks, each with its own reason."""
    values = [1.0, 2.0, 2.0, 10.0, 3.0, 12.0, 15.0]
    sums = [(4, [0, 1]), (5, [2, 3]), (6, [4, 5]), (6, [0, 1, 2, 3])]
    publication = _publication(values, [0, 1, 2, 3], sums)
    assert sorted(len(block.cells) for block in blocks_of(publication)) == [2, 2]
    assert ranges_of(publication) == {0: (1, 2), 1: (1, 2), 2: (1, 11), 3: (1, 11)}


def test_who_does_not_know_the_rules_learns_less() -> None:
    publication = _publication([1.0, 2.0, 3.0], [0, 1], [(2, [0, 1])])
    assert ranges_of(publication, knows_rules=False) == {0: (0, 3), 1: (0, 3)}
    assert ranges_of(publication) == {0: (1, 2), 1: (1, 2)}


def test_an_insider_subtracts_what_he_knows() -> None:
    values = np.array([1.0, 9.0, 10.0])
    publication = _publication(list(values), [0, 1], [(2, [0, 1])])
    demands = Demands(np.full(3, 3.0), np.full(3, 3.0), np.full(3, np.inf))
    assert disclosures_of(publication, demands, values) == []
    insiders = Demands(demands.width, demands.upper, demands.lower, np.ones(3))
    found = disclosures_of(publication, insiders, values)
    assert {(one.cell, one.known_cell, one.least, one.greatest) for one in found} == {
        (0, 1, 1.0, 1.0),
        (1, 0, 9.0, 9.0),
    }


def test_a_rounded_count_that_is_shown_is_not_one_the_rule_hides() -> None:
    """5 shown to ± 2 in one row with a hidden cell: 3 … 7, and with 1 ± 1 either 0 or nothing."""
    publication = _publication([4.0, 0.0, 4.0], [0], [(2, [0, 1])], {1: 1.0})
    assert ranges_of(publication, knows_rules=False) == {0: (3, 4)}
    publication = _publication([2.0, 3.0, 5.0], [0], [(2, [0, 1])], {1: 1.0})
    assert ranges_of(publication, knows_rules=False) == {0: (1, 3)}
    assert ranges_of(publication) == {0: (1, 2)}


def test_groups_of_an_earlier_release_stay_known() -> None:
    """a + b + c = 12 today; a and b were hidden together before, so one of them is sensitive."""
    values = [2.0, 5.0, 5.0, 12.0]
    publication = _publication(values, [0, 1, 2], [(3, [0, 1, 2])])
    assert ranges_of(publication)[2] == (0, 11)
    earlier = replace(publication, hidden_together=(frozenset((0, 1)),))
    assert ranges_of(earlier)[2] == (0, 11)
    assert ranges_of(replace(publication, hidden_together=(frozenset((2,)),)))[2] == (1, 2)


@pytest.mark.parametrize("hidden", [[0], [0, 3]])
def test_what_one_sum_tells_exactly_is_told(hidden: list[int]) -> None:
    values = [float(value) for value in _two_way([1, 5, 7, 4, 9, 8])]
    publication = _publication(values, hidden, _TWO_WAY)
    assert ranges_of(publication, knows_rules=False)[0] == (1, 1)
