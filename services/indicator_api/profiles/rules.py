"""Which areas are alike: nearest neighbours by z values; no input or output.

The model is that of CIPFA's nearest neighbours (statistical neighbours of local authorities):
each indicator is standardised over all areas compared, and areas are near each other when the
Euclidean distance of their z values is small.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt

# area key -> indicator code -> value
Table = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Feature:
    """An indicator as a dimension of likeness: mean and standard deviation over the areas.

    `sd` is that of a whole population (divisor n): the areas compared are all there are.
    """

    indicator: str
    areas: int
    mean: float
    sd: float
    weight: float = 1.0

    def z(self, value: float) -> float:
        """How many standard deviations a value lies above the mean."""
        return (value - self.mean) / self.sd


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An area, its distance to the one asked for, and its z values by indicator."""

    area: str
    distance: float
    z: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """An area that cannot be compared, and the indicators it has no value of."""

    area: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The areas by distance, nearest first.

    `features` are what the distance was made of; `constant` are the indicators without any
    difference between the areas, which tell nothing about likeness; `lacking` those that the
    area asked for has no value of.
    """

    features: tuple[Feature, ...]
    own: Mapping[str, float]
    neighbours: tuple[Neighbour, ...]
    incomplete: tuple[Incomplete, ...]
    constant: tuple[str, ...]
    lacking: tuple[str, ...]


def feature_of(indicator: str, values: Sequence[float], weight: float = 1.0) -> Feature | None:
    """Mean and standard deviation of an indicator's values; None if they do not differ.

    Sums are exact before they are rounded (`math.fsum`): values of 10^9 that differ in their
    last digits keep their deviation.
    """
    if len(values) < 2:
        return None
    mean = fsum(values) / len(values)
    sd = sqrt(fsum((value - mean) ** 2 for value in values) / len(values))
    # of equal values nothing but the rounding of their mean is left
    if sd <= 1e-12 * max(abs(value) for value in values):
        return None
    return Feature(indicator, len(values), mean, sd, weight)


def distance(
    one: Mapping[str, float], other: Mapping[str, float], weights: Mapping[str, float]
) -> float:
    """Euclidean distance of two areas' z values: sqrt(sum of weight * (difference squared))."""
    return sqrt(fsum(weight * (one[code] - other[code]) ** 2 for code, weight in weights.items()))


def nearest(
    table: Table, target: str, indicators: Sequence[str], weights: Mapping[str, float] | None = None
) -> Neighbourhood:
    """All areas of the table by their likeness to `target`, which must be one of them.

    Each indicator is standardised over all areas that have a value of it. An area that lacks one
    of the indicators used is left out: a distance over fewer of them would seem small.
    """
    own = table[target]
    lacking = tuple(code for code in indicators if code not in own)
    features = []
    constant = []
    for code in indicators:
        if code not in own:
            continue
        known = [values[code] for values in table.values() if code in values]
        feature = feature_of(code, known, (weights or {}).get(code, 1.0))
        if feature is None:
            constant.append(code)
        else:
            features.append(feature)
    used = {feature.indicator: feature.weight for feature in features}
    own_z = _z_values(features, own)
    neighbours = []
    incomplete = []
    for area, values in table.items():
        if area == target:
            continue
        missing = tuple(code for code in used if code not in values)
        if missing:
            incomplete.append(Incomplete(area, missing))
        elif used:
            z = _z_values(features, values)
            neighbours.append(Neighbour(area, distance(own_z, z, used), z))
    neighbours.sort(key=lambda item: (item.distance, item.area))
    return Neighbourhood(
        tuple(features),
        own_z,
        tuple(neighbours),
        tuple(incomplete),
        tuple(constant),
        lacking,
    )


def _z_values(features: Sequence[Feature], values: Mapping[str, float]) -> dict[str, float]:
    return {feature.indicator: feature.z(values[feature.indicator]) for feature in features}
