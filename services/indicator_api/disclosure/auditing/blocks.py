"""Which unknown cells really depend on each other.

Two cells may share a relation and still be independent: a relation that follows from others links
nothing. What links is what remains when all relations are solved for as many cells as possible
(the connected components of the columns' matroid).
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from services.indicator_api.disclosure.problem import Bools, Floats, Integers, SparseRows


def independent_blocks(rows: SparseRows, is_inequality: Bools) -> list[Integers]:
    """The columns of `rows` (r × g) in blocks that vary independently of each other.

    `is_inequality` (bool[r]) says which rows leave room: each of them has a slack of its own.
    """
    count = rows.shape[1]
    slacks = np.flatnonzero(is_inequality)
    matrix = np.zeros((rows.shape[0], count + len(slacks)))
    matrix[:, :count] = rows.toarray()
    matrix[slacks, count + np.arange(len(slacks))] = 1.0
    solved, pivots = _solved(matrix)
    at_row, at_column = np.nonzero(solved)
    links = csr_array(
        (np.ones(len(at_row), dtype=np.int8), (pivots[at_row], at_column)),
        shape=(matrix.shape[1], matrix.shape[1]),
    )
    _, label = connected_components(links, directed=False)
    labels = label[:count]
    return [np.flatnonzero(labels == key) for key in np.unique(labels)]


def _solved(matrix: Floats) -> tuple[Floats, Integers]:
    """The reduced row echelon form without empty rows, and the column each row is solved for."""
    height, width = matrix.shape
    done = 0
    pivots = []
    for column in range(width):
        if done == height:
            break
        best = done + int(np.argmax(np.abs(matrix[done:, column])))
        if abs(matrix[best, column]) < _NOTHING:
            continue
        matrix[[done, best]] = matrix[[best, done]]
        matrix[done] /= matrix[done, column]
        touched = np.flatnonzero(np.abs(matrix[:, column]) > _NOTHING)
        touched = touched[touched != done]
        across = np.flatnonzero(matrix[done])
        matrix[np.ix_(touched, across)] -= np.outer(matrix[touched, column], matrix[done, across])
        changed = matrix[np.ix_(touched, across)]
        matrix[np.ix_(touched, across)] = np.where(np.abs(changed) < _NOTHING, 0.0, changed)
        pivots.append(column)
        done += 1
    return matrix[:done], np.array(pivots, dtype=np.int64)


_NOTHING = 1e-9
