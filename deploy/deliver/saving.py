"""Saving what the service hands out: whole or not at all."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

import httpx

from deploy.deliver.endings import DeliverError, ExitCode
from deploy.deliver.service import Service

_NAME = re.compile(r"filename\*=UTF-8''([^;]+)|filename=\"([^\"]+)\"")
_NOT_IN_NAMES = re.compile(r"[\\/\x00-\x1f\x7f]")


def save(service: Service, path: str, target: Path, **parameters: str) -> Path:
    """Save the file behind `path` of the service as `target`, or under its own name in a folder.

    Where it went. Raises DeliverError; then nothing of it is left, and what was there before is.
    """
    folder = target if target.is_dir() else target.parent
    unfinished = folder / f".lieferung-{secrets.token_hex(6)}"
    try:
        with unfinished.open("xb") as file:
            answer = service.download(path, file, **parameters)
            file.flush()
            os.fsync(file.fileno())
        if target.is_dir():
            target = target / _own_name(answer)
        unfinished.replace(target)
    except OSError as error:
        raise DeliverError(
            ExitCode.NOT_SAVED, f"{target} ließ sich nicht speichern: {error.strerror}."
        ) from None
    finally:
        with suppress(OSError):
            unfinished.unlink()
    return target


def _own_name(answer: httpx.Response) -> str:
    """The name that the service gives the file, without any folder."""
    found = _NAME.search(answer.headers.get("content-disposition", ""))
    name = unquote(found[1] or found[2]) if found else ""
    return _NOT_IN_NAMES.sub("_", name).lstrip(".") or "lieferung"
