"""The attacker who runs the engine himself on every table that fits what was published."""

from collections.abc import Callable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from tests.indicator_api.disclosure.attacker.enumeration import tables_of
from tests.indicator_api.disclosure.attacker.publication import Publication

# What the engine would hide if these n values were true; None if it refused the release.
PatternOf = Callable[[NDArray[np.float64]], NDArray[np.bool_] | None]


def ranges_by_simulation(
    publication: Publication, highest: int, pattern_of: PatternOf, limit: int = 2_000
) -> dict[int, tuple[float, float]]:
    """Least and greatest of each hidden cell among the tables that lead to the same pattern.

    Only whole tables up to `highest`, and not more than `limit` of them (ValueError).
    """
    tables = list(islice(tables_of(publication, highest), limit + 1))
    if len(tables) > limit:
        raise ValueError(f"more than {limit} tables fit")
    hidden = publication.is_unknown
    kept = []
    for table in tables:
        pattern = pattern_of(table)
        if pattern is not None and np.array_equal(pattern, hidden):
            kept.append(table)
    return {
        int(cell): (min(t[cell] for t in kept), max(t[cell] for t in kept))
        for cell in np.flatnonzero(hidden)
        if kept
    }
