"""Random worlds: area trees with overlapping sets, breakdowns, rates, releases one after another.

A world is told by its `Shape` alone; the seed in it draws counts, districts and sets. So a failing
world is kept as one line (`kept_worlds.json`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.indicator_api.disclosure.problem import FIXED, OPEN, UNKNOWN, Problem
from tests.indicator_api.disclosure.attacker.blocks import blocks_of
from tests.indicator_api.disclosure.ledger import (
    Cell,
    Dimension,
    Rule,
    crossed,
    table_ledger,
    with_total,
)
from tests.indicator_api.disclosure.publishing import published

Protect = Callable[[Problem], NDArray[np.bool_]]

_SMALL = (0, 0, 0, 1, 1, 2, 2, 3, 4, 5)
_LARGE = (0, 1, 2, 3, 6, 9, 14, 25, 40, 80)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a world looks like.

    `areas` are counted in `districts` (0: none), `sets` overlap them; `breakdowns` are the numbers
    of codes of one or two breakdowns. `small`: mostly small counts. `rates`: the share of all
    residents is shown, too, with so many decimals (−1: none). `public`: so many cells were public
    before. `releases`: so many follow each other, each with some counts revised.
    """

    seed: int
    areas: int = 4
    districts: int = 2
    sets: int = 0
    breakdowns: tuple[int, ...] = ()
    small: bool = True
    minimum_count: int = 3
    width: int = 3
    insider_width: int = 0
    rates: int = -1
    public: int = 0
    releases: int = 1
    by_value: bool = True

    @property
    def rule(self) -> Rule:
        """The rule of this world."""
        return Rule(self.minimum_count, self.width, self.insider_width or None)


def area_dimension(areas: int, districts: int, sets: int, draw: np.random.Generator) -> Dimension:
    """Areas in districts in a municipality; sets of areas across the districts.

    The municipality is the sum of its districts, and that of its areas.
    """
    names = tuple(f"q{i}" for i in range(areas))
    sums: list[tuple[str, tuple[str, ...]]] = []
    if districts > 1:
        of = np.sort(draw.integers(districts, size=areas))
        parts = [tuple(np.array(names)[of == d].tolist()) for d in range(districts)]
        sums += [(f"d{d}", part) for d, part in enumerate(parts) if part]
        sums.append(("all", tuple(total for total, _ in sums)))
    sums.append(("all", names))
    for index in range(sets):
        size = int(draw.integers(2, max(areas, 3)))
        chosen = draw.permutation(areas)[:size]
        sums.append((f"s{index}", tuple(names[i] for i in sorted(chosen.tolist()))))
    return Dimension(names, tuple(sums))


def dimensions_of(shape: Shape, draw: np.random.Generator) -> list[Dimension]:
    """The area tree and the breakdowns of a world."""
    letters = ("m", "a")
    return [
        area_dimension(shape.areas, shape.districts, shape.sets, draw),
        *(
            with_total(*(f"{letter}{i}" for i in range(codes)))
            for letter, codes in zip(letters, shape.breakdowns, strict=False)
        ),
    ]


class World:
    """A world and its releases, the ledger as it stands now."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._draw = np.random.default_rng(shape.seed)
        self._dimensions = dimensions_of(shape, self._draw)
        counts = _SMALL if shape.small else _LARGE
        size = [len(dimension.leaves) for dimension in self._dimensions]
        self._counts = self._draw.choice(counts, size=size).astype(float)
        self.ledger = table_ledger(self._dimensions, self._leaves(), shape.rule)
        self._names = {key: " ".join(key) for key in crossed(self._dimensions, {})[0]}
        self.hidden_together: tuple[frozenset[int], ...] = ()
        self._weigh()
        if shape.rates >= 0:
            self._add_rates()
        self._make_public()
        self.ledger.decide()

    def problem(self) -> Problem:
        """The release to be decided now."""
        return self.ledger.problem()

    def publish(self, is_hidden: NDArray[np.bool_]) -> None:
        """The pattern is released; remember what was hidden together."""
        problem = self.problem()
        publication = published(problem, is_hidden, self.hidden_together)
        sensitive = problem.is_integer & (problem.primary_below > problem.values)
        sensitive &= (problem.values > 0) & publication.is_unknown
        groups = [
            frozenset(block.cells[block.cells >= 0].tolist()) for block in blocks_of(publication)
        ]
        self.hidden_together += tuple(
            frozenset(int(cell) for cell in group if publication.is_unknown[cell])
            for group in groups
            if any(sensitive[cell] for cell in group)
        )
        self.ledger.publish(is_hidden)

    def revise(self) -> None:
        """Some counts change. Cells that keep their value stay the same unknown; others are new.

        What was hidden and stays the same is decided anew; what was shown is public.
        """
        for _ in range(int(self._draw.integers(1, 3))):
            index = tuple(int(self._draw.integers(size)) for size in self._counts.shape)
            self._counts[index] = max(0, self._counts[index] + self._draw.integers(-2, 4))
        values, sums = crossed(self._dimensions, self._leaves())
        release = sum(name.count("@") for name in self._names.values()) + 1
        for key, value in values.items():
            old = self.ledger.cells[self._names[key]]
            if value != old.value:
                self._names[key] = f"{' '.join(key)} @{release}"
                self.ledger.cells[self._names[key]] = Cell(value, weight=old.weight)
            elif old.status == UNKNOWN:
                old.status = OPEN
        known = {frozenset(row[0].items()) for row in self.ledger.rows}
        for total, parts in sums:
            names = [self._names[part] for part in parts]
            entries = {self._names[total]: -1.0, **dict.fromkeys(names, 1.0)}
            if frozenset(entries.items()) not in known:
                self.ledger.relate(entries, 0.0, 0.0, "sum")
        self.ledger.decide()

    def _leaves(self) -> dict[tuple[str, ...], float]:
        codes = [dimension.leaves for dimension in self._dimensions]
        return {
            tuple(code[i] for code, i in zip(codes, index, strict=True)): float(value)
            for index, value in np.ndenumerate(self._counts)
        }

    def _weigh(self) -> None:
        for cell in self.ledger.cells.values():
            cell.weight = 1.0 + (cell.value if self.shape.by_value else 0.0)
            if cell.value == 0:
                cell.weight = 10.0

    def _add_rates(self) -> None:
        """Shares of public residents, by area over all breakdowns."""
        half = 0.5 * 10.0**-self.shape.rates
        totals = tuple("total" for _ in self.shape.breakdowns)
        for area in self._dimensions[0].codes:
            count = self._names[(area, *totals)]
            value = self.ledger.cells[count].value
            residents = int(value + self._draw.choice([3, 10, 40, 150, 600]))
            rate = 100 * value / residents
            name = f"rate {area}"
            self.ledger.cells[name] = Cell(
                rate,
                is_integer=False,
                upper=100.0,
                tolerance=half,
                shown=round(rate, self.shape.rates),
                is_ruled=False,
                weight=0.5,
            )
            self.ledger.relate({count: 100.0, name: -float(residents)}, 0.0, 0.0, "rate")

    def _make_public(self) -> None:
        safe = [
            cell
            for cell in self.ledger.cells.values()
            if cell.is_ruled and not self.ledger.rule.hides(cell.value)
        ]
        for index in self._draw.permutation(len(safe))[: self.shape.public]:
            safe[int(index)].status = FIXED
