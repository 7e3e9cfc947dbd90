"""Tables to be protected: dimensions with sums, crossed; releases in sequence as one problem."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TypeAlias

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from services.indicator_api.disclosure.problem import FIXED, OPEN, SENSITIVE, UNKNOWN, Problem

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """Codes that are counted, and sums of codes named before (a code may be summed twice)."""

    leaves: tuple[str, ...]
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, leaves first."""
        return tuple(dict.fromkeys((*self.leaves, *(total for total, _ in self.sums))))

    def leaves_of(self, code: str) -> frozenset[str]:
        """The leaves that a code consists of."""
        if code in self.leaves:
            return frozenset((code,))
        parts = next(parts for total, parts in self.sums if total == code)
        return frozenset().union(*(self.leaves_of(part) for part in parts))


def with_total(*codes: str, total: str = "total") -> Dimension:
    """A breakdown with its total."""
    return Dimension(codes, ((total, codes),))


def crossed(
    dimensions: Sequence[Dimension], leaves: Mapping[Key, float]
) -> tuple[dict[Key, float], list[tuple[Key, list[Key]]]]:
    """All cells with their values, and the sums (total, parts) that hold among them."""
    position = [{code: i for i, code in enumerate(d.leaves)} for d in dimensions]
    counts = np.zeros([len(d.leaves) for d in dimensions])
    for key, value in leaves.items():
        counts[tuple(place[code] for place, code in zip(position, key, strict=True))] = value
    for axis, dimension in enumerate(dimensions):
        members = np.array(
            [
                [leaf in dimension.leaves_of(code) for leaf in dimension.leaves]
                for code in dimension.codes
            ],
            dtype=float,
        )
        counts = np.moveaxis(np.tensordot(members, counts, axes=(1, axis)), 0, axis)
    keys = list(product(*(dimension.codes for dimension in dimensions)))
    values = dict(zip(keys, counts.ravel().tolist(), strict=True))
    sums = []
    for axis, dimension in enumerate(dimensions):
        others = [d.codes for place, d in enumerate(dimensions) if place != axis]
        for total, parts in dimension.sums:
            for rest in product(*others):
                sums.append(
                    (_placed(rest, axis, total), [_placed(rest, axis, part) for part in parts])
                )
    return values, sums


def _placed(rest: Key, axis: int, code: str) -> Key:
    return (*rest[:axis], code, *rest[axis:])


@dataclass(frozen=True, slots=True)
class Rule:
    """A minimum count and the width it demands; `insider_width` None: no insiders."""

    minimum_count: int = 3
    width: float | None = None
    insider_width: float | None = None

    def hides(self, value: float) -> bool:
        """Whether the rule itself hides a count."""
        return 0 < value < self.minimum_count

    @property
    def demanded_width(self) -> float:
        """The width that must stay possible for a hidden cell."""
        return self.minimum_count if self.width is None else self.width


@dataclass(slots=True)
class Cell:
    """One cell; `shown` is what is displayed of it where that is not its value."""

    value: float
    status: int = OPEN
    weight: float = 1.0
    is_integer: bool = True
    lower: float = 0.0
    upper: float = np.inf
    tolerance: float = 0.0
    shown: float | None = None
    is_ruled: bool = True
    needs_lower: float = np.inf


@dataclass(slots=True)
class Ledger:
    """Everything that was or is to be released: cells by name, and what relates them."""

    rule: Rule
    cells: dict[str, Cell] = field(default_factory=dict)
    rows: list[tuple[dict[str, float], float, float, str]] = field(default_factory=list)

    def relate(
        self, entries: Mapping[str, float], low: float, high: float, name: str = "sum"
    ) -> None:
        """low <= Σ factor · cell <= high."""
        self.rows.append((dict(entries), low, high, name))

    def add_sum(self, total: str, parts: Iterable[str], name: str = "sum") -> None:
        """parts = total."""
        entries = {total: -1.0}
        for part in parts:
            entries[part] = entries.get(part, 0.0) + 1.0
        self.relate(entries, 0.0, 0.0, name)

    def decide(self) -> None:
        """Mark what the rule hides among the open cells."""
        for cell in self.cells.values():
            if cell.status == OPEN and cell.is_ruled and self.rule.hides(cell.value):
                cell.status = SENSITIVE

    def without(self, name: str) -> "Ledger":
        """The same, relations of that name left out."""
        return replace(self, rows=[row for row in self.rows if row[3] != name])

    def problem(self) -> Problem:
        """As the engine takes it; cells in the order they were added."""
        place = {name: index for index, name in enumerate(self.cells)}
        cells = list(self.cells.values())
        matrix = scipy.sparse.lil_array((len(self.rows), len(cells)))
        for index, (entries, *_rest) in enumerate(self.rows):
            for name, factor in entries.items():
                matrix[index, place[name]] += factor
        ruled = np.array([cell.is_ruled for cell in cells], dtype=bool)
        count = np.where(ruled, float(self.rule.minimum_count), 0.0)
        shown = [cell.value if cell.shown is None else cell.shown for cell in cells]
        return Problem(
            values=_floats(cell.value for cell in cells),
            is_integer=np.array([cell.is_integer for cell in cells], dtype=bool),
            lower=_floats(cell.lower for cell in cells),
            upper=_floats(cell.upper for cell in cells),
            status=np.array([cell.status for cell in cells], dtype=np.int8),
            tolerance=_floats(cell.tolerance for cell in cells),
            weight=_floats(cell.weight for cell in cells),
            needs_width=np.where(ruled, self.rule.demanded_width, 0.0),
            needs_upper=np.where(ruled, count, -np.inf),
            needs_lower=_floats(cell.needs_lower for cell in cells),
            relations=scipy.sparse.csr_array(matrix),
            row_lower=_floats(row[1] for row in self.rows),
            row_upper=_floats(row[2] for row in self.rows),
            primary_below=count,
            withstands_insider=self.rule.insider_width is not None,
            insider_width=self.rule.insider_width or 1.0,
            shown=_floats(shown),
            names=tuple(row[3] for row in self.rows),
        )

    def publish(self, is_hidden: NDArray[np.bool_]) -> None:
        """What was shown is public from now on; what was hidden stays so until decided anew."""
        for cell, hidden in zip(self.cells.values(), is_hidden, strict=True):
            if cell.status == UNKNOWN:
                continue
            cell.status = UNKNOWN if hidden else FIXED


def table_ledger(
    dimensions: Sequence[Dimension], leaves: Mapping[Key, float], rule: Rule
) -> Ledger:
    """One table as a ledger; a cell is named by its codes, joined by a space."""
    values, sums = crossed(dimensions, leaves)
    ledger = Ledger(rule)
    for key, value in values.items():
        ledger.cells[" ".join(key)] = Cell(value)
    for total, parts in sums:
        ledger.add_sum(" ".join(total), (" ".join(part) for part in parts))
    return ledger


def _floats(values: Iterable[float]) -> NDArray[np.float64]:
    return np.array(list(values), dtype=np.float64)
