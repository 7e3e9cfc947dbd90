"""German words for imports of areas: states, findings, marks on the map."""

from collections.abc import Sequence
from dataclasses import dataclass

from web.clients.area_import_types import AreaImport, ImportFinding, ImportState, Severity
from web.format import NOTHING, count, day, file_size, moment, number, with_unit

MOST_SHOWN_PER_KIND = 20


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge: `kind` chooses its colour, `label` is its word."""

    kind: str
    label: str


STATES: dict[ImportState, Badge] = {
    "received": Badge("info", "eingegangen"),
    "checking": Badge("info", "wird geprüft"),
    "asking": Badge("warning", "Angabe fehlt"),
    "checked": Badge("warning", "wartet auf Sie"),
    "committing": Badge("info", "wird übernommen"),
    "accepted": Badge("success", "übernommen"),
    "rejected": Badge("danger", "Fehler gefunden"),
    "failed": Badge("danger", "abgebrochen"),
    "discarded": Badge("info", "verworfen"),
}
RUNNING: frozenset[ImportState] = frozenset({"received", "checking", "committing"})
OPEN: frozenset[ImportState] = frozenset({"asking", "checked", "rejected"})
DISCARDABLE: frozenset[ImportState] = OPEN | {"failed"}

SEVERITIES: dict[Severity, Badge] = {
    "error": Badge("danger", "Fehler"),
    "question": Badge("warning", "Frage"),
    "warning": Badge("warning", "Warnung"),
    "note": Badge("info", "Hinweis"),
}
# what a layer of the preview is called in the legend: sign, one, several
MARKS: tuple[tuple[str, str, str], ...] = (
    ("repaired", "berichtigter Rand", "berichtigte Ränder"),
    ("gap", "Lücke", "Lücken"),
    ("overlap", "Überschneidung", "Überschneidungen"),
    ("outside", "Stelle außerhalb", "Stellen außerhalb"),
)


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one kind; `total` counts those not shown as well."""

    code: str
    title: str
    gravity: Badge
    remedy: str
    total: int
    area: str
    rows: tuple[ImportFinding, ...]

    @property
    def has_areas(self) -> bool:
        """Whether a column of m² tells something."""
        return any(row.area_m2 is not None for row in self.rows)


def title_of(item: AreaImport) -> str:
    """The file's name, or what it is."""
    return item.filename or "Gebiete aus einer Datei"


def purpose_of(item: AreaImport) -> str:
    """What the file was handed in as."""
    level = item.kind_label or NOTHING
    if item.municipality is None:
        return f"Amtliches Verzeichnis: {level}"
    if item.partition_code is None:
        return f"{level}, {item.municipality.name}"
    begins = day(item.valid_from) if item.valid_from else NOTHING
    return f"{item.partition_name} ({level}), {item.municipality.name}, ab {begins}"


def announcement_of(item: AreaImport) -> str:
    """What a screen reader says when the state has changed."""
    return f"{title_of(item)}: {STATES[item.state].label}."


def square_metres(value: float | None) -> str:
    """An area with its unit; empty for none."""
    if value is None:
        return ""
    if value >= 1_000_000:
        return with_unit(value / 1e6, "km²", 2)
    return with_unit(value, "m²", 1 if value < 100 else 0)


def groups_of(item: AreaImport) -> list[FindingGroup]:
    """The findings by kind, the grave ones first."""
    groups = []
    for counted in item.finding_counts:
        rows = tuple(row for row in item.findings if row.code == counted.code)
        groups.append(
            FindingGroup(
                code=counted.code,
                title=counted.title,
                gravity=SEVERITIES[counted.severity],
                remedy=next((row.remedy for row in rows if row.remedy), ""),
                total=counted.count,
                area=square_metres(counted.area_m2) if counted.area_m2 else "",
                rows=rows[:MOST_SHOWN_PER_KIND],
            )
        )
    return groups


def legend_of(item: AreaImport) -> list[tuple[str, str]]:
    """The marks that the map shows, as (layer, words)."""
    return [
        (layer, count(item.layer_counts[layer], one, several))
        for layer, one, several in MARKS
        if item.layer_counts.get(layer)
    ]


def map_text(item: AreaImport) -> str:
    """The map's text alternative."""
    areas = count(item.layer_counts.get("area", 0), "Gebiet", "Gebieten")
    marked = [words for _, words in legend_of(item)]
    told = f"Gekennzeichnet: {_joined(marked)}." if marked else "Nichts ist gekennzeichnet."
    return f"Karte mit {areas}. {told}"


def _joined(words: Sequence[str]) -> str:
    return " und ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def understood_facts(item: AreaImport) -> list[tuple[str, str]]:
    """What was understood of the file, as (label, text)."""
    mapping = item.mapping
    facts = [("Format", item.format_label or NOTHING)]
    if item.crs is not None:
        facts.append(("Bezugssystem", _crs_of(item)))
    if mapping is not None and mapping.key_column:
        prefix = " mit vorangestelltem Gemeindeschlüssel" if mapping.key_prefix else ""
        facts.append(("Schlüssel", f"Spalte „{mapping.key_column}“{prefix}"))
    if mapping is not None and mapping.name_column:
        facts.append(("Namen", f"Spalte „{mapping.name_column}“"))
    if mapping is not None:
        facts.append(("Liegt in", _parent_of(item)))
    if "areas" in item.counts:
        facts.append(("Gebiete", _areas_of(item)))
    return facts


def _areas_of(item: AreaImport) -> str:
    areas, new = item.counts["areas"], item.counts.get("new", 0)
    if item.municipality is not None or new == areas:
        return number(areas)
    return f"{number(areas)}, davon {number(new)} neu"


def _crs_of(item: AreaImport) -> str:
    crs = item.crs
    if crs is None:
        return NOTHING
    if crs.asked:
        return "noch offen"
    return item.mapping.crs if item.mapping and item.mapping.crs else crs.found or NOTHING


def _parent_of(item: AreaImport) -> str:
    mapping = item.mapping
    if mapping is not None and mapping.parent_column:
        return f"Spalte „{mapping.parent_column}“"
    if mapping is not None and mapping.parent:
        return mapping.parent
    return item.municipality.name if item.municipality else "nach dem Schlüssel"


def file_facts(item: AreaImport) -> list[tuple[str, str]]:
    """Where the file came from, as (label, text)."""
    return [
        ("Eingereicht", moment(item.created_at)),
        ("Von", item.delivered_by or NOTHING),
        ("Größe", file_size(item.size_bytes)),
        ("Quelle", item.source),
        ("Vermerk an Karten", item.attribution),
    ]
