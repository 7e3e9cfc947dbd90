"""Rules of totals and their parts; no input or output."""

from dataclasses import dataclass
from math import inf

# what is summed up in binary fractions deviates by its last digits
_LAST_DIGITS = 1e-12


@dataclass(frozen=True, slots=True)
class Leeway:
    """How far the sum of the parts may stay below the total, and how far it may exceed it."""

    below: float
    above: float


def leeway(additivity: str, parts: int, total: float, rounding: float) -> Leeway | None:
    """How far a total and the sum of its parts may lie apart; None if nobody can say.

    `additivity` is the dataset's: exact figures add up to the last unit. Rounded ones deviate by
    up to half the rounding base each, the total too. What a source has suppressed can only be
    missing: parts may stay below the total, never above it. Cells perturbed by a cell key (Zensus
    2022) deviate independently of each other, and the offices do not say by how much
    (zensus2022.de, „Erläuterungen zur Methodik“): like what is not additive they are never held
    to their parts.
    """
    exact = max(1e-6, _LAST_DIGITS * abs(total))
    if parts == 0:
        return None
    if additivity == "exact":
        return Leeway(exact, exact)
    if additivity == "rounded":
        each = rounding / 2 * (parts + 1)
        return Leeway(each, each)
    if additivity == "suppressed_at_source":
        return Leeway(inf, exact)
    return None


def adds_up(total: float, together: float, allowed: Leeway | None) -> bool | None:
    """Whether a delivered total may be the sum `together` of its parts; None if nobody can say."""
    if allowed is None:
        return None
    return -allowed.below <= together - total <= allowed.above
