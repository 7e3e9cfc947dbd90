"""Further invented figures of the Musterkreis: age groups, and who of them is in what situation.

They follow from the figures drawn before and from the same latent poverty. Drawn with a random
sequence of their own, so that those stay what they are. Groups stay within the groups they are
part of.
"""

import numpy as np
from numpy.typing import NDArray

from deploy.demo.musterkreis_areas import SEED

Array = NDArray[np.float64]
Count = NDArray[np.int64]
Counts = dict[tuple[str, str], Count]


def further_counts(known: Counts, level: Array, years: Array) -> Counts:
    """{(measure, breakdown): whole numbers (base areas, years)} from those known already.

    `level` holds the latent poverty of the base areas (a column), `years` counts from the first
    year (a row).
    """
    random = np.random.default_rng(SEED + 5)
    found = _age_groups(known)
    everyone = known | found
    found |= _nationality(random, everyone, level, years)
    found |= _benefits(random, everyone)
    found |= _work(random, everyone, level, years)
    rate = np.clip(0.36 - 0.05 * level + 0.008 * years, 0.15, 0.7)
    found[("KITA_KINDER_U3", "")] = drawn(random, found[("EINWOHNER_U3", "")], rate)
    return found


def drawn(random: np.random.Generator, whole: Count, rate: Array) -> Count:
    """Draw counts near `whole * rate` (0.4 of a binomial's spread), within 0 and `whole`."""
    expected = whole * rate
    spread = 0.4 * np.sqrt(np.maximum(expected * (1 - rate), 0))
    values = np.rint(expected + random.normal(0, 1, expected.shape) * spread)
    return np.clip(values, 0, whole).astype(np.int64)


def logistic(values: Array) -> Array:
    """The logistic function, elementwise."""
    return np.asarray(1 / (1 + np.exp(-values)))


def _age_groups(known: Counts) -> Counts:
    young, adults = known[("EINWOHNER_U15", "")], known[("EINWOHNER_15_64", "")]
    below_20 = _whole((known[("EINWOHNER_U18", "")] - young) * 5 / 3)
    adults_under_25 = _whole(np.asarray(adults * 0.088, dtype=np.float64))
    groups = {
        "EINWOHNER_U3": _whole(young * 3 / 15),
        "EINWOHNER_15_24": np.add(below_20, adults_under_25),
        "EINWOHNER_20_64": adults - below_20,
        "EINWOHNER_15_RAG": known[("EINWOHNER_U_RAG", "")] - young,
    }
    return {(measure, ""): values for measure, values in groups.items()}


def _nationality(random: np.random.Generator, known: Counts, level: Array, years: Array) -> Counts:
    rate = logistic(-2.0 + 0.6 * level) + 0.006 * years
    return {("EINWOHNER", "NAT=NATA"): drawn(random, known[("EINWOHNER", "")], rate)}


def _benefits(random: np.random.Generator, known: Counts) -> Counts:
    children = known[("NEF_U15_SGB2", "")]
    adults = known[("LEISTUNGSBERECHTIGTE_SGB2", "")] - children
    rate = adults / np.maximum(known[("EINWOHNER_15_64", "")], 1)
    youth = known[("EINWOHNER_U18", "")] - known[("EINWOHNER_U15", "")]
    others = known[("EINWOHNER_U15", "")] - children
    young = drawn(random, known[("EINWOHNER_15_24", "")], np.minimum(1.1 * rate, 0.6))
    return {
        ("ELB_SGB2", ""): drawn(random, adults, np.full(rate.shape, 0.96)),
        ("LEISTUNGSBERECHTIGTE_15_24_SGB2", ""): np.minimum(young, adults),
        # some children in such households have what they need, by maintenance for example
        ("PERSONEN_BG_U18_SGB2", ""): children
        + drawn(random, others, np.full(rate.shape, 0.02))
        + drawn(random, youth, np.minimum(1.25 * rate, 0.6)),
    }


def _work(random: np.random.Generator, known: Counts, level: Array, years: Array) -> Counts:
    unemployed = known[("ARBEITSLOSE", "")]
    for_long = np.broadcast_to(np.clip(0.33 + 0.04 * level, 0.15, 0.55), unemployed.shape)
    young = drawn(random, unemployed, np.full(unemployed.shape, 0.09))
    employed = logistic(0.5 - 0.26 * level) + 0.005 * years
    return {
        ("LANGZEITARBEITSLOSE", ""): drawn(random, unemployed, for_long),
        ("ARBEITSLOSE_U25", ""): np.minimum(young, known[("EINWOHNER_15_24", "")]),
        ("SVB_WOHNORT", ""): drawn(random, known[("EINWOHNER_15_RAG", "")], employed),
    }


def _whole(values: Array) -> Count:
    return np.rint(values).astype(np.int64)
