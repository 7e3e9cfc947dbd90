"""Worked examples of other tools: protected at a loss as good as they publish.

The figures are facts of their documentation; the source is named at each.
"""

import numpy as np
import pytest

from services.indicator_api.disclosure.problem import SENSITIVE
from services.indicator_api.disclosure.suppressing import protect
from tests.indicator_api.disclosure.attacker.verdict import ranges_of
from tests.indicator_api.disclosure.ledger import (
    Dimension,
    Key,
    Ledger,
    Rule,
    table_ledger,
    with_total,
)
from tests.indicator_api.disclosure.publishing import disclosed, published

_SECONDS = 20.0
# "Protected against exact recalculation": any other value must be possible.
_EXACT = Rule(minimum_count=0, width=1)


def _two_way(rows: dict[str, list[float]], columns: str, rule: Rule = _EXACT) -> Ledger:
    names = columns.split()
    leaves: dict[Key, float] = {
        (row, name): value
        for row, values in rows.items()
        for name, value in zip(names, values, strict=True)
    }
    ledger = table_ledger([with_total(*rows), with_total(*names)], leaves, rule)
    for cell in ledger.cells.values():
        cell.weight = max(cell.value, 0.5)
    return ledger


def _protected(ledger: Ledger, sensitive: list[str]) -> tuple[list[str], float]:
    """The further cells hidden, and the value lost with all that are hidden."""
    for name in sensitive:
        ledger.cells[name].status = SENSITIVE
    problem = ledger.problem()
    protection = protect(problem, seconds=_SECONDS)
    assert protection.is_optimal
    assert not disclosed(problem, protection.is_hidden)
    hidden = [name for name, gone in zip(ledger.cells, protection.is_hidden, strict=True) if gone]
    lost = sum(ledger.cells[name].value for name in hidden)
    return sorted(set(hidden) - set(sensitive)), lost


def _range(ledger: Ledger, hidden: list[str], cell: str) -> tuple[float, float]:
    names = list(ledger.cells)
    is_hidden = np.array([name in hidden for name in names])
    publication = published(ledger.problem(), is_hidden)
    return ranges_of(publication, knows_rules=False)[names.index(cell)]


def test_tau_argus_audit() -> None:
    """τ-ARGUS manual 4.1, § 2.15 (p. 31): two rows hidden in a table of 16; X11 is 3 … 6."""
    ledger = _two_way({"1": [5, 2], "2": [1, 2], "3": [3, 3]}, "1 2")
    hidden = ["1 1", "1 2", "2 1", "2 2"]
    assert _range(ledger, hidden, "1 1") == (3, 6)


def test_tau_argus_one_sensitive_cell() -> None:
    """τ-ARGUS manual 4.1, § 2.13 (pp. 25–26): M2 P3 = 40, ± 5 must stay possible.

    The cells that the published adjustment moves are those that cost least to hide: 126.
    """
    ledger = _two_way({"M1": [20, 24, 28], "M2": [38, 38, 40], "M3": [40, 39, 42]}, "P1 P2 P3")
    assert ledger.cells["total total"].value == 309
    ledger.rule = Rule(minimum_count=0, width=10)
    further, lost = _protected(ledger, ["M2 P3"])
    assert (further, lost) == (["M1 P1", "M1 P3", "M2 P1"], 126)
    least, greatest = _range(ledger, [*further, "M2 P3"], "M2 P3")
    assert least <= 35
    assert greatest >= 45


def test_fischetti_and_salazar() -> None:
    """Fischetti, Salazar-González (Management Science 47, 2001, fig. 1): three further cells.

    Investment by activity and region; with II A, III A and III C gone, II C = 22 is 5 … 30.
    """
    rows = {"I": [20.0, 50, 10], "II": [8.0, 19, 22], "III": [17.0, 32, 12]}
    ledger = _two_way(rows, "A B C")
    ledger.rule = Rule(minimum_count=0, width=10)
    further, lost = _protected(ledger, ["II C"])
    assert (further, lost) == (["II A", "III A", "III C"], 59)
    assert _range(ledger, [*further, "II C"], "II C") == (5, 30)


