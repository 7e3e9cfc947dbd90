"""Which cells the rules hide, and what they demand of every cell that is hidden.

Each rule gives marks on cells: arrays of their number. NaN stands for what is not known (a cell
without a denominator), and no rule speaks of it. Demands are of all cells a rule speaks of, not
only of those it hides: outside, nobody can tell one from the other.
"""

from dataclasses import dataclass, fields

import numpy as np

from services.indicator_api.disclosure.problem import Bools, Floats, Integers


@dataclass(frozen=True, slots=True)
class Marks:
    """What rules say of n cells; arrays of length n, named as in `Problem`.

    `is_sensitive`: to be hidden.
    """

    is_sensitive: Bools
    needs_width: Floats
    needs_upper: Floats
    needs_lower: Floats
    primary_below: Floats
    primary_above: Floats
    primary_zero: Bools
    hidden_otherwise: Bools

    @classmethod
    def none(cls, count: int) -> "Marks":
        """Nothing hidden and nothing demanded of `count` cells."""
        return cls(
            is_sensitive=np.zeros(count, dtype=np.bool_),
            needs_width=np.zeros(count),
            needs_upper=np.full(count, -np.inf),
            needs_lower=np.full(count, np.inf),
            primary_below=np.zeros(count),
            primary_above=np.full(count, np.inf),
            primary_zero=np.zeros(count, dtype=np.bool_),
            hidden_otherwise=np.zeros(count, dtype=np.bool_),
        )

    def put(self, cells: Integers, marks: "Marks") -> None:
        """Writes the marks of some cells (k of them, numbers in `cells`) into those of all."""
        for one in fields(self):
            getattr(self, one.name)[cells] = getattr(marks, one.name)


def combine(marks: list[Marks]) -> Marks:
    """The strictest of all. Raises ValueError without any."""
    if not marks:
        raise ValueError("no marks to combine")

    return Marks(
        is_sensitive=np.logical_or.reduce([one.is_sensitive for one in marks]),
        needs_width=np.maximum.reduce([one.needs_width for one in marks]),
        needs_upper=np.maximum.reduce([one.needs_upper for one in marks]),
        needs_lower=np.minimum.reduce([one.needs_lower for one in marks]),
        primary_below=np.maximum.reduce([one.primary_below for one in marks]),
        primary_above=np.minimum.reduce([one.primary_above for one in marks]),
        primary_zero=np.logical_or.reduce([one.primary_zero for one in marks]),
        hidden_otherwise=np.logical_or.reduce([one.hidden_otherwise for one in marks]),
    )


def minimum_count(values: Floats, is_count: Bools, threshold: float, width: float) -> Marks:
    """Counts from 1 to below `threshold` are hidden; 0 is not.

    The employment agency hides 1 and 2 (threshold 3; Statistik der Bundesagentur für Arbeit,
    Statistische Geheimhaltung). A hidden count must be possible from the threshold on, and be
    unknown by `width`.
    """
    marks = Marks.none(len(values))
    marks.is_sensitive[:] = is_count & (values > 0) & (values < threshold)
    marks.needs_upper[is_count] = threshold
    marks.needs_width[is_count] = width
    marks.primary_below[is_count] = threshold
    return marks


def complement(values: Floats, denominators: Floats, threshold: float) -> Marks:
    """Hides counts that leave 1 to below `threshold` of their denominator over.

    Who knows the denominator knows the rest: the rest must be possible from the threshold on, or
    as far as the denominator goes.
    """
    marks = Marks.none(len(values))
    has = ~np.isnan(denominators)
    rest = denominators - values
    marks.is_sensitive[:] = has & (rest > 0) & (rest < threshold)
    marks.needs_lower[has] = np.maximum(denominators[has] - threshold, 0.0)
    marks.primary_above[has] = denominators[has] - threshold
    return marks


def extremes(values: Floats, denominators: Floats, is_concerned: Bools) -> Marks:
    """Hides none and all: 0 % or 100 % says of everybody what they are (group disclosure).

    The attacker must neither be able to conclude that it is nobody nor that it is everybody.
    """
    marks = Marks.none(len(values))
    has = is_concerned & (denominators > 0)
    marks.is_sensitive[:] = (is_concerned & (values == 0)) | (has & (values >= denominators))
    marks.needs_upper[is_concerned] = 1.0
    marks.needs_lower[has] = denominators[has] - 1.0
    marks.needs_width[is_concerned] = 1.0
    marks.primary_zero[:] = is_concerned
    marks.primary_above[has] = denominators[has] - 1.0
    return marks


def minimum_denominator(values: Floats, denominators: Floats, threshold: float) -> Marks:
    """Hides the numerators of rates whose denominator is below `threshold`.

    Destatis' and the employment agency's raster shows a rate from 100 on. A numerator beside a
    shown denominator is the rate, so it goes, too, and must not be known exactly.
    """
    small = denominators < threshold
    return _of_something_else(len(values), small, np.ones(len(values)))


def left_out(is_left_out: Bools) -> Marks:
    """Hides the figures of areas that are left out (too few residents)."""
    return _of_something_else(len(is_left_out), is_left_out, np.ones(len(is_left_out)))


def few_units(values: Floats, units: Floats, threshold: float) -> Marks:
    """Hides figures behind which stand 1 to below `threshold` units (Betriebe, households).

    What they are must stay unknown by a tenth of the figure, and by 1 at least: the margin that
    τ-ARGUS' users take where a rule gives none (rtauargus, `safety_rules = "MAN(10)"`).
    """
    few = (units > 0) & (units < threshold)
    known = np.where(np.isnan(values), 0.0, np.abs(values))
    return _of_something_else(len(values), few, np.maximum(1.0, known * _MARGIN))


_MARGIN = 0.1


def dominance(
    values: Floats,
    largest: Floats,
    second_largest: Floats,
    *,
    n: int = 2,
    k: float | None = None,
    p: float | None = None,
) -> Marks:
    """Hides figures that few contributors make up: the (n, k) rule, or the p% rule if `p` is given.

    With contributions x1 >= x2 >= … and their sum X, the figure is hidden if x1 + … + xn exceeds
    k % of X (n is 1 or 2), or if X − x1 − x2 is less than p % of x1. It must then stay possible
    that it is higher, and lower, by 100/k · (x1 + … + xn) − X, or p/100 · x1 − (X − x1 − x2):
    Hundepool et al., Handbook on Statistical Disclosure Control, chapter 4 (sensitivity rules and
    upper protection levels). Raises ValueError unless exactly one of `k` and `p` is given.
    """
    if (k is None) == (p is None) or n not in (1, 2):
        raise ValueError("dominance needs either k (n of 1 or 2) or p")
    has = ~np.isnan(values) & ~np.isnan(largest)
    second = np.where(np.isnan(second_largest), 0.0, second_largest)
    if p is not None:
        level = p / 100.0 * largest - (values - largest - second)
    else:
        level = 100.0 / float(k or 100.0) * (largest + (second if n == 2 else 0.0)) - values
    sensitive = has & (level > 0) & (values > 0)
    marks = _of_something_else(len(values), sensitive, np.where(sensitive, level, 0.0))
    marks.needs_upper[sensitive] = (values + level)[sensitive]
    marks.needs_lower[sensitive] = np.maximum(values - level, 0.0)[sensitive]
    return marks


def _of_something_else(count: int, sensitive: Bools, width: Floats) -> Marks:
    """Marks of a rule that looks at something else than the value."""
    marks = Marks.none(count)
    marks.is_sensitive[:] = sensitive
    marks.hidden_otherwise[:] = sensitive
    marks.needs_width[:] = width
    return marks
