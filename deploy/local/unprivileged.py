"""The user PostgreSQL runs as: ourselves, or for root another one, as it refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict


class Identity(TypedDict, total=False):
    """The arguments of `subprocess` that change the user of a child."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerUser:
    """Who owns a cluster's files and runs its processes."""

    uid: int
    gid: int

    @property
    def is_ourselves(self) -> bool:
        """Whether no change of user is needed."""
        return self.uid == os.geteuid()

    @property
    def identity(self) -> Identity:
        """Arguments for `subprocess.run` and `Popen`, empty for ourselves."""
        if self.is_ourselves:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether this user may pass through an existing folder and all above it."""
        probe = subprocess.run(  # noqa: S603 - fixed program
            ["/usr/bin/test", "-x", str(folder)], cwd="/", check=False, **self.identity
        )
        return probe.returncode == 0

    def own(self, path: Path, mode: int) -> None:
        """Gives a file or folder to this user with the mode."""
        if not self.is_ourselves:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


def server_user() -> ServerUser:
    """Ourselves; for root `postgres` where the distribution made it, else `nobody`."""
    if os.geteuid() != 0:
        return ServerUser(os.geteuid(), os.getegid())
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerUser(found.pw_uid, found.pw_gid)
    raise LookupError("PostgreSQL must not run as root, and there is no user postgres or nobody")
