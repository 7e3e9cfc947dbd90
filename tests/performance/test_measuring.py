"""What the bench itself counts on: units, questions that differ, the memory of a process."""

import os

from tests.performance.figures_export import Export
from tests.performance.figures_questions import Question
from tests.performance.measuring import Comparison, table
from tests.performance.process_memory import forget_peak, peak_megabytes


def test_ratios_are_of_medians_and_carry_their_unit() -> None:
    seconds = Comparison("delivery", is_rate=False, goal=1.5, bare=[1, 9, 2], platform=[3, 3, 3])
    memory = Comparison("memory", is_rate=False, unit="MB", bare=[100], platform=[110])
    lines = table([seconds, memory]).splitlines()
    assert lines[2] == "| delivery | 2.00 s | 3.00 s | 1.50 | ≤ 1.5 |  |"
    assert lines[3] == "| memory | 100 MB | 110 MB | 1.10 |  |  |"


def test_no_request_is_asked_twice() -> None:
    question = Question("map", ["/v1/observations?a", "/v1/observations?b"], requests=5)
    asked = [path for turn in range(3) for path in question.asked(turn, 5)]
    assert len(set(asked)) == 15


def test_an_export_names_its_measures_and_years() -> None:
    path = Export(("A", "B"), (2020, 2021)).path("csv")
    assert path == (
        "/v1/observations?measure=A&measure=B&period=2020..2021&level=quartier&breakdown=%2A&f=csv"
    )


def test_the_peak_is_of_what_was_held_since_it_was_forgotten() -> None:
    forget_peak(os.getpid())
    before = peak_megabytes(os.getpid())
    held = bytearray(os.urandom(50_000_000))
    during = peak_megabytes(os.getpid())
    del held
    assert 40 < during - before < 120
