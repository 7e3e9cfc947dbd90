"""What the set-up finds missing, and what it says without the rights to install it."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import debian_packages, setup, virtual_environment
from deploy.local.debian_packages import SetupError
from deploy.local.postgres_installation import (
    PostgresInstallation,
    choose_installation,
    find_installations,
)

OFFERED = ["postgresql-13-postgis-3", "postgresql-15-postgis-3", "postgresql-15-postgis-3-scripts"]


def _installation(
    folder: Path, major: int, *, postgis: str | None = "3.3.2"
) -> PostgresInstallation:
    """The files of a server as the distribution lays them out."""
    programs = folder / "lib" / str(major) / "bin"
    extensions = folder / "share" / str(major) / "extension"
    for path in (programs, extensions):
        path.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (programs / name).touch()
    (extensions / "btree_gist.control").touch()
    if postgis:
        (extensions / "postgis.control").write_text(f"default_version = '{postgis}'\n")
    return PostgresInstallation(major, programs, folder / "share" / str(major))


def _missing(
    installations: list[PostgresInstallation], programs: tuple[str, ...] = (), **changes: bool
) -> list[str]:
    demanded = {"needs_database": True, "needs_browser": True, "has_ensurepip": True} | changes
    return debian_packages.missing_packages(
        installations=installations,
        known_packages=lambda: OFFERED,
        find_program=lambda name: f"/usr/bin/{name}" if name in programs else None,
        **demanded,
    )


def test_a_bare_machine_lacks_all(tmp_path: Path) -> None:
    venv = f"python3.{sys.version_info.minor}-venv"
    assert _missing([], has_ensurepip=False) == [venv, "postgresql-15-postgis-3", "chromium"]


def test_only_what_is_missing_and_needed_is_named(tmp_path: Path) -> None:
    complete = _installation(tmp_path, 15)
    assert _missing([complete], ("chromium",)) == []
    assert _missing([complete]) == ["chromium"]
    assert _missing([complete], needs_browser=False) == []
    assert _missing([], needs_browser=False, needs_database=False) == []


def test_postgis_comes_for_the_server_that_is_there(tmp_path: Path) -> None:
    bare = _installation(tmp_path, 13, postgis=None)
    assert _missing([bare], ("chromium",)) == ["postgresql-13-postgis-3"]
    old = _installation(tmp_path, 14, postgis="3.2.0")
    assert _missing([old], ("chromium",)) == ["postgresql-15-postgis-3"]


def test_installations_are_found_newest_first_and_chosen_if_complete(tmp_path: Path) -> None:
    for major, postgis in ((13, "3.4.1"), (15, "3.3.2"), (17, None)):
        _installation(tmp_path, major, postgis=postgis)
    found = find_installations(tmp_path / "lib", tmp_path / "share")
    majors = [each.major for each in found if tmp_path in each.programs.parents]
    assert majors == [17, 15, 13]
    ours = [each for each in found if tmp_path in each.programs.parents]
    chosen = choose_installation(ours)
    assert chosen is not None
    assert chosen.major == 15
    assert choose_installation(ours, 17) is None


def test_without_rights_one_line_says_what_is_missing_and_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apt_get = tmp_path / "apt-get"
    apt_get.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))  # neither chromium nor sudo
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr(setup, "find_installations", list)
    monkeypatch.delenv("QB_DATABASE_URL", raising=False)
    with pytest.raises(SetupError) as failure:
        setup.ensure_packages(needs_browser=True)
    line = str(failure.value)
    assert "\n" not in line
    assert "chromium" in line
    assert "apt-get install" in line
    assert "QB_DATABASE_URL" in line


def test_a_complete_machine_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    setup.ensure_packages(needs_browser=False)
    assert capsys.readouterr().out == ""


def test_an_environment_is_made_once_and_renewed_with_the_lock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("# nothing\n")
    python = virtual_environment.ensure_environment(tmp_path)
    assert python.exists()
    assert "making the virtual environment" in capsys.readouterr().out

    virtual_environment.ensure_environment(tmp_path)
    assert capsys.readouterr().out == ""

    lock.write_text("# something else\n")
    virtual_environment.ensure_environment(tmp_path)
    said = capsys.readouterr().out
    assert "installing the locked dependencies" in said
    assert "making" not in said

    lock.write_text("no-such-package==1.0 --hash=sha256:00\n")
    with pytest.raises(SetupError, match="pip install"):
        virtual_environment.ensure_environment(tmp_path)


@pytest.mark.long
def test_an_interrupted_environment_is_made_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "requirements.lock").write_text("# nothing\n")
    folder = tmp_path / ".venv"
    python = virtual_environment.ensure_environment(tmp_path)
    harms: list[Callable[[], object]] = [
        (folder / "quartierblick-installing").touch,
        python.unlink,
        lambda: shutil.rmtree(next(folder.glob("lib/python*/site-packages/pip"))),
    ]
    for harm in harms:
        harm()
        capsys.readouterr()
        virtual_environment.ensure_environment(tmp_path)
        assert "making the virtual environment" in capsys.readouterr().out
        assert not (folder / "quartierblick-installing").exists()
