"""The virtual environment `.venv` with exactly the locked dependencies.

Standard library only: this is what makes everything else importable.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

from deploy.local.debian_packages import SetupError

_DONE_MARK = "quartierblick-installed"
_RUNNING_MARK = "quartierblick-installing"


def ensure_environment(root: Path) -> Path:
    """Makes or renews `.venv` where it does not match `requirements.lock`.

    Returns its Python. What an interrupted set-up left is made anew; a mere change of the
    lock is installed over what is there. Raises SetupError with pip's own last lines.
    """
    folder = root / ".venv"
    python = folder / "bin" / "python"
    lock = root / "requirements.lock"
    done, running = folder / _DONE_MARK, folder / _RUNNING_MARK
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {folder}\n"
    if done.exists() and done.read_text() == wanted and not running.exists() and _works(python):
        return python

    was_moved = done.exists() and done.read_text().split(" ", 1)[-1] != f"{folder}\n"
    if running.exists() or was_moved or not _works(python):
        print("Set-up: making the virtual environment .venv …", flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    running.touch()
    done.unlink(missing_ok=True)
    print("Set-up: installing the locked dependencies (a minute or two) …", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-input"]
    _run([*pip, "--disable-pip-version-check", "--require-hashes", "--requirement", str(lock)])
    done.write_text(wanted)
    running.unlink()
    return python


def _works(python: Path) -> bool:
    """Whether the environment's Python starts and has pip (a half-made one does not)."""
    try:
        command = [str(python), "-c", "import pip"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def _run(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - commands of this module only
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-12:])
        raise SetupError(f"{' '.join(command[:4])} failed:\n{tail}")
