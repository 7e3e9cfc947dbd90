"""The audit of a pattern: what is proven to stay possible of each cell that is not shown."""

from collections.abc import Sequence

import numpy as np

from services.indicator_api.disclosure.auditing.attacker import starting_table
from services.indicator_api.disclosure.auditing.group import Group, groups_of
from services.indicator_api.disclosure.auditing.insider import attack_from_inside
from services.indicator_api.disclosure.auditing.outsider import attack_from_outside
from services.indicator_api.disclosure.auditing.tables import Witnesses
from services.indicator_api.disclosure.problem import (
    SENSITIVE,
    Audit,
    Bools,
    Failure,
    Floats,
    NotProvenError,
    Problem,
    RelationBrokenError,
    require_relations,
)


def audit(
    problem: Problem,
    is_hidden: Bools,
    *,
    demands_only: bool = False,
    tables: Sequence[Floats] = (),
) -> Audit:
    """Attacks the pattern `is_hidden` (bool[n]); UNKNOWN cells count as not shown in any case.

    Safe is what is proven: for each demand there are tables that meet it, whole where counts are,
    abiding by the rules, agreeing with everything shown. Where the search for one is given up,
    that is a failure `not_proven`. With `demands_only` the intervals reach only as far as the
    demands need (quicker). `tables` (float64[n] each) are proposed as witnesses: they are tested
    like any other, so that wrong ones do no harm. Hidden cells without a true value are attacked
    alike; the insider, whose knowledge is a true value, only knows those that have one.

    Raises RelationBrokenError where relations do not hold among what is known.
    """
    least, greatest = np.full(problem.count, np.nan), np.full(problem.count, np.nan)
    require_relations(problem)
    failures = _shown_failures(problem, is_hidden)
    for group in groups_of(problem, is_hidden):
        asked = group.cells[group.is_asked]
        try:
            found = _attack(problem, group, tables, demands_only=demands_only)
        except NotProvenError:
            failures += [_nothing_proven(int(cell)) for cell in asked]
            continue
        except RelationBrokenError as error:
            names = [problem.row_name(row) for row, _ in error.broken]
            raise RelationBrokenError(error.broken, names) from error
        least[asked], greatest[asked] = found[0], found[1]
        failures += found[2]
    return Audit(least, greatest, sorted(failures, key=lambda one: (one.cell, one.attacker)))


def _attack(
    problem: Problem, group: Group, tables: Sequence[Floats], *, demands_only: bool
) -> tuple[Floats, Floats, list[Failure]]:
    base, ruled = starting_table(group)
    witnesses = Witnesses(group, base, ruled=ruled, keeps_all=problem.withstands_insider)
    for table in tables:
        witnesses.accept(table[group.cells])
    failures = attack_from_outside(group, witnesses, ruled=ruled, demands_only=demands_only)
    if problem.withstands_insider:
        failures += attack_from_inside(group, witnesses, ruled=ruled, width=problem.insider_width)
    asked = group.is_asked
    # Caps of other cells of the group may end a cell's way before its own does.
    beyond = group.is_capped & (witnesses.greatest >= 0.9 * group.upper)
    greatest = np.where(beyond, np.inf, witnesses.greatest)
    return witnesses.least[asked] + 0.0, greatest[asked] + 0.0, failures


def _shown_failures(problem: Problem, is_hidden: Bools) -> list[Failure]:
    shown = np.flatnonzero((problem.status == SENSITIVE) & ~is_hidden)
    return [
        Failure(
            cell=int(cell),
            attacker="outsider",
            known_cell=None,
            least=float(problem.displayed[cell]),
            greatest=float(problem.displayed[cell]),
            demand="hidden",
            reason="shown",
        )
        for cell in shown
    ]


def _nothing_proven(cell: int) -> Failure:
    nothing = float("nan")
    return Failure(cell, "outsider", None, nothing, nothing, "any table", "not_proven")
