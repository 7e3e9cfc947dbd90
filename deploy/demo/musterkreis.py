"""Invented figures of the fictional Musterkreis, 2017 to 2024, the same on every run.

A latent field of poverty (a Gaussian field over the Quartiere's places, so that neighbours
resemble each other, plus what each Quartier leans to) drives all counts. Counts are whole
numbers; parts sum to totals: age groups to residents, SGB II + SGB III to unemployed,
Quartiere to Musterstadt, municipalities to the Kreis. Some Quartiere are so small that counts
of one or two occur, which the minimum count hides. None of it describes a real place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from deploy.demo.musterkreis_areas import (
    KREIS,
    MUNICIPALITIES,
    MUSTERSTADT,
    SEED,
    boundaries,
    quarters,
)
from deploy.demo.musterkreis_groups import drawn, further_counts, logistic

YEARS = tuple(range(2017, 2025))
LAST_YEAR = YEARS[-1]
Array = NDArray[np.float64]
Count = NDArray[np.int64]

# Ups and downs that all areas share, by year.
_SGB2_COURSE = (1.05, 1.01, 0.96, 1.00, 0.98, 1.04, 1.06, 1.05)
_SGB3_COURSE = (1.00, 0.96, 0.97, 1.38, 1.22, 1.02, 1.08, 1.15)

# At the end of each year the Regelaltersgrenze lay so many months above 65 (§ 235 SGB VI); of
# those aged 65 and over, about 6 in 100 are 65.
_OF_THE_OLD_BELOW_PENSION_AGE = 0.06 * np.array((6, 7, 8, 9, 10, 11, 12, 12)) / 12

# The town's Statistikstelle holds its figures by subject, down to the Quartiere; the Kreis holds
# those of the other municipalities and its own total in one dataset.
KREIS_DATASET = "mk_kreiszahlen"
DATASETS: dict[str, tuple[str, ...]] = {
    "mk_einwohner": (
        "EINWOHNER",
        "EINWOHNER_U15",
        "EINWOHNER_U18",
        "EINWOHNER_15_64",
        "EINWOHNER_AB_65",
        "EINWOHNER_U_RAG",
        "EINWOHNER_AB_RAG",
        "EINWOHNER_U3",
        "EINWOHNER_15_24",
        "EINWOHNER_20_64",
        "EINWOHNER_15_RAG",
    ),
    "mk_haushalte": ("HAUSHALTE", "HAUSHALTE_MIT_KINDERN", "HAUSHALTE_ALLEINERZIEHENDE"),
    "mk_sgb2": (
        "LEISTUNGSBERECHTIGTE_SGB2",
        "NEF_U15_SGB2",
        "ELB_SGB2",
        "LEISTUNGSBERECHTIGTE_15_24_SGB2",
        "PERSONEN_BG_U18_SGB2",
    ),
    "mk_arbeitslose": ("ARBEITSLOSE", "LANGZEITARBEITSLOSE", "ARBEITSLOSE_U25"),
    "mk_beschaeftigte": ("SVB_WOHNORT",),
    "mk_kita": ("KITA_KINDER_U3",),
    "mk_grundsicherung": ("GRUNDSICHERUNG_ALTER",),
    "mk_schule": ("SCHULABGAENGE", "SCHULABGAENGE_OHNE_ABSCHLUSS"),
}
DATASETS[KREIS_DATASET] = tuple(
    measure for dataset, held in DATASETS.items() if dataset != "mk_haushalte" for measure in held
)
# Schools report by year, all else stands for 31 December.
_BY_YEAR = DATASETS["mk_schule"]
_PROVISIONAL = (*DATASETS["mk_sgb2"], *DATASETS["mk_arbeitslose"])
# "Am Kanal" was counted together with a neighbour in these years: its own figure is unknown.
_UNKNOWN = {
    (measure, "9900100120", year) for measure in DATASETS["mk_sgb2"] for year in (2019, 2020)
}
# "Seewinkel" had no figures on schools before it was built up.
_NOT_DELIVERED = {
    (measure, "9900100126", year) for measure in DATASETS["mk_schule"] for year in (2017, 2018)
}


@dataclass(frozen=True)
class Cell:
    """One figure: `value` is None where `status` gives the sign of missingness."""

    area: str
    year: int
    measure: str
    breakdown: str
    value: int | None
    status: str
    quality: str


def base_areas() -> list[str]:
    """Keys of the areas that figures are drawn for; all others are their sums."""
    return [item.code for item in quarters()] + [item.code for item in MUNICIPALITIES]


@cache
def latent_poverty() -> dict[str, float]:
    """{key: level of the latent field}, 0 is usual, above 1 poor, below -1 well off."""
    keys = base_areas()
    shapes = boundaries()
    places = np.array([shapes[key].representative_point().coords[0] for key in keys]) / 1000
    distance = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    # Exponential covariance, range 2 km: about two Quartiere wide.
    covariance = np.exp(-distance / 2.0) + 1e-9 * np.eye(len(keys))
    field = np.linalg.cholesky(covariance) @ np.random.default_rng(SEED + 2).normal(size=len(keys))
    lean = [item.lean for item in quarters()] + [item.lean for item in MUNICIPALITIES]
    level = 0.75 * np.array(lean) + 0.45 * field
    return dict(zip(keys, level.tolist(), strict=True))


@cache
def counts() -> dict[tuple[str, str], Count]:
    """{(measure, breakdown): whole numbers (base areas, years)}; breakdown "" is the total."""
    random = np.random.default_rng(SEED + 3)
    level = np.array(list(latent_poverty().values()))[:, None]
    years = np.arange(len(YEARS), dtype=np.float64)[None, :]
    found = _residents(random, level, years)
    found |= _households(random, level, found[("EINWOHNER", "")])
    drift = np.cumsum(random.normal(0, 0.018, (len(level), len(YEARS))), axis=1)
    sgb2 = logistic(-2.45 + 0.85 * level) * np.array(_SGB2_COURSE) * np.exp(drift)
    children, adults = found[("EINWOHNER_U15", "")], found[("EINWOHNER_15_64", "")]
    poor_children = drawn(random, children, np.minimum(1.45 * sgb2, 0.6))
    found[("NEF_U15_SGB2", "")] = poor_children
    found[("LEISTUNGSBERECHTIGTE_SGB2", "")] = poor_children + drawn(random, adults, 0.88 * sgb2)
    short = (0.014 + 0.003 * level) * np.array(_SGB3_COURSE)
    parts = {
        "RK=SGB2": drawn(random, adults, 0.36 * sgb2),
        "RK=SGB3": drawn(random, adults, np.maximum(short, 0.004)),
    }
    found |= {("ARBEITSLOSE", key): value for key, value in parts.items()}
    found[("ARBEITSLOSE", "")] = parts["RK=SGB2"] + parts["RK=SGB3"]
    old_age = logistic(-3.3 + 0.75 * level) * (1 + 0.035 * years)
    found[("GRUNDSICHERUNG_ALTER", "")] = drawn(random, found[("EINWOHNER_AB_RAG", "")], old_age)
    leavers = drawn(random, found[("EINWOHNER_U18", "")], np.full(sgb2.shape, 0.056))
    found[("SCHULABGAENGE", "")] = leavers
    found[("SCHULABGAENGE_OHNE_ABSCHLUSS", "")] = drawn(
        random, leavers, logistic(-2.7 + 0.65 * level)
    )
    return found | further_counts(found, level, years)


def _residents(
    random: np.random.Generator, level: Array, years: Array
) -> dict[tuple[str, str], Count]:
    start = [item.residents for item in quarters()] + [item.residents for item in MUNICIPALITIES]
    growth = 0.004 + random.normal(0, 0.006, level.shape)
    noise = random.normal(0, 0.004, (len(level), len(YEARS)))
    total = np.rint(np.array(start)[:, None] * np.exp(growth * years + noise)).astype(np.int64)
    young = np.rint(total * (0.133 + 0.018 * level + 0.0008 * years)).astype(np.int64)
    youth = np.rint(young * (0.198 + random.normal(0, 0.006, young.shape))).astype(np.int64)
    old = np.rint(total * (0.222 - 0.026 * level + 0.0015 * years)).astype(np.int64)
    retired = old - np.rint(old * _OF_THE_OLD_BELOW_PENSION_AGE).astype(np.int64)
    groups = {
        "EINWOHNER": total,
        "EINWOHNER_U15": young,
        "EINWOHNER_U18": young + youth,
        "EINWOHNER_15_64": total - young - old,
        "EINWOHNER_AB_65": old,
        "EINWOHNER_U_RAG": total - retired,
        "EINWOHNER_AB_RAG": retired,
    }
    return {(measure, ""): values for measure, values in groups.items()}


def _households(
    random: np.random.Generator, level: Array, residents: Count
) -> dict[tuple[str, str], Count]:
    households = np.rint(residents / (2.02 - 0.05 * level)).astype(np.int64)
    families = drawn(random, households, 0.205 + 0.012 * level)
    alone = drawn(random, families, np.clip(0.19 + 0.055 * level, 0.05, 0.45))
    return {
        ("HAUSHALTE", ""): households,
        ("HAUSHALTE_MIT_KINDERN", ""): families,
        ("HAUSHALTE_ALLEINERZIEHENDE", ""): alone,
    }


def cells(dataset: str, years: Iterable[int] = YEARS) -> Iterator[Cell]:
    """Yield a dataset's figures, area by area from the largest, for each of its measures."""
    wanted = list(years)
    areas = set(_areas_of(dataset))
    for (measure, breakdown), by_base in counts().items():
        if measure not in DATASETS[dataset]:
            continue
        for area, values in _with_sums(by_base).items():
            for year in wanted if area in areas else ():
                if (measure, area, year) not in _NOT_DELIVERED:
                    value = int(values[YEARS.index(year)])
                    yield _cell(area, year, measure, breakdown, value)


