"""Rules of a delivery's way: which state comes next, and which files are large."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

NextState = Literal["rejected", "checked", "confirming", "approving", "loading"]

# Above these sizes a file takes more than about a second to check; packed ones unfold.
LARGE_BYTES = 4 * 1024 * 1024
LARGE_PACKED_BYTES = 512 * 1024
_PLAIN_TYPES = ("text/", "application/json", "application/csv")
MAXIMUM_ATTEMPTS = 3
# How far a sender's further files may fall behind those of others.
_LOWEST_PRIORITY = -50


@dataclass(frozen=True, slots=True)
class Findings:
    """What speaks for and against taking a checked delivery."""

    is_acceptable: bool
    has_warnings: bool


def next_state(
    findings: Findings, *, is_dry_run: bool, is_confirmed: bool, needs_approval: bool
) -> NextState:
    """What becomes of a delivery that was checked."""
    if not findings.is_acceptable:
        return "rejected"
    if is_dry_run:
        return "checked"
    if findings.has_warnings and not is_confirmed:
        return "confirming"
    return "approving" if needs_approval else "loading"


def removes(delivery: Mapping[str, Any]) -> bool:
    """Whether cells go that a delivery, with its `options` and `counts`, does not hold.

    Where rows were refused nothing goes: it is not known which cells they were meant for.
    """
    return delivery["options"].get("mode") == "replace" and not delivery["counts"].get("refused")


def is_large(size_bytes: int, content_type: str) -> bool:
    """Whether a file is worked on in the lane for large ones, where it delays no small one."""
    is_plain = content_type.startswith(_PLAIN_TYPES)
    return size_bytes > (LARGE_BYTES if is_plain else LARGE_PACKED_BYTES)


def check_priority(waiting: int) -> int:
    """The priority of a sender's next check, with so many of its deliveries still waiting.

    Who hands in a hundred files at once does not make others wait for all of them.
    """
    return max(-waiting, _LOWEST_PRIORITY)
