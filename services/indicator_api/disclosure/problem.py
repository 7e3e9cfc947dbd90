"""A release as numbers: cells, what relates them, and what must stay unknown of each.

Everything is an array of length n (cells) or m (relations). Nothing here knows of a database.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]
# scipy has no types; a csr_array of float64, m × n.
SparseRows = Any

OPEN: Final = 0
SENSITIVE: Final = 1
FIXED: Final = 2
UNKNOWN: Final = 3

Attacker = Literal["outsider", "insider"]
Reason = Literal["shown", "too_narrow", "not_proven"]
Progress = Callable[[str, float], None]

# Values are told apart from here on; sums of whole numbers are exact far beyond it.
VALUE_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Problem:
    """n cells and what an attacker knows relates them.

    `values` are the true values, NaN where even the holder does not know one. `lower` and `upper`
    are what anybody knows beforehand. `status`: OPEN may be shown or hidden, SENSITIVE must be
    hidden, FIXED is public already or must stay shown, UNKNOWN is not shown and not ours to decide
    (missing at source, hidden elsewhere); an UNKNOWN cell's demands hold as a hidden one's do.
    `tolerance`: a shown value tells the true one to ± this; `shown` is the value as it is
    displayed (None: the true one). `weight` is the loss if a cell is hidden, > 0.

    Demands, for every cell that is not shown: the greatest value possible for an attacker is at
    least `needs_upper` (−inf: no demand), the least at most `needs_lower` (+inf), and both at
    least `needs_width` apart (0).

    `relations` (csr_array, m × n): row_lower <= relations @ x <= row_upper. `names` name them.

    `primary_below`, `primary_above`, `primary_zero`: the rule everybody knows hides
    0 < x < primary_below, x > primary_above and, where so marked, x = 0 (0, inf and False: no such
    rule). `hidden_otherwise`: a rule that says nothing of the value itself (dominance, few units)
    has hidden the cell; None: none of them.
    `withstands_insider`: who knows any one other hidden cell exactly must fail as well: the
    greatest value stays at least `needs_upper`, the width at least `insider_width`.
    """

    values: Floats
    is_integer: Bools
    lower: Floats
    upper: Floats
    status: NDArray[np.int8]
    tolerance: Floats
    weight: Floats
    needs_width: Floats
    needs_upper: Floats
    needs_lower: Floats
    relations: SparseRows
    row_lower: Floats
    row_upper: Floats
    primary_below: Floats
    withstands_insider: bool = False
    insider_width: float = 1.0
    primary_above: Floats | None = None
    primary_zero: Bools | None = None
    hidden_otherwise: Bools | None = None
    shown: Floats | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError where arrays do not fit each other or a value its bounds."""
        n, m = len(self.values), len(self.row_lower)
        for name in _ARRAYS_OF_CELLS:
            array = getattr(self, name)
            if array is not None and len(array) != n:
                raise ValueError(f"{name} has {len(array)} entries for {n} cells")
        if self.relations.shape != (m, n) or len(self.row_upper) != m:
            raise ValueError(f"relations are {self.relations.shape}, expected ({m}, {n})")
        if self.names and len(self.names) != m:
            raise ValueError(f"{len(self.names)} names for {m} relations")
        if n and not (self.weight > 0).all():
            raise ValueError(f"weight must be > 0; cell {int(np.argmin(self.weight))} has none")
        self._check_values()

    def _check_values(self) -> None:
        known = ~np.isnan(self.values)
        nowhere = ~known & (self.status == FIXED) & np.isnan(self.displayed)
        outside = known & (
            (self.values < self.lower - VALUE_TOLERANCE)
            | (self.values > self.upper + VALUE_TOLERANCE)
        )
        broken = (
            known
            & self.is_integer
            & (np.abs(self.values - np.round(self.values)) > VALUE_TOLERANCE)
        )
        far = known & ~np.isnan(self.displayed)
        far &= np.abs(self.displayed - self.values) > self.tolerance + VALUE_TOLERANCE
        for wrong, what in (
            (nowhere, "is FIXED, but has no value"),
            (outside, "lies outside its bounds"),
            (broken, "is a count, but not whole"),
            (far, "is displayed further from its value than its tolerance says"),
        ):
            if wrong.any():
                raise ValueError(f"cell {int(np.argmax(wrong))} {what}")

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self.values)

    @property
    def displayed(self) -> Floats:
        """What a reader would see of each cell if it is shown; float64[n]."""
        return self.values if self.shown is None else self.shown

    @property
    def above(self) -> Floats:
        """`primary_above`, inf where no such rule is; float64[n]."""
        if self.primary_above is None:
            return np.full(self.count, np.inf)
        return self.primary_above

    @property
    def zero_is_primary(self) -> Bools:
        """`primary_zero`, False where no such rule is; bool[n]."""
        if self.primary_zero is None:
            return np.zeros(self.count, dtype=np.bool_)
        return self.primary_zero

    @property
    def otherwise(self) -> Bools:
        """`hidden_otherwise`, False where nothing is said; bool[n]."""
        if self.hidden_otherwise is None:
            return np.zeros(self.count, dtype=np.bool_)
        return self.hidden_otherwise

    def row_name(self, row: int) -> str:
        """The relation's name, or its number."""
        return self.names[row] if self.names else f"relation {row}"


