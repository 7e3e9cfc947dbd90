"""Reading a directory of streets and house numbers from a CSV file, as a whole.

All or nothing: every fault is found with its row before anything is written. Nothing of a file
that holds columns about people is looked at, kept or repeated in a message.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from services.indicator_api.partitions.address_rules import (
    clean_suffix,
    column_of,
    house_number,
    is_about_persons,
    is_street,
    number_range,
    numbers_in_range,
    street_key,
)

MAXIMUM_ADDRESSES = 500_000
MAXIMUM_FINDINGS = 200
_SEPARATORS = (";", "\t", ",")
_KNOWN_BINARIES = {b"%PDF": "Es ist ein PDF.", b"PK\x03\x04": "Es ist ein Archiv oder eine Mappe."}
Severity = Literal["error", "warning", "note"]

_FAULTS = {
    "street_missing": "In der Spalte der Straße steht nichts.",
    "street_unreadable": "Das ist kein Straßenname.",
    "number_missing": "Die Hausnummer fehlt.",
    "number_unreadable": "Die Hausnummer ist nicht lesbar.",
    "suffix_unreadable": "Der Zusatz ist nicht lesbar; erwartet wird zum Beispiel „a“ oder „/2“.",
    "postcode_unreadable": "Die Postleitzahl hat nicht fünf Ziffern.",
    "unit_missing": "Die Einheit fehlt, zu der die Adresse gehört.",
    "unit_unknown": "Diese Einheit gehört nicht zur Gliederung.",
    "address_twice": "Dieselbe Adresse steht schon in einer früheren Zeile.",
    "parity_missing": "Bei einem Bereich fehlt die Straßenseite.",
    "parity_unknown": "Die Straßenseite ist nicht lesbar.",
    "range_reversed": "Der Bereich endet, bevor er beginnt.",
    "range_too_long": "Der Bereich umfasst mehr als 2000 Hausnummern.",
    "range_of_other_parity": "Anfang und Ende des Bereichs liegen nicht auf der genannten Seite.",
    "range_and_number": "Die Zeile nennt eine Hausnummer und zugleich einen Bereich.",
}
_REMEDIES = {
    "number_unreadable": "Schreiben Sie „12“, „12a“ oder den Bereich „1–15 ungerade“.",
    "postcode_unreadable": "Formatieren Sie die Spalte als Text, damit keine Null verloren geht.",
    "unit_unknown": "Nennen Sie den Schlüssel oder den Namen einer Einheit dieser Gliederung.",
    "address_twice": "Streichen Sie eine der beiden Zeilen.",
    "parity_missing": "Schreiben Sie „gerade“, „ungerade“ oder „alle“ dazu.",
    "parity_unknown": "Möglich sind „gerade“, „ungerade“ und „alle“.",
}


@dataclass(frozen=True, slots=True)
class AddressFinding:
    """What is wrong with, or was assumed of, one row (the head is row 1; None: the file)."""

    code: str
    detail: str
    row: int | None = None
    column: str | None = None
    remedy: str = ""
    severity: Severity = "error"


class Address(NamedTuple):
    """One building: the street as written and as compared, its number, and its unit's id."""

    street_key: str
    house_number: int
    suffix: str
    postcode: str
    unit_id: int
    street: str


@dataclass(slots=True)
class AddressFile:
    """The addresses of a file; `error_count` counts all faults, `findings` holds the first."""

    addresses: list[Address] = field(default_factory=list)
    findings: list[AddressFinding] = field(default_factory=list)
    error_count: int = 0
    rows: int = 0
    ranges: int = 0

    def fault(self, row: int, code: str, column: str, value: str = "") -> None:
        """Note a fault of a row."""
        self.error_count += 1
        if len(self.findings) < MAXIMUM_FINDINGS:
            shown = f" („{value[:40]}“)" if value else ""
            detail = _FAULTS[code].rstrip(".") + shown + "."
            self.findings.append(AddressFinding(code, detail, row, column, _REMEDIES.get(code, "")))


