"""How `deliver` ends: exit codes for cron and scripts, and errors that carry one."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """What a calling program learns without reading a word."""

    STANDS = 0
    """Taken (also where nothing changed), handed in with `--no-wait`, or a faultless dry run."""
    FINDINGS = 2
    """Rejected, taken in part only, or a dry run that found something."""
    WAITS = 3
    """A person must decide: a mapping, a reason or the consent of a second person is missing."""
    REFUSED = 4
    """The call or its rights are wrong; trying again without a change does not help."""
    UNREACHABLE = 5
    """No result after all attempts; running the same command again goes on."""
    NOT_SAVED = 6
    """Delivered, but a file asked for (receipt, annotated file) could not be saved here."""


_OF_STATES = {
    "accepted": ExitCode.STANDS,
    "asking": ExitCode.WAITS,
    "confirming": ExitCode.WAITS,
    "approving": ExitCode.WAITS,
    "rejected": ExitCode.FINDINGS,
    "discarded": ExitCode.FINDINGS,
    "expired": ExitCode.FINDINGS,
    # it stands until somebody agrees to its withdrawal
    "withdrawal_approving": ExitCode.STANDS,
    "withdrawing": ExitCode.FINDINGS,
    "withdrawn": ExitCode.FINDINGS,
    # nothing was taken, through no fault of the sender: the same file may be sent again
    "failed": ExitCode.UNREACHABLE,
}


def exit_code_of(delivery: Mapping[str, Any]) -> ExitCode:
    """The exit code for a delivery's document as it stands."""
    state = delivery["state"]
    if state == "accepted" and delivery["counts"].get("refused"):
        return ExitCode.FINDINGS
    if state == "checked":
        is_warned = any(item["severity"] == "warning" for item in delivery["finding_counts"])
        return ExitCode.FINDINGS if is_warned else ExitCode.STANDS
    return _OF_STATES.get(state, ExitCode.UNREACHABLE)


class DeliverError(Exception):
    """The command cannot go on; the message is for the person who reads it.

    `problem` is the service's own problem document, where it sent one.
    """

    def __init__(
        self, code: ExitCode, message: str, problem: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.problem = problem
