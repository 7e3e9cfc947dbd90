"""What an XLS workbook may take: it is read on trial first, by a process that may come to grief.

Its records cannot be weighed from without as XML can: each says how much room others need, and
only a second reader as complete as the first would find every way to ask for too much.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path

from services.indicator_api.deliveries.reading import old_workbook_trial as trial
from services.indicator_api.deliveries.reading.unreadable import unreadable

_DAMAGED = "Die Arbeitsmappe ist beschädigt oder geschützt."
_TOO_COSTLY = (
    "Die Arbeitsmappe braucht beim Lesen zu viel Speicher oder Zeit: Sie ist beschädigt oder zu "
    "groß. Öffnen und speichern Sie sie neu, oder speichern Sie die Tabelle als CSV."
)
_BEYOND_LIMITS = (-signal.SIGABRT, -signal.SIGXCPU)
_BROKE_OFF = (trial.DAMAGED, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGILL)


def old_workbook_cells(path: Path) -> list[int]:
    """The cells of each sheet up to its outermost ones.

    Raises `UnreadableError` for a file that is damaged or takes more memory or time than a
    workbook may, `MemoryError` if the system itself had none left, and `ChildProcessError` if the
    trial could not be held: neither is the file's fault.
    """
    # the first argument is this interpreter, the second a file of ours, the third no option
    ended = subprocess.run(  # noqa: S603 - our own module, the file is its only input
        [sys.executable, "-I", trial.__file__, path.absolute()],
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )
    if ended.returncode in _BEYOND_LIMITS:
        raise unreadable(_TOO_COSTLY)
    if ended.returncode in _BROKE_OFF:
        raise unreadable(_DAMAGED)
    if ended.returncode == -signal.SIGKILL:
        raise MemoryError("the trial reading of an XLS workbook was killed")
    if ended.returncode:
        raise ChildProcessError(f"the trial reading ended with {ended.returncode}")
    return [rows * columns for rows, columns in json.loads(ended.stdout)]
