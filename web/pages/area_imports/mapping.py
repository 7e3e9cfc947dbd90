"""The form by which a file's columns are given their meaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web.clients.area_import_types import AreaImport, ImportColumn

# `spalten` tells that the form offered columns at all
MAPPING_FIELDS = (
    "spalten",
    "ebene", "bezugssystem", "schluessel", "namen", "oben", "voranstellen", "stellen",
    "zusammenfassen",
)  # fmt: skip
# Of use where nothing is proposed: what offices in Germany deliver in.
_USUAL_CRS = (
    ("EPSG:25832", "ETRS89 / UTM Zone 32N (EPSG:25832)"),
    ("EPSG:4326", "WGS 84, Länge und Breite in Grad (EPSG:4326)"),
    ("EPSG:4647", "ETRS89 / UTM Zone 32N mit Zonenziffer (EPSG:4647)"),
    ("EPSG:31466", "Gauß-Krüger, 2. Streifen (EPSG:31466)"),
    ("EPSG:31467", "Gauß-Krüger, 3. Streifen (EPSG:31467)"),
    ("EPSG:25833", "ETRS89 / UTM Zone 33N (EPSG:25833)"),
    ("EPSG:3857", "Web-Mercator (EPSG:3857)"),
)

Options = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class MappingChoices:
    """What the form offers, and what is chosen at the beginning."""

    layers: Options
    systems: Options
    columns: Options
    values: dict[str, str]
    is_own: bool


def mapping_choices(item: AreaImport) -> MappingChoices:
    """The form for an import, filled with what the last check read the file by."""
    mapping = item.mapping
    values = dict.fromkeys(MAPPING_FIELDS, "")
    if mapping is not None:
        values |= {
            "ebene": mapping.layer or "",
            "bezugssystem": mapping.crs or "",
            "schluessel": mapping.key_column or "",
            "namen": mapping.name_column or "",
            "oben": mapping.parent_column or "",
            # nothing said and nothing read yet: own keys usually lack it
            "voranstellen": "" if mapping.key_prefix is False else "ja",
            "stellen": str(mapping.key_width or ""),
            "zusammenfassen": "ja" if mapping.merge_parts else "",
        }
    if not values["bezugssystem"] and item.crs is not None and item.crs.asked:
        values["bezugssystem"] = item.crs.proposals[0].code if item.crs.proposals else ""
    return MappingChoices(
        layers=[(name, name) for name in item.layers] if len(item.layers) > 1 else [],
        systems=_systems(item),
        columns=[(column.name, _explained(column)) for column in item.columns],
        values=values,
        is_own=item.municipality is not None,
    )


def _systems(item: AreaImport) -> Options:
    """Those that would fit first, then the usual ones."""
    crs = item.crs
    fitting = [
        (proposal.code, f"{proposal.label} – passt")
        for proposal in (crs.proposals if crs is not None else ())
    ]
    known = {code for code, _ in fitting}
    return fitting + [pair for pair in _USUAL_CRS if pair[0] not in known]


def _explained(column: ImportColumn) -> str:
    """A column with its first values: „STT_NR – 909, 905, 807“."""
    return f"{column.name} – {', '.join(column.examples)}" if column.examples else column.name


def mapping_of(texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The service's words for what was chosen, and what is wrong by field."""
    errors: dict[str, str] = {}
    width = texts["stellen"].strip()
    if width and not (width.isdecimal() and 1 <= int(width) <= 20):
        errors["stellen"] = "Geben Sie die Zahl der Stellen an, zum Beispiel 3, oder nichts."
    chosen: dict[str, Any] = {
        "layer": texts["ebene"] or None,
        "crs": texts["bezugssystem"] or None,
        "key_column": texts["schluessel"] or None,
        "name_column": texts["namen"] or None,
        "parent_column": texts["oben"] or None,
        "key_prefix": texts["voranstellen"] == "ja" if texts["spalten"] else None,
        "key_width": int(width) if width and not errors else None,
        "merge_parts": texts["zusammenfassen"] == "ja",
    }
    return chosen, errors
