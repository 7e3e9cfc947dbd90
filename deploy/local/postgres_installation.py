"""Where PostgreSQL with PostGIS is installed on this machine.

Standard library only: the set-up asks here before the virtual environment exists.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

LOWEST_POSTGIS = (3, 3)
_EXTENSIONS = ("postgis", "btree_gist")


@dataclass(frozen=True)
class PostgresInstallation:
    """One PostgreSQL major version with its programs and shared files."""

    major: int
    programs: Path
    shared_files: Path

    @property
    def extensions(self) -> Path:
        """The folder of the extensions' control files."""
        return self.shared_files / "extension"

    def postgis_version(self) -> tuple[int, int] | None:
        """PostGIS (major, minor) by its control file, None where it is not installed."""
        try:
            control = (self.extensions / "postgis.control").read_text()
        except OSError:
            return None
        found = re.search(r"default_version\s*=\s*'(\d+)\.(\d+)", control)
        return (int(found[1]), int(found[2])) if found else None

    def is_complete(self) -> bool:
        """Whether a cluster of the platform can run on it."""
        programs = all((self.programs / name).exists() for name in ("postgres", "initdb"))
        extensions = all((self.extensions / f"{name}.control").exists() for name in _EXTENSIONS)
        return programs and extensions and (self.postgis_version() or (0, 0)) >= LOWEST_POSTGIS


def find_installations(
    debian_programs: Path = Path("/usr/lib/postgresql"),
    debian_shared_files: Path = Path("/usr/share/postgresql"),
) -> list[PostgresInstallation]:
    """All PostgreSQL servers of this machine, the newest first.

    Debian keeps one folder per major version outside PATH; elsewhere `pg_config` knows.
    """
    found = [
        PostgresInstallation(int(folder.name), folder / "bin", debian_shared_files / folder.name)
        for folder in (debian_programs.iterdir() if debian_programs.is_dir() else ())
        if folder.name.isdecimal() and (folder / "bin" / "postgres").exists()
    ]
    known = {installation.programs for installation in found}
    found.extend(each for each in _named_by_pg_config() if each.programs not in known)
    return sorted(found, key=lambda installation: installation.major, reverse=True)


def choose_installation(
    installations: Iterable[PostgresInstallation], major: int | None = None
) -> PostgresInstallation | None:
    """The first complete installation, of the major version if one is demanded."""
    return next(
        (each for each in installations if each.is_complete() and major in (None, each.major)),
        None,
    )


def _named_by_pg_config() -> Iterator[PostgresInstallation]:
    """The server that `pg_config` describes, where that program and the server exist."""
    program = shutil.which("pg_config")
    if program is None:
        return
    answer = subprocess.run(  # noqa: S603 - the program found on PATH, no input from outside
        [program, "--version", "--bindir", "--sharedir"],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = answer.stdout.splitlines()
    version = re.search(r"PostgreSQL (\d+)", lines[0]) if len(lines) == 3 else None
    if version and (Path(lines[1]) / "postgres").exists():
        yield PostgresInstallation(int(version[1]), Path(lines[1]), Path(lines[2]))
