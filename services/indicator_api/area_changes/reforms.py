"""The curated list of reforms: days and laws that no directory holds."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "reforms.toml"


@dataclass(frozen=True, slots=True)
class Reform:
    """A reform of Kreise; `land` means all Kreise of the Land that end or begin between the
    directories on both sides of it."""

    title: str
    first_day: date
    ended: frozenset[str]
    begun: frozenset[str]
    land: str | None
    legal_basis: str
    source: str

    def ends(self, kreis: str) -> bool:
        """Whether a Kreis that vanished did so with this reform."""
        return kreis in self.ended or kreis[:2] == self.land

    def begins(self, kreis: str) -> bool:
        """Whether a new Kreis came with this reform."""
        return kreis in self.begun or kreis[:2] == self.land


@cache
def reforms() -> tuple[Reform, ...]:
    """All reforms of the list."""
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))["reform"]
    return tuple(
        Reform(
            title=entry["title"],
            first_day=entry["first_day"],
            ended=frozenset(entry.get("ended", ())),
            begun=frozenset(entry.get("begun", ())),
            land=entry.get("land"),
            legal_basis=entry.get("legal_basis", ""),
            source=entry["source"],
        )
        for entry in entries
    )
