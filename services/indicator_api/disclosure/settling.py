"""Deciding which cells of a batch are hidden, for all who will read the release."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from services.indicator_api.disclosure.collecting.assembling import (
    Assembled,
    Settled,
    Wishes,
    assemble,
)
from services.indicator_api.disclosure.collecting.demands import Rules
from services.indicator_api.disclosure.collecting.knowledge import KEYS, Known, known_cells
from services.indicator_api.disclosure.collecting.relations import BrokenSum, RelationKind
from services.indicator_api.disclosure.problem import FIXED, SENSITIVE, NotProvenError, Protection
from services.indicator_api.disclosure.suppressing import protect

PUBLIC = "public"
SECONDARY = "secondary"
_MOST_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Order:
    """What to protect for whom: the audience of the release, its rules, and how long to search.

    `seconds` bound the search for a pattern that loses less; `gap` is the relative distance from
    the least loss that is good enough.
    """

    audience: str
    rules: Rules
    wishes: Wishes
    seconds: float = 30.0
    gap: float = 0.02


@dataclass
class Outcome:
    """What came of a batch. `hidden`: the four ids, `reason`, `least`, `greatest`.

    `public_already`: cells that a rule hides though readers have seen them; `alone`: sensitive
    cells that are part of no sum. `broken`: totals that are not what their parts give.
    """

    hidden: pl.DataFrame
    cells: int = 0
    public_already: int = 0
    alone: int = 0
    relations: dict[str, int] = field(default_factory=dict)
    broken: list[tuple[BrokenSum, dict[str, int]]] = field(default_factory=list)
    loss: float = 0.0
    bound: float = 0.0
    is_optimal: bool = True
    seconds: float = 0.0
    readers: tuple[tuple[str, ...], ...] = ()


def readers_of(audience: str, known: Known) -> list[tuple[str, ...]]:
    """Whose knowledge a release meets: its readers', and for the public everybody's.

    Who reads for the Kreis has seen what was released to the Kreis and to the public; a public
    release adds to what each of these audiences knows.
    """
    if audience != PUBLIC:
        return [(audience, PUBLIC)]
    others = sorted(set(known.shown["audience"].unique().to_list()) - {PUBLIC})
    return [(PUBLIC,), *((other, PUBLIC) for other in others)]


def settle(known: Known, order: Order, settled: Settled) -> Outcome:
    """Hide what the rules and the relations demand.

    What one readership's knowledge demands is hidden from all of them; asked again until none
    adds anything. Raises InfeasibleError, NotProvenError and RelationBrokenError of the engine.
    """
    readerships = readers_of(order.audience, known)
    outcome = Outcome(hidden=_nothing_hidden(), readers=tuple(readerships))
    hidden = settled.hidden
    for _ in range(_MOST_ROUNDS):
        before = hidden.height
        outcome = Outcome(hidden=_nothing_hidden(), readers=tuple(readerships))
        for readers in readerships:
            found = assemble(
                known,
                known_cells(known, readers),
                order.rules,
                order.wishes,
                Settled(settled.shown, hidden),
            )
            protection = protect(found.problem, seconds=order.seconds, gap=order.gap)
            _take_up(outcome, found, protection)
            hidden = pl.concat([hidden, outcome.hidden.select(KEYS)]).unique(maintain_order=True)
        if hidden.height == before or len(readerships) == 1:
            return outcome
    # each readership's knowledge still asks for more: for none of them is it proven
    raise NotProvenError(list(range(outcome.hidden.height)))


def _take_up(outcome: Outcome, found: Assembled, protection: Protection) -> None:
    """Add what one readership's problem came to."""
    problem, cells = found.problem, found.cells
    released = cells["is_released"].to_numpy()
    sensitive = np.zeros(problem.count, bool)
    for marks in found.marks.values():
        sensitive |= marks.is_sensitive
    seen = released & sensitive & (problem.status == FIXED)
    is_hidden = (protection.is_hidden & released) | seen
    least, greatest = protection.audit.least.copy(), protection.audit.greatest.copy()
    least[seen] = greatest[seen] = problem.values[seen]
    rows = (
        cells.select(KEYS)
        .with_columns(
            reason=pl.Series(_reasons(found)),
            least=pl.Series(least),
            greatest=pl.Series(greatest),
        )
        .filter(pl.Series(is_hidden))
    )
    # of several readerships the one that can tell most
    outcome.hidden = (
        pl.concat([outcome.hidden, rows])
        .group_by(KEYS, maintain_order=True)
        .agg(
            pl.col("reason").first(),
            pl.col("least").max(),
            pl.col("greatest").min(),
        )
    )
    outcome.cells = int(released.sum())
    outcome.public_already = max(outcome.public_already, int(seen.sum()))
    outcome.alone = max(outcome.alone, int((found.is_alone & released).sum()))
    outcome.loss = max(outcome.loss, protection.loss)
    outcome.bound = max(outcome.bound, protection.bound)
    outcome.is_optimal &= protection.is_optimal
    outcome.seconds += protection.seconds
    if not outcome.relations:
        kinds, counts = np.unique(found.relations.kinds, return_counts=True)
        outcome.relations = {
            RelationKind(kind).name.lower(): int(count)
            for kind, count in zip(kinds, counts, strict=True)
        }
        outcome.broken = _broken(found)


def _reasons(found: Assembled) -> Sequence[str]:
    """Per cell the kind of rule that hides it, else that it protects others."""
    reasons = np.full(found.problem.count, SECONDARY, dtype=object)
    for kind, marks in reversed(list(found.marks.items())):
        reasons[marks.is_sensitive] = kind
    return [str(reason) for reason in reasons]


def _broken(found: Assembled) -> list[tuple[BrokenSum, dict[str, int]]]:
    """Broken sums of slices in which something is sensitive: there they would matter."""
    touched = found.cells.filter(pl.Series(found.problem.status == SENSITIVE))
    slices = set(touched.select("measure_id", "period_id").unique().rows())
    named = []
    for broken in found.relations.broken:
        keys = found.cells.row(broken.total, named=True)
        if (keys["measure_id"], keys["period_id"]) in slices and keys["origin"] == "own":
            named.append((broken, {key: int(keys[key]) for key in KEYS}))
    return named


def _nothing_hidden() -> pl.DataFrame:
    schema = dict.fromkeys(KEYS, pl.Int32) | {
        "reason": pl.String,
        "least": pl.Float64,
        "greatest": pl.Float64,
    }
    return pl.DataFrame(schema=schema)
