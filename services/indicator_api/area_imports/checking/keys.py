"""Keys, names and the areas above, taken from a file's columns."""

import re
from collections import defaultdict
from dataclasses import dataclass

from services.indicator_api.area_imports.findings import FindingList
from services.indicator_api.area_imports.mapping import Mapping
from services.indicator_api.area_imports.registers import Intention, KnownArea, Registers
from services.indicator_api.area_imports.words import counted, listed

_KEY = re.compile(r"[A-Za-z0-9._-]{1,40}")
_MAXIMUM_NAME = 200
# digits of official keys by level
OFFICIAL_LENGTHS = {"land": 2, "regierungsbezirk": 3, "kreis": 5, "gemeinde": 8}
_ABOVE_LENGTHS = (5, 3, 2)
_FEDERAL = "DG"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Key, name and key of the area above of each row; None where there is none to be had."""

    codes: list[str | None]
    names: list[str]
    parents: list[str | None]


def make_keys(
    raw: list[str],
    mapping: Mapping,
    intention: Intention,
    findings: FindingList,
    *,
    is_numeric: bool,
) -> list[str | None]:
    """The keys of the rows: zeros restored, prefix added; faults become findings and None."""
    width = mapping.key_width or (
        None if intention.municipality else OFFICIAL_LENGTHS.get(intention.kind)
    )
    prefix = intention.municipality if mapping.key_prefix and intention.municipality else ""
    restored: list[str] = []
    keys: list[str | None] = []
    for row, value in enumerate(raw, start=1):
        key = _filled_up(value, width, is_asked=mapping.key_width is not None)
        if key != value:
            restored.append(f"{value} → {key}")
        key = prefix + key if key and not key.startswith(prefix or "\x00") else key
        keys.append(_judged(key, row, findings))
    if restored:
        findings.add(
            "zero_restored",
            f"{counted(len(restored), 'Schlüssel wurde', 'Schlüssel wurden')} mit führenden Nullen "
            f"auf {width} Stellen gebracht: {listed(restored, 3)}.",
        )
    elif is_numeric and mapping.key_width is None:
        longest = max((len(value) for value in raw), default=0)
        if len({len(value) for value in raw}) > 1 or intention.municipality is None:
            findings.add(
                "key_numeric",
                f"Die längsten Schlüssel haben {longest} Stellen, andere weniger.",
            )
    return keys


def _filled_up(value: str, width: int | None, *, is_asked: bool) -> str:
    """A key of digits with its leading zeros; an official one has lost one at most."""
    if width is None or not value.isdigit() or len(value) >= width:
        return value
    if not is_asked and len(value) != width - 1:
        return value
    return value.zfill(width)


def _judged(key: str, row: int, findings: FindingList) -> str | None:
    if not key:
        findings.add("key_missing", f"Zeile {row} hat keinen Schlüssel.", row=row)
        return None
    if _KEY.fullmatch(key) is None:
        findings.add("key_invalid", f"Zeile {row}: „{key[:60]}“ ist kein Schlüssel.", row=row)
        return None
    return key


def check_names(names: list[str], codes: list[str | None], findings: FindingList) -> None:
    """Every area has a name of a usual length."""
    for row, (name, code) in enumerate(zip(names, codes, strict=True), start=1):
        if not name:
            findings.add(
                "name_missing", f"Zeile {row} ({code or 'ohne Schlüssel'}) hat keinen Namen.",
                area=code, row=row,
            )  # fmt: skip
        elif len(name) > _MAXIMUM_NAME:
            findings.add(
                "name_too_long", f"Zeile {row}: „{name[:40]}…“ hat {len(name)} Zeichen.",
                area=code, row=row,
            )  # fmt: skip


def check_doubles(codes: list[str | None], findings: FindingList) -> None:
    """Each key stands in one row."""
    rows = defaultdict(list)
    for row, code in enumerate(codes, start=1):
        if code is not None:
            rows[code].append(row)
    for code, found in rows.items():
        if len(found) > 1:
            findings.add(
                "key_duplicate",
                f"„{code}“ steht in den Zeilen {listed(found, 10)}.",
                area=code,
                row=found[0],
            )


def check_owner(
    codes: list[str | None], intention: Intention, registers: Registers, findings: FindingList
) -> None:
    """Own areas carry the municipality's key and take nobody else's."""
    if intention.municipality is None:
        _check_official(codes, intention, registers, findings)
        return
    closing = closing_units(registers)
    for row, code in enumerate(codes, start=1):
        if code is None:
            continue
        if not code.startswith(intention.municipality) or code == intention.municipality:
            findings.add(
                "key_foreign",
                f"„{code}“ beginnt nicht mit {intention.municipality}.",
                area=code,
                row=row,
            )
            continue
        taken = [
            item
            for item in registers.areas.get(code, ())
            if _is_open_after(item, intention) and item.partition_id not in closing
        ]
        if taken:
            until = taken[0]
            findings.add(
                "key_taken",
                f"„{code}“ ist vergeben an {until.name}"
                + (f" (seit {until.valid_from:%d.%m.%Y})." if until.valid_from else "."),
                area=code,
                row=row,
            )


def closing_units(registers: Registers) -> set[int | None]:
    """Partitions that the new one follows: their units end with it."""
    return {
        item.id
        for item in registers.partitions
        if item.is_own and item.valid_to is None
        and (item.valid_from is None or item.valid_from < registers.day)
    }  # fmt: skip


def _is_open_after(item: KnownArea, intention: Intention) -> bool:
    """Whether a version reaches into the time from which the new area would hold."""
    return item.valid_to is None or (
        intention.valid_from is None or item.valid_to > intention.valid_from
    )


def _check_official(
    codes: list[str | None], intention: Intention, registers: Registers, findings: FindingList
) -> None:
    """A known key keeps its level; how many are known is told."""
    known = 0
    for row, code in enumerate(codes, start=1):
        found = None if code is None else registers.valid(code)
        if found is None:
            continue
        known += 1
        if found.kind != intention.kind:
            findings.add(
                "key_taken",
                f"„{code}“ ist {found.name}, {registers.kind_labels[found.kind]}.",
                area=code,
                row=row,
            )
        elif not found.is_official:
            findings.add(
                "key_taken",
                f"„{code}“ ({found.name}) gehört zur eigenen Gliederung einer Gemeinde.",
                area=code,
                row=row,
            )
    if known:
        findings.add(
            "area_known",
            f"{counted(known, 'Gebiet steht', 'Gebiete stehen')} schon im Verzeichnis: Sie "
            "bekommen die Grenzen der Datei, Name und Einordnung bleiben.",
        )


def find_parents(
    raw: list[str] | None,
    codes: list[str | None],
    mapping: Mapping,
    intention: Intention,
    registers: Registers,
    findings: FindingList,
) -> list[str | None]:
    """The key of the area above each row: from the column, else one for all, else by the key."""
    found: list[str | None] = []
    for row, code in enumerate(codes, start=1):
        wanted = _wanted_parent(None if raw is None else raw[row - 1], code, mapping, intention,
                                registers)  # fmt: skip
        found.append(_judged_parent(wanted, row, code, intention, registers, findings))
    return found


def _wanted_parent(
    value: str | None,
    code: str | None,
    mapping: Mapping,
    intention: Intention,
    registers: Registers,
) -> str | None:
    if value:
        prefixed = f"{intention.municipality}{value}" if intention.municipality else value
        zeros = [value.zfill(length) for length in _ABOVE_LENGTHS if len(value) == length - 1]
        candidates = [value, prefixed, *zeros]
        return next((item for item in candidates if registers.valid(item)), value)
    if mapping.parent is not None:
        return mapping.parent
    if intention.municipality is not None:
        return intention.municipality
    if code is None:
        return None
    present = registers.valid(code)
    if present is not None:
        return present.parent
    above = (code[:length] for length in _ABOVE_LENGTHS if len(code) > length)
    by_key = next((item for item in above if registers.valid(item)), None)
    return by_key or (_FEDERAL if registers.valid(_FEDERAL) and code != _FEDERAL else None)


def _judged_parent(
    wanted: str | None,
    row: int,
    code: str | None,
    intention: Intention,
    registers: Registers,
    findings: FindingList,
) -> str | None:
    if wanted is None:
        return None
    above = registers.valid(wanted)
    if above is None:
        findings.add(
            "parent_unknown",
            f"Zeile {row}: Das übergeordnete Gebiet „{wanted}“ steht nicht im Verzeichnis.",
            area=code,
            row=row,
        )
        return None
    is_foreign = intention.municipality is not None and not wanted.startswith(
        intention.municipality
    )
    if wanted == code or above.rank >= registers.kinds[intention.kind] or is_foreign:
        findings.add(
            "parent_not_above",
            f"Zeile {row}: {above.name} ({wanted}) kann nicht über „{code}“ stehen.",
            area=code,
            row=row,
        )
        return None
    return wanted
