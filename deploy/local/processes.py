"""Processes of this machine: recognised for sure, tied to their parent, ended in order."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_PROC = Path("/proc")
_SET_PARENT_DEATH_SIGNAL = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class ProcessMark:
    """A process beyond doubt: its number is used again one day, its start time with it never."""

    pid: int
    started: str
    """Boot of the machine and clock ticks from there to the start; empty outside Linux."""

    @classmethod
    def of(cls, pid: int) -> "ProcessMark":
        """The mark of a running process; ProcessLookupError if there is none."""
        return cls(pid, _started(pid))

    @classmethod
    def read(cls, path: Path) -> "ProcessMark | None":
        """The mark kept in a file, None where it is missing or unreadable."""
        try:
            kept = json.loads(path.read_text())
            return cls(int(kept["pid"]), str(kept["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Keeps the mark in a file, whole or not at all."""
        new = path.with_name(f"{path.name}.new")
        new.write_text(json.dumps(asdict(self)))
        new.replace(path)

    def is_running(self) -> bool:
        """Whether exactly this process still runs (one that only waits to be reaped does not)."""
        try:
            return _started(self.pid) == self.started
        except ProcessLookupError:
            return False


def end_process(mark: ProcessMark, signals: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Sends each signal in turn and gives its seconds of grace; True once the process is gone."""
    for number, grace in signals:
        if not mark.is_running():
            return True
        try:
            os.kill(mark.pid, number)
        except ProcessLookupError:
            return True
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and mark.is_running():
            time.sleep(0.05)
    return not mark.is_running()


def stop_child(
    child: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]]
) -> None:
    """Sends a child of ours each signal in turn, gives its seconds of grace, and reaps it."""
    for number, grace in signals:
        if child.poll() is not None:
            return
        child.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(grace)


def dying_with_parent(number: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends the child this signal when its parent dies.

    Only Linux can; elsewhere the marks in files are what finds orphans. Must be applied after
    a change of user, which `subprocess` does before it calls a `preexec_fn`.
    """
    parent = os.getpid()

    def tie() -> None:
        if _libc is not None:
            _libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(number), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return tie


def follow_parent(number: signal.Signals) -> None:
    """Ties this very process to its parent: the signal comes when the parent dies."""
    if _libc is not None:
        _libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(number), 0, 0, 0)


def command_line(pid: int) -> list[str]:
    """The arguments a process was started with, empty where it is gone or hidden."""
    try:
        text = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return []
    return [part.decode(errors="replace") for part in text.split(b"\0") if part]


def _started(pid: int) -> str:
    """Boot and start time of a running process; ProcessLookupError if it does not run."""
    if not _PROC.joinpath("self").exists():
        os.kill(pid, 0)
        return ""
    try:
        status = (_PROC / str(pid) / "stat").read_text()
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError as error:
        raise ProcessLookupError(pid) from error
    # The name in brackets may itself hold blanks and brackets; fields count from behind it.
    fields = status.rpartition(")")[2].split()
    if fields[0] in "ZX":
        raise ProcessLookupError(pid)
    return f"{boot} {fields[19]}"
