"""Set-up of a machine: `deploy/local/setup.sh [--with-browser]`, called by every make target.

Installs what is missing and nothing else, says what it does while it does it, and is silent
and quick when there is nothing to do. Standard library only.
"""

import argparse
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local import debian_packages
from deploy.local.debian_packages import SetupError
from deploy.local.postgres_installation import find_installations
from deploy.local.virtual_environment import ensure_environment

ROOT = Path(__file__).resolve().parents[2]


def ensure_packages(*, needs_browser: bool) -> None:
    """Installs missing packages of the distribution; raises SetupError where it may not."""
    missing = _missing(needs_browser)
    if not missing:
        return
    prefix = debian_packages.administrator_prefix()
    has_apt = shutil.which("apt-get") is not None
    if prefix is None or not has_apt:
        raise SetupError(debian_packages.missing_message(missing, has_apt=has_apt))
    if not debian_packages.known_postgres_packages():
        debian_packages.refresh_index(prefix)
        missing = _missing(needs_browser)
    debian_packages.install_packages(missing, prefix)
    if still := _missing(needs_browser):
        raise SetupError(debian_packages.missing_message(still, has_apt=has_apt))


def _missing(needs_browser: bool) -> list[str]:
    return debian_packages.missing_packages(
        needs_database="QB_DATABASE_URL" not in os.environ,
        needs_browser=needs_browser,
        installations=find_installations(),
        known_packages=debian_packages.known_postgres_packages,
        has_ensurepip=debian_packages.has_ensurepip(),
    )


@contextmanager
def _one_setup_at_a_time() -> Iterator[None]:
    folder = ROOT / ".local"
    folder.mkdir(exist_ok=True)
    with (folder / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> int:
    """Returns the exit code; the reason for a failure goes to standard error."""
    parser = argparse.ArgumentParser(prog="deploy/local/setup.sh", description=__doc__)
    parser.add_argument("--with-browser", action="store_true", help="also Chromium, for the tests")
    options = parser.parse_args()
    try:
        with _one_setup_at_a_time():
            ensure_packages(needs_browser=options.with_browser)
            ensure_environment(ROOT)
    except SetupError as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Set-up interrupted; the next one starts over where it must.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
