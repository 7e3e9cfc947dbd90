"""The distribution's packages the platform stands on: which are missing, and installing them.

Standard library only: runs before the virtual environment exists.
"""

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from deploy.local.postgres_installation import PostgresInstallation, choose_installation

# Read by postgresql-common: installing a server then makes no cluster of the system.
CLUSTER_DROP_IN = Path("/etc/postgresql-common/createcluster.d/quartierblick.conf")
_CLUSTER_SETTING = (
    "# Quartierblick brings its own private cluster; written by its set-up.\n"
    "create_main_cluster = false\n"
)
_POSTGIS_PACKAGE = re.compile(r"postgresql-(\d+)-postgis-(\d+)")

FindProgram = Callable[[str], str | None]


class SetupError(Exception):
    """The set-up cannot go on; the message is one line for the person at the terminal."""


def missing_packages(
    *,
    needs_database: bool,
    needs_browser: bool,
    installations: Sequence[PostgresInstallation],
    known_packages: Callable[[], Iterable[str]],
    has_ensurepip: bool,
    find_program: FindProgram = shutil.which,
) -> list[str]:
    """Names of the packages to install, empty where the machine has everything.

    `known_packages` tells the names the package index offers; it is asked only when PostgreSQL
    is missing, and decides which is taken.
    """
    missing = []
    if not has_ensurepip:
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    if needs_database and choose_installation(installations) is None:
        majors = [installation.major for installation in installations]
        missing.append(postgis_package(known_packages(), majors))
    if needs_browser and find_program("chromium") is None:
        missing.append("chromium")
    return missing


def postgis_package(known_packages: Iterable[str], installed_majors: Iterable[int]) -> str:
    """The PostGIS package for an installed PostgreSQL, else for the newest one on offer.

    It depends on its server, so it is the only name needed.
    """
    offered = [
        (int(found[1]), int(found[2]), name)
        for name in known_packages
        if (found := _POSTGIS_PACKAGE.fullmatch(name))
    ]
    if not offered:
        return "postgresql-postgis"
    installed = set(installed_majors)
    fitting = [offer for offer in offered if offer[0] in installed]
    return max(fitting or offered)[2]


def has_ensurepip() -> bool:
    """Whether this Python can fill a virtual environment (Debian splits that off)."""
    importlib.invalidate_caches()
    return importlib.util.find_spec("ensurepip") is not None


def known_postgres_packages() -> list[str]:
    """Names in the package index that begin with `postgresql-`, empty without apt or an index."""
    if shutil.which("apt-cache") is None:
        return []
    answer = subprocess.run(
        ["apt-cache", "pkgnames", "postgresql-"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.split()


def administrator_prefix() -> list[str] | None:
    """How to run a command as root: nothing for root, else sudo; None without either."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    asks_nothing = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)  # noqa: S603
    if asks_nothing.returncode == 0:
        return [sudo, "-n"]
    return [sudo] if sys.stdin.isatty() else None


def missing_message(packages: Sequence[str], *, has_apt: bool) -> str:
    """The one line that says what is missing and how to get it."""
    how = (
        f"as root: apt-get install --no-install-recommends {' '.join(packages)}"
        if has_apt
        else "install them with this system's package manager"
    )
    other = (
        " (or set QB_DATABASE_URL to another PostGIS >= 3.3)"
        if any("postgis" in name for name in packages)
        else ""
    )
    return f"Missing: {', '.join(packages)}. To get it, {how}{other}; then run make again."


def refresh_index(prefix: Sequence[str]) -> None:
    """Fetches the package index (`apt-get update`)."""
    print("Set-up: fetching the package index …", flush=True)
    _apt_get(prefix, "update")


def install_packages(packages: Sequence[str], prefix: Sequence[str]) -> None:
    """Installs packages without a cluster of the system; raises SetupError with the reason.

    An index that has grown old names files that are gone, so a failure is tried once more
    with a fresh one.
    """
    if any(name.startswith("postgresql") for name in packages):
        _forbid_system_cluster(prefix)
    print(f"Set-up: installing {', '.join(packages)} …", flush=True)
    try:
        _apt_get(prefix, "install", "--no-install-recommends", *packages)
    except SetupError:
        refresh_index(prefix)
        _apt_get(prefix, "install", "--no-install-recommends", *packages)


def _forbid_system_cluster(prefix: Sequence[str]) -> None:
    if CLUSTER_DROP_IN.exists():
        return
    _run([*prefix, "mkdir", "-p", str(CLUSTER_DROP_IN.parent)])
    _run([*prefix, "tee", str(CLUSTER_DROP_IN)], text=_CLUSTER_SETTING)


def _apt_get(prefix: Sequence[str], *arguments: str) -> None:
    # Another package run (unattended upgrades on a fresh machine) is waited for.
    options = ["-y", "-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    _run([*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options, *arguments])


def _run(command: Sequence[str], text: str | None = None) -> None:
    """Runs a command quietly; its last lines are in the SetupError it may raise."""
    done = subprocess.run(  # noqa: S603 - commands of this module only
        list(command),
        input=text,
        stdin=None if text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-8:])
        raise SetupError(f"{' '.join(command)} failed:\n{tail}")
