"""Protecting releases: a large municipality, beside τ-ARGUS, and what a whole state takes."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.indicator_api.disclosure.auditing import audit
from services.indicator_api.disclosure.problem import DisclosureError, Problem
from services.indicator_api.disclosure.suppressing import protect
from tests.performance.disclosure_argus import suppressed
from tests.performance.disclosure_tables import (
    CountTable,
    Indicator,
    Place,
    municipality,
    problems_of,
    state,
    to_problem,
)
from tests.performance.measuring import Comparison
from tests.performance.process_memory import peak_megabytes

GAP = 0.02
_LARGE_SECONDS = 60.0
_SMALL_SECONDS = 5.0
_STATE_SECONDS = 3_600.0
_WORKERS = 2
_SAMPLE_PLACES = 10
_SAMPLE_INDICATORS = 6
# areas, districts, codes
_BESIDE = ((20, 4, 6), (60, 6, 8), (200, 12, 12))


def compare_disclosure(folder: Path, *, is_whole: bool) -> list[Comparison]:
    """All of it. `is_whole`: the state in full, not a sample of its municipalities."""
    print("  a large municipality …", flush=True)
    found = [measure_municipality(folder)]
    for shape in _BESIDE:
        print(f"  beside τ-ARGUS: {shape} …", flush=True)
        found += compare_argus(shape, folder)
    print("  the state …", flush=True)
    return [*found, measure_state(is_whole=is_whole)]


def measure_municipality(folder: Path) -> Comparison:
    """200 Quartiere × 12 codes × 3 set systems, beside the modular method without the sets.

    The modular method knows no overlapping sets, does not audit and is no proof; it is there to
    name a time.
    """
    comparison = Comparison("200 Quartiere × 12 × 3 set systems, protected", is_rate=False)
    modular = suppressed(municipality(200, 12, 12, 0, people=12, seed=1), "MOD(1)", folder / "big")
    comparison.bare.append(modular[1] if modular else float("nan"))
    problem = to_problem(municipality(200, 12, 12, 3, people=12, seed=1))
    seconds, note, _ = _protected(problem, _LARGE_SECONDS)
    comparison.platform.append(seconds)
    comparison.notes += [f"{problem.count:,} cells", note]
    return comparison


def compare_argus(shape: tuple[int, int, int], folder: Path) -> list[Comparison]:
    """Seconds and loss on one table, beside the modular and the optimal method.

    The loss is compared where all protect against the same (only counts under the rule make a
    demand, no insider, nothing is concluded from the rule); their patterns are audited by us both
    ways.
    """
    areas, districts, codes = shape
    table = municipality(areas, districts, codes, 0, people=12, seed=1)
    ours, theirs = to_problem(table), to_problem(table, knows_rules=False)
    name = f"{areas} × {codes}"
    seconds, _, loss = _protected(theirs, _LARGE_SECONDS)
    _, full_note, _ = _protected(ours, _LARGE_SECONDS)
    found = []
    for method, command in (("modular", "MOD(1)"), ("optimal", "OPT(1,1)")):
        other = suppressed(table, command, folder / f"{method}-{areas}")
        times = Comparison(f"{name}: seconds beside τ-ARGUS, {method}", is_rate=False)
        losses = Comparison(f"{name}: loss beside it", is_rate=False, goal=1.0, unit="points")
        times.platform.append(seconds)
        losses.platform.append(loss)
        if other is None:
            times.bare.append(float("nan"))
            losses.bare.append(float("nan"))
            times.notes.append("τ-ARGUS gave no result")
        else:
            is_hidden, taken = other
            times.bare.append(taken)
            losses.bare.append(float(theirs.weight[is_hidden].sum()))
            losses.notes.append(_audit_note(table, is_hidden))
        losses.notes.append(f"under all rules ours is {full_note}")
        found += [times, losses]
    return found


def measure_state(*, is_whole: bool) -> Comparison:
    """The state on 2 processes: measured in full, or by a sample of places and indicators.

    The sample takes municipalities of differing sizes; the seconds of the others are taken from
    those of the nearest sizes, straight between them on logarithmic scales.
    """
    comparison = Comparison(
        "the state: 5,000 Quartiere, 60 indicators, sex × age", is_rate=False, goal=1.0
    )
    comparison.bare.append(_STATE_SECONDS)
    places, indicators = state()
    begun = time.perf_counter()
    if is_whole:
        with ProcessPoolExecutor(_WORKERS) as workers:
            jobs = [workers.submit(_protect_place, place, indicators) for place in places]
            done = [job.result() for job in jobs]
        comparison.platform.append(time.perf_counter() - begun)
    else:
        sample = _sample(places)
        chosen = indicators[:: len(indicators) // _SAMPLE_INDICATORS][:_SAMPLE_INDICATORS]
        with ProcessPoolExecutor(_WORKERS) as workers:
            jobs = [workers.submit(_protect_place, place, chosen) for place in sample]
            done = [job.result() for job in jobs]
        by_size = [one[0] * len(indicators) / len(chosen) for one in done]
        expected = _extrapolated(places, sample, by_size)
        comparison.platform.append(expected / _WORKERS)
        comparison.notes.append(
            f"extrapolated from {len(sample)} municipalities × {len(chosen)} indicators"
        )
    comparison.notes.append(f"{sum(one[1] for one in done)} refused")
    comparison.notes.append(f"{max(one[2] for one in done):.0f} MB at most")
    return comparison


def _protect_place(place: Place, indicators: list[Indicator]) -> tuple[float, int, float]:
    """Processor seconds, releases refused, and the most memory so far."""
    begun, refused = time.process_time(), 0
    for problem in problems_of(place, indicators):
        try:
            protect(problem, seconds=_SMALL_SECONDS, gap=GAP)
        except DisclosureError:
            refused += 1
    return time.process_time() - begun, refused, peak_megabytes(os.getpid())


def _sample(places: list[Place]) -> list[Place]:
    """Ten of differing sizes, the largest and the smallest among them."""
    last = len(places) - 1
    at = np.unique(np.round(np.geomspace(1, last + 1, _SAMPLE_PLACES)).astype(int)) - 1
    return [places[place] for place in at]


def _extrapolated(places: list[Place], sample: list[Place], seconds: list[float]) -> float:
    order = np.argsort([place.areas for place in sample])
    sizes = np.log([sample[i].areas for i in order])
    taken = np.log(np.maximum([seconds[i] for i in order], 1e-3))
    wanted = np.log([place.areas for place in places])
    return float(np.exp(np.interp(wanted, sizes, taken)).sum())


def _protected(problem: Problem, limit: float) -> tuple[float, str, float]:
    """Seconds to protect and audit, what came of it in words, and the loss (NaN if refused)."""
    begun = time.perf_counter()
    try:
        protection = protect(problem, seconds=limit, gap=GAP)
    except DisclosureError as error:
        return time.perf_counter() - begun, f"refused: {error}", float("nan")
    note = (
        f"loss {protection.loss:.0f} ({protection.is_hidden.sum()} cells, gap {protection.gap:.1%})"
    )
    return time.perf_counter() - begun, note, protection.loss


def _audit_note(table: CountTable, is_hidden: NDArray[np.bool_]) -> str:
    told = []
    for name, knows_rules in (("its own demands", False), ("all rules", True)):
        failures = audit(to_problem(table, knows_rules=knows_rules), is_hidden).failures
        cells = len({failure.cell for failure in failures})
        told.append(f"our audit by {name}: {'passes' if not cells else f'{cells} cells fail'}")
    return "; ".join(told)
