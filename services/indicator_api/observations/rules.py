"""Rules of totals and their parts; no input or output."""

from collections.abc import Sequence
from math import sqrt

# Rounding bases in use are 3, 5 and 10; the widest is assumed where a dataset does not say.
WIDEST_ROUNDING = 10
# Assumed: the offices say that single counts of the Zensus 2022 are shown slightly changed, so that
# they need not add up to totals, but not by how much (zensus2022.de, „Erläuterungen zur Methodik“).
CELL_KEY_DEVIATION = 10


def adds_up(
    total: float, parts: Sequence[float], additivity: str, *, rounding: float = WIDEST_ROUNDING
) -> bool | None:
    """Whether a delivered total may be the sum of its delivered parts; None if nobody can say.

    `additivity` is the dataset's: exact figures add up to the last unit. Rounded ones deviate by
    up to half the rounding base each, the total too. Cells perturbed by a cell key deviate
    independently of each other: parts and total by up to `CELL_KEY_DEVIATION` each, in sum rarely
    by more than three times the root of their number. What a source has suppressed can only be
    missing: parts may stay below the total, never above it. What is not additive is never held to
    its parts.
    """
    difference = total - sum(parts)
    if additivity == "not_additive" or not parts:
        return None
    if additivity == "exact":
        return abs(difference) < 0.5 if _are_whole((total, *parts)) else abs(difference) < 1e-6
    if additivity == "rounded":
        return abs(difference) <= rounding / 2 * (len(parts) + 1)
    if additivity == "cell_key":
        cells = len(parts) + 1
        return abs(difference) <= CELL_KEY_DEVIATION * min(cells, 3 * sqrt(cells))
    return difference >= 0


def _are_whole(values: Sequence[float]) -> bool:
    return all(float(value).is_integer() for value in values)
