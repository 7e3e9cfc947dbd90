"""What a check may find in a file of areas: code, gravity, words and how to mend it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

MAXIMUM_STORED_PER_CODE = 100

Severity = Literal["error", "question", "warning", "note"]
_ORDER: dict[str, int] = {"error": 0, "question": 1, "warning": 2, "note": 3}


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of finding: how grave, its heading and how to mend it (empty for a mere note)."""

    severity: Severity
    title: str
    remedy: str = ""


KINDS: dict[str, FindingKind] = {
    "file_unreadable": FindingKind(
        "error",
        "Die Datei lässt sich nicht lesen",
        "Erzeugen Sie die Datei im Geoinformationssystem neu und senden Sie sie noch einmal.",
    ),
    "format_unknown": FindingKind(
        "error",
        "Unbekanntes Format",
        "Speichern Sie die Flächen als GeoPackage, GeoJSON, FlatGeobuf oder als Shapefile, "
        "dessen Dateien zusammen in einem ZIP-Archiv liegen.",
    ),
    "archive_refused": FindingKind(
        "error",
        "Das Archiv wird nicht ausgepackt",
        "Packen Sie nur die Dateien der Flächen (.shp, .shx, .dbf, .prj) in ein neues Archiv.",
    ),
    "shapefile_incomplete": FindingKind(
        "error",
        "Das Shapefile ist unvollständig",
        "Packen Sie alle Dateien mit demselben Namen in das Archiv: .shp, .shx, .dbf und .prj.",
    ),
    "no_areas": FindingKind(
        "error", "Die Datei enthält keine Gebiete", "Prüfen Sie, ob die richtige Ebene gewählt ist."
    ),
    "too_many_areas": FindingKind(
        "error", "Zu viele Gebiete", "Teilen Sie die Datei, zum Beispiel nach Kreisen."
    ),
    "layer_ambiguous": FindingKind(
        "question",
        "Welche Ebene der Datei ist gemeint?",
        "Wählen Sie unter „Zuordnung“ die Ebene mit den Gebieten.",
    ),
    "layer_unknown": FindingKind(
        "error", "Diese Ebene gibt es in der Datei nicht", "Wählen Sie eine der genannten Ebenen."
    ),
    "crs_missing": FindingKind(
        "question",
        "In welchem Bezugssystem stehen die Koordinaten?",
        "Wählen Sie unter „Zuordnung“ das Bezugssystem. Vorgeschlagen ist, was die Flächen an "
        "ihren Ort bringt.",
    ),
    "crs_unknown": FindingKind(
        "error",
        "Unbekanntes Bezugssystem",
        "Geben Sie es mit seinem EPSG-Code an, zum Beispiel EPSG:25832.",
    ),
    "crs_elsewhere": FindingKind(
        "error",
        "Die Flächen lägen woanders",
        "Prüfen Sie das Bezugssystem und wählen Sie unter „Zuordnung“ das zutreffende.",
    ),
    "crs_defined_in_file": FindingKind("note", "Bezugssystem ohne amtlichen Code"),
    "column_missing": FindingKind(
        "error",
        "Eine zugeordnete Spalte fehlt",
        "Wählen Sie unter „Zuordnung“ eine Spalte, die es in der Datei gibt.",
    ),
    "key_column_unclear": FindingKind(
        "question",
        "Welche Spalte enthält die Schlüssel?",
        "Wählen Sie unter „Zuordnung“ die Spalte, deren Werte die Gebiete eindeutig benennen.",
    ),
    "name_column_unclear": FindingKind(
        "question",
        "Welche Spalte enthält die Namen?",
        "Wählen Sie unter „Zuordnung“ die Spalte mit den Namen der Gebiete.",
    ),
    "key_missing": FindingKind(
        "error", "Gebiete ohne Schlüssel", "Tragen Sie in jeder Zeile den Schlüssel ein."
    ),
    "key_invalid": FindingKind(
        "error",
        "Unzulässige Schlüssel",
        "Ein Schlüssel besteht aus höchstens 40 Buchstaben, Ziffern, Punkten, Strichen.",
    ),
    "key_duplicate": FindingKind(
        "error",
        "Doppelte Schlüssel",
        "Berichtigen Sie die Schlüssel. Sind es Teile desselben Gebiets, wählen Sie unter "
        "„Zuordnung“, dass Flächen mit gleichem Schlüssel zusammengefasst werden.",
    ),
    "key_foreign": FindingKind(
        "error",
        "Schlüssel, die nicht zur Gemeinde gehören",
        "Eigene Gebiete beginnen mit dem Schlüssel der Gemeinde. Wählen Sie unter „Zuordnung“, "
        "dass er vorangestellt wird.",
    ),
    "key_taken": FindingKind(
        "error",
        "Schlüssel, die schon vergeben sind",
        "Vergeben Sie andere Schlüssel, oder lassen Sie das neue Gebiet nach dem alten beginnen.",
    ),
    "key_numeric": FindingKind(
        "warning",
        "Die Schlüssel stehen als Zahlen in der Datei",
        "Sind führende Nullen verloren gegangen, geben Sie unter „Zuordnung“ die Zahl der Stellen "
        "an; sie werden dann ergänzt.",
    ),
    "zero_restored": FindingKind(
        "warning",
        "Führende Nullen ergänzt",
        "Prüfen Sie an den ersten Zeilen, ob die Schlüssel stimmen.",
    ),
    "name_missing": FindingKind(
        "error", "Gebiete ohne Namen", "Tragen Sie in jeder Zeile einen Namen ein."
    ),
    "name_too_long": FindingKind("error", "Zu lange Namen", "Ein Name hat höchstens 200 Zeichen."),
    "parts_merged": FindingKind("note", "Zu einem Gebiet zusammengefasst"),
    "parent_unknown": FindingKind(
        "error",
        "Unbekannte übergeordnete Gebiete",
        "Spielen Sie zuerst die übergeordneten Gebiete ein, oder wählen Sie unter „Zuordnung“ "
        "eine andere Spalte.",
    ),
    "parent_not_above": FindingKind(
        "error",
        "Das übergeordnete Gebiet steht nicht darüber",
        "Ein Gebiet liegt in einem der nächsthöheren Ebenen, nie in sich selbst.",
    ),
    "geometry_missing": FindingKind(
        "error", "Gebiete ohne Fläche", "Löschen Sie die Zeile, oder zeichnen Sie die Fläche."
    ),
    "geometry_not_polygon": FindingKind(
        "error",
        "Linien oder Punkte statt Flächen",
        "Ein Gebiet ist eine Fläche (Polygon oder Multipolygon). Wandeln Sie Umrisslinien vorher "
        "in Flächen um.",
    ),
    "geometry_repaired": FindingKind(
        "warning",
        "Ungültige Ränder berichtigt",
        "Sehen Sie sich die Stelle auf der Karte an. Soll es anders sein, berichtigen Sie die "
        "Datei und senden sie neu.",
    ),
    "geometry_repair_refused": FindingKind(
        "error",
        "Ränder, die sich nicht eindeutig berichtigen lassen",
        "Der Rand überkreuzt sich so, dass unklar ist, welche Fläche gemeint ist. Zeichnen Sie ihn "
        "im Geoinformationssystem neu.",
    ),
    "geometry_z_dropped": FindingKind("note", "Höhenangaben weggelassen"),
    "area_tiny": FindingKind(
        "warning",
        "Sehr kleine Flächen",
        "Prüfen Sie, ob die Fläche ein Rest aus der Bearbeitung ist.",
    ),
    "outside_parent": FindingKind(
        "error",
        "Gebiete außerhalb ihres übergeordneten Gebiets",
        "Prüfen Sie die Zuordnung zum übergeordneten Gebiet und die Fläche.",
    ),
    "partly_outside_parent": FindingKind(
        "warning",
        "Gebiete, die über ihr übergeordnetes Gebiet hinausragen",
        "Die Stellen sind auf der Karte schraffiert. Sie werden so übernommen, wie sie sind.",
    ),
    "edge_differs": FindingKind("note", "Abweichungen entlang der äußeren Grenze"),
    "overlap_large": FindingKind(
        "error",
        "Gebiete, die sich überschneiden",
        "Jede Stelle gehört zu genau einem Gebiet. Berichtigen Sie die Flächen.",
    ),
    "overlap": FindingKind(
        "warning",
        "Kleine Überschneidungen",
        "Die Stellen sind auf der Karte schraffiert. Sie werden so übernommen, wie sie sind.",
    ),
    "overlap_slivers": FindingKind("note", "Überschneidungen von Haaresbreite"),
    "gap": FindingKind(
        "warning",
        "Lücken",
        "Was zu keinem Gebiet gehört, zählt in keinem. Ist das so gewollt (etwa bei "
        "unbewohnten Flächen), können Sie es so übernehmen.",
    ),
    "gap_slivers": FindingKind("note", "Lücken von Haaresbreite"),
    "coverage": FindingKind("note", "Bedeckung"),
    "partition_code_taken": FindingKind(
        "error",
        "Die Kurzbezeichnung der Gliederung ist vergeben",
        "Wählen Sie beim nächsten Mal eine andere, zum Beispiel mit dem Jahr.",
    ),
    "partition_period_taken": FindingKind(
        "error",
        "An diesem Tag gilt schon eine Gliederung",
        "Lassen Sie die neue Gliederung nach dem Beginn der bisherigen gelten.",
    ),
    "partition_not_yours": FindingKind(
        "error",
        "Die bisherige Gliederung führt eine andere Stelle",
        "Bitten Sie diese Stelle, die neue Gliederung einzuspielen.",
    ),
    "partition_follows": FindingKind("note", "Die bisherige Gliederung endet"),
    "area_known": FindingKind("note", "Gebiete, die es schon gibt"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: what happened, in a sentence, and where."""

    code: str
    detail: str
    area: str | None = None
    row: int | None = None
    area_m2: float | None = None

    def document(self) -> dict[str, Any]:
        """The finding as JSON values."""
        kind = KINDS[self.code]
        return {
            "severity": kind.severity,
            "code": self.code,
            "title": kind.title,
            "area": self.area,
            "row": self.row,
            "detail": self.detail,
            "remedy": kind.remedy,
            "area_m2": None if self.area_m2 is None else round(self.area_m2, 1),
        }


@dataclass(slots=True)
class FindingList:
    """The findings of a check: the first ones of each kind, and how many there are of all."""

    items: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    square_metres: dict[str, float] = field(default_factory=dict)

    def add(
        self,
        code: str,
        detail: str,
        *,
        area: str | None = None,
        row: int | None = None,
        area_m2: float | None = None,
    ) -> None:
        """Add one finding; `area` is the key it is about, `row` the feature's number from 1."""
        self.counts[code] += 1
        if area_m2 is not None:
            self.square_metres[code] = self.square_metres.get(code, 0.0) + area_m2
        if self.counts[code] <= MAXIMUM_STORED_PER_CODE:
            self.items.append(Finding(code, detail, area, row, area_m2))

    def has(self, severity: Severity) -> bool:
        """Whether there is a finding of this gravity."""
        return any(KINDS[code].severity == severity for code in self.counts)

    def documents(self) -> list[dict[str, Any]]:
        """The findings as JSON values, the grave ones first."""
        ordered = sorted(self.items, key=lambda item: _ORDER[KINDS[item.code].severity])
        return [item.document() for item in ordered]

    def summary(self) -> list[dict[str, Any]]:
        """How many findings of which kind, and of how many square metres in all."""
        codes = sorted(self.counts, key=lambda code: _ORDER[KINDS[code].severity])
        return [
            {
                "code": code,
                "severity": KINDS[code].severity,
                "title": KINDS[code].title,
                "count": self.counts[code],
                "area_m2": round(self.square_metres[code], 1)
                if code in self.square_metres
                else None,
            }
            for code in codes
        ]


class UnreadableError(Exception):
    """The file cannot be read or needs an answer first; `finding` says what and why."""

    def __init__(self, code: str, detail: str, **known: Any) -> None:
        super().__init__(detail)
        self.finding = Finding(code, detail)
        self.known = known
