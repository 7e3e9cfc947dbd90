"""The catalogue's data files: reading and checking them, with errors a domain expert can act on.

The folder holds `dimensions.toml`, `texts.toml` (wording that many entries share),
`measures.toml`, and a file per dimension with its indicators. No database is needed.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from services.indicator_api.facts.breakdowns import canonical
from services.indicator_api.indicators.schemas import IndicatorWrite
from services.indicator_api.measures.schemas import MeasureWrite

FOLDER = Path(__file__).with_name("catalogue")
# the words of `texts.toml` that an entry names, and the field in which they are put
_SHARED = {
    "confidentiality": "confidentiality_rule",
    "denominator_basis": "denominator_basis_note",
}
_GERMAN = {
    "missing": "fehlt",
    "extra_forbidden": "kennt der Katalog nicht; vielleicht ist der Name falsch geschrieben",
    "string_type": "muss ein Text in Anführungszeichen sein",
    "string_too_short": "ist leer oder zu kurz",
    "string_too_long": "ist zu lang",
    "string_pattern_mismatch": "darf nur Buchstaben ohne Umlaut, Ziffern, _, . und - enthalten",
    "literal_error": "hat keinen der möglichen Werte",
    "bool_type": "muss true oder false sein",
    "bool_parsing": "muss true oder false sein",
    "int_type": "muss eine ganze Zahl sein",
    "int_parsing": "muss eine ganze Zahl sein",
    "float_type": "muss eine Zahl sein",
    "float_parsing": "muss eine Zahl sein",
    "less_than_equal": "ist zu groß",
    "greater_than_equal": "ist zu klein",
    "date_type": "muss ein Tag sein, geschrieben wie 2023-01-01",
    "date_from_datetime_parsing": "muss ein Tag sein, geschrieben wie 2023-01-01",
    "list_type": "muss eine Liste in eckigen Klammern sein",
    "dict_type": "muss in geschweiften Klammern stehen",
    "model_type": "muss in geschweiften Klammern stehen",
}


class CatalogueError(Exception):
    """The files cannot be loaded; `faults` say where and why, in German, each on its own."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(self.faults))


class CatalogueEntry(IndicatorWrite):
    """A definition with its place in the catalogue."""

    number: int | None = Field(default=None, ge=1)
    variant: str = Field(default="", max_length=3)
    is_key_indicator: bool = False
    position: int

    @model_validator(mode="after")
    def _checked_by_whom(self) -> "CatalogueEntry":
        if self.is_checked and not self.definition_source:
            raise ValueError(
                "is_checked: Als geprüft gilt nur, was in definition_source seine Quelle nennt."
            )
        if self.variant and self.number is None:
            raise ValueError("variant: Ein Teil (variant) gehört zu einer Nummer (number).")
        return self

    def compared_values(self) -> dict[str, Any]:
        """What makes another version of the definition if it differs, as plain values."""
        return self.model_dump(mode="json", exclude={"position", "change_note"})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the files say: measures, and definitions in the order of the catalogue."""

    measures: tuple[MeasureWrite, ...]
    entries: tuple[CatalogueEntry, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the files something stands."""

    file: str
    entry: str = ""

    def fault(self, text: str, field: str = "") -> str:
        words = [self.file]
        if self.entry:
            words.append(f"Eintrag „{self.entry}“")
        if field:
            words.append(f"Feld „{field}“")
        return f"{', '.join(words)}: {text}"


