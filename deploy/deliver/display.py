"""What is shown while a file is delivered: bars on a terminal, lines elsewhere, or nothing.

All of it goes to stderr; stdout is for the result.
"""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from rich.progress import TaskID

_EVERY_PERCENT = 25


class Display(Protocol):
    """Told how far the delivery is; `done` and `total` in bytes or rows, `total` 0 if unknown."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def step(self, label: str, done: int, total: int, unit: str) -> None:
        """A step and how far it is; a label not told before begins a new one."""

    def say(self, line: str) -> None:
        """Something worth reading beside the steps."""


def open_display(*, is_quiet: bool) -> Display:
    """The display that fits where stderr goes."""
    if is_quiet:
        return Silent()
    return Bars() if sys.stderr.isatty() else Lines()


class _Closing:
    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return


class Silent(_Closing):
    """Shows nothing."""

    def step(self, label: str, done: int, total: int, unit: str) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """Nothing."""


class Lines(_Closing):
    """A line for each step and every quarter of it: readable in cron's mail and in a journal."""

    def __init__(self) -> None:
        self._label = ""
        self._told = -1

    def step(self, label: str, done: int, total: int, unit: str) -> None:
        """A line, if there is something new to say."""
        percent = 100 * done // total if total else 0
        if label == self._label and percent < self._told + _EVERY_PERCENT:
            return
        if label == self._label and done == 0:
            return
        self._label, self._told = label, percent - percent % _EVERY_PERCENT
        amount = f": {_number(done)} von {_number(total)} {unit}" if total and done else ""
        print(f"{label}{amount}", file=sys.stderr, flush=True)

    def say(self, line: str) -> None:
        """A line."""
        print(line, file=sys.stderr, flush=True)


class Bars:
    """A bar for each step."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None
        self._label = ""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._complete()
        self._progress.stop()

    def step(self, label: str, done: int, total: int, unit: str) -> None:
        """Move the bar of this step; the one before it is full."""
        if label != self._label or self._task is None:
            self._complete()
            self._label = label
            self._task = self._progress.add_task(label, total=total or None, amount="")
        amount = f"{_number(done)} von {_number(total)} {unit}" if total else ""
        self._progress.update(self._task, completed=done, total=total or None, amount=amount)

    def say(self, line: str) -> None:
        """A line above the bars."""
        self._progress.console.print(line, markup=False, highlight=False)

    def _complete(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, total=1, completed=1)
            self._progress.stop_task(self._task)


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")
