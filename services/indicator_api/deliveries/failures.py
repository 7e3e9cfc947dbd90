"""Why a delivery could not be worked on, in words; and what may help by itself."""

import errno
from typing import Final

import psycopg
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import DBAPIError

_AGAIN: Final = "Es wurde nichts übernommen. Liefern Sie dieselbe Datei später noch einmal."
_FULL: Final = ("No space left on device", "Disk quota exceeded")


class FailureError(Exception):
    """A reason, already in words, why a delivery cannot be worked on."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


def is_passing(error: BaseException) -> bool:
    """Whether trying again may help: the database or the store was away for a moment."""
    if _is_full(error):
        return False
    if isinstance(error, StoreError | TimeoutError | ConnectionError):
        return True
    original = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(original, psycopg.OperationalError | psycopg.InterfaceError)


def failure_of(error: BaseException) -> dict[str, str]:
    """`code` and `detail` of what a delivery failed of; never a word of its content."""
    if isinstance(error, FailureError):
        return _failure(error.code, error.detail)
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, FileNotFoundError):
        return _failure(
            "file_gone",
            "Die gelieferte Datei ist im Dateispeicher nicht mehr vorhanden. Liefern Sie sie "
            "noch einmal.",
        )
    if _is_full(error):
        return _failure(
            "storage_full",
            f"Auf dem Server ist der Speicherplatz erschöpft. {_AGAIN} Die Betriebsstelle muss "
            "vorher Platz schaffen.",
        )
    if isinstance(original, psycopg.errors.QueryCanceled):
        return _failure(
            "took_too_long",
            f"Die Übernahme dauerte länger als erlaubt. {_AGAIN} Hilft das nicht, teilen Sie die "
            "Datei auf.",
        )
    if isinstance(original, StoreError | TimeoutError | ConnectionError):
        return _failure("store_unavailable", f"Der Dateispeicher antwortet nicht. {_AGAIN}")
    if isinstance(original, psycopg.OperationalError | psycopg.InterfaceError):
        return _failure("database_unavailable", f"Die Datenbank antwortet nicht. {_AGAIN}")
    if isinstance(original, MemoryError):
        return _failure("too_large", "Die Datei ist zu groß für diesen Server. Teilen Sie sie auf.")
    return _failure(
        "internal_error",
        "Bei der Verarbeitung ist ein Fehler aufgetreten, der nicht an Ihrer Datei liegt.",
    )


def _is_full(error: BaseException) -> bool:
    """Whether a disk is full: the worker's own, the database's, or that of a local store."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, StoreError):
        return any(words in str(original) for words in _FULL)
    if isinstance(original, OSError):
        return original.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(original, psycopg.errors.DiskFull)


def gave_up() -> dict[str, str]:
    """The failure of a delivery whose worker died again and again."""
    return _failure(
        "gave_up",
        "Die Verarbeitung wurde dreimal begonnen und jedes Mal von außen abgebrochen. Es wurde "
        "nichts übernommen. Liefern Sie die Datei noch einmal; ist sie groß, teilen Sie sie auf.",
    )


def _failure(code: str, detail: str) -> dict[str, str]:
    return {"code": code, "detail": detail}
