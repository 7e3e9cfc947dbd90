"""The objects of a JSON list, one after the other: the file is never held whole."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from services.indicator_api.deliveries.findings import MAXIMUM_VALUE_SIGNS, Finding
from services.indicator_api.deliveries.reading.encoding import as_utf8
from services.indicator_api.deliveries.reading.unreadable import UnreadableError, unreadable

PIECE = 1 << 20
# An entry, or what stands beside the list, that is longer than this is no row of a table.
MAXIMUM_ENTRY = 4 << 20
_SPACES = " \t\n\r"
_SPACE = re.compile(r"[ \t\n\r]*")
_NO_LIST = "Erwartet wird eine Liste von Objekten, auch unter „rows“."
_OF_REPLIES = ("Ident", "Status")
_REPLIES = {98: "genesis_too_large", 99: "genesis_job_created"}


class WrittenNumber(str):
    """A number as its digits stand in the file."""

    __slots__ = ()


class _Text:
    """The file's text, as much of it as is being looked at."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._decoder = json.JSONDecoder(
            parse_float=WrittenNumber, parse_int=WrittenNumber, parse_constant=WrittenNumber
        )
        self.text = ""
        self.place = 0
        self.line = 1

    def more(self) -> bool:
        """Read on; False at the end of the file."""
        read = self._file.read(PIECE)
        self.line += self.text.count("\n", 0, self.place)
        self.text = self.text[self.place :] + read
        self.place = 0
        return bool(read)

    def next_sign(self) -> str:
        """The next character that is no space, not consumed; "" at the end of the file."""
        sign = self.text[self.place : self.place + 1]
        while not sign or sign in _SPACES:
            match = _SPACE.match(self.text, self.place)
            self.place = match.end() if match else self.place
            if self.place == len(self.text) and not self.more():
                return ""
            sign = self.text[self.place : self.place + 1]
        return sign

    def take(self, sign: str) -> bool:
        """Consume the sign if it is the next one."""
        if self.next_sign() != sign:
            return False
        self.place += 1
        return True

    def value(self) -> Any:
        """The value that begins here; raises `UnreadableError` if none does."""
        self.next_sign()
        while True:
            try:
                value, end = self._decoder.raw_decode(self.text, self.place)
            except json.JSONDecodeError as error:
                if len(self.text) - self.place < MAXIMUM_ENTRY and self.more():
                    continue
                raise self.broken(error.msg, self.text.count("\n", 0, error.pos)) from None
            except RecursionError:
                raise self.broken("zu viele Ebenen", 0) from None
            # a number may go on in the next piece
            if end == len(self.text) and self.more():
                continue
            self.place = end
            return value

    def broken(self, what: str, lines: int | None = None) -> UnreadableError:
        """The error for what is no JSON, with its line."""
        passed = self.text.count("\n", 0, self.place) if lines is None else lines
        line = self.line + passed
        return unreadable(f"Das JSON ist fehlerhaft: {what} in Zeile {line}.", row=line)


def items_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of the list that the file is, or holds under „rows“.

    Numbers come as `WrittenNumber`. Raises `UnreadableError` for broken JSON, for anything that
    is no list of objects, and for a reply of GENESIS that is no table.
    """
    utf8 = as_utf8(path)
    with utf8.path.open(encoding="utf-8-sig", newline="") as file:
        text = _Text(file)
        is_wrapped = text.take("{")
        if is_wrapped:
            _go_to_rows(text)
        if not text.take("["):
            raise unreadable(_NO_LIST, "header_unknown")
        yield from _entries(text)
        if is_wrapped:
            _pass_rest(text)
        if text.next_sign():
            raise text.broken("Text hinter dem Ende")


def _go_to_rows(text: _Text) -> None:
    """Stand before the value of „rows“."""
    passed: dict[str, Any] = {}
    while True:
        name = text.value() if text.next_sign() == '"' else None
        if name is None or not text.take(":"):
            if text.take("}"):
                raise _without_rows(passed)
            raise text.broken("ein Name fehlt")
        if name == "rows":
            return
        value = text.value()
        if name in _OF_REPLIES:
            passed[name] = value
        if not text.take(","):
            if text.take("}"):
                raise _without_rows(passed)
            raise text.broken("Komma fehlt")


def _entries(text: _Text) -> Iterator[dict[str, Any]]:
    if text.take("]"):
        return
    while True:
        item = text.value()
        if not isinstance(item, dict):
            raise unreadable(_NO_LIST, "header_unknown")
        yield item
        if text.take(","):
            continue
        if text.take("]"):
            return
        raise text.broken("Komma fehlt")


def _pass_rest(text: _Text) -> None:
    """What stands behind the list in the object around it."""
    while text.take(","):
        text.value()
        if not text.take(":"):
            raise text.broken("Doppelpunkt fehlt")
        text.value()
    if not text.take("}"):
        raise text.broken("Klammer fehlt")


def _without_rows(document: dict[str, Any]) -> UnreadableError:
    """Why an object without „rows“ is no table: perhaps GENESIS answered instead of delivering."""
    status = document.get("Status")
    if "Ident" in document and isinstance(status, dict) and "Code" in status:
        number = _sentence(status["Code"])
        is_number = number.isdecimal() and len(number) < 9
        code = _REPLIES.get(int(number) if is_number else 0, "genesis_refused")
        said = _sentence(status.get("Content"))
        return UnreadableError(Finding(code, value=number, hint=said))
    return unreadable(_NO_LIST, "header_unknown")


def _sentence(said: Any) -> str:
    """What a reply says, as one line that can be stored and shown; "" for what is no text."""
    if not isinstance(said, str):
        return ""
    line = " ".join(said[:MAXIMUM_VALUE_SIGNS].replace("\x00", " ").split())
    return line.encode(errors="replace").decode()
