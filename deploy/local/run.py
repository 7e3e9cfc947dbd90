"""`make run`: everything from the database to the web, with the demo, until it is told to end."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from deploy.database import prepare_database
from deploy.local.announcement import announcement
from deploy.local.demo_data import SAMPLE_DATASET, SAMPLE_FILE, ensure_demo
from deploy.local.ending import EndRequested, ending_signals_raise, ignore_ending_signals
from deploy.local.launcher_lock import LauncherLock
from deploy.local.local_folder import LocalFolder, LocalRunError
from deploy.local.local_secrets import LocalSecrets
from deploy.local.ports import Ports
from deploy.local.process_plan import plan_processes
from deploy.local.processes import follow_parent
from deploy.local.server import DatabaseServer, database_server
from deploy.local.supervisor import Supervisor, end_orphans

_LOOK_SECONDS = 0.5


def run() -> None:
    """Runs the platform until a signal ends it; raises LocalRunError and its kin with the reason.

    `QB_PORT` moves the ports, `QB_DATABASE_URL` names another server than the private cluster.
    """
    if "MAKELEVEL" in os.environ:
        # A killed make would leave us behind, holding ports the next `make run` needs.
        follow_parent(signal.SIGTERM)
    folder = LocalFolder.of_clone()
    ports = Ports.read(os.environ.get("QB_PORT"))
    with LauncherLock(folder.launcher) as lock, ending_signals_raise():
        try:
            _run_locked(folder, ports, lock)
        except EndRequested:
            _say("Ended.")


def _run_locked(folder: LocalFolder, ports: Ports, lock: LauncherLock) -> None:
    for name in end_orphans(folder):
        _say(f"Ended {name}, which a killed run had left.")
    ports.check_free()
    secrets = LocalSecrets.load_or_create(folder.secrets)
    with database_server(folder, os.environ.get("QB_DATABASE_URL")) as server:
        _say("Database: bringing the schema up to date …")
        prepare_database(server.admin_url, server.database, secrets.database_passwords)
        plan = plan_processes(folder, ports, secrets, server.admin_url, server.database)
        supervisor = Supervisor(folder, plan)
        with _ended_in_order(supervisor, lock):
            _say(f"Starting {', '.join(planned.name for planned in plan)} …")
            supervisor.start()
            supervisor.wait_until_ready()
            look_after = partial(_look_after, supervisor, server)
            access = ensure_demo(folder, ports.urls(), server, look_after)
            lock.tell(state="running", url=ports.urls()["web"])
            print(announcement(access, SAMPLE_DATASET, SAMPLE_FILE), flush=True)
            while True:
                look_after()
                time.sleep(_LOOK_SECONDS)


@contextmanager
def _ended_in_order(supervisor: Supervisor, lock: LauncherLock) -> Iterator[None]:
    try:
        yield
    finally:
        ignore_ending_signals()
        lock.tell(state="ending")
        _say("Ending …")
        supervisor.stop()


def _look_after(supervisor: Supervisor, server: DatabaseServer) -> None:
    if not server.is_running():
        raise LocalRunError("PostgreSQL ended unexpectedly; see .local/cluster/postgresql.log.")
    happened = supervisor.keep_running()
    if happened is not None:
        _say(happened)


def _say(line: str) -> None:
    # Whoever read along may be gone; that must not keep anything from being ended.
    try:
        print(line, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - stands in until the process ends
