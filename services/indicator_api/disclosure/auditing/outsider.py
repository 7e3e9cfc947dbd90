"""The attacker from outside, who knows all that is public and the rules."""

import numpy as np

from services.indicator_api.disclosure.auditing.attacker import Bounds, WholeTables
from services.indicator_api.disclosure.auditing.group import Group
from services.indicator_api.disclosure.auditing.tables import Witnesses
from services.indicator_api.disclosure.problem import VALUE_TOLERANCE, Failure, Floats, Integers

# Groups up to this size are searched for whole tables for each cell; in larger ones only where a
# demand is not met otherwise (the interval reported may then be narrower than what is possible).
EXACT_UP_TO = 40
# Simplex iterations after which only demands that are still unmet are looked into.
ITERATIONS = 60_000


def attack_from_outside(
    group: Group, witnesses: Witnesses, *, ruled: list[Integers], demands_only: bool
) -> list[Failure]:
    """Every asked cell pushed up and down; failures where a demand is not proven to hold.

    The witnesses are added to. With `demands_only` cells whose demands are met already are left.
    """
    outer_least, outer_greatest = _outer_bounds(group, witnesses, demands_only=demands_only)
    tables: WholeTables | None = None
    for cell in np.flatnonzero(witnesses.unmet()):
        tables = tables or WholeTables(group, ruled=ruled)
        _meet(group, witnesses, tables, int(cell))
    exactly = group.size <= EXACT_UP_TO and not demands_only
    for cell in np.flatnonzero(group.is_asked if exactly else witnesses.unmet()):
        for sign, outer in ((1.0, outer_greatest), (-1.0, outer_least)):
            if not _may_go_further(witnesses, outer, int(cell), sign):
                continue
            tables = tables or WholeTables(group, ruled=ruled)
            outer[cell], point = tables.furthest(int(cell), sign)
            witnesses.accept(point)
    return [
        _failure(group, witnesses, int(cell), float(outer_least[cell]), float(outer_greatest[cell]))
        for cell in np.flatnonzero(witnesses.unmet())
    ]


def _meet(group: Group, witnesses: Witnesses, tables: WholeTables, cell: int) -> None:
    """Looks for tables that just meet the cell's demands: sooner found than the outermost."""
    width, least = float(group.needs_width[cell]), float(witnesses.least[cell])
    up = max(float(group.needs_upper[cell]), least + width)
    if witnesses.greatest[cell] < up - VALUE_TOLERANCE:
        witnesses.accept(tables.any({cell: (up, float(group.upper[cell]))})[1])
    if witnesses.unmet()[cell]:
        down = min(float(group.needs_lower[cell]), float(witnesses.greatest[cell]) - width)
        witnesses.accept(tables.any({cell: (float(group.lower[cell]), down)})[1])


def _outer_bounds(
    group: Group, witnesses: Witnesses, *, demands_only: bool
) -> tuple[Floats, Floats]:
    least, greatest = group.lower.copy(), group.upper.copy()
    bounds = Bounds(group)
    for cell in np.flatnonzero(group.is_asked):
        enough = demands_only or bounds.iterations > ITERATIONS
        if enough and not witnesses.unmet()[cell]:
            continue
        for sign, outer in ((1.0, greatest), (-1.0, least)):
            if _may_go_further(witnesses, outer, int(cell), sign):
                outer[cell], point = bounds.furthest(int(cell), sign)
                witnesses.accept(point)
    return least, greatest


def _may_go_further(witnesses: Witnesses, outer: Floats, cell: int, sign: float) -> bool:
    reached = witnesses.greatest[cell] if sign > 0 else witnesses.least[cell]
    return bool(sign * (outer[cell] - reached) > VALUE_TOLERANCE)


def _failure(
    group: Group, witnesses: Witnesses, cell: int, outer_least: float, outer_greatest: float
) -> Failure:
    """What of the cell's demands does not hold; `too_narrow` if no table at all could meet it."""
    upper, lower = float(group.needs_upper[cell]), float(group.needs_lower[cell])
    width = float(group.needs_width[cell])
    least, greatest = float(witnesses.least[cell]), float(witnesses.greatest[cell])
    checks = (
        (greatest < upper - VALUE_TOLERANCE, f"greatest >= {upper:g}", outer_greatest >= upper),
        (least > lower + VALUE_TOLERANCE, f"least <= {lower:g}", outer_least <= lower),
        (
            greatest - least < width - VALUE_TOLERANCE,
            f"width >= {width:g}",
            outer_greatest - outer_least >= width,
        ),
    )
    failed = [(demand, open_) for fails, demand, open_ in checks if fails]
    refuted = any(not open_ for _, open_ in failed)
    return Failure(
        cell=int(group.cells[cell]),
        attacker="outsider",
        known_cell=None,
        least=least,
        greatest=greatest,
        demand=", ".join(demand for demand, _ in failed),
        reason="too_narrow" if refuted else "not_proven",
    )
