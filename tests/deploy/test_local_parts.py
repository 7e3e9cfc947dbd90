"""Ports, secrets, the launcher's lock and the announcement."""

import json
import os
import shlex
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

from deploy.local.announcement import DemoAccess, announcement
from deploy.local.launcher_lock import LauncherLock
from deploy.local.local_folder import LocalFolder, LocalRunError
from deploy.local.local_secrets import LocalSecrets
from deploy.local.ports import Ports
from deploy.local.process_plan import plan_processes

ROOT = Path(__file__).parents[2]
ADMIN_URL = "postgresql://qb_admin:of-the-admin@/postgres?host=%2Fsocket&port=5432"


def test_the_services_take_the_ports_after_the_web() -> None:
    assert Ports.read(None).by_name() == {
        "web": 8000,
        "indicator_api": 8001,
        "consultation_api": 8002,
        "report_api": 8003,
    }
    assert Ports.read("9100").urls()["report_api"] == "http://127.0.0.1:9103"


@pytest.mark.parametrize("text", ["eight", "0", "-1", "65533", "80.5"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(LocalRunError, match="QB_PORT must be a number from 1 to 65532"):
        Ports.read(text)


def test_a_busy_port_is_named_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        busy = server.getsockname()[1]
        ports = Ports(busy - 2, busy - 1, busy, busy + 1)
        with pytest.raises(LocalRunError) as failure:
            ports.check_free()
    message = str(failure.value)
    assert f"Port {busy} (consultation_api) is in use" in message
    assert "make run QB_PORT=" in message
    suggested = int(message.rpartition("=")[2])
    Ports.read(str(suggested)).check_free()


def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    folder = LocalFolder.of_clone(tmp_path).secrets
    made = LocalSecrets.load_or_create(folder)
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert LocalSecrets.load_or_create(folder) == made
    signing = OKPKey.import_key(made.token_signing_key)
    assert signing.is_private
    assert signing.as_pem(private=False).decode() == made.token_verify_key
    assert len(made.web_secret) >= 32
    assert len(set(made.database_passwords.values())) == 3
    for secret in (made.web_secret, made.token_signing_key, *made.database_passwords.values()):
        assert secret not in repr(made)


def test_a_process_is_told_its_own_secrets_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QB_DATABASE_URL", ADMIN_URL)
    monkeypatch.setenv("QB_CONTACT_MAIL", "sozialplanung@example.org")
    folder = LocalFolder.of_clone(tmp_path)
    secrets = LocalSecrets.load_or_create(folder.secrets)
    plan = plan_processes(folder, Ports.read(None), secrets, ADMIN_URL, "quartierblick")
    assert [planned.name for planned in plan][-1] == "web"
    for planned in plan:
        told = "\n".join(planned.environment.values())
        assert "of-the-admin" not in told
        assert planned.environment["QB_ENVIRONMENT"] == "development"
        assert planned.environment["QB_CONTACT_MAIL"] == "sozialplanung@example.org"
        assert (secrets.token_signing_key in told) == planned.name.startswith("consultation")
        assert (secrets.web_secret in told) == (planned.name == "web")
        for role, password in secrets.database_passwords.items():
            is_own = planned.name.startswith(role.removeprefix("qb_"))
            assert (password in told) == is_own, (planned.name, role)
        assert secrets.web_secret not in repr(planned)


HOLDER = """
import sys, time
from pathlib import Path
from deploy.local.launcher_lock import LauncherLock
with LauncherLock(Path(sys.argv[1])) as lock:
    lock.tell(state=sys.argv[2], url="http://127.0.0.1:21000")
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""


def _holder(path: Path, state: str, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(path), state, str(seconds)]
    holder = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_second_launcher_is_told_where_the_first_is(tmp_path: Path) -> None:
    path = tmp_path / "launcher.json"
    with _holder(path, "running", 60) as first:
        with pytest.raises(LocalRunError) as failure, LauncherLock(path):
            pass
        assert f"process {first.pid}, http://127.0.0.1:21000" in str(failure.value)
        first.send_signal(signal.SIGKILL)
    with LauncherLock(path):
        assert json.loads(path.read_text())["pid"] == os.getpid()
    assert path.read_text() == ""


def test_a_launcher_that_is_ending_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "launcher.json"
    with _holder(path, "ending", 1.0):
        began = time.monotonic()
        with LauncherLock(path):
            assert time.monotonic() - began > 0.5


def test_the_announcement_names_all_and_its_line_can_be_pasted(tmp_path: Path) -> None:
    access: DemoAccess = {
        "urls": Ports.read("9100").urls(),
        "accounts": {
            "kreis": {
                "name": "kreis",
                "password": "geheim-123",
                "organisation": "Kreis Musterkreis",
                "label": "Kreis",
            }
        },
        "api_keys": {"datenlieferung": "qbk_abc_def"},
    }
    sample = tmp_path / "with blank" / "sample.csv"
    text = announcement(access, "musterstadt-register", sample)
    assert "http://127.0.0.1:9100" in text
    assert "geheim-123" in text
    line = next(line for line in text.splitlines() if line.startswith("curl"))
    words = shlex.split(line)
    assert f"@{sample}" in words
    assert "Authorization: Bearer qbk_abc_def" in words
    assert any(word.endswith("?dataset=musterstadt-register&filename=sample.csv") for word in words)
