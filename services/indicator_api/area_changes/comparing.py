"""What changed from one directory to the next: pure functions over their entries.

A directory tells which keys there are at a day, not what became of those that are gone. What
follows from two of them without guessing is said: a municipality of the same name and area
under another key only changed its key, and a Kreis whose municipalities all did so into one new
Kreis became part of it. For all else the source names no successor.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.indicator_api.area_changes.reading import Directory, Entry
from services.indicator_api.area_changes.reforms import Reform
from services.indicator_api.areas.rules import SUCCESSOR_UNKNOWN, fold

# how far two figures of the same area may differ: surveys are corrected, and all are rounded
AREA_TOLERANCE = 0.003
AREA_ROUNDING_KM2 = 0.02
UNKNOWN_DAY = (
    "Der Tag steht nicht in der Quelle: die Änderung liegt zwischen dem Verzeichnis vom "
    "{earlier:%d.%m.%Y} und dem vom {later:%d.%m.%Y}."
)

Pair = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class DerivedEvent:
    """A change that follows from two directories; `links` are (key before, key after)."""

    kind: str
    effective_on: date
    is_day_known: bool
    title: str
    legal_basis: str
    source: str
    note: str
    links: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class _When:
    day: date
    is_known: bool
    law: str
    source: str


class Comparison:
    """Two consecutive directories, and what follows from them."""

    def __init__(self, earlier: Directory, later: Directory, reforms: Sequence[Reform]) -> None:
        self._earlier, self._later = earlier, later
        self._before: Mapping[str, Entry] = {entry.code: entry for entry in earlier.entries}
        self._after: Mapping[str, Entry] = {entry.code: entry for entry in later.entries}
        self._reforms = [
            reform for reform in reforms
            if earlier.stands_on < reform.first_day <= later.stands_on
        ]  # fmt: skip
        self._gone = [e for e in earlier.entries if e.code not in self._after]
        self._new = [e for e in later.entries if e.code not in self._before]
        self._successor = self._moved_municipalities()
        self._merged_into: dict[str, list[str]] = {}
        for level in ("kreis", "regierungsbezirk"):
            self._follow_children(level)

    def events(self) -> list[DerivedEvent]:
        """All events, the exact ones first."""
        return [
            *self._key_changes(),
            *self._merges(),
            *self._renames(),
            *self._parent_changes(),
            *self._ends(),
            *self._beginnings(),
        ]

    def _moved_municipalities(self) -> dict[str, str]:
        """{old key: new key} of municipalities that are the same but for the key."""
        gone: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        new: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entries, groups in ((self._gone, gone), (self._new, new)):
            for entry in entries:
                if entry.kind == "gemeinde":
                    groups[entry.code[:2], fold(entry.name.split(",")[0])].append(entry)
        moved = {}
        for name, olds in gone.items():
            pairs = [
                (old, one) for old in olds for one in new.get(name, ()) if _same_size(old, one)
            ]
            for old, one in pairs:
                others = [pair for pair in pairs if (pair[0] is old) != (pair[1] is one)]
                if not others:
                    moved[old.code] = one.code
        return moved

    def _follow_children(self, level: str) -> None:
        """Areas whose children all moved into one new area that consists of such alone."""
        children_before = _children(self._earlier.entries)
        children_after = _children(self._later.entries)
        parent_before = {entry.code: entry.parent for entry in self._earlier.entries}
        origin: dict[str, list[str]] = defaultdict(list)
        for old, one in self._successor.items():
            origin[one].append(old)
        for target in self._new:
            below = children_after.get(target.code, ())
            if target.kind != level or not below or any(c not in origin for c in below):
                continue
            sources = {parent_before[old] for one in below for old in origin[one]}
            whole = {
                source for source in sources
                if source is not None and source not in self._after
                and all(self._successor.get(c) in below for c in children_before[source])
            }  # fmt: skip
            if whole == sources:
                for source in whole:
                    self._successor[source] = target.code
                if len(whole) > 1:
                    self._merged_into[target.code] = sorted(whole)

    def _key_changes(self) -> list[DerivedEvent]:
        merged = {code for codes in self._merged_into.values() for code in codes}
        groups: dict[tuple[_When, str, str], list[Pair]] = defaultdict(list)
        for old, one in self._successor.items():
            if old not in merged:
                entry = self._after[one]
                above = entry.parent if entry.kind == "gemeinde" and entry.parent else one
                when = self._when(old, one)
                groups[when, entry.kind, above].append((old, one))
        return [
            self._event("key_change", when, self._key_change_title(kind, above, pairs), pairs)
            for (when, kind, above), pairs in sorted(groups.items(), key=lambda item: item[0][2])
        ]

    def _key_change_title(self, kind: str, above: str, pairs: list[Pair]) -> str:
        name = self._after[above].name
        if kind != "gemeinde":
            return f"{name}: neuer Schlüssel"
        if len(pairs) == 1:
            return f"{self._after[str(pairs[0][1])].name}: neuer Schlüssel in {name}"
        return f"{name}: neue Schlüssel für {len(pairs)} Gemeinden"

    def _merges(self) -> list[DerivedEvent]:
        events = []
        for target, sources in sorted(self._merged_into.items()):
            names = [self._before[code].name for code in sources]
            title = f"{', '.join(names[:-1])} und {names[-1]} bilden {self._after[target].name}"
            pairs: list[Pair] = [(code, target) for code in sources]
            events.append(self._event("merge", self._when(sources[0], target), title, pairs))
        return events

    def _renames(self) -> list[DerivedEvent]:
        when = self._unknown()
        return [
            self._event(
                "rename", when, f"{before.name} heißt nun {after.name}", [(before.code, after.code)]
            )
            for before, after in self._lasting()
            if before.name != after.name
        ]

    def _parent_changes(self) -> list[DerivedEvent]:
        when = self._unknown()
        return [
            self._event(
                "parent_change",
                when,
                f"{after.name} gehört nun zu {self._after[after.parent].name}",
                [(before.code, after.code)],
            )
            for before, after in self._lasting()
            if after.parent is not None and before.parent != after.parent
        ]

    def _lasting(self) -> list[tuple[Entry, Entry]]:
        return [
            (entry, self._after[entry.code])
            for entry in self._earlier.entries
            if entry.code in self._after
        ]

    def _ends(self) -> list[DerivedEvent]:
        groups: dict[tuple[_When, str, str], list[Pair]] = defaultdict(list)
        for entry in self._gone:
            if entry.code not in self._successor:
                groups[self._when(entry.code, None), entry.kind, entry.parent or ""].append(
                    (entry.code, None)
                )
        return [
            self._event("ended", when, self._title(self._before, kind, above, pairs, 0), pairs)
            for (when, kind, above), pairs in sorted(groups.items(), key=lambda item: item[0][2])
        ]

    def _beginnings(self) -> list[DerivedEvent]:
        reached = set(self._successor.values())
        groups: dict[tuple[_When, str, str], list[Pair]] = defaultdict(list)
        for entry in self._new:
            if entry.code not in reached:
                groups[self._when(None, entry.code), entry.kind, entry.parent or ""].append(
                    (None, entry.code)
                )
        return [
            self._event("founded", when, self._title(self._after, kind, above, pairs, 1), pairs)
            for (when, kind, above), pairs in sorted(groups.items(), key=lambda item: item[0][2])
        ]

    def _title(
        self, entries: Mapping[str, Entry], kind: str, above: str, pairs: list[Pair], side: int
    ) -> str:
        words = ("aufgelöst", "neu gebildet")[side]
        if len(pairs) == 1:
            return f"{entries[str(pairs[0][side])].name} {words}"
        nouns = {"kreis": "Kreise und kreisfreie Städte", "regierungsbezirk": "Bezirke"}
        place = entries[above].name if above in entries else "Deutschland"
        return f"{place}: {len(pairs)} {nouns.get(kind, 'Gemeinden')} {words}"

    def _when(self, old: str | None, one: str | None) -> _When:
        """The day of a change: that of the reform of its Kreise, else only between the two."""
        is_kreis = all(code is None or len(code) == 5 for code in (old, one))
        is_moved = (
            old is not None
            and one is not None
            and (old[:5] not in self._after or one[:5] not in self._before)
        )
        # a municipality that ended in the Land of a reform may have done so on any other day
        for reform in self._reforms if is_kreis or is_moved else ():
            ends = old is None or reform.ends(old[:5])
            begins = one is None or reform.begins(one[:5])
            if ends and begins:
                return _When(reform.first_day, True, reform.legal_basis, reform.source)
        return self._unknown()

    def _unknown(self) -> _When:
        return _When(self._later.stands_on, False, "", "")

    def _event(self, kind: str, when: _When, title: str, pairs: Sequence[Pair]) -> DerivedEvent:
        notes = []
        if not when.is_known:
            notes.append(
                UNKNOWN_DAY.format(earlier=self._earlier.stands_on, later=self._later.stands_on)
            )
        if kind == "ended":
            notes.append(SUCCESSOR_UNKNOWN)
        source = (
            f"Gemeindeverzeichnisse vom {self._earlier.stands_on:%d.%m.%Y} und "
            f"{self._later.stands_on:%d.%m.%Y}"
        )
        if when.source:
            source += f"; Tag: {when.source}"
        return DerivedEvent(
            kind, when.day, when.is_known, title, when.law, source, " ".join(notes), tuple(pairs)
        )


def _same_size(old: Entry, one: Entry) -> bool:
    if old.area_km2 is None or one.area_km2 is None:
        return False
    allowed = max(old.area_km2 * AREA_TOLERANCE, AREA_ROUNDING_KM2)
    return abs(old.area_km2 - one.area_km2) <= allowed


def _children(entries: Sequence[Entry]) -> Mapping[str, list[str]]:
    children: dict[str, list[str]] = defaultdict(list)
    for entry in entries:
        if entry.parent is not None:
            children[entry.parent].append(entry.code)
    return children