def _areas_of(dataset: str) -> list[str]:
    if dataset == KREIS_DATASET:
        return [KREIS, *(item.code for item in MUNICIPALITIES)]
    return [MUSTERSTADT, *(item.code for item in quarters())]


def _cell(area: str, year: int, measure: str, breakdown: str, value: int) -> Cell:
    is_unknown = (measure, area, year) in _UNKNOWN
    is_provisional = measure in _PROVISIONAL and year == LAST_YEAR and not is_unknown
    return Cell(
        area=area,
        year=year,
        measure=measure,
        breakdown=breakdown,
        value=None if is_unknown else value,
        status="." if is_unknown else "",
        quality="p" if is_provisional else "",
    )


def _with_sums(values: Count) -> dict[str, Count]:
    by_base = dict(zip(base_areas(), values, strict=True))
    town = np.sum([by_base[item.code] for item in quarters()], axis=0)
    others = {item.code: by_base[item.code] for item in MUNICIPALITIES}
    kreis = town + np.sum(list(others.values()), axis=0)
    parts = {item.code: by_base[item.code] for item in quarters()}
    return {KREIS: kreis, MUSTERSTADT: town, **others, **parts}


def delivery_csv(dataset: str, years: Iterable[int] = YEARS) -> bytes:
    """A tidy CSV delivery (UTF-8, `;`) of one dataset; at most one value a line."""
    lines = ["area;period;measure;breakdown;value;status;quality"]
    for cell in cells(dataset, years):
        period = str(cell.year) if cell.measure in _BY_YEAR else f"{cell.year}-12-31"
        value = "" if cell.value is None else str(cell.value)
        fields = (cell.area, period, cell.measure, cell.breakdown, value, cell.status, cell.quality)
        lines.append(";".join(fields))
    return ("\n".join(lines) + "\n").encode()
