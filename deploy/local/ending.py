"""How a run is told to end: Ctrl-C, `kill`, a closed terminal."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EndRequested(BaseException):
    """Somebody wants the run to end. Not an Exception: nothing on the way may swallow it."""


@contextmanager
def ending_signals_raise() -> Iterator[None]:
    """Within it the first ending signal raises EndRequested; further ones are ignored.

    What the run has started must be stopped even by somebody impatient; `kill -9` remains.
    """

    def request(_number: int, _frame: FrameType | None) -> None:
        ignore_ending_signals()
        raise EndRequested

    before = {number: signal.signal(number, request) for number in _ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ignore_ending_signals() -> None:
    """From here on the run is ending anyway and must not be disturbed."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
