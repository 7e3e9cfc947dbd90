"""indicator_api and its worker as real processes, killed and started again at will."""

import http.client
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.local_folder import ROOT, LocalFolder
from deploy.local.local_secrets import LocalSecrets
from deploy.local.process_plan import PlannedProcess, plan_processes
from tests.support.databases import PASSWORDS, TestDatabase
from tests.support.keys import signing_key_pair
from tests.support.platform import free_ports

SERVICE, WORKER = "indicator_api", "indicator_worker"


@dataclass(slots=True)
class DeliveryProcesses:
    """The processes that take deliveries in; each is started and killed by its name."""

    plan: dict[str, PlannedProcess]
    logs: Path
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Where the service listens."""
        port = self.plan[SERVICE].port
        assert port is not None
        return port

    @property
    def url(self) -> str:
        """The service's base URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, name: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a process; the service is ready when this returns."""
        planned = self.plan[name]
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                planned.command,
                cwd=ROOT,
                env=planned.environment | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running[name] = process
        if name == SERVICE:
            self._wait_until_ready(process)
        return process

    def kill(self, name: str) -> None:
        """End a process as `kill -9` does."""
        process = self.running.pop(name, None)
        if process is not None:
            process.kill()
            process.wait()

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not _is_ready(self.port):
            assert process.poll() is None, (self.logs / f"{SERVICE}.log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.05)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@contextmanager
def delivery_processes(
    database: TestDatabase, objects: Path, root: Path, settings: Mapping[str, str] | None = None
) -> Iterator[DeliveryProcesses]:
    """The processes over a test database and a folder of files; none is started yet."""
    root.mkdir(parents=True, exist_ok=True)
    folder = LocalFolder.of_clone(root)
    private, public = signing_key_pair()
    secrets = LocalSecrets(private, public, "a-web-secret-for-tests-0123456789abcdef", PASSWORDS)
    planned = plan_processes(folder, free_ports(), secrets, database.server_url, database.name)
    own = {"QB_OBJECT_STORE_URL": objects.as_uri(), "QB_LOG_LEVEL": "ERROR", **(settings or {})}
    plan = {
        process.name: PlannedProcess(
            process.name, process.command, process.environment | own, process.port
        )
        for process in planned
        if process.name in (SERVICE, WORKER)
    }
    processes = DeliveryProcesses(plan, folder.logs)
    try:
        yield processes
    finally:
        for name in list(processes.running):
            processes.kill(name)
