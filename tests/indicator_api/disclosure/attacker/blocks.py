"""What is unknown, split into blocks that have nothing to do with each other.

The equations over the unknown cells are brought to reduced row echelon form in exact fractions.
Two unknowns are in one block if a chain of rows of that form connects them. These blocks are the
connected components of the matroid of the columns (Oxley, Matroid Theory, prop. 4.1.2 with 2.1.11:
they do not depend on the basis), so an equation that follows from others connects nothing, and the
tables that fit the publication are all combinations of what fits each block.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tests.indicator_api.disclosure.attacker.publication import Publication

_ROUNDING = Fraction(1, 10**6)

Row: TypeAlias = tuple[dict[int, Fraction], Fraction]


class ContradictionError(Exception):
    """The published values cannot all be true."""


@dataclass(frozen=True, slots=True)
class Block:
    """k unknowns under r equations: `coefficients @ z == constants`, whole coefficients.

    `cells[i]` is the cell of unknown i, −1 if it is only the amount by which an inequality is
    slack.
    """

    cells: NDArray[np.int64]
    coefficients: NDArray[np.float64]
    constants: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    is_integer: NDArray[np.bool_]


def blocks_of(publication: Publication) -> list[Block]:
    """The blocks of all cells that are not known exactly.

    Raises:
        ContradictionError: the published values contradict each other.
    """
    rows, lower, upper = _equations(publication)
    reduced = _reduced(rows)
    unknowns = sorted(lower)
    found = []
    for members in _components(unknowns, [set(row) for row, _ in reduced]):
        own = [(row, constant) for row, constant in reduced if row and min(row) in members]
        found.append(_block(sorted(members), own, lower, upper, publication))
    return found


def _equations(
    publication: Publication,
) -> tuple[list[Row], dict[int, float], dict[int, float]]:
    """The relations with what is known put in; slack of inequalities becomes an unknown ≥ n."""
    unknown = publication.is_open_interval
    lower, upper = {}, {}
    for cell in np.flatnonzero(unknown):
        low, high = publication.lower[cell], publication.upper[cell]
        if not np.isnan(publication.shown[cell]):
            low = max(low, publication.shown[cell] - publication.tolerance[cell])
            high = min(high, publication.shown[cell] + publication.tolerance[cell])
        lower[int(cell)], upper[int(cell)] = low, high
    rows: list[Row] = []
    matrix = publication.relations
    for index in range(matrix.shape[0]):
        span = slice(matrix.indptr[index], matrix.indptr[index + 1])
        row: dict[int, Fraction] = {}
        known = Fraction(0)
        for cell, value in zip(matrix.indices[span], matrix.data[span], strict=True):
            if unknown[cell]:
                row[int(cell)] = row.get(int(cell), Fraction(0)) + Fraction(float(value))
            else:
                known += Fraction(float(value)) * Fraction(float(publication.shown[cell]))
        low, high = publication.row_lower[index], publication.row_upper[index]
        if low == high:
            rows.append((row, Fraction(float(low)) - known))
        elif row:
            slack = len(publication.shown) + index
            lower[slack], upper[slack] = low, high
            row[slack] = Fraction(-1)
            rows.append((row, -known))
    return rows, lower, upper


def _reduced(rows: list[Row]) -> list[Row]:
    """Reduced row echelon form, without empty rows."""
    pivots: dict[int, Row] = {}
    for row, constant in rows:
        row, constant = _eliminated(row, constant, pivots)
        if not row:
            if abs(constant) > _ROUNDING:
                raise ContradictionError(f"0 = {float(constant)}")
            continue
        pivot = min(row)
        scale = row[pivot]
        row = {column: value / scale for column, value in row.items()}
        constant /= scale
        for other, (entries, right) in pivots.items():
            if pivot in entries:
                pivots[other] = _eliminated(entries, right, {pivot: (row, constant)})
        pivots[pivot] = (row, constant)
    return list(pivots.values())


def _eliminated(
    row: dict[int, Fraction], constant: Fraction, pivots: dict[int, Row]
) -> tuple[dict[int, Fraction], Fraction]:
    row = {column: value for column, value in row.items() if value}
    for pivot in [column for column in row if column in pivots]:
        factor = row[pivot]
        entries, right = pivots[pivot]
        for column, value in entries.items():
            left = row.get(column, Fraction(0)) - factor * value
            if left:
                row[column] = left
            else:
                row.pop(column, None)
        constant -= factor * right
    return row, constant


def _components(unknowns: list[int], rows: list[set[int]]) -> list[set[int]]:
    parent = {unknown: unknown for unknown in unknowns}

    def root(unknown: int) -> int:
        while parent[unknown] != unknown:
            parent[unknown] = parent[parent[unknown]]
            unknown = parent[unknown]
        return unknown

    for row in rows:
        first = root(min(row))
        for other in row:
            parent[root(other)] = first
    members: dict[int, set[int]] = {}
    for unknown in unknowns:
        members.setdefault(root(unknown), set()).add(unknown)
    return list(members.values())


def _block(
    members: list[int],
    rows: list[Row],
    lower: dict[int, float],
    upper: dict[int, float],
    publication: Publication,
) -> Block:
    place = {member: index for index, member in enumerate(members)}
    coefficients = np.zeros((len(rows), len(members)))
    constants = np.zeros(len(rows))
    for index, (row, constant) in enumerate(rows):
        scale = lcm(*(value.denominator for value in row.values()))
        for column, value in row.items():
            coefficients[index, place[column]] = float(value * scale)
        constants[index] = float(constant * scale)
    n = len(publication.shown)
    return Block(
        cells=np.array([member if member < n else -1 for member in members], dtype=np.int64),
        coefficients=coefficients,
        constants=constants,
        lower=np.array([lower[member] for member in members]),
        upper=np.array([upper[member] for member in members]),
        is_integer=np.array(
            [member < n and bool(publication.is_integer[member]) for member in members]
        ),
    )