def test_sdc_table_one_sensitive_cell() -> None:
    """sdcTable, microdata1 by region and gender, A female sensitive: OPT hides 3 further cells."""
    rows = {"A": [18.0, 2], "B": [14.0, 19], "C": [12.0, 10], "D": [11.0, 14]}
    ledger = _two_way(rows, "male female")
    assert ledger.cells["total total"].value == 100
    published_loss = 2 + 18 + 12 + 10
    further, lost = _protected(ledger, ["A female"])
    assert len(further) <= 3
    assert lost <= published_loss
    assert further == ["A male", "C female", "C male"]


_FOUR_BY_FOUR = {
    "w": [30.0, 47, 64, 89],
    "x": [90.0, 124, 5, 31],
    "y": [92.0, 100, 59, 85],
    "z": [800.0, 991, 651, 685],
}
_NINE = ["w a", "w b", "w c", "x a", "x c", "y b", "y d", "z b", "z d"]


def test_sdc_table_two_in_each_sum_are_not_enough() -> None:
    """sdcTable, test of SIMPLEHEURISTIC: two hidden in every row and column, yet w b is 47.

    One further cell is published to be enough, after which w b is 0 … 141.
    """
    ledger = _two_way(_FOUR_BY_FOUR, "a b c d")
    assert ledger.cells["total total"].value == 3943
    assert _range(ledger, _NINE, "w b") == (47, 47)
    further, _ = _protected(ledger, _NINE)
    assert len(further) == 1
    assert _range(ledger, [*_NINE, "x b"], "w b") == (0, 141)


def test_sdc_table_linked_tables() -> None:
    """sdcTable, test of linked tables: regions by county and by size; N is hidden further."""
    counts = {"A": 2, "B": 2, "I": 8, "J": 8, "K": 3, "L": 3, "M": 3, "N": 7}
    regions = Dimension(
        tuple(counts),
        (
            ("county 1", tuple("ABIJ")),
            ("county 2", tuple("KLMN")),
            ("big", tuple("LM")),
            ("small", tuple("ABIJKN")),
            ("Total", ("county 1", "county 2")),
            ("Total", ("big", "small")),
        ),
    )
    ledger = table_ledger([regions], {(k,): float(v) for k, v in counts.items()}, _EXACT)
    for cell in ledger.cells.values():
        cell.weight = cell.value
    small = [name for name, value in counts.items() if value <= 3]
    assert _range(ledger, small, "K") == (3, 3)
    further, lost = _protected(ledger, small)
    assert further == ["N"]
    assert lost == sum(counts[name] for name in small) + 7


def test_sdc_table_singletons() -> None:
    """sdcTable, test of singletons: a and c are 1 each; who is one of them knows the other."""
    ledger = table_ledger(
        [with_total("a", "b", "c", "d", total="tot")],
        {("a",): 1.0, ("b",): 2.0, ("c",): 1.0, ("d",): 0.0},
        Rule(minimum_count=0, width=1),
    )
    assert _protected(ledger, ["a", "c"])[0] == []
    ledger.rule = Rule(minimum_count=0, width=1, insider_width=1)
    for cell in ledger.cells.values():
        cell.weight = cell.value or 10.0
    assert _protected(ledger, ["a", "c"])[0] == ["b"]


@pytest.mark.parametrize("width", [1, 20])
def test_pytauargus_dominated_cell(width: int) -> None:
    """pytauargus 0.6.0, README: turnover by region and sector; one cell dominated, all four go."""
    rows = {"North": [110.0, 30], "South": [60.0, 90]}
    ledger = _two_way(rows, "Retail Services", Rule(minimum_count=0, width=width))
    further, lost = _protected(ledger, ["North Retail"])
    assert (len(further), lost) == (3, 290)
