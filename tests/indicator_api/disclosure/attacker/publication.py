"""What an attacker holds."""

from dataclasses import dataclass, field

import numpy as np
import scipy.sparse
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Publication:
    """n cells as they are public, and what relates them; arrays of length n, m × n relations.

    `shown` is the displayed value, NaN where there is none; the true value lies within
    `tolerance` of it. `minimum_count[i] = t` says: the rules hide this cell if it is 1 … t − 1
    (0: no such rule). `has_other_rules` marks cells that a rule might hide whatever their value
    (few units, dominance): of their blocks nothing can be concluded from the minimum count.
    `hidden_together` are groups that in some release contained a cell hidden by the rules.
    """

    shown: NDArray[np.float64]
    tolerance: NDArray[np.float64]
    is_integer: NDArray[np.bool_]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    relations: scipy.sparse.csr_array
    row_lower: NDArray[np.float64]
    row_upper: NDArray[np.float64]
    minimum_count: NDArray[np.float64]
    has_other_rules: NDArray[np.bool_]
    hidden_together: tuple[frozenset[int], ...] = field(default=())

    @property
    def is_unknown(self) -> NDArray[np.bool_]:
        """Which cells are not shown at all."""
        return np.isnan(self.shown)

    @property
    def is_open_interval(self) -> NDArray[np.bool_]:
        """Which cells are not known exactly: hidden, or shown rounded."""
        unknown: NDArray[np.bool_] = self.is_unknown | (self.tolerance > 0)
        return unknown
