"""A private PostgreSQL cluster with PostGIS: made, started and stopped by us alone.

It listens on a Unix socket only and asks everybody for a password (scram-sha-256). It never
touches a cluster of the system. One that is disposable has a folder for each run, forgets its
data when it stops, and trades safety for speed; it is for tests.
"""

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import time
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg

from deploy.local.cluster_files import ClusterFiles, remove_leftovers
from deploy.local.cluster_settings import server_settings
from deploy.local.postgres_installation import (
    PostgresInstallation,
    choose_installation,
    find_installations,
)
from deploy.local.processes import (
    ProcessMark,
    command_line,
    dying_with_parent,
    end_process,
    stop_child,
)
from deploy.local.unprivileged import server_user

ADMIN = "qb_admin"
_START_SECONDS = 120
_FAST_STOP = [(signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)]
_IMMEDIATE_STOP = [(signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0)]


class ClusterError(Exception):
    """The cluster cannot be had; the message says why and what to do."""


class Cluster:
    """One private cluster, kept in `root/name`; a context manager that starts and stops it.

    Where root cannot lend that folder to the user PostgreSQL runs as, the data lies elsewhere
    and a pointer in `root/name` says where.
    """

    def __init__(self, name: str, root: Path, *, is_disposable: bool = False) -> None:
        self.is_disposable = is_disposable
        self.user = server_user()
        self._folder = root.resolve() / name
        self._lock: TextIOWrapper | None = None
        self._files: ClusterFiles | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._password = ""

    def start(self) -> str:
        """Starts the cluster, making it first where there is none; returns `admin_url()`.

        Recovers what a killed run left: a server still running is stopped, a half-made cluster
        is made anew. Raises ClusterError, also when another process uses the cluster.
        """
        self._prepare_folder()
        try:
            self._password = self._admin_password()
            self._end_left_server()
            installation = self._installation()
            if not (self.files.data / "PG_VERSION").exists():
                self._initialise(installation)
            self._start_server(installation)
        except BaseException:
            self.stop()
            raise
        return self.admin_url()

    def stop(self) -> None:
        """Stops the cluster in order and removes it if it is disposable; may be repeated."""
        if self._server is not None:
            stop_child(self._server, _IMMEDIATE_STOP if self.is_disposable else _FAST_STOP)
            self._server = None
        if self._files is not None:
            self._files.remove_socket()
            if self.is_disposable:
                self._files.remove()
            self._files = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def destroy(self) -> None:
        """Stops what a killed run left of the cluster and removes everything it keeps."""
        self._prepare_folder()
        self._end_left_server()
        self.files.remove()
        self.stop()

    def admin_url(self, database: str = "postgres") -> str:
        """libpq URL of a database of the running cluster as its superuser."""
        host = quote(str(self.files.socket), safe="/")
        return f"postgresql://{ADMIN}:{self._password}@/{quote(database)}?host={host}&port=5432"

    def is_running(self) -> bool:
        """Whether the server process that `start` began is alive."""
        return self._server is not None and self._server.poll() is None

    @property
    def files(self) -> ClusterFiles:
        """Where the started cluster's data, socket and log are."""
        if self._files is None:
            raise ClusterError("The database cluster is not started.")
        return self._files

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _prepare_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if self.is_disposable:
            remove_leftovers(self._folder, end_server=_end_server_of)
            run = self._folder / f"{os.getpid()}-{secrets.token_hex(4)}"
            run.mkdir()
            ProcessMark.of(os.getpid()).write(run / "owner.json")
            self._files = ClusterFiles.locate(run, self.user)
            return
        lock = (self._folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise ClusterError(
                f"The database cluster in {self._folder} is in use by another command."
            ) from None
        self._lock = lock
        self._files = ClusterFiles.locate(self._folder, self.user)

    def _admin_password(self) -> str:
        kept = self.files.folder / "password"
        if not kept.exists():
            new = kept.with_name("password.new")
            new.touch(mode=0o600)
            new.write_text(secrets.token_urlsafe(32))
            new.replace(kept)
        return kept.read_text()

    def _installation(self) -> PostgresInstallation:
        version = self.files.data / "PG_VERSION"
        major = int(version.read_text()) if version.exists() else None
        found = choose_installation(find_installations(), major)
        if found is not None:
            return found
        if major is not None:
            raise ClusterError(
                f"The data in {self.files.data} need PostgreSQL {major} with PostGIS, which is "
                f"not installed. Install it, or remove {self._folder} to begin anew."
            )
        raise ClusterError("PostgreSQL with PostGIS >= 3.3 is not installed; `make setup` does it.")

    def _initialise(self, installation: PostgresInstallation) -> None:
        """Makes the data folder beside its place and moves it there when it is whole."""
        unfinished = self.files.data.with_name("data.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.files.home / "initial-password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._password)
        self.user.own(password_file, 0o600)
        command = [str(installation.programs / "initdb"), f"--pgdata={unfinished}"]
        command += [f"--username={ADMIN}", f"--pwfile={password_file}", "--auth=scram-sha-256"]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
        if self.is_disposable:
            command.append("--no-sync")
        try:
            done = subprocess.run(  # noqa: S603 - the installation's own program
                command,
                cwd="/",
                env=_server_environment(),
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGTERM),
                **self.user.identity,
            )
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode != 0:
            raise ClusterError(f"initdb failed:\n{done.stdout}{done.stderr}".rstrip())
        unfinished.rename(self.files.data)

    def _start_server(self, installation: PostgresInstallation) -> None:
        self.files.make_socket(self.user)
        settings = server_settings(self.files.socket, is_disposable=self.is_disposable)
        command = [str(installation.programs / "postgres"), "-D", str(self.files.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + _START_SECONDS
        while True:
            self._server = self._spawn(command)
            complaint = self._wait_until_ready(deadline)
            if complaint is None:
                return
            # Backends of a killed server hold its memory until they notice; that is short.
            if "still in use" not in complaint or time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL does not start ({self.files.log}):\n{complaint}")
            time.sleep(0.5)

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        end = signal.SIGQUIT if self.is_disposable else signal.SIGINT
        self.files.log.parent.mkdir(parents=True, exist_ok=True)
        with self.files.log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - the installation's own program
                command,
                cwd="/",
                env=_server_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with_parent(end),
                **self.user.identity,
            )

    def _wait_until_ready(self, deadline: float) -> str | None:
        """None once the server answers; else the last lines of its log."""
        while time.monotonic() < deadline:
            if not self.is_running():
                break
            try:
                psycopg.connect(self.admin_url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if "authentication" in str(error):
                    raise ClusterError(
                        f"The cluster in {self.files.home} does not know the password kept in "
                        f"{self.files.folder}. Remove both to begin anew."
                    ) from error
                time.sleep(0.05)
            else:
                return None
        lines = self.files.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-12:])

    def _end_left_server(self) -> None:
        _end_server_of(self.files)


def _end_server_of(files: ClusterFiles) -> None:
    """Stops a server that still runs on these files and forgets a stale `postmaster.pid`."""
    note = files.data / "postmaster.pid"
    try:
        pid = int(note.read_text().split("\n", 1)[0])
        server = ProcessMark.of(pid)
    except (OSError, ValueError):
        return
    if str(files.data) not in command_line(pid):
        # The number belongs to something else by now; PostgreSQL would refuse to start.
        note.unlink(missing_ok=True)
    elif not end_process(server, _FAST_STOP):
        raise ClusterError(f"A PostgreSQL left running (process {pid}) cannot be stopped.")


def _server_environment() -> dict[str, str]:
    """Nothing of ours: a PGDATA or a locale of the person at the terminal must not leak in."""
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
