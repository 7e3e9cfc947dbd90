"""The import rules of `pyproject.toml` hold, and each of them finds what it forbids."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("services", "web", "deploy", "migrations")
LINTER = Path(sys.executable).with_name("lint-imports")

CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}

# For each contract one import that it forbids: the file it is planted in, and the import.
PLANTED = {
    "parts": ("web/forms.py", "import services.shared.ids"),
    "services": ("services/report_api/app.py", "import services.indicator_api.base"),
    "features": (
        "services/indicator_api/areas/service.py",
        "import services.indicator_api.releases.service",
    ),
    "report_features": (
        "services/report_api/snapshots/service.py",
        "import services.report_api.content.profile",
    ),
    "advice": (
        "services/consultation_api/requests/service.py",
        "import services.consultation_api.cases.service",
    ),
    "layers": (
        "services/consultation_api/identity/roles/repository.py",
        "import services.consultation_api.identity.roles.service",
    ),
    "repositories": (
        "services/indicator_api/releases/service.py",
        "import services.indicator_api.datasets.repository",
    ),
    "rules": ("services/indicator_api/releases/rules.py", "import sqlalchemy"),
    "http": ("services/indicator_api/areas/repository.py", "import fastapi"),
    "sql": ("services/indicator_api/areas/routes.py", "import sqlalchemy"),
    "web": ("web/csrf.py", "import sqlalchemy"),
    "pages": ("services/shared/health.py", "import jinja2"),
}


def lint(root: Path) -> dict[str, bool]:
    """Runs the linter in a tree; which contract, by its name, is kept."""
    done = subprocess.run(
        [LINTER, "--no-logo", "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    kept = {}
    for line in done.stdout.splitlines():
        for name in CONTRACTS.values():
            if line.startswith(f"{name} KEPT"):
                kept[name] = True
            elif line.startswith(f"{name} BROKEN"):
                kept[name] = False
    assert set(kept) == set(CONTRACTS.values()), done.stdout + done.stderr
    assert all(kept.values()) == (done.returncode == 0)
    return kept


def copy_of_the_code(folder: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=lambda place, names: [
                name for name in names if not (Path(place, name).is_dir() or name.endswith(".py"))
            ],
        )
    shutil.copy(ROOT / "pyproject.toml", folder)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    folder = tmp_path_factory.mktemp("planted")
    copy_of_the_code(folder)
    for file, statement in PLANTED.values():
        path = folder / file
        path.write_text(f"{path.read_text()}\n{statement}\n")
    return lint(folder)


def test_code_keeps_all_rules() -> None:
    assert all(lint(ROOT).values())


def test_every_rule_is_broken_on_purpose() -> None:
    assert set(PLANTED) == set(CONTRACTS)


@pytest.mark.parametrize("contract", PLANTED)
def test_planted_import_is_found(contract: str, planted: dict[str, bool]) -> None:
    assert not planted[CONTRACTS[contract]]