_ARRAYS_OF_CELLS = (
    "is_integer",
    "lower",
    "upper",
    "status",
    "tolerance",
    "weight",
    "needs_width",
    "needs_upper",
    "needs_lower",
    "primary_below",
    "primary_above",
    "primary_zero",
    "hidden_otherwise",
    "shown",
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A cell of which an attacker learns too much.

    `known_cell` is the cell an insider knows. `least` and `greatest` are what stays possible for
    the attacker, as far as proven. `reason`: `shown` (sensitive, but not hidden), `too_narrow`,
    `not_proven` (the search for a further possible value was given up: counts as a failure).
    """

    cell: int
    attacker: Attacker
    known_cell: int | None
    least: float
    greatest: float
    demand: str
    reason: Reason = "too_narrow"


@dataclass(frozen=True, slots=True)
class Audit:
    """What an attacker can infer. `least` and `greatest`: float64[n], NaN where a cell is shown.

    Both are reached by whole, rule-abiding tables that agree with everything shown: no attacker
    can tell them from the true one, so none can conclude a narrower interval.
    """

    least: Floats
    greatest: Floats
    failures: list[Failure] = field(default_factory=list)

    @property
    def is_safe(self) -> bool:
        """Whether every demand is proven to hold."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Protection:
    """A safe pattern. `is_hidden`: bool[n], False for UNKNOWN cells, which are not ours to hide.

    `loss` is the weight hidden; `bound` a proven lower bound of the loss of any safe pattern;
    `gap` is (loss − bound) / loss; `is_optimal` where it is as small as was asked for and every
    cut of the search is closed. `method` says how the pattern came about.
    """

    is_hidden: Bools
    loss: float
    bound: float
    is_optimal: bool
    gap: float
    method: str
    seconds: float
    audit: Audit


class DisclosureError(Exception):
    """A release that cannot be protected as it stands."""


class InfeasibleError(DisclosureError):
    """No pattern is safe, not even everything hidden.

    `kind`: `already_public` (a sensitive cell is FIXED), `too_narrow` (relations and bounds alone
    tell too much). `cells` are those that stay open to attack, `relations` the rows that tell.
    """

    def __init__(self, kind: str, cells: list[int], relations: list[int]) -> None:
        super().__init__(f"{kind}: {len(cells)} cells, {len(relations)} relations")
        self.kind = kind
        self.cells = cells
        self.relations = relations


class NotProvenError(DisclosureError):
    """The time or the solver gave out before a safe pattern was proven; nothing may be shown.

    `cells` are those no proof was found for.
    """

    def __init__(self, cells: list[int]) -> None:
        super().__init__(f"not proven for {len(cells)} cells")
        self.cells = cells


class RelationBrokenError(DisclosureError):
    """Relations do not hold in the true values: parts ≠ total.

    `broken` are pairs (row, difference) as `check_relations` gives them.
    """

    def __init__(self, broken: list[tuple[int, float]], names: list[str]) -> None:
        shown = "; ".join(
            f"{name}: {difference:+g}"
            for name, (_, difference) in zip(names[:5], broken, strict=False)
        )
        super().__init__(f"{len(broken)} relations do not hold: {shown}")
        self.broken = broken
        self.names = names


def check_relations(problem: Problem) -> list[tuple[int, float]]:
    """The relations that the values break, as (row, difference); empty if all hold.

    The difference is what the row's sum exceeds its upper bound by (> 0) or stays below its lower
    bound (< 0). UNKNOWN values may take any value within their bounds.
    """
    rows = problem.relations
    known = ~np.isnan(problem.values)
    total = rows @ np.where(known, problem.values, 0.0)
    positive, negative = rows.maximum(0), rows.minimum(0)
    free_lower = np.where(known, 0.0, problem.lower)
    free_upper = np.where(known, 0.0, problem.upper)
    reach_up = total + _product(positive, free_upper) + _product(negative, free_lower)
    reach_down = total + _product(positive, free_lower) + _product(negative, free_upper)
    room = VALUE_TOLERANCE * np.maximum(1.0, np.abs(total))
    over = reach_down - problem.row_upper
    under = reach_up - problem.row_lower
    difference = np.where(over > room, over, np.where(under < -room, under, 0.0))
    return [(int(row), float(difference[row])) for row in np.flatnonzero(difference)]


def require_relations(problem: Problem) -> None:
    """Raises RelationBrokenError unless all relations hold."""
    if broken := check_relations(problem):
        raise RelationBrokenError(broken, [problem.row_name(row) for row, _ in broken])


def _product(rows: SparseRows, bounds: Floats) -> Floats:
    """rows @ bounds, where 0 · inf is 0."""
    finite = np.isfinite(bounds)
    result: Floats = rows @ np.where(finite, bounds, 0.0)
    if finite.all():
        return result
    infinite = rows @ np.where(finite, 0.0, np.sign(np.where(finite, 1.0, bounds)))
    return np.where(infinite == 0, result, np.copysign(np.inf, infinite))
