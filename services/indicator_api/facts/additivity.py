"""Rules of totals and their parts; no input or output."""

from dataclasses import dataclass
from math import inf

# What is summed up in binary fractions deviates by its last digits.
LEAST_DEVIATION = 1e-6
LAST_DIGITS = 1e-12


@dataclass(frozen=True, slots=True)
class Adding:
    """What a dataset says of how its figures add up.

    `rounding_base` counts where `additivity` is `rounded`. `unplaced_cases` of a total belong to
    no part, at most (Restfälle ohne Ortsangabe; None: some, nobody says how many).
    `amount_rounding` is the unit that amounts are rounded to whatever the additivity, as in tables
    in thousands of euros; 0: they are not.
    """

    additivity: str
    rounding_base: float = 0
    unplaced_cases: int | None = 0
    amount_rounding: float = 0

    def rounding_of(self, measure_kind: str) -> float:
        """To which unit the figures of a measure (count, amount) are rounded; 0: to none."""
        base = self.rounding_base if self.additivity == "rounded" else 0
        return max(base, self.amount_rounding) if measure_kind == "amount" else base

    def unplaced_of(self, measure_kind: str) -> float:
        """How much of a total may belong to no part.

        Cases are counted: who says how many there are says nothing of their amounts.
        """
        if self.unplaced_cases is None or (self.unplaced_cases and measure_kind == "amount"):
            return inf
        return self.unplaced_cases


@dataclass(frozen=True, slots=True)
class Leeway:
    """How far the sum of the parts may stay below the total, and how far it may exceed it."""

    below: float
    above: float


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Why totals and sums of parts may differ.

    `each`: by how much rounding moves a figure, the total's too. `missing`: how much of the total
    the parts may leave out.
    """

    each: float
    missing: float

    def leeway(self, parts: int, total: float) -> Leeway:
        """How far a total and the sum of so many parts may lie apart."""
        rounded = max(LEAST_DEVIATION, self.each * (parts + 1)) + LAST_DIGITS * abs(total)
        return Leeway(rounded + self.missing, rounded)


def area_tolerance(adding: Adding, measure_kind: str) -> Tolerance | None:
    """How the totals of areas are held to the areas below them; None if nobody can say.

    Exact figures add up to the last unit. Rounded ones deviate by up to half the base each. What a
    source has suppressed can only be missing: parts may stay below the total, never above it, and
    so it is with cases that have no place. Cells perturbed by a cell key (Zensus 2022) deviate
    independently of each other, and the offices do not say by how much (zensus2022.de,
    „Erläuterungen zur Methodik“): like what is not additive they are never held to their parts.
    """
    each = adding.rounding_of(measure_kind) / 2
    if adding.additivity in ("exact", "rounded"):
        return Tolerance(each, adding.unplaced_of(measure_kind))
    if adding.additivity == "suppressed_at_source":
        return Tolerance(each, inf)
    return None


def breakdown_tolerance(adding: Adding, measure_kind: str) -> Tolerance | None:
    """The same for totals and the values of a characteristic: who has no place has a sex."""
    tolerance = area_tolerance(adding, measure_kind)
    if tolerance is None or adding.additivity == "suppressed_at_source":
        return tolerance
    return Tolerance(tolerance.each, 0)


def leeway(additivity: str, parts: int, total: float, rounding: float) -> Leeway | None:
    """The same for counts that are all placed, of a total with so many parts."""
    tolerance = area_tolerance(Adding(additivity, rounding), "count")
    return None if tolerance is None or parts == 0 else tolerance.leeway(parts, total)


def adds_up(total: float, together: float, allowed: Leeway | None) -> bool | None:
    """Whether a delivered total may be the sum `together` of its parts; None if nobody can say."""
    if allowed is None:
        return None
    return -allowed.below <= together - total <= allowed.above
