"""The platform as real processes on free ports, over a test database."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.local_folder import LocalFolder, LocalRunError
from deploy.local.local_secrets import LocalSecrets
from deploy.local.ports import Ports
from deploy.local.process_plan import plan_processes
from deploy.local.supervisor import Supervisor
from tests.support.databases import PASSWORDS, TestDatabase
from tests.support.keys import signing_key_pair


@dataclass(frozen=True, slots=True)
class RunningPlatform:
    """Where the processes of a platform are."""

    urls: dict[str, str]
    database: TestDatabase
    folder: LocalFolder


@contextmanager
def running_platform(
    database: TestDatabase, root: Path, wanted: Sequence[str] | None = None
) -> Iterator[RunningPlatform]:
    """Start the processes named (all if None), wait until they are ready, end them at last."""
    root.mkdir(parents=True, exist_ok=True)
    folder = LocalFolder.of_clone(root)
    ports = free_ports()
    private, public = signing_key_pair()
    secrets = LocalSecrets(private, public, "a-web-secret-for-tests-0123456789abcdef", PASSWORDS)
    plan = plan_processes(folder, ports, secrets, database.server_url, database.name)
    supervisor = Supervisor(
        folder, [planned for planned in plan if wanted is None or planned.name in wanted]
    )
    supervisor.start()
    try:
        supervisor.wait_until_ready()
        yield RunningPlatform(ports.urls(), database, folder)
    finally:
        supervisor.stop()


def free_ports() -> Ports:
    """Ports for a whole platform that nobody listens on."""
    while True:
        ports = Ports.read(str(random.randrange(23_000, 30_000)))  # noqa: S311 - no secret
        try:
            ports.check_free()
        except LocalRunError:
            continue
        return ports