class UnreadableAddressFileError(Exception):
    """The file is refused as a whole; `persons` if it holds columns about people."""

    def __init__(self, finding: AddressFinding, *, persons: bool = False) -> None:
        super().__init__(finding.detail)
        self.finding = finding
        self.persons = persons


def _refused(code: str, detail: str, remedy: str = "") -> UnreadableAddressFileError:
    return UnreadableAddressFileError(AddressFinding(code, detail, remedy=remedy))


def decode(data: bytes) -> tuple[str, bool]:
    """The text, and whether it had to be taken for Windows-1252 as it is no UTF-8."""
    for signature, hint in _KNOWN_BINARIES.items():
        if data.startswith(signature):
            raise _refused(
                "no_table", f"Das ist keine CSV-Datei. {hint}", "Speichern Sie die Tabelle als CSV."
            )
    if b"\x00" in data:
        raise _refused("no_table", "Das ist keine CSV-Datei. Sie enthält Binärdaten.")
    try:
        return data.decode("utf-8-sig"), False
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace"), True


def _columns_of(head: list[str], required: Iterable[str]) -> dict[str, int]:
    """{column: place}; raises for columns about people and for a head that lacks a column."""
    about_persons = [name.strip() for name in head if is_about_persons(name)]
    if about_persons:
        refusal = AddressFinding(
            "person_columns",
            "Die Datei enthält Angaben zu Personen (Spalten: "
            f"{', '.join(name[:40] for name in about_persons)}). Sie wurde nicht gelesen und "
            "nicht aufbewahrt.",
            remedy="Senden Sie nur Straße, Hausnummer, Zusatz, Postleitzahl und Einheit.",
        )
        raise UnreadableAddressFileError(refusal, persons=True)
    places: dict[str, int] = {}
    for place, name in enumerate(head):
        column = column_of(name)
        if column is not None:
            places.setdefault(column, place)
    missing = [name for name in required if name not in places]
    has_number = "house_number" in places or {"from", "to"} <= places.keys()
    if missing or not has_number:
        words = {"street": "Straße", "unit": "Einheit"}
        names = [words[name] for name in missing] + ([] if has_number else ["Hausnummer"])
        raise _refused(
            "columns_missing",
            f"In der Kopfzeile fehlt: {', '.join(names)}.",
            "Die Spalten heißen: Straße; Hausnummer; Zusatz; PLZ; Einheit. Statt der Hausnummer "
            "gehen auch: von; bis; Seite.",
        )
    return places


@dataclass(frozen=True, slots=True)
class _Table:
    rows: Iterator[tuple[int, list[str]]]
    places: dict[str, int]
    notes: list[AddressFinding]


