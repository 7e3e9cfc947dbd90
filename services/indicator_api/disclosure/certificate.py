"""What a release was checked for, in a form that anybody can check again.

Hidden cells are listed all alike: whether a rule hid one, or whether it protects another, is told
to nobody who has not the right to the raw figure.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import orjson

FORMAT = "quartierblick-disclosure-certificate/1"
_MISSING = "null"


@dataclass(frozen=True, slots=True)
class ReleasedCell:
    """A cell as readers get it: codes, the status as it is written, the value if there is one."""

    measure: str
    period: str
    breakdown: str
    area: str
    status: int
    quality: int
    value: float | None


class ReleasedHash:
    """SHA-256 over a release's cells, fed in the order of measure, period, breakdown, area."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, cells: Iterable[ReleasedCell]) -> None:
        """Take up further cells; each is a line, so that no two releases look alike."""
        for cell in cells:
            value = _MISSING if cell.value is None else repr(float(cell.value))
            key = (cell.measure, cell.period, cell.breakdown, cell.area)
            self._hash.update(orjson.dumps([*key, cell.status, cell.quality, value]) + b"\n")

    def hexdigest(self) -> str:
        """The hash of all cells so far."""
        return self._hash.hexdigest()


def solver() -> dict[str, str]:
    """The solver that found and audited the pattern."""
    return {"name": "HiGHS", "version": version("highspy")}


def fingerprint(certificate: Mapping[str, Any]) -> str:
    """SHA-256 of a certificate, whatever the order of its fields."""
    return hashlib.sha256(orjson.dumps(certificate, option=orjson.OPT_SORT_KEYS)).hexdigest()
