"""From what is known of a release's cells to the arrays that the engine works on."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from services.indicator_api.disclosure.collecting.knowledge import Known, KnownCells, State
from services.indicator_api.disclosure.collecting.period_sums import add_period_sums
from services.indicator_api.disclosure.collecting.relations import (
    Relations,
    add_area_sums,
    add_breakdown_sums,
    add_shares,
    blocks_of,
)


def relations_of(known: Known, found: KnownCells) -> Relations:
    """All relations, now and at the times of earlier releases of figures that were revised."""
    values = found.cells.sort("cell")["value"].to_numpy()
    relations = Relations()
    for state in found.states:
        _add_state(relations, known, state, values)
    return relations


def _add_state(
    relations: Relations, known: Known, state: State, values: NDArray[np.float64]
) -> None:
    blocks = blocks_of(state.cells)
    for (measure, period), block in blocks.items():
        if known.kinds.get(measure, "rate") == "rate" or period not in known.periods:
            continue
        day = known.periods[period].end_on
        add_area_sums(relations, block, values, known.sums, day, known.held)
        if known.kinds[measure] == "count":
            add_breakdown_sums(relations, block, values, known.codes, known.held)
    if known.held.additivity != "cell_key":
        counted = {key: block for key, block in blocks.items() if known.kinds.get(key[0]) != "rate"}
        add_period_sums(relations, values, counted, known.periods)
    numerators, denominators = _shares(state.cells, known.shares)
    add_shares(relations, values, numerators, denominators)


def _shares(
    cells: pl.DataFrame, shares: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells of numerators beside those of their denominators."""
    wholes = cells.rename({"cell": "whole"}).rename(
        {"measure_id": "whole_measure_id", "breakdown_id": "whole_breakdown_id"}
    )
    pairs = cells.join(shares, on=["measure_id", "breakdown_id"]).join(
        wholes, on=["whole_measure_id", "whole_breakdown_id", "period_id", "area_id"]
    )
    return pairs["cell"].to_numpy(), pairs["whole"].to_numpy()
