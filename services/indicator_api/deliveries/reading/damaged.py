"""What readers raise on damaged files, told as what it is: a file that cannot be read."""

import errno
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from xml.parsers import expat

import fastexcel

from services.indicator_api.deliveries.reading.unreadable import unreadable

# Of a damaged archive nearly every step of its reader can go wrong in a way of its own.
_DAMAGE: Final = (
    zipfile.BadZipFile, zlib.error, expat.ExpatError, struct.error, fastexcel.FastExcelError,
    EOFError, IndexError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
_BROKE_OFF = (
    "Beim Lesen brach das Programm ab; vermutlich ist sie beschädigt. Öffnen und speichern Sie "
    "sie neu, oder speichern Sie die Tabelle als CSV."
)


def is_panic(error: BaseException) -> bool:
    """Whether a library written in Rust gave up in the middle.

    Each of them has a class of its own for that, which none of them exports, and which is no
    `Exception`.
    """
    return type(error).__name__ == "PanicException" and not isinstance(error, Exception)


def is_damage(error: BaseException) -> bool:
    """Whether a reader failed of the file; a full disk or too little memory are not its fault."""
    if isinstance(error, OSError):
        # a place before the file's beginning; a file that is no gzip has no number
        return error.errno in (None, errno.EINVAL)
    return isinstance(error, _DAMAGE) or is_panic(error)


@contextmanager
def told_as_damaged(hint: str) -> Iterator[None]:
    """Raise `UnreadableError` with this hint for what a reader raises on a damaged file."""
    try:
        yield
    except BaseException as error:
        if not is_damage(error):
            raise
        raise unreadable(hint) from None


@contextmanager
def told_if_broken_off() -> Iterator[None]:
    """Raise `UnreadableError` where a library written in Rust gives up over a file."""
    try:
        yield
    except BaseException as error:
        if not is_panic(error):
            raise
        raise unreadable(_BROKE_OFF) from None
