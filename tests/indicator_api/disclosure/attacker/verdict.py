"""Which hidden cells an attacker pins closer than their rule allows."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.indicator_api.disclosure.attacker.blocks import Block, blocks_of
from tests.indicator_api.disclosure.attacker.bounds import BlockAttack
from tests.indicator_api.disclosure.attacker.publication import Publication

_ROUNDING = 1e-5


@dataclass(frozen=True, slots=True)
class Demands:
    """What must stay possible for each hidden cell (arrays of length n).

    Greatest − least ≥ `width`, greatest ≥ `upper`, least ≤ `lower`. An insider who knows one
    hidden cell must leave a range of `insider_width` (None: insiders are not considered), and the
    greatest at `upper` as well.
    """

    width: NDArray[np.float64]
    upper: NDArray[np.float64]
    lower: NDArray[np.float64]
    insider_width: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A cell pinned too closely: by whom, and to what."""

    cell: int
    least: float
    greatest: float
    known_cell: int | None
    knows_rules: bool

    def __str__(self) -> str:
        who = "outsider" if self.known_cell is None else f"insider of {self.known_cell}"
        rules = " who knows the rules" if self.knows_rules else ""
        return f"cell {self.cell} in [{self.least:g}, {self.greatest:g}] for an {who}{rules}"


def ranges_of(
    publication: Publication, *, knows_rules: bool = True
) -> dict[int, tuple[float, float]]:
    """The least and greatest value of each cell that is not shown."""
    found = {}
    for block in blocks_of(publication):
        attack = BlockAttack(block, publication, knows_rules)
        for unknown, cell in enumerate(block.cells):
            if cell >= 0 and publication.is_unknown[cell]:
                ends = attack.extreme(unknown, 1), attack.extreme(unknown, -1)
                found[int(cell)] = ends
    return found


def disclosures_of(
    publication: Publication, demands: Demands, truth: NDArray[np.float64]
) -> list[Disclosure]:
    """All cells pinned closer than demanded, by outsiders and insiders.

    `truth` (the true values of the n cells) is what insiders know of their one cell; it also tells
    whether the conclusion from the rules is true: where a block holds nothing sensitive (cells were
    hidden needlessly) that attacker errs, and discloses nothing.
    """
    return list(find_disclosures(publication, demands, truth))


def find_disclosures(
    publication: Publication,
    demands: Demands,
    truth: NDArray[np.float64],
    of_cells: Collection[int] | None = None,
) -> Iterator[Disclosure]:
    """The same one after another, only of these cells if they are given."""
    for block in blocks_of(publication):
        if of_cells is not None and not set(block.cells.tolist()) & set(of_cells):
            continue
        true = _true_unknowns(block, truth)
        attack = BlockAttack(block, publication)
        if not attack.fits_rules(true):
            attack = BlockAttack(block, publication, knows_rules=False)
        yield from _attack_block(attack, demands, true, of_cells)


def _true_unknowns(block: Block, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(block.cells >= 0, truth[block.cells], np.nan)


def _attack_block(
    attack: BlockAttack,
    demands: Demands,
    true: NDArray[np.float64],
    of_cells: Collection[int] | None,
) -> Iterator[Disclosure]:
    cells = attack.block.cells
    hidden = [
        unknown
        for unknown, cell in enumerate(cells)
        if cell >= 0 and attack.publication.is_unknown[cell] and _is_demanding(demands, int(cell))
    ]
    asked = [unknown for unknown in hidden if of_cells is None or int(cells[unknown]) in of_cells]
    points: list[NDArray[np.float64]] = []
    for unknown in asked:
        cell = int(cells[unknown])
        ends = _ends(attack, unknown, {}, points)
        if not _is_met(demands, cell, ends, demands.width[cell]):
            yield Disclosure(cell, *ends, None, attack.knows_rules)
    if demands.insider_width is not None:
        for known in hidden:
            others = [unknown for unknown in asked if unknown != known]
            agreeing = [point for point in points if point[known] == true[known]]
            yield from _attack_from_inside(attack, demands, true, known, others, agreeing)


def _attack_from_inside(
    attack: BlockAttack,
    demands: Demands,
    true: NDArray[np.float64],
    known: int,
    asked: list[int],
    points: list[NDArray[np.float64]],
) -> Iterator[Disclosure]:
    """By one who knows `known`; `points` are tables that agree with what he knows."""
    assert demands.insider_width is not None
    cells = attack.block.cells
    for unknown in asked:
        cell = int(cells[unknown])
        width = min(demands.insider_width[cell], demands.width[cell])
        seen = [point[unknown] for point in points] or [true[unknown]]
        if _is_met(demands, cell, (min(seen), max(seen)), width):
            continue
        ends = _ends(attack, unknown, {known: float(true[known])}, points)
        if not _is_met(demands, cell, ends, width):
            yield Disclosure(cell, *ends, int(cells[known]), attack.knows_rules)


def _is_demanding(demands: Demands, cell: int) -> bool:
    return bool(
        demands.width[cell] > 0
        or np.isfinite(demands.upper[cell])
        or np.isfinite(demands.lower[cell])
    )


def _ends(
    attack: BlockAttack,
    unknown: int,
    fixed: dict[int, float],
    points: list[NDArray[np.float64]],
) -> tuple[float, float]:
    ends = []
    for sign in (1, -1):
        point = attack.point(unknown, sign, fixed)
        if point is None:
            return float("nan"), float("nan")
        points.append(point)
        ends.append(float(point[unknown]))
    return ends[0], ends[1]


def _is_met(demands: Demands, cell: int, ends: tuple[float, float], width: float) -> bool:
    least, greatest = ends
    if np.isnan(least):
        return False
    return bool(
        greatest - least >= width - _ROUNDING
        and greatest >= demands.upper[cell] - _ROUNDING
        and least <= demands.lower[cell] + _ROUNDING
    )
