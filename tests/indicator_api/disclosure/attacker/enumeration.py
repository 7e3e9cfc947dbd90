"""All whole-numbered tables that fit a publication, one by one: what the attacker must agree with.

Nothing but counting: no equations are solved and no solver is asked.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tests.indicator_api.disclosure.attacker.publication import Publication


def tables_of(publication: Publication, highest: int) -> Iterator[NDArray[np.float64]]:
    """Every table of whole numbers up to `highest` that fits, as n values.

    Cells whose relations are complete are checked as soon as they are. Only for tables of a dozen
    unknown cells.
    """
    unknown = [int(cell) for cell in np.flatnonzero(publication.is_open_interval)]
    matrix = publication.relations.toarray()
    last = [
        max((place for place, cell in enumerate(unknown) if row[cell]), default=-1)
        for row in matrix
    ]
    values = np.where(publication.is_open_interval, 0.0, publication.shown)

    def holds(rows: list[int]) -> bool:
        sums = matrix[rows] @ values
        return bool(
            np.all(sums >= publication.row_lower[rows] - 1e-6)
            and np.all(sums <= publication.row_upper[rows] + 1e-6)
        )

    def filled(place: int) -> Iterator[NDArray[np.float64]]:
        if place == len(unknown):
            yield values.copy()
            return
        cell = unknown[place]
        complete = [row for row in range(len(last)) if last[row] == place]
        for value in _possible(publication, cell, highest):
            values[cell] = value
            if holds(complete):
                yield from filled(place + 1)
        values[cell] = 0.0

    if holds([row for row in range(len(last)) if last[row] == -1]):
        yield from filled(0)


def _possible(publication: Publication, cell: int, highest: int) -> list[int]:
    low, high = publication.lower[cell], min(publication.upper[cell], highest)
    shown, count = publication.shown[cell], publication.minimum_count[cell]
    if not np.isnan(shown):
        low = max(low, shown - publication.tolerance[cell])
        high = min(high, shown + publication.tolerance[cell])
    whole = range(int(np.ceil(low)), int(np.floor(high)) + 1)
    if np.isnan(shown):
        return list(whole)
    # a count that is shown is none that the rule hides
    return [value for value in whole if not 0 < value < count]


def blocks_by_tables(tables: list[NDArray[np.float64]], cells: list[int]) -> list[set[int]]:
    """The finest split of cells so that the tables are all combinations of what each part can be.

    Tried out: every split of the cells in two is checked for being a product.
    """
    for size in range(1, len(cells) // 2 + 1):
        for chosen in _subsets(cells[1:], size, cells[0]):
            rest = [cell for cell in cells if cell not in chosen]
            if rest and _is_product(tables, chosen, rest):
                return blocks_by_tables(tables, chosen) + blocks_by_tables(tables, rest)
    return [set(cells)]


def _subsets(others: list[int], size: int, first: int) -> Iterator[list[int]]:
    for bits in product((False, True), repeat=len(others)):
        chosen = [cell for cell, bit in zip(others, bits, strict=True) if bit]
        if len(chosen) + 1 == size:
            yield [first, *chosen]
        if len(others) - len(chosen) == size:
            yield [cell for cell in others if cell not in chosen]


def _is_product(tables: list[NDArray[np.float64]], left: list[int], right: list[int]) -> bool:
    pairs = {(tuple(table[left]), tuple(table[right])) for table in tables}
    return len(pairs) == len({one for one, _ in pairs}) * len({two for _, two in pairs})
