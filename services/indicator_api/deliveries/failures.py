"""Why a delivery could not be worked on, in words; and what may help by itself."""

import errno
from typing import Final

import psycopg
from obstore.exceptions import BaseError as StoreError
from sqlalchemy.exc import DBAPIError

_AGAIN: Final = "Es wurde nichts übernommen. Liefern Sie dieselbe Datei später noch einmal."
_AGAIN_EN: Final = "Nothing was taken. Deliver the same file again later."
_FULL: Final = ("No space left on device", "Disk quota exceeded")


class FailureError(Exception):
    """A reason, already in words (German and English), why a delivery cannot be worked on."""

    def __init__(self, code: str, detail: str, detail_en: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.detail_en = detail_en


def is_passing(error: BaseException) -> bool:
    """Whether trying again may help: the database or the store was away for a moment."""
    if _is_full(error):
        return False
    if isinstance(error, StoreError | TimeoutError | ConnectionError):
        return True
    original = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(original, psycopg.OperationalError | psycopg.InterfaceError)


def failure_of(error: BaseException) -> dict[str, str]:
    """`code`, `detail` and `detail_en` of what a delivery failed of; no word of its content."""
    if isinstance(error, FailureError):
        return _failure(error.code, error.detail, error.detail_en)
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, FileNotFoundError):
        return _failure("file_gone", *_FILE_GONE)
    if _is_full(error):
        return _failure("storage_full", *_STORAGE_FULL)
    if isinstance(original, psycopg.errors.QueryCanceled):
        return _failure("took_too_long", *_TOOK_TOO_LONG)
    if isinstance(original, StoreError | TimeoutError | ConnectionError):
        return _failure("store_unavailable", *_STORE_UNAVAILABLE)
    if isinstance(original, psycopg.OperationalError | psycopg.InterfaceError):
        return _failure("database_unavailable", *_DATABASE_UNAVAILABLE)
    if isinstance(original, MemoryError):
        return _failure("too_large", *_TOO_LARGE)
    return _failure("internal_error", *_INTERNAL)


_FILE_GONE = (
    "Die gelieferte Datei ist im Dateispeicher nicht mehr vorhanden. Liefern Sie sie noch einmal.",
    "The delivered file is no longer in the file store. Deliver it again.",
)
_STORAGE_FULL = (
    f"Auf dem Server ist der Speicherplatz erschöpft. {_AGAIN} Die Betriebsstelle muss vorher "
    "Platz schaffen.",
    f"The server is out of disk space. {_AGAIN_EN} Those who run it must make room first.",
)
_TOOK_TOO_LONG = (
    f"Die Übernahme dauerte länger als erlaubt. {_AGAIN} Hilft das nicht, teilen Sie die Datei "
    "auf.",
    f"Taking the figures took longer than allowed. {_AGAIN_EN} If that does not help, split the "
    "file.",
)
_STORE_UNAVAILABLE = (
    f"Der Dateispeicher antwortet nicht. {_AGAIN}",
    f"The file store does not answer. {_AGAIN_EN}",
)
_DATABASE_UNAVAILABLE = (
    f"Die Datenbank antwortet nicht. {_AGAIN}",
    f"The database does not answer. {_AGAIN_EN}",
)
_TOO_LARGE = (
    "Die Datei ist zu groß für diesen Server. Teilen Sie sie auf.",
    "The file is too large for this server. Split it.",
)
_INTERNAL = (
    "Bei der Verarbeitung ist ein Fehler aufgetreten, der nicht an Ihrer Datei liegt.",
    "An error occurred while the file was worked on; it is not the file's fault.",
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
        "The file was begun three times, and broken off from outside each time. Nothing was taken. "
        "Deliver the file again; if it is large, split it.",
    )


def _failure(code: str, detail: str, detail_en: str) -> dict[str, str]:
    return {"code": code, "detail": detail, "detail_en": detail_en}
