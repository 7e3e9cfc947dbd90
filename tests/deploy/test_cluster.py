"""The private cluster: real servers, started, killed and found again."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local.cluster import Cluster, ClusterError
from deploy.local.cluster_files import LONGEST_SOCKET_PATH
from deploy.local.processes import ProcessMark
from deploy.local.unprivileged import server_user

ROOT = Path(__file__).parents[2]
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for clusters; what root's clusters keep outside it is removed with it."""
    yield tmp_path
    Cluster("cluster", tmp_path).destroy()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder everybody may enter; pytest's own lie below one that is closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="qb-open-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def _one(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


def _processes_naming(text: str) -> list[str]:
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in lines.stdout.splitlines() if text in line]


def test_data_outlive_a_restart_and_only_a_socket_is_open(folder: Path) -> None:
    with Cluster("cluster", folder) as cluster:
        url = cluster.admin_url()
        assert _one(url, "SHOW listen_addresses") == ""
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        data = str(cluster.files.data)
        assert cluster.is_running()
    assert not _processes_naming(data)
    with Cluster("cluster", folder) as cluster:
        assert _one(cluster.admin_url(), "SELECT answer FROM kept") == 42


def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    with Cluster("cluster", folder) as cluster:
        host = str(cluster.files.socket)
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host=host, port=5432, user="qb_admin", dbname="postgres")
        password = cluster.files.folder / "password"
        assert stat.S_IMODE(password.stat().st_mode) == 0o600


@pytest.mark.skipif(not IS_ROOT, reason="only root must lend the server to another user")
def test_root_runs_the_server_as_another_user_outside_a_closed_folder(folder: Path) -> None:
    folder.chmod(0o700)
    with Cluster("cluster", folder) as cluster:
        assert folder not in cluster.files.data.parents
        assert (folder / "cluster" / "location").read_text() == str(cluster.files.home)
        assert cluster.files.data.stat().st_uid == server_user().uid != 0
        home = cluster.files.home
    Cluster("cluster", folder).destroy()
    assert not home.exists()


@pytest.mark.skipif(not IS_ROOT, reason="only root must lend the server to another user")
def test_root_keeps_the_data_in_a_folder_its_server_can_enter(open_folder: Path) -> None:
    with Cluster("cluster", open_folder, is_disposable=True) as cluster:
        assert open_folder in cluster.files.data.parents
        assert cluster.files.data.stat().st_uid == server_user().uid
    assert list((open_folder / "cluster").iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 90, "with blank, comma"])
def test_an_awkward_path_gets_a_short_private_socket_folder(open_folder: Path, name: str) -> None:
    folder = open_folder / name
    with Cluster("cluster", folder) as cluster:
        assert folder in cluster.files.data.parents
        socket = cluster.files.socket
        assert len(os.fsencode(socket / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH
        assert folder not in socket.parents
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        assert _one(cluster.admin_url(), "SELECT 1") == 1
    assert not socket.exists()


def test_a_cluster_in_use_is_refused(folder: Path) -> None:
    with (
        Cluster("cluster", folder),
        pytest.raises(ClusterError, match="in use by another command"),
    ):
        Cluster("cluster", folder).start()


def test_a_stale_note_of_another_process_does_not_stop_the_start(folder: Path) -> None:
    with Cluster("cluster", folder) as cluster:
        note = cluster.files.data / "postmaster.pid"
        content = note.read_text().split("\n")
        data = cluster.files.data
    stranger = subprocess.Popen(["sleep", "60"], user=server_user().uid if IS_ROOT else None)
    note = data / "postmaster.pid"
    note.write_text("\n".join([str(stranger.pid), *content[1:]]))
    server_user().own(note, 0o600)
    try:
        with Cluster("cluster", folder) as cluster:
            assert _one(cluster.admin_url(), "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_half_made_cluster_is_made_anew(folder: Path) -> None:
    with Cluster("cluster", folder) as cluster:
        data = cluster.files.data
    data.rename(data.with_name("data.new"))
    with Cluster("cluster", folder) as cluster:
        assert _one(cluster.admin_url(), "SELECT 1") == 1


KEEPER = """
import sys, time
from pathlib import Path
from deploy.local.cluster import Cluster
cluster = Cluster("cluster", Path(sys.argv[1]), is_disposable=sys.argv[2] == "disposable")
cluster.start()
print(cluster.files.data, flush=True)
time.sleep(600)
"""


def _killed_run(folder: Path, kind: str) -> str:
    """Starts a cluster in a process, kills that process; returns the data folder."""
    command = [sys.executable, "-c", KEEPER, str(folder), kind]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        data = run.stdout.readline().strip()
        run.kill()
    return data


def test_a_server_ends_with_its_killed_launcher_and_starts_again(folder: Path) -> None:
    data = _killed_run(folder, "lasting")
    with Cluster("cluster", folder) as cluster:
        assert str(cluster.files.data) == data
        assert _one(cluster.admin_url(), "SELECT 1") == 1


def test_a_server_left_running_is_stopped_before_the_next(folder: Path) -> None:
    first = Cluster("cluster", folder)
    first.start()
    assert first._server is not None
    left = ProcessMark.of(first._server.pid)
    assert first._lock is not None
    first._lock.close()  # as if its launcher had been killed, but the kernel's tie had failed
    with Cluster("cluster", folder) as second:
        assert not left.is_running()
        assert _one(second.admin_url(), "SELECT 1") == 1
    first._server.wait()


def test_what_killed_disposable_clusters_left_is_removed(folder: Path) -> None:
    data = _killed_run(folder, "disposable")
    assert Path(data).exists()
    deadline = time.monotonic() + 10
    while _processes_naming(data) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _processes_naming(data)
    with Cluster("cluster", folder, is_disposable=True) as cluster:
        assert not Path(data).exists()
        other = Cluster("cluster", folder, is_disposable=True)
        other.start()
        assert cluster.is_running()
        other.stop()
        assert cluster.is_running()


def test_a_dead_server_is_noticed(folder: Path) -> None:
    with Cluster("cluster", folder, is_disposable=True) as cluster:
        assert cluster._server is not None
        cluster._server.send_signal(signal.SIGQUIT)
        cluster._server.wait(10)
        assert not cluster.is_running()
