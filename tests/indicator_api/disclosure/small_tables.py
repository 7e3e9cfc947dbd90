"""Small tables as problems, for the tests of the engine."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from services.indicator_api.disclosure.problem import OPEN, SENSITIVE, Problem


def problem_of(
    values: ArrayLike, relations: ArrayLike, *, threshold: float = 3.0, **changed: Any
) -> Problem:
    """Counts with a minimum count; each row of `relations` (m × n) sums to 0."""
    true = np.asarray(values, dtype=np.float64)
    rows = csr_array(np.atleast_2d(np.asarray(relations, dtype=np.float64)))
    n, m = len(true), rows.shape[0]
    small = (true > 0) & (true < threshold)
    problem = Problem(
        values=true,
        is_integer=np.ones(n, dtype=np.bool_),
        lower=np.zeros(n),
        upper=np.full(n, np.inf),
        status=np.where(small, SENSITIVE, OPEN).astype(np.int8),
        tolerance=np.zeros(n),
        weight=np.fmax(true, 1.0) + 1.0,
        needs_width=np.full(n, threshold),
        needs_upper=np.full(n, threshold),
        needs_lower=np.full(n, np.inf),
        relations=rows,
        row_lower=np.zeros(m),
        row_upper=np.zeros(m),
        primary_below=np.full(n, threshold),
    )
    return replace(problem, **changed)


def two_way(inner: ArrayLike, **changed: Any) -> Problem:
    """A table of counts (rows × columns) with both margins and the total, row by row."""
    counts = np.asarray(inner, dtype=np.float64)
    counts = np.vstack([counts, counts.sum(axis=0)])
    counts = np.hstack([counts, counts.sum(axis=1, keepdims=True)])
    height, width = counts.shape
    number = np.arange(height * width).reshape(height, width)
    rows = []
    for line in [*number, *number.T]:
        row = np.zeros(height * width)
        row[line[:-1]], row[line[-1]] = 1.0, -1.0
        rows.append(row)
    return problem_of(counts.ravel(), np.array(rows), **changed)
