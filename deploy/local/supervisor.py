"""Starts the planned processes, waits until they are ready, and keeps them running.

A process that ends before the run is ready ends the run, with its last words. Later it is
started again, after a pause that doubles; one that will not stay up ends the run.
"""

import http.client
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.local_folder import ROOT, LocalFolder, LocalRunError
from deploy.local.ports import HOST
from deploy.local.process_plan import PlannedProcess
from deploy.local.processes import ProcessMark, dying_with_parent, end_process, stop_child

READY_SECONDS = 90.0
_LONGEST_PAUSE_SECONDS = 30.0
_MAXIMUM_DEATHS = 5
_DEATHS_WITHIN_SECONDS = 300.0
_STOP = [(signal.SIGTERM, 25.0), (signal.SIGKILL, 5.0)]
# The kernel has told orphans to end when their launcher died; their jobs can be run again.
_STOP_ORPHAN = [(signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)]
_LARGEST_LOG_BYTES = 10_000_000
_LAST_WORDS = 15
_READY = "ready"


@dataclass
class _Child:
    plan: PlannedProcess
    process: subprocess.Popen[bytes] | None = None
    start_again_at: float = 0.0
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=_MAXIMUM_DEATHS))


class Supervisor:
    """The processes of one run."""

    def __init__(self, folder: LocalFolder, plan: Sequence[PlannedProcess]) -> None:
        self._folder = folder
        self._children = [_Child(planned) for planned in plan]

    def start(self) -> None:
        """Starts all processes; returns at once."""
        for child in self._children:
            self._spawn(child)

    def wait_until_ready(self) -> None:
        """Returns once every `/readyz` answers 200; LocalRunError if one dies or takes too long."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = [child for child in self._children if child.plan.port is not None]
        while waiting:
            for child in self._children:
                if child.process is not None and child.process.poll() is not None:
                    raise LocalRunError(self._obituary(child, "ended while starting"))
            answers = {child.plan.name: _readiness(child.plan.port or 0) for child in waiting}
            waiting = [child for child in waiting if answers[child.plan.name] != _READY]
            if waiting and time.monotonic() > deadline:
                answer = answers[waiting[0].plan.name]
                what = f"is not ready after {READY_SECONDS:.0f} seconds ({answer})"
                raise LocalRunError(self._obituary(waiting[0], what))
            time.sleep(0.1)

    def keep_running(self) -> str | None:
        """Looks after the processes once; a line to show if something happened.

        Raises LocalRunError for a process that will not stay up.
        """
        now = time.monotonic()
        for child in self._children:
            if child.process is None:
                if now >= child.start_again_at:
                    self._spawn(child)
            elif child.process.poll() is not None:
                return self._mourn(child, now)
        return None

    def stop(self) -> None:
        """Ends the processes: all are told at once, then waited for."""
        for child in reversed(self._children):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        for child in reversed(self._children):
            if child.process is not None:
                stop_child(child.process, _STOP)
                child.process = None
            self._mark(child).unlink(missing_ok=True)

    def _spawn(self, child: _Child) -> None:
        log = self.log_of(child.plan.name)
        if log.exists() and log.stat().st_size > _LARGEST_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            child.process = subprocess.Popen(  # noqa: S603 - our own plan
                child.plan.command,
                cwd=ROOT,
                env=child.plan.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C must reach the launcher alone, which then ends things in order.
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGTERM),
            )
        with suppress(ProcessLookupError):
            ProcessMark.of(child.process.pid).write(self._mark(child))

    def _mourn(self, child: _Child, now: float) -> str:
        child.deaths.append(now)
        story = self._obituary(child, "ended unexpectedly")
        is_hopeless = (
            len(child.deaths) == _MAXIMUM_DEATHS and now - child.deaths[0] < _DEATHS_WITHIN_SECONDS
        )
        if is_hopeless:
            raise LocalRunError(f"{story}\n{child.plan.name} does not stay up.")
        recent = sum(now - death < _DEATHS_WITHIN_SECONDS for death in child.deaths)
        pause = min(2.0 ** (recent - 1), _LONGEST_PAUSE_SECONDS)
        child.process = None
        child.start_again_at = now + pause
        return f"{story}\n{child.plan.name} is started again in {pause:.0f} s."

    def _obituary(self, child: _Child, what: str) -> str:
        log = self.log_of(child.plan.name)
        lines = log.read_text(errors="replace").splitlines()[-_LAST_WORDS:]
        code = child.process.poll() if child.process is not None else None
        ending = "" if code is None else f" (exit code {code})"
        words = "".join(f"\n  {line}" for line in lines)
        return f"{child.plan.name} {what}{ending}. The end of {log}:{words}"

    def log_of(self, name: str) -> Path:
        """The log of a process."""
        return self._folder.logs / f"{name}.log"

    def _mark(self, child: _Child) -> Path:
        return self._folder.processes / f"{child.plan.name}.json"


def end_orphans(folder: LocalFolder) -> list[str]:
    """Ends what a killed launcher of this clone left running; returns the names."""
    ended = []
    for path in sorted(folder.processes.glob("*.json")):
        mark = ProcessMark.read(path)
        if mark is not None and mark.is_running():
            if not end_process(mark, _STOP_ORPHAN):
                raise LocalRunError(f"{path.stem} (process {mark.pid}) cannot be ended.")
            ended.append(path.stem)
        path.unlink(missing_ok=True)
    return ended


def _readiness(port: int) -> str:
    """What `/readyz` says: `_READY`, or why it is not."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(300).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return str(error)
    finally:
        connection.close()
    return _READY if answer.status == 200 else f"{answer.status} {body}"