def read_catalogue(folder: Path = FOLDER) -> Catalogue:
    """The catalogue in a folder; raises `CatalogueError` with all faults found at once."""
    faults: list[str] = []
    dimensions = _table(folder, "dimensions.toml", faults)
    texts = _table(folder, "texts.toml", faults)
    measures = _measures(_table(folder, "measures.toml", faults), faults)
    entries = []
    for rank, (code, label) in enumerate(dimensions.get("dimensions", {}).items(), 1):
        file = f"{code}.toml"
        found = _table(folder, file, faults).get("indicators", [])
        for line, raw in enumerate(found, 1):
            place = _Place(file, str(raw.get("code", f"Nr. {line} der Datei")))
            values = _resolved(raw, texts, place, faults) | {
                "dimension": {"code": code, "label": label},
                "position": rank * 1000 + line,
            }
            entry = _checked(CatalogueEntry, values, place, faults)
            if entry is not None:
                entries.append((place, entry))
    faults += _contradictions(measures, entries)
    faults += _forgotten(folder, dimensions.get("dimensions", {}))
    if faults:
        raise CatalogueError(faults)
    return Catalogue(tuple(measures), tuple(entry for _, entry in entries))


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that comes with the platform, read once."""
    return read_catalogue()


def _table(folder: Path, name: str, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(_Place(name).fault("Die Datei fehlt."))
    except UnicodeDecodeError:
        faults.append(_Place(name).fault("Die Datei ist nicht in UTF-8 gespeichert."))
    except tomllib.TOMLDecodeError as error:
        # tomllib tells the place at the end: "… (at line 3, column 5)"
        where = str(error).rpartition("(at ")[2].rstrip(")")
        where = where.replace("line", "Zeile").replace("column", "Spalte")
        where = where.replace("end of document", "am Ende der Datei")
        faults.append(
            _Place(name).fault(
                f"Die Schreibweise stimmt nicht ({where}): Fehlt ein Anführungszeichen, ein "
                "Gleichheitszeichen oder eine Klammer?"
            )
        )
    return {}


def _measures(table: Mapping[str, Any], faults: list[str]) -> list[MeasureWrite]:
    found = []
    for line, raw in enumerate(table.get("measures", []), 1):
        place = _Place("measures.toml", str(raw.get("code", f"Nr. {line} der Datei")))
        measure = _checked(MeasureWrite, raw, place, faults)
        if measure is not None:
            found.append(measure)
    return found


def _resolved(
    raw: Mapping[str, Any], texts: Mapping[str, Any], place: _Place, faults: list[str]
) -> dict[str, Any]:
    """The entry with the shared wording it names put in, and its breakdowns made canonical."""
    values = dict(raw)
    for group, field in _SHARED.items():
        if group in values:
            values[field] = _shared(texts, group, values.pop(group), place, faults) or ""
    if isinstance(values.get("breaks"), list):
        values["breaks"] = [
            _shared(texts, "breaks", item, place, faults) if isinstance(item, str) else item
            for item in values["breaks"]
        ]
        values["breaks"] = [item for item in values["breaks"] if item is not None]
    for role in ("numerator", "denominator"):
        part = values.get(role)
        if isinstance(part, dict) and isinstance(part.get("breakdown"), str):
            code = canonical(part["breakdown"])
            if code is None:
                text = "Aufgliederungen stehen als „MERKMAL=AUSPRÄGUNG“, mehrere mit „|“ getrennt."
                faults.append(place.fault(text, f"{role}.breakdown"))
            values[role] = part | {"breakdown": code or ""}
    return values


def _shared(
    texts: Mapping[str, Any], group: str, name: object, place: _Place, faults: list[str]
) -> Any:
    known = texts.get(group, {})
    if name in known:
        return known[name]
    offered = ", ".join(known) or "keine"
    faults.append(
        place.fault(f"„{name}“ steht nicht unter [{group}] in texts.toml (dort: {offered}).", group)
    )
    return None


def _checked(
    model: type[Any], values: Mapping[str, Any], place: _Place, faults: list[str]
) -> Any | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for item in error.errors():
            if item["type"] == "value_error":
                faults.append(place.fault(item["msg"].removeprefix("Value error, ")))
            else:
                faults.append(place.fault(*_in_german(item)))
    return None


def _in_german(item: Mapping[str, Any]) -> tuple[str, str]:
    field = ".".join(str(part) for part in item["loc"])
    text = _GERMAN.get(item["type"], "ist so nicht lesbar")
    if item["type"] == "literal_error":
        expected = str(item["ctx"]["expected"]).replace(" or ", " oder ")
        text = f"hat keinen der möglichen Werte: {expected}"
    value = item.get("input")
    is_told = item["type"] not in ("missing", "extra_forbidden") and isinstance(
        value, str | int | float
    )
    return (f"{text} (dort steht: {value!r})." if is_told else f"{text}."), field


def _contradictions(
    measures: Iterable[MeasureWrite], entries: Iterable[tuple[_Place, CatalogueEntry]]
) -> Iterator[str]:
    known: dict[str, MeasureWrite] = {}
    for measure in measures:
        if measure.code in known:
            yield _Place("measures.toml", measure.code).fault("Den Code gibt es zweimal.", "code")
        known[measure.code] = measure
    codes: set[str] = set()
    numbers: dict[tuple[int, str], str] = {}
    for place, entry in entries:
        if entry.code in codes:
            yield place.fault("Den Code gibt es zweimal.", "code")
        codes.add(entry.code)
        if entry.number is not None:
            key = (entry.number, entry.variant)
            if key in numbers:
                yield place.fault(f"Die Nummer hat schon „{numbers[key]}“.", "number")
            numbers[key] = entry.code
        yield from _parts_that_do_not_fit(place, entry, known)


def _parts_that_do_not_fit(
    place: _Place, entry: CatalogueEntry, measures: Mapping[str, MeasureWrite]
) -> Iterator[str]:
    parts = {"numerator": entry.numerator, "denominator": entry.denominator}
    found = {role: measures.get(part.measure) for role, part in parts.items() if part is not None}
    for role, measure in found.items():
        if measure is None:
            yield place.fault("Die Messgröße steht nicht in measures.toml.", f"{role}.measure")
        elif measure.kind == "rate" and entry.kind != "value":
            text = "Ein fertig gelieferter Wert ist kein Zähler und kein Nenner (kind = „value“)."
            yield place.fault(text, f"{role}.measure")
    numerator, denominator = found.get("numerator"), found.get("denominator")
    if numerator is not None and entry.kind == "value" and numerator.kind != "rate":
        yield place.fault("Ein Wert (value) braucht eine fertig gelieferte Messgröße.", "kind")
    if numerator is not None and denominator is not None:
        universes = {numerator.universe, denominator.universe}
        if universes == {"Arbeitsort", "Einwohner"}:
            text = "Beschäftigte am Arbeitsort werden nie durch Einwohner geteilt."
            yield place.fault(text, "denominator.measure")


def _forgotten(folder: Path, dimensions: Mapping[str, Any]) -> Iterator[str]:
    """Files nobody would read: a misspelt name must not make indicators vanish."""
    expected = {"dimensions.toml", "texts.toml", "measures.toml"}
    expected |= {f"{code}.toml" for code in dimensions}
    for path in sorted(folder.glob("*.toml")):
        if path.name not in expected:
            text = "Zu dieser Datei steht keine Dimension in dimensions.toml."
            yield _Place(path.name).fault(text)
