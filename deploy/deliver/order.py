"""What is to be delivered: the file, where to, and what the sender asks for beside it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from deploy.deliver.endings import DeliverError, ExitCode

_CHUNK_BYTES = 256 * 1024
# What a name says of a file; of any other the service finds out by itself.
_TYPES = {
    ".csv": "text/csv",
    ".txt": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".zip": "application/zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}


@dataclass(frozen=True, slots=True)
class Order:
    """The query of `POST /v1/deliveries`: only what differs from the service's defaults."""

    dataset: str
    filename: str
    mapping: str | None = None
    dry_run: bool = False
    mode: str = "merge"
    scope: str = "all"
    partial: bool = False
    confirm: str | None = None
    area: str | None = None
    period: str | None = None
    sheet: str | None = None

    def query(self) -> dict[str, str]:
        """The parameters, in an order that is always the same."""
        given = {
            "dataset": self.dataset,
            "filename": self.filename,
            "mapping": self.mapping,
            "dry_run": "true" if self.dry_run else None,
            "mode": None if self.mode == "merge" else self.mode,
            "scope": None if self.scope == "all" else self.scope,
            "partial": "true" if self.partial else None,
            "confirm": self.confirm,
            "area": self.area,
            "period": self.period,
            "sheet": self.sheet,
        }
        return {name: value for name, value in given.items() if value is not None}


def content_type_of(path: Path) -> str:
    """The content type that a file's name speaks of."""
    return _TYPES.get(path.suffix.lower(), "application/octet-stream")


def derived_key(order: Order, sha256: str, *earlier: str) -> str:
    """The Idempotency-Key of this file and order: the same today and tomorrow.

    `earlier`: ids of deliveries after which the same file is to be delivered once more.
    """
    digest = hashlib.sha256()
    for part in (sha256, *(f"{name}={value}" for name, value in order.query().items()), *earlier):
        digest.update(part.encode() + b"\0")
    return f"deliver-{digest.hexdigest()[:48]}"


class SourceFile:
    """The file to send, open: the same bytes at every attempt, or none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: BinaryIO = path.open("rb")
            self._state = self._look()
            self.sha256 = hashlib.file_digest(self._file, "sha256").hexdigest()
        except OSError as error:
            raise DeliverError(
                ExitCode.REFUSED, f"{path} ist nicht zu lesen: {error.strerror}."
            ) from None
        if self.size == 0:
            self._file.close()
            raise DeliverError(ExitCode.REFUSED, f"{path} ist leer; geliefert wurde nichts.")
        self._stay()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        """Bytes."""
        return self._state[0]

    def chunks(self, on_sent: Callable[[int], None]) -> Iterator[bytes]:
        """The file from its beginning, in pieces; tells how many bytes went out.

        Raises DeliverError, before the last piece, if the file was changed since it was opened:
        the service then gets half a file, and drops it.
        """
        self._file.seek(0)
        sent = 0
        while chunk := self._file.read(_CHUNK_BYTES):
            sent += len(chunk)
            if sent >= self.size:
                self._stay()
            yield chunk
            on_sent(sent)
        if sent < self.size:
            self._stay()

    def _look(self) -> tuple[int, int]:
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns

    def _stay(self) -> None:
        if self._look() != self._state:
            raise DeliverError(
                ExitCode.REFUSED,
                f"{self.path} wurde während des Lieferns geändert; geliefert wurde nichts. "
                "Liefern Sie, wenn die Datei fertig geschrieben ist.",
            )
