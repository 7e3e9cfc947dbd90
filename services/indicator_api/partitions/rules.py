"""Rules of partitions and of sets of their units; no input or output."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Basis = Literal["whole", "residents", "area"]

# Share of a unit's area inside a drawn polygon from which the unit counts as whole, and below
# which it was only grazed.
WHOLE_FROM = 0.99
SLIVER_BELOW = 0.01
# A weight is published with the set: three decimals say enough for planning, and a share of
# residents does not lead back to a count.
WEIGHT_DECIMALS = 3
# What thirds written with some decimals add up to.
SUM_TOLERANCE = 1e-6

SET_KINDS = ("quartier", "sozialraum", "foerdergebiet", "schuleinzugsgebiet")
BASIS_WORDS: dict[Basis, str] = {
    "whole": "ganz",
    "residents": "nach Einwohnern",
    "area": "nach Fläche",
}


@dataclass(frozen=True, slots=True)
class Part:
    """What of a unit belongs to a set: `weight` of its residents or area, or the whole."""

    unit: str
    weight: float
    basis: Basis


def belongs_to(code: str, municipality: str) -> bool:
    """Whether a key of one's own begins with the municipality's, and goes on."""
    return code.startswith(municipality) and len(code) > len(municipality)


def rounded_weight(share: float) -> float:
    """A share above 0 as a weight: rounded, at least the smallest step and at most 1."""
    step = 10.0**-WEIGHT_DECIMALS
    return min(1.0, max(step, round(share, WEIGHT_DECIMALS)))


def sums_other_than_one(
    units: Iterable[str], sets: Iterable[Iterable[Part]]
) -> Mapping[str, float]:
    """{unit: sum of its weights over all sets} of the units that do not come to exactly one."""
    sums: defaultdict[str, float] = defaultdict(float)
    for parts in sets:
        for part in parts:
            sums[part.unit] += part.weight
    return {
        unit: sums[unit] for unit in sorted({*units, *sums}) if abs(sums[unit] - 1) > SUM_TOLERANCE
    }


def twice_named(parts: Iterable[str]) -> list[str]:
    """The units that are named more than once, sorted."""
    seen: set[str] = set()
    twice: set[str] = set()
    for unit in parts:
        (twice if unit in seen else seen).add(unit)
    return sorted(twice)


def settled(sets: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """The parts of sets that were cut from the same units, without what rounding left over.

    Where a unit's rounded weights miss one by no more than rounding can, its largest part takes
    the difference, so that what was divided stays whole.
    """
    by_unit: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    made = [list(parts) for parts in sets]
    for row, parts in enumerate(made):
        for place, part in enumerate(parts):
            by_unit[part.unit].append((row, place))
    for places in by_unit.values():
        rest = 1 - sum(made[row][place].weight for row, place in places)
        if not 0 < abs(rest) <= len(places) * 0.5 * 10.0**-WEIGHT_DECIMALS + SUM_TOLERANCE:
            continue
        row, place = max(places, key=lambda at: made[at[0]][at[1]].weight)
        part = made[row][place]
        if part.basis != "whole":
            weight = min(1.0, round(part.weight + rest, WEIGHT_DECIMALS))
            made[row][place] = Part(part.unit, weight, part.basis)
    return made
