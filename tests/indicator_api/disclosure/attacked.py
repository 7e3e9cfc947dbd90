"""Worlds protected by the engine, release by release, and attacked after each."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.indicator_api.disclosure.problem import (
    FIXED,
    OPEN,
    SENSITIVE,
    UNKNOWN,
    InfeasibleError,
    NotProvenError,
    Problem,
)
from services.indicator_api.disclosure.suppressing import protect
from tests.indicator_api.disclosure.publishing import disclosed, is_disclosed
from tests.indicator_api.disclosure.worlds import Shape, World

KEPT = Path(__file__).with_name("kept_worlds.json")
FAILED = Path(__file__).parents[2] / ".output" / "failed_worlds.jsonl"
# More than any of these worlds takes; who needs longer has lost its way.
_SECONDS = 30.0


def attack_world(shape: Shape) -> str:
    """Protect all releases of a world and attack each; how it ended.

    Raises AssertionError, with the world as a line for `kept_worlds.json`, if a hidden cell is
    pinned closer than its rule allows, or a refusal is not true.
    """
    world = World(shape)
    try:
        for release in range(shape.releases):
            if release:
                world.revise()
            problem = world.problem()
            try:
                is_hidden = protect(problem, seconds=_SECONDS, seed=shape.seed % 1000).is_hidden
            except InfeasibleError as error:
                _check_infeasible(problem, error.cells)
                return "infeasible"
            except NotProvenError:
                return "not proven"
            _check_pattern(problem, is_hidden)
            found = disclosed(problem, is_hidden, world.hidden_together)
            assert not found, f"release {release}: {'; '.join(str(one) for one in found[:3])}"
            world.publish(is_hidden)
    except Exception as error:
        line = json.dumps(asdict(shape))
        FAILED.parent.mkdir(exist_ok=True)
        with FAILED.open("a") as failed:
            failed.write(line + "\n")
        error.add_note(f"To be kept in {KEPT.name}: {line}")
        raise
    return "safe"


def kept_worlds() -> list[Any]:
    """The worlds that once failed."""
    shapes = json.loads(KEPT.read_text())
    return [Shape(**{**shape, "breakdowns": tuple(shape["breakdowns"])}) for shape in shapes]


def _check_pattern(problem: Problem, is_hidden: NDArray[np.bool_]) -> None:
    assert is_hidden[problem.status == SENSITIVE].all(), "a sensitive cell is shown"
    assert not is_hidden[np.isin(problem.status, (FIXED, UNKNOWN))].any()


def _check_infeasible(problem: Problem, cells: list[int]) -> None:
    """Hiding everything is not safe either; the cells that are named are tried first."""
    everything = np.isin(problem.status, (OPEN, SENSITIVE))
    others = sorted(set(range(problem.count)) - set(cells))
    is_open = is_disclosed(problem, everything, cells) or is_disclosed(problem, everything, others)
    assert is_open, "refused, though hiding everything is safe"
