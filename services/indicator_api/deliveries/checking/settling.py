"""What only a whole file tells, settled over the compact arrays of its cells."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.deliveries.checking.cell_store import (
    CellStore,
    SortedCells,
    order_of,
)
from services.indicator_api.deliveries.checking.places import AreaKeys
from services.indicator_api.deliveries.findings import FindingList
from services.indicator_api.facts.status import Status


def settle(cells: CellStore, findings: FindingList, areas: AreaKeys, column: str) -> SortedCells:
    """The cells sorted by key, with what they tell together found.

    `column` is the sender's name for the column of keys.
    """
    _mark_empty_areas(cells, findings, areas, column)
    return SortedCells(cells, _find_duplicates(cells, findings, areas, column))


def without_faults(
    cells: SortedCells, findings: FindingList, *, is_partial: bool
) -> tuple[SortedCells, int]:
    """The cells that may be taken; and how many rows are refused.

    An error speaks against all of a file; with `is_partial` only against its row, if it has one.
    """
    if not findings.has_errors:
        return cells, 0
    refused = findings.faulty_rows
    store = cells.store
    if not is_partial or findings.has_errors_of_the_file:
        store.keep(np.zeros(store.height, dtype=np.bool_))
        return SortedCells(store, None), len(refused)
    store.keep(~np.isin(store["row"], refused))
    return SortedCells(store, order_of(store).places), len(refused)


def _mark_empty_areas(
    cells: CellStore, findings: FindingList, areas: AreaKeys, column: str
) -> None:
    """An area for which a file holds nothing but „-“ is not available there, not zero.

    Statistical offices fill the cells of ended or unsupplied areas so.
    """
    is_nothing = cells["status"] == int(Status.NOTHING)
    if not is_nothing.any():
        return
    key_of_area = areas.number_by_area()
    keys = key_of_area[cells["area_id"]]
    has_figure = np.zeros(len(areas.texts), dtype=np.bool_)
    has_figure[keys[~is_nothing]] = True
    is_empty = ~has_figure[keys]
    if not is_empty.any():
        return
    rows, numbers = cells["row"][is_empty], keys[is_empty]
    order = np.argsort(rows, kind="stable")
    distinct, first = np.unique(numbers[order], return_index=True)
    first_rows = rows[order][first]
    found = pl.DataFrame({"row": first_rows, "value": [areas.texts[n] for n in distinct.tolist()]})
    findings.add_rows("area_without_figures", column, found.sort("row"))
    cells["status"][is_empty] = int(Status.NOT_AVAILABLE)
    cells["value"][is_empty] = np.nan


def _find_duplicates(
    cells: CellStore, findings: FindingList, areas: AreaKeys, column: str
) -> NDArray[np.uint32] | None:
    """Where a cell stands again, name the row in which it stood first; the order of the cells."""
    order = order_of(cells)
    if order.places is not None and order.is_again is not None:
        _note_duplicates(cells, findings, areas, column, order.places, order.is_again)
    return order.places


def _note_duplicates(
    cells: CellStore,
    findings: FindingList,
    areas: AreaKeys,
    column: str,
    order: NDArray[np.uint32],
    is_again: NDArray[np.bool_],
) -> None:
    rows = cells["row"][order]
    # the place, in the order, at which each cell stands first; sorting keeps the rows' order
    first = np.maximum.accumulate(np.where(is_again, 0, np.arange(len(order))))
    again = np.flatnonzero(is_again)
    keys = areas.number_by_area()[cells["area_id"][order[again]]]
    found = pl.DataFrame(
        {
            "row": rows[again],
            "value": [areas.texts[number] for number in keys.tolist()],
            "hint": rows[first[again]].astype(str),
        }
    )
    findings.add_rows("duplicate", column, found.sort("row"))
