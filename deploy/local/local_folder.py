"""The folder `.local` of a clone: all that a local run keeps, and nothing of it in git."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class LocalRunError(Exception):
    """A local run cannot start or go on; the message says why and what to do."""


@dataclass(frozen=True)
class LocalFolder:
    """The places under `.local`."""

    path: Path

    @classmethod
    def of_clone(cls, root: Path = ROOT) -> "LocalFolder":
        """The clone's folder, made where missing; LocalRunError if it belongs to another user."""
        folder = cls(root / ".local")
        try:
            # PostgreSQL's user passes through it; what is private in it has its own mode.
            for path, mode in (
                (folder.path, 0o755),
                (folder.logs, 0o755),
                (folder.processes, 0o755),
                (folder.secrets, 0o700),
                (folder.objects, 0o700),
            ):
                path.mkdir(exist_ok=True)
                path.chmod(mode)
        except PermissionError as error:
            raise LocalRunError(
                f"{folder.path} belongs to another user. Run as that user, or remove the folder "
                "to begin anew."
            ) from error
        return folder

    @property
    def logs(self) -> Path:
        """One file of JSON lines for each process."""
        return self.path / "logs"

    @property
    def processes(self) -> Path:
        """The mark of each running process."""
        return self.path / "processes"

    @property
    def secrets(self) -> Path:
        """Keys and passwords, one a file."""
        return self.path / "secrets"

    @property
    def objects(self) -> Path:
        """The files of the object store."""
        return self.path / "objects"

    @property
    def launcher(self) -> Path:
        """Locked by the running launcher, says which process it is."""
        return self.path / "launcher.json"

    @property
    def demo(self) -> Path:
        """Addresses, accounts and keys of the demo, for programs."""
        return self.path / "demo.json"

    @property
    def demo_mark(self) -> Path:
        """Which version of the demo was loaded whole, and into which database."""
        return self.path / "demo-loaded"


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read, whole or not at all."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        file.write(text)
    new.replace(path)
