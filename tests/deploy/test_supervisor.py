"""Real processes: waited for, restarted, ended, and ended when their launcher is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import supervisor as module
from deploy.local.local_folder import LocalFolder, LocalRunError
from deploy.local.process_plan import PlannedProcess
from deploy.local.processes import ProcessMark
from deploy.local.supervisor import Supervisor, end_orphans

ROOT = Path(__file__).parents[2]

SERVER = """
import http.server, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""
SLEEPER = "import time; time.sleep(600)"


@pytest.fixture
def folder(tmp_path: Path) -> LocalFolder:
    return LocalFolder.of_clone(tmp_path)


@pytest.fixture
def start(folder: LocalFolder) -> Iterator[Callable[..., Supervisor]]:
    """Starts a supervisor of some scripts, which are ended after the test."""
    begun = []

    def begin(*plan: PlannedProcess) -> Supervisor:
        supervisor = Supervisor(folder, plan)
        begun.append(supervisor)
        supervisor.start()
        return supervisor

    yield begin
    for supervisor in begun:
        supervisor.stop()


def _script(name: str, script: str, port: int | None = None) -> PlannedProcess:
    command = [sys.executable, "-c", script, str(port or "")]
    return PlannedProcess(name, command, dict(os.environ), port)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _mark(folder: LocalFolder, name: str) -> ProcessMark:
    mark = ProcessMark.read(folder.processes / f"{name}.json")
    assert mark is not None
    return mark


def _eventually(is_so: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_processes_are_ready_and_then_ended(
    folder: LocalFolder, start: Callable[..., Supervisor]
) -> None:
    supervisor = start(_script("server", SERVER, _free_port()), _script("sleeper", SLEEPER))
    supervisor.wait_until_ready()
    marks = [_mark(folder, name) for name in ("server", "sleeper")]
    assert all(mark.is_running() for mark in marks)
    assert supervisor.keep_running() is None
    supervisor.stop()
    assert not any(mark.is_running() for mark in marks)
    assert list(folder.processes.iterdir()) == []


def test_one_that_dies_while_starting_ends_the_run_with_its_last_words(
    start: Callable[..., Supervisor],
) -> None:
    supervisor = start(
        _script("broken", "import sys; sys.exit('no such setting: X')"),
        _script("server", SERVER, _free_port()),
    )
    with pytest.raises(LocalRunError, match=r"broken ended while starting \(exit code 1\)") as told:
        _eventually(supervisor.wait_until_ready)
    assert "no such setting: X" in str(told.value)


def test_one_that_never_gets_ready_is_named(
    start: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READY_SECONDS", 0.5)
    supervisor = start(_script("deaf", SLEEPER, _free_port()))
    with pytest.raises(LocalRunError, match="deaf is not ready after"):
        supervisor.wait_until_ready()


def test_a_dead_process_is_started_again(
    folder: LocalFolder, start: Callable[..., Supervisor]
) -> None:
    supervisor = start(_script("sleeper", SLEEPER))
    first = _mark(folder, "sleeper")
    os.kill(first.pid, signal.SIGKILL)
    told: list[str] = []

    def is_back() -> bool:
        told.extend(filter(None, [supervisor.keep_running()]))
        return _mark(folder, "sleeper") != first

    _eventually(is_back)
    assert _mark(folder, "sleeper").is_running()
    assert len(told) == 1
    assert "sleeper ended unexpectedly (exit code -9)" in told[0]
    assert "started again in 1 s" in told[0]


def test_one_that_will_not_stay_up_ends_the_run(
    start: Callable[..., Supervisor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST_PAUSE_SECONDS", 0.0)
    supervisor = start(_script("broken", "import sys; sys.exit('out of luck')"))
    told: list[str] = []
    with pytest.raises(LocalRunError, match="broken does not stay up"):
        _eventually(lambda: told.extend(filter(None, [supervisor.keep_running()])), 30.0)
    assert len(told) == 4


LAUNCHER = """
import os, sys, time
from pathlib import Path
from deploy.local.local_folder import LocalFolder
from deploy.local.process_plan import PlannedProcess
from deploy.local.supervisor import Supervisor
plan = PlannedProcess("sleeper", [sys.executable, "-c", sys.argv[2]], dict(os.environ))
Supervisor(LocalFolder.of_clone(Path(sys.argv[1])), [plan]).start()
print("started", flush=True)
time.sleep(600)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


@pytest.mark.parametrize("script", [SLEEPER, STUBBORN], ids=["obedient", "stubborn"])
def test_nothing_survives_a_killed_launcher(
    folder: LocalFolder, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STOP_ORPHAN", [(signal.SIGTERM, 1.0), (signal.SIGKILL, 5.0)])
    command = [sys.executable, "-c", LAUNCHER, str(folder.path.parent), script]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        assert launcher.stdout.readline() == "started\n"
        mark = _mark(folder, "sleeper")
        time.sleep(0.3)  # for the stubborn one to turn deaf
        launcher.kill()
    if script == SLEEPER:
        _eventually(lambda: not mark.is_running())
        assert end_orphans(folder) == []
    else:
        assert end_orphans(folder) == ["sleeper"]
    assert not mark.is_running()
    assert list(folder.processes.iterdir()) == []


def test_a_number_used_again_is_not_mistaken_for_an_orphan(folder: LocalFolder) -> None:
    with subprocess.Popen(["sleep", "60"]) as stranger:
        mark = ProcessMark(stranger.pid, ProcessMark.of(os.getpid()).started)
        mark.write(folder.processes / "web.json")
        assert end_orphans(folder) == []
        assert stranger.poll() is None
        stranger.kill()