def _numbered(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with their line in the file; a quoted cell may run over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        raise _refused(
            "no_table",
            f"Zeile {reader.line_num + 1} ist nicht lesbar: Ein Anführungszeichen wird nicht "
            "geschlossen.",
        ) from None


def _open(data: bytes, required: Iterable[str]) -> _Table:
    text, is_guessed = decode(data)
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    if not first.strip() or first.count(separator) == 0:
        raise _refused(
            "columns_missing",
            "In der ersten Zeile stehen keine Spaltennamen.",
            "Die Spalten heißen: Straße; Hausnummer; Zusatz; PLZ; Einheit.",
        )
    rows = _numbered(text, separator)
    _, head = next(rows)
    places = _columns_of(head, required)
    notes = []
    if is_guessed:
        notes.append(
            AddressFinding(
                "encoding_guessed",
                "Die Datei ist nicht in UTF-8 geschrieben und wurde als Windows-1252 gelesen.",
                severity="note",
            )
        )
    unused = [name.strip()[:40] for i, name in enumerate(head) if i not in places.values()]
    if any(unused):
        notes.append(
            AddressFinding(
                "columns_ignored",
                f"Nicht gelesen und nicht aufbewahrt: {', '.join(filter(None, unused))}.",
                severity="note",
            )
        )
    return _Table(rows, places, notes)


def read_directory(data: bytes, units: Mapping[str, int]) -> AddressFile:
    """The addresses of a directory with their units.

    `units` maps every key and name by which a unit may be called (folded with `unit_name`) to
    its id. Raises `UnreadableAddressFileError` for a file that is refused as a whole.
    """
    return _read(_open(data, ("street", "unit")), units)


def read_town_list(data: bytes) -> AddressFile:
    """A list of all addresses of the town, to compare with; the unit's id is 0."""
    return _read(_open(data, ("street",)), None)


def unit_name(text: str) -> str:
    """A unit's key or name as it is compared."""
    return " ".join(text.split()).casefold()


def _read(table: _Table, units: Mapping[str, int] | None) -> AddressFile:
    found = AddressFile(findings=table.notes)
    seen: dict[tuple[str, int, str, str, int], int] = {}
    keys: dict[str, str] = {}

    def cell(row: list[str], column: str) -> str:
        place = table.places.get(column)
        return row[place].strip() if place is not None and place < len(row) else ""

    for number, row in table.rows:
        if not any(text.strip() for text in row):
            continue
        found.rows += 1
        cells = {name: cell(row, name) for name in table.places}
        place = _place_of(found, number, cells, units)
        numbers = _numbers_of(found, number, cells)
        if place is None or numbers is None:
            continue
        street, postcode, unit_id = place
        key = keys.setdefault(street, street_key(street))
        for house, suffix in numbers:
            address = Address(key, house, suffix, postcode, unit_id, street)
            if seen.setdefault(address[:5], number) != number:
                found.fault(number, "address_twice", "street", f"{street} {house}{suffix}")
            else:
                found.addresses.append(address)
        if len(found.addresses) > MAXIMUM_ADDRESSES:
            raise _refused("too_many", f"Mehr als {MAXIMUM_ADDRESSES} Adressen.")
    if not found.rows:
        raise _refused("no_rows", "Unter der Kopfzeile steht keine Adresse.")
    return found


def _place_of(
    found: AddressFile, row: int, cells: Mapping[str, str], units: Mapping[str, int] | None
) -> tuple[str, str, int] | None:
    """Street, postcode and unit of a row; None if one of them is at fault."""
    before = found.error_count
    street, postcode = " ".join(cells["street"].split()), cells.get("postcode", "")
    if not street:
        found.fault(row, "street_missing", "street")
    elif not is_street(street):
        found.fault(row, "street_unreadable", "street")
    if postcode and not (len(postcode) == 5 and postcode.isascii() and postcode.isdigit()):
        found.fault(row, "postcode_unreadable", "postcode", postcode)
    unit_id = 0
    if units is not None:
        named = cells["unit"]
        unit_id = units.get(unit_name(named), 0)
        if not named:
            found.fault(row, "unit_missing", "unit")
        elif not unit_id:
            found.fault(row, "unit_unknown", "unit", named)
    return (street, postcode, unit_id) if found.error_count == before else None


def _numbers_of(
    found: AddressFile, row: int, cells: Mapping[str, str]
) -> list[tuple[int, str]] | None:
    """The house numbers of a row: one, or all of a range; None if they cannot be read."""
    text, suffix = cells.get("house_number", ""), cells.get("suffix", "")
    first, last = cells.get("from", ""), cells.get("to", "")
    if text and (first or last):
        found.fault(row, "range_and_number", "from")
        return None
    written = number_range(text)
    if written is not None:
        first, last, parity = written
        parity = parity or cells.get("parity", "")
    else:
        parity = cells.get("parity", "")
    if first or last:
        numbers = numbers_in_range(first, last or first, parity or ("" if last else "alle"))
        if isinstance(numbers, str):
            column = "parity" if numbers.startswith("parity") else "house_number"
            found.fault(row, numbers, column, text or f"{first}–{last}")
            return None
        found.ranges += 1
        return [(number, "") for number in numbers]
    if not text:
        found.fault(row, "number_missing", "house_number")
        return None
    if clean_suffix(suffix) is None:
        found.fault(row, "suffix_unreadable", "suffix")
        return None
    number = house_number(text, suffix)
    if number is None:
        found.fault(row, "number_unreadable", "house_number", text[:12])
        return None
    return [number]
