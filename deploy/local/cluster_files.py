"""Where a private cluster keeps its files, and how what killed runs left is removed."""

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.processes import ProcessMark
from deploy.local.unprivileged import ServerUser

# The kernel allows 107 bytes for a socket's path; PostgreSQL appends its lock's name to it.
LONGEST_SOCKET_PATH = 100
_SOCKET_NAME = ".s.PGSQL.5432"
# A comma would name two hosts to libpq, quotes and blanks need quoting at four places.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")
_SYSTEM_HOME = Path("/var/lib/quartierblick")
_UNMARKED_GRACE_SECONDS = 60


@dataclass
class ClusterFiles:
    """The places of one cluster."""

    folder: Path
    """Ours, in the clone: password, pointers, the mark of the owner."""
    home: Path
    """The server's: its data and, where the path is short enough, its socket."""
    _socket: Path | None = field(default=None, repr=False)

    @classmethod
    def locate(cls, folder: Path, user: ServerUser) -> "ClusterFiles":
        """Finds the cluster's home, or chooses one its user can enter and remembers it."""
        pointer = folder / "location"
        if pointer.exists():
            home = Path(pointer.read_text())
            home.mkdir(parents=True, exist_ok=True)
        elif user.is_ourselves or user.can_enter(folder):
            home = folder / "server"
            home.mkdir(exist_ok=True)
        else:
            home = _home_outside(folder)
            pointer.write_text(str(home))
        user.own(home, 0o700)
        return cls(folder, home)

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says; begun anew at each start."""
        return self.folder / "postgresql.log"

    @property
    def socket(self) -> Path:
        """The folder of the socket, made by `make_socket`."""
        if self._socket is None:
            raise FileNotFoundError("The cluster has no socket: it is not started.")
        return self._socket

    def make_socket(self, user: ServerUser) -> None:
        """Makes the socket's folder, a short private one where the usual path is too long."""
        self.remove_socket()
        usual = self.home / "socket"
        path = str(usual / _SOCKET_NAME)
        if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH and _PLAIN_PATH.fullmatch(path):
            usual.mkdir(exist_ok=True)
            self._socket = usual
        else:
            self._socket = Path(tempfile.mkdtemp(prefix="qb-", dir=_short_folder(user)))
            (self.folder / "socket-location").write_text(str(self._socket))
        user.own(self._socket, 0o700)

    def remove_socket(self) -> None:
        """Removes the socket's folder, also one that a killed run left."""
        pointer = self.folder / "socket-location"
        if pointer.exists():
            shutil.rmtree(pointer.read_text(), ignore_errors=True)
            pointer.unlink()
        shutil.rmtree(self.home / "socket", ignore_errors=True)
        self._socket = None

    def remove(self) -> None:
        """Removes everything of the cluster."""
        self.remove_socket()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_leftovers(folder: Path, *, end_server: Callable[[ClusterFiles], None]) -> None:
    """Removes the disposable clusters in `folder` whose process is gone."""
    for run in folder.iterdir():
        owner = ProcessMark.read(run / "owner.json")
        if owner is None and _is_young(run):
            continue  # another run is making or removing it just now
        if owner is not None and owner.is_running():
            continue
        pointer = run / "location"
        home = Path(pointer.read_text()) if pointer.exists() else run / "server"
        left = ClusterFiles(run, home)
        end_server(left)
        left.remove()


def _is_young(run: Path) -> bool:
    try:
        return time.time() - run.stat().st_mtime < _UNMARKED_GRACE_SECONDS
    except FileNotFoundError:
        return True


def _home_outside(folder: Path) -> Path:
    """A folder for root's server outside the clone, one for each clone and cluster."""
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    home = _SYSTEM_HOME / name
    try:
        home.mkdir(parents=True, exist_ok=True)
        _SYSTEM_HOME.chmod(0o755)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="quartierblick-", dir="/var/tmp"))
    return home


def _short_folder(user: ServerUser) -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and len(runtime) < 50 and user.is_ourselves and os.access(runtime, os.W_OK):
        return Path(runtime)
    return Path("/tmp")  # noqa: S108 - mkdtemp makes a private folder in it
