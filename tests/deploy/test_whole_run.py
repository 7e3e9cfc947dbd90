"""`make run` in a copy of the clone: first start, delivery, kill, second start, end.

One long story, as each step needs the one before; only in `make test-all`.
"""

import json
import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.processes import ProcessMark

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
PORT = 21400 + os.getpid() % 500 * 4
PARTS = ("deploy", "migrations", "services", "web", "pyproject.toml")
PROCESSES = {
    "web",
    *(f"{name}_api" for name in ("indicator", "consultation", "report")),
    *(f"{name}_worker" for name in ("indicator", "consultation", "report")),
}


class Launcher:
    """One `python -m deploy run` in a folder, with all it says."""

    def __init__(self, folder: Path, said: Path) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("QB_") and name != "MAKELEVEL"
        }
        self.said = said
        self.began = time.monotonic()
        with said.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy", "run"],
                cwd=folder,
                env=environment | {"QB_PORT": str(PORT)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        STARTED.append(self)

    def wait_until_ready(self, seconds: float) -> float:
        """Seconds from the start until the address was announced."""
        while "Quartierblick is ready" not in self.said.read_text():
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() - self.began < seconds, self.said.read_text()
            time.sleep(0.2)
        return time.monotonic() - self.began

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


STARTED: list[Launcher] = []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("clone")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / part, folder / part)
    yield folder
    for launcher in STARTED:
        if launcher.process.poll() is None:
            launcher.end(signal.SIGTERM)
    subprocess.run([sys.executable, "-m", "deploy", "reset"], cwd=folder, check=True)


def _marks(folder: Path) -> dict[str, ProcessMark]:
    found = {
        path.stem: ProcessMark.read(path) for path in (folder / ".local/processes").glob("*.json")
    }
    return {name: mark for name, mark in found.items() if mark is not None and mark.is_running()}


def _delivered(folder: Path, said: str) -> dict[str, str]:
    """Pastes the announced line into a shell and waits for what becomes of the delivery."""
    line = next(line for line in said.splitlines() if line.startswith("curl "))
    answer = subprocess.run(["sh", "-c", line], cwd="/", capture_output=True, text=True, check=True)
    status = json.loads(answer.stdout)
    key = next(word for word in shlex.split(line) if word.startswith("Authorization: "))
    url = f"http://127.0.0.1:{PORT + 1}/v1/deliveries/{status['id']}"
    deadline = time.monotonic() + 60
    while status["state"] in ("received", "checking", "loading"):
        assert time.monotonic() < deadline, status
        time.sleep(0.2)
        headers = {"Authorization": key.removeprefix("Authorization: ")}
        status = httpx.get(url, headers=headers).raise_for_status().json()
    return {str(name): str(value) for name, value in status.items()}


def test_the_whole_life_of_a_local_run(folder: Path, tmp_path: Path) -> None:
    first = Launcher(folder, tmp_path / "first.txt")
    # Killed in the midst of loading: the next start takes it up again.
    while "[ 6/" not in first.said.read_text():
        assert first.process.poll() is None, first.said.read_text()
        assert time.monotonic() - first.began < 240, first.said.read_text()
        time.sleep(0.1)
    first.end(signal.SIGKILL)

    second = Launcher(folder, tmp_path / "second.txt")
    second.wait_until_ready(300)
    said = second.said.read_text()
    assert set(_marks(folder)) == PROCESSES
    access_file = folder / ".local" / "demo.json"
    assert stat.S_IMODE(access_file.stat().st_mode) == 0o600
    access = json.loads(access_file.read_text())
    assert len(access["accounts"]) == 10
    for account in access["accounts"].values():
        assert account["password"] in said
        grant = {
            "grant_type": "password",
            "name": account["name"],
            "password": account["password"],
        }
        answer = httpx.post(f"{access['urls']['consultation_api']}/v1/tokens", json=grant)
        assert answer.status_code == 201, account["name"]
    assert httpx.get(access["urls"]["web"]).status_code == 200
    assert _delivered(folder, said)["state"] == "accepted"
    _no_secret_is_told(folder, said)

    third = Launcher(folder, tmp_path / "third.txt")
    assert third.process.wait(30) == 1
    assert f"already runs from this folder (process {second.process.pid}" in third.said.read_text()

    running = _marks(folder)
    second.end(signal.SIGKILL)
    fourth = Launcher(folder, tmp_path / "fourth.txt")
    assert fourth.wait_until_ready(60) < 40
    assert "Loading the demo" not in fourth.said.read_text()
    assert not any(mark.is_running() for mark in running.values())

    assert fourth.end(signal.SIGINT) == 0
    assert "Ended." in fourth.said.read_text()
    assert _marks(folder) == {}
    fifth = Launcher(folder, tmp_path / "fifth.txt")
    fifth.wait_until_ready(60)
    assert fifth.end(signal.SIGTERM) == 0
    assert _marks(folder) == {}


def _no_secret_is_told(folder: Path, said: str) -> None:
    """Neither in what the launcher says nor in any log; the demo's own passwords are meant."""
    secrets = [
        path.read_text().strip()
        for path in (folder / ".local/secrets").iterdir()
        if path.suffix != ".json"
    ]
    logs = [path.read_text(errors="replace") for path in (folder / ".local/logs").iterdir()]
    for text in (said, *logs):
        for secret in secrets:
            assert secret not in text
        assert not re.search(r"postgresql(\+psycopg)?://\w+:[^*@]+@", text)
    for log in folder.glob(".local/logs/*.log"):
        for line in log.read_text().splitlines():
            assert line.startswith("{"), f"{log.name}: {log.read_text()[-3000:]}"
            json.loads(line)
