"""The command line: documents kept up to date, failures told in words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import openapi
from deploy.local.process_plan import SERVICES

ROOT = Path(__file__).parents[2]


def _command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("QB_")}
    return subprocess.run(
        [sys.executable, "-m", "deploy", *arguments],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_openapi_documents_are_those_of_the_code() -> None:
    assert openapi.outdated_documents() == []


def test_a_document_that_differs_is_named_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openapi, "document_path", lambda service: tmp_path / f"{service}.json")
    every = [tmp_path / f"{service}.json" for service in SERVICES]
    assert openapi.outdated_documents() == every
    assert openapi.write_documents() == every
    assert openapi.outdated_documents() == []
    every[1].write_text("{}")
    assert openapi.outdated_documents() == [every[1]]


def test_a_port_that_is_none_is_told_without_a_traceback() -> None:
    done = _command("run", QB_PORT="eight")
    assert done.returncode == 1
    assert done.stderr == "QB_PORT must be a number from 1 to 65532, not 'eight'.\n"


def test_a_worker_without_its_settings_names_them() -> None:
    done = _command("worker", "indicator")
    assert done.returncode == 1
    assert "QB_INDICATOR_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_refuses_a_weak_password_outside_development() -> None:
    done = _command(
        "worker",
        "report",
        QB_REPORT_DATABASE_URL="postgresql+psycopg://qb_report:geheim-77@/quartierblick",
        QB_TOKEN_VERIFY_KEY="-----BEGIN PUBLIC KEY-----",
        QB_OBJECT_STORE_URL="file:///srv/quartierblick",
    )
    assert done.returncode == 1
    assert "too short" in done.stderr
    assert "geheim-77" not in done.stderr
