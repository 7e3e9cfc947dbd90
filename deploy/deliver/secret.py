"""The API key: from the environment or a file that nobody else can read, never an argument.

Arguments stand in the list of processes and in the shell's history.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from deploy.deliver.endings import DeliverError, ExitCode

KEY_VARIABLE = "QB_API_KEY"
FILE_VARIABLE = "QB_API_KEY_FILE"
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_api_key(environment: Mapping[str, str], key_file: Path | None) -> str:
    """The API key from `key_file`, or from what the environment names.

    Raises DeliverError if there is none, or if others may read the file.
    """
    if key_file is None and environment.get(KEY_VARIABLE):
        return _checked(environment[KEY_VARIABLE], KEY_VARIABLE)
    named = key_file or environment.get(FILE_VARIABLE)
    if not named:
        raise DeliverError(
            ExitCode.REFUSED,
            f"Es fehlt der API-Schlüssel: in der Umgebung als {KEY_VARIABLE}, oder in einer Datei, "
            f"die {FILE_VARIABLE} oder --key-file nennt.",
        )
    return _checked(_read(Path(named)), str(named))


def _read(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _OF_OTHERS:
                raise DeliverError(
                    ExitCode.REFUSED,
                    f"Die Schlüsseldatei {path} ist für andere lesbar. Nur ihr Besitzer darf sie "
                    f"lesen: chmod 600 {path}",
                )
            return file.read(4096)
    except OSError as error:
        raise DeliverError(
            ExitCode.REFUSED,
            f"Die Schlüsseldatei {path} ist nicht zu lesen: {error.strerror}.",
        ) from None
    except UnicodeDecodeError:
        raise _unfit(str(path)) from None


def _checked(text: str, origin: str) -> str:
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise _unfit(origin)
    return key


def _unfit(origin: str) -> DeliverError:
    return DeliverError(
        ExitCode.REFUSED,
        f"{origin} enthält keinen API-Schlüssel: erwartet wird genau eine Zeile, die mit qbk_ "
        "beginnt.",
    )
