"""Which cells can influence each other: those that share a relation, directly or through others."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from services.indicator_api.disclosure.problem import Bools, Integers, Problem


@dataclass(frozen=True, slots=True)
class Component:
    """Cells that hang together, and the relations among them (both ascending, int64)."""

    cells: Integers
    rows: Integers


def find_components(problem: Problem, may_move: Bools) -> list[Component]:
    """The connected parts of the cells with `may_move` (bool[n]), ordered by their first cell.

    Two cells hang together if a relation contains both. Cells outside `may_move` are constants
    and connect nothing; relations that contain constants only belong to no component.
    """
    moving = np.flatnonzero(may_move)
    if not len(moving):
        return []
    entries = problem.relations.tocoo()
    kept = may_move[entries.col] & (entries.data != 0)
    rows, cells = entries.row[kept], entries.col[kept]
    m, n = problem.relations.shape
    links = coo_array(
        (np.ones(len(rows), dtype=np.int8), (rows.astype(np.int64) + n, cells)),
        shape=(n + m, n + m),
    )
    _, label = connected_components(links, directed=False)
    touched = np.unique(rows)
    cells_of, rows_of = _grouped(moving, label), _grouped(touched + n, label)
    parts = [
        Component(cells=members, rows=rows_of.get(key, _NONE) - n)
        for key, members in cells_of.items()
    ]
    return sorted(parts, key=lambda part: int(part.cells[0]))


_NONE = np.zeros(0, dtype=np.int64)


def _grouped(nodes: Integers, label: Integers) -> dict[int, Integers]:
    if not len(nodes):
        return {}
    labels = label[nodes]
    order = np.argsort(labels, kind="stable")
    keys, starts = np.unique(labels[order], return_index=True)
    parts = np.split(nodes[order], starts[1:])
    return {int(key): part.astype(np.int64) for key, part in zip(keys, parts, strict=True)}
