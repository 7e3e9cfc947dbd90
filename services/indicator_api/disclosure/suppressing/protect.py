"""From a problem to a safe pattern."""

import time

import numpy as np

from services.indicator_api.disclosure.auditing import audit
from services.indicator_api.disclosure.problem import (
    FIXED,
    Bools,
    Floats,
    InfeasibleError,
    Integers,
    NotProvenError,
    Problem,
    Progress,
    Protection,
    require_relations,
)
from services.indicator_api.disclosure.suppressing.part import parts_of
from services.indicator_api.disclosure.suppressing.restricting import parts_to_protect
from services.indicator_api.disclosure.suppressing.search import Found, Search


def protect(
    problem: Problem,
    *,
    seconds: float,
    gap: float = 0.0,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> Protection:
    """Hides the SENSITIVE cells and the least further weight that makes the release safe.

    `seconds` bounds the search for something better (the first safe pattern and the audit take
    what they take); `gap` is the relative distance from the optimum that is good enough. Parts
    that do not hang together are searched one by one. Equal problems and seeds end equally unless
    the time runs out. `on_progress(what, share done)` is called after each part.

    Raises RelationBrokenError, InfeasibleError, NotProvenError.
    """
    begun = time.monotonic()
    require_relations(problem)
    parts = parts_to_protect(problem)
    is_hidden = np.zeros(problem.count, dtype=np.bool_)
    loss = bound = 0.0
    methods: set[str] = set()
    tables: list[Floats] = []
    total = sum(len(part.cells) for part, _ in parts)
    done = 0
    for part, alone in parts:
        left = max(seconds - (time.monotonic() - begun), 0.0)
        share = left * len(part.cells) / max(total - done, 1)
        try:
            found = _protected(alone, seconds=share, gap=gap, seed=seed)
        except InfeasibleError as error:
            cells = [int(part.cells[cell]) for cell in error.cells]
            rows = [int(part.rows[row]) for row in error.relations]
            raise InfeasibleError(error.kind, cells, rows) from error
        except NotProvenError as error:
            raise NotProvenError([int(part.cells[cell]) for cell in error.cells]) from error
        is_hidden[part.cells] = found.is_hidden
        loss, bound = loss + found.loss, bound + found.bound
        methods.add(found.method)
        tables += [_spread(table, part.cells, problem.count) for table in found.tables]
        done += len(part.cells)
        if on_progress is not None:
            on_progress("suppressing", done / total)
    proof = audit(problem, is_hidden, tables=tables)
    if not proof.is_safe:
        raise NotProvenError(sorted({failure.cell for failure in proof.failures}))
    distance = (loss - bound) / loss if loss > 0 else 0.0
    return Protection(
        is_hidden=is_hidden,
        loss=loss,
        bound=bound,
        is_optimal="heuristic" not in methods,
        gap=max(distance, 0.0),
        method="heuristic" if "heuristic" in methods else "cuts" if methods else "nothing to hide",
        seconds=time.monotonic() - begun,
        audit=proof,
    )


def _protected(alone: Problem, *, seconds: float, gap: float, seed: int) -> Found:
    hidden: Bools = np.zeros(alone.count, dtype=np.bool_)
    loss = bound = 0.0
    methods = set()
    tables: list[Floats] = []
    for part in parts_of(alone):
        found = Search(alone, part, seconds=seconds, gap=gap, seed=seed).run()
        hidden[part.group.cells] = found.is_hidden & part.may
        loss, bound = loss + found.loss, bound + found.bound
        methods.add(found.method)
        tables += found.tables
    method = "heuristic" if "heuristic" in methods else "cuts"
    return Found(hidden, loss, bound, method, tables)


def _spread(table: Floats, cells: Integers, count: int) -> Floats:
    whole = np.full(count, np.nan)
    whole[cells] = table
    return whole


def require_hideable(problem: Problem, sensitive: Bools) -> None:
    """Raises InfeasibleError `already_public` for cells that the rules hide but that are FIXED."""
    public = np.flatnonzero(sensitive & (problem.status == FIXED))
    if len(public):
        rows = np.unique(problem.relations[:, public].tocoo().row)
        raise InfeasibleError(
            "already_public", [int(cell) for cell in public], [int(row) for row in rows]
        )
