"""Which hidden cells an attacker pins closer than their rule allows."""

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
    found: list[Disclosure] = []
    for block in blocks_of(publication):
        for knows_rules in (False, True):
            attack = BlockAttack(block, publication, knows_rules)
            true = _true_unknowns(block, truth)
            if knows_rules and (not attack.sensitive or not attack.fits_rules(true)):
                continue
            found += _attack_block(attack, demands, true)
    return found


def _true_unknowns(block: Block, truth: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(block.cells >= 0, truth[block.cells], np.nan)


def _attack_block(
    attack: BlockAttack, demands: Demands, true: NDArray[np.float64]
) -> list[Disclosure]:
    cells = attack.block.cells
    hidden = [
        unknown
        for unknown, cell in enumerate(cells)
        if cell >= 0 and attack.publication.is_unknown[cell] and _is_demanding(demands, int(cell))
    ]
    points: list[NDArray[np.float64]] = []
    found = []
    for unknown in hidden:
        cell = int(cells[unknown])
        ends = _ends(attack, unknown, {}, points)
        if not _is_met(demands, cell, ends, demands.width[cell]):
            found.append(Disclosure(cell, *ends, None, attack.knows_rules))
    if demands.insider_width is None:
        return found
    for known in hidden:
        agreeing = [point for point in points if point[known] == true[known]]
        for unknown in hidden:
            if unknown == known:
                continue
            cell = int(cells[unknown])
            width = demands.insider_width[cell]
            seen = [point[unknown] for point in agreeing] or [true[unknown]]
            if _is_met(demands, cell, (min(seen), max(seen)), width):
                continue
            ends = _ends(attack, unknown, {known: float(true[known])}, agreeing)
            if not _is_met(demands, cell, ends, width):
                found.append(Disclosure(cell, *ends, int(cells[known]), attack.knows_rules))
    return found


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
