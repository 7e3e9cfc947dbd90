"""Which cells of a place are sums of others by the characteristics that break them down.

An attacker knows that men and women are all, that a part is never more than the whole, and that
those below 15 are among those below 18. Which values of a characteristic leave nothing out is
declared nowhere; it is held to be so where it is known or the figures themselves show it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

# values that exclude each other and leave nothing out (GENESIS: GES sex, NAT nationality)
_COMPLETE = {"GES": frozenset({"GESM", "GESW"}), "NAT": frozenset({"NATD", "NATA"})}
_BELOW_AGE = re.compile(r"^(?:ALT)?U(?:NTER)?(\d+)$")
_FROM_AGE = re.compile(r"^(?:ALT)?(?:AB|UE|Ü)?(\d+)(?:UM|PLUS|\+)$")


@dataclass(frozen=True, slots=True)
class BreakdownSum:
    """`total` is broken down by one more characteristic into `parts` (ids of breakdowns).

    `is_known_whole`: the values are known to leave nothing out, whatever the figures show.
    """

    total: int
    parts: tuple[int, ...]
    is_known_whole: bool


@dataclass(frozen=True, slots=True)
class Within:
    """What is counted by breakdown `part` is also counted by `whole`."""

    part: int
    whole: int


def sums_among(codes: dict[int, str]) -> list[BreakdownSum]:
    """The sums among breakdowns, given as canonical codes by id."""
    ids = {code: breakdown for breakdown, code in codes.items()}
    groups: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    for breakdown, code in sorted(codes.items()):
        for variable, value, rest in _each_left_out(code):
            if rest in ids:
                groups[ids[rest], variable].append((breakdown, value))
    return [
        BreakdownSum(
            total,
            tuple(part for part, _ in found),
            # with others beside the known ones („ohne Angabe“) the figures must show it
            _COMPLETE.get(variable, frozenset()) == {value for _, value in found},
        )
        for (total, variable), found in groups.items()
    ]


def nested_among(codes: dict[int, str]) -> list[Within]:
    """Ages that lie within others: „U15“ in „U18“, „80UM“ in „65UM“; all else alike."""
    groups: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for breakdown, code in sorted(codes.items()):
        for variable, value, rest in _each_left_out(code):
            for pattern, direction in ((_BELOW_AGE, "below"), (_FROM_AGE, "from")):
                age = pattern.match(value)
                if age is not None:
                    groups[rest, variable, direction].append((int(age[1]), breakdown))
    found = []
    for (_, _, direction), ages in groups.items():
        ordered = [breakdown for _, breakdown in sorted(ages, reverse=direction == "from")]
        found += [Within(*pair) for pair in pairwise(ordered)]
    return found


def _each_left_out(code: str) -> Iterable[tuple[str, str, str]]:
    """(variable, value, code without it) for each characteristic of a breakdown."""
    parts = code.split("|") if code else []
    for number, part in enumerate(parts):
        variable, _, value = part.partition("=")
        yield variable, value, "|".join(parts[:number] + parts[number + 1 :])
