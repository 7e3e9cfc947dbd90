"""The first administrator of a platform is made by a command and can log in."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.databases import TestDatabase

ROOT = Path(__file__).parents[2]


def _make(database: TestDatabase, password: str, folder: Path) -> subprocess.CompletedProcess[str]:
    secret = folder / "password"
    secret.write_text(password + "\n", encoding="utf-8")
    return subprocess.run(
        [
            *(sys.executable, "-m", "deploy", "administrator"),
            *("--organisation", "Betrieb der Plattform", "--password-file", str(secret)),
        ],
        cwd=ROOT,
        env=os.environ | {"QB_DATABASE_URL": database.admin_url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_administrator_is_made_once_and_gets_a_new_password(
    database: TestDatabase, tmp_path: Path
) -> None:
    first = _make(database, "Ahorn-Brücke-Laterne-7", tmp_path)
    assert first.returncode == 0, first.stderr
    before = database.execute("SELECT password_hash FROM identity.account")
    assert _make(database, "Birke-Kanal-Ampel-8", tmp_path).returncode == 0
    after = database.execute("SELECT password_hash FROM identity.account")
    assert len(before) == len(after) == 1
    assert before != after
    assert database.execute("SELECT role FROM identity.membership") == [("verwaltung",)]


def test_a_weak_password_is_refused_and_nothing_is_made(
    database: TestDatabase, tmp_path: Path
) -> None:
    refused = _make(database, "kurz", tmp_path)
    assert refused.returncode == 1
    assert "mindestens" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert database.execute("SELECT count(*) FROM identity.organisation") == [(0,)]
