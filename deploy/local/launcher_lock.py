"""One launcher in a clone at a time; who comes second is told where the first is."""

import fcntl
import json
import os
import time
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.local.local_folder import LocalRunError

_ENDING_SECONDS = 60.0
# While the holder writes its note anew, or just lets go, there is nothing to read.
_UNREADABLE_SECONDS = 3.0


class LauncherLock:
    """Held for as long as the process lives, however it ends; a context manager."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIOWrapper | None = None

    def __enter__(self) -> Self:
        """Takes the lock, waiting for a launcher that is just ending; else LocalRunError."""
        began = time.monotonic()
        file = self._path.open("a+")
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                told = self._told()
                patience = {"ending": _ENDING_SECONDS, None: _UNREADABLE_SECONDS}
                if time.monotonic() - began > patience.get(told.get("state"), 0.0):
                    file.close()
                    raise LocalRunError(_refusal(told)) from None
                time.sleep(0.1)
        self._file = file
        self.tell(state="starting")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def tell(self, *, state: str, url: str = "") -> None:
        """Notes for others what this launcher does: starting, running or ending."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.write(json.dumps({"pid": os.getpid(), "state": state, "url": url}))
            self._file.flush()

    def _told(self) -> dict[str, str]:
        try:
            told = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return {name: str(value) for name, value in told.items()}


def _refusal(told: dict[str, str]) -> str:
    pid = told.get("pid", "unknown")
    where = f", {told['url']}" if told.get("url") else ""
    return (
        f"Quartierblick already runs from this folder (process {pid}{where}). "
        f"End it there with Ctrl-C, or with: kill {pid}"
    )
