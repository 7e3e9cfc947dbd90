"""Findings: what a delivery's check has to say, by row, with how to mend it."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

Severity = Literal["error", "warning", "note"]
MAXIMUM_STORED_PER_CODE = 2_000


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of finding: how grave, its heading, its sentence and how to mend it.

    `detail` may name `{value}` and `{hint}` of the row.
    """

    severity: Severity
    title: str
    detail: str
    remedy: str


KINDS: dict[str, FindingKind] = {
    "no_table": FindingKind(
        "error",
        "Die Datei ist keine Tabelle",
        "Die Datei ließ sich nicht als Tabelle lesen. {hint}",
        "Speichern Sie die Tabelle als CSV (UTF-8, durch Semikolon getrennt) oder liefern Sie "
        "JSON.",
    ),
    "header_unknown": FindingKind(
        "error",
        "Die Kopfzeile passt zu keinem bekannten Format",
        "{hint}",
        "Gebraucht werden die Spalten area;period;measure;value, oder die Spalten einer "
        "GENESIS-Flat-File-CSV ab 2025.",
    ),
    "genesis_too_large": FindingKind(
        "error",
        "Die Datei ist eine Antwort von GENESIS, keine Tabelle",
        "GENESIS meldet (Code {value}): „{hint}“",
        "Rufen Sie die Tabelle mit job=true ab und liefern Sie das Ergebnis, sobald es fertig "
        "ist, oder fragen Sie weniger Jahre oder Gebiete auf einmal ab.",
    ),
    "genesis_job_created": FindingKind(
        "error",
        "Die Datei ist eine Antwort von GENESIS, keine Tabelle",
        "GENESIS meldet (Code {value}): „{hint}“",
        "Rufen Sie nach einigen Minuten das Ergebnis unter dem genannten Namen ab und liefern "
        "Sie diese Datei.",
    ),
    "genesis_refused": FindingKind(
        "error",
        "Die Datei ist eine Antwort von GENESIS, keine Tabelle",
        "GENESIS meldet (Code {value}): „{hint}“",
        "Beheben Sie, was GENESIS meldet, rufen Sie die Tabelle erneut ab und liefern Sie dann "
        "die Tabelle.",
    ),
    "area_not_given": FindingKind(
        "error",
        "Die Datei nennt kein Gebiet",
        "Die Tabelle hat keine Spalte mit Gebieten, und auch ihr Titel sagt nicht, wofür sie "
        "gilt.",
        "Geben Sie bei der Lieferung an, für welches Gebiet die Datei gilt („area“).",
    ),
    "sheet_unknown": FindingKind(
        "error",
        "Das Tabellenblatt gibt es nicht",
        "In der Arbeitsmappe gibt es kein Blatt „{value}“. {hint}",
        "Geben Sie den Namen eines vorhandenen Blatts an, oder lassen Sie ihn weg.",
    ),
    "row_malformed": FindingKind(
        "error",
        "Zeilen mit falscher Spaltenzahl",
        "{hint}",
        "Prüfen Sie Trennzeichen und Anführungszeichen in dieser Zeile.",
    ),
    "area_missing": FindingKind(
        "error",
        "Der Gebietsschlüssel fehlt",
        "In dieser Zeile steht kein Gebietsschlüssel.",
        "Tragen Sie den amtlichen Schlüssel ein.",
    ),
    "key_lost_zero": FindingKind(
        "error",
        "Dem Schlüssel fehlt die führende Null",
        "„{value}“ ist vermutlich „{hint}“; die führende Null ging verloren.",
        "Formatieren Sie die Schlüsselspalte in Excel als Text und tragen Sie „{hint}“ ein.",
    ),
    "key_zero_restored": FindingKind(
        "warning",
        "Führende Null ergänzt",
        "„{value}“ wurde als „{hint}“ gelesen; die führende Null war verloren gegangen.",
        "Formatieren Sie die Schlüsselspalte in Excel als Text und tragen Sie „{hint}“ ein.",
    ),
    "left_out": FindingKind(
        "note",
        "Zeilen anderer Gebiete ausgelassen",
        "{hint} Zeilen betreffen Gebiete außerhalb Ihrer Zuständigkeit; sie wurden ausgelassen, "
        "wie gewünscht.",
        "",
    ),
    "area_unknown": FindingKind(
        "error",
        "Unbekannte Gebietsschlüssel",
        "Der Schlüssel „{value}“ steht nicht im Gebietsverzeichnis.",
        "Prüfen Sie den Schlüssel unter „Gebiete“.",
    ),
    "area_not_yours": FindingKind(
        "error",
        "Gebiete außerhalb Ihrer Zuständigkeit",
        "„{value}“ gehört nicht zum Gebiet Ihrer Organisation oder dieses Datenbestands.",
        "Entfernen Sie die Zeile, oder liefern Sie in einen Datenbestand für dieses Gebiet.",
    ),
    "area_ended": FindingKind(
        "error",
        "Gebiete, die es zu dieser Zeit nicht mehr gab",
        "„{value}“ besteht seit dem {hint} nicht mehr, trägt hier aber einen Wert.",
        "Verwenden Sie den Schlüssel des Nachfolgers.",
    ),
    "period_unreadable": FindingKind(
        "error",
        "Unlesbare Zeitangaben",
        "„{value}“ ist keine Zeitangabe, die gelesen wird.",
        "Schreiben Sie 2024, 2024-Q3, 2024-07, 2024-12-31, 31.12.2024 oder 2024/25.",
    ),
    "measure_unknown": FindingKind(
        "error",
        "Unbekannte Messgrößen",
        "Die Messgröße „{value}“ ist nicht angelegt.",
        "Die angelegten Messgrößen stehen unter /v1/measures.",
    ),
    "breakdown_malformed": FindingKind(
        "error",
        "Unlesbare Aufgliederungen",
        "„{value}“ ist keine Aufgliederung.",
        "Schreiben Sie MERKMAL=AUSPRÄGUNG, mehrere mit „|“ getrennt.",
    ),
    "number_invalid": FindingKind(
        "error",
        "Werte, die keine Zahlen sind",
        "„{value}“ ist weder eine Zahl noch ein Zeichen wie „-“, „.“, „/“, „x“ oder „...“.",
        "Schreiben Sie die Zahl ohne Einheit und Leerzeichen.",
    ),
    "number_ambiguous": FindingKind(
        "error",
        "Mehrdeutige Zahlen",
        "„{value}“ kann mit Tausenderpunkt oder mit Dezimalpunkt gemeint sein.",
        "Schreiben Sie Zahlen ohne Tausenderpunkt.",
    ),
    "value_missing": FindingKind(
        "error",
        "Leere Werte",
        "In dieser Zeile steht kein Wert.",
        "Tragen Sie die Zahl ein, oder das Zeichen, das sagt, warum keine da ist („-“ nichts "
        "vorhanden, „.“ geheim oder unbekannt, „/“ zu unsicher, „...“ kommt später).",
    ),
    "value_negative": FindingKind(
        "error",
        "Negative Anzahlen",
        "{value} ist negativ; eine Anzahl kann das nicht sein.",
        "Prüfen Sie den Wert.",
    ),
    "quality_unknown": FindingKind(
        "error",
        "Unbekannte Qualitätszeichen",
        "Das Qualitätszeichen „{value}“ ist nicht bekannt.",
        "Bekannt sind (), p (vorläufig), s (geschätzt), r (berichtigt) und e (endgültig).",
    ),
    "duplicate": FindingKind(
        "error",
        "Doppelte Zeilen",
        "Dieselbe Angabe steht schon in Zeile {hint}.",
        "Lassen Sie nur eine der Zeilen stehen.",
    ),
    "area_without_figures": FindingKind(
        "note",
        "Gebiete ohne jede Angabe",
        "Für „{value}“ enthält die Datei nur „-“; das wird als „nicht verfügbar“ geführt, "
        "nicht als Null.",
        "",
    ),
    "mapping_incomplete": FindingKind(
        "error",
        "Die Zuordnung der Spalten ist unvollständig",
        "{hint}",
        "Ergänzen Sie die Zuordnung.",
    ),
    "mapping_column_missing": FindingKind(
        "error",
        "Die Zuordnung passt nicht zu dieser Datei",
        "{hint}",
        "Ändern Sie die Zuordnung, oder liefern Sie die Tabelle mit denselben Spalten wie zuvor.",
    ),
    "mapping_unknown": FindingKind(
        "error",
        "Diese Zuordnung gibt es nicht",
        "Unter dem Namen „{value}“ ist keine Zuordnung gespeichert. {hint}",
        "Wählen Sie eine gespeicherte Zuordnung, oder lassen Sie den Namen weg und ordnen Sie "
        "die Spalten zu.",
    ),
    "mapping_remembered": FindingKind(
        "note",
        "Wie beim letzten Mal gelesen",
        "Die Kopfzeile ist dieselbe wie bei der gespeicherten Zuordnung „{value}“; sie wurde "
        "angewandt.",
        "Soll die Datei anders gelesen werden, ändern Sie die Zuordnung dieser Lieferung.",
    ),
    "cells_empty": FindingKind(
        "note",
        "Leere Zellen gelten als nicht geliefert",
        "{hint} Zellen ohne Wert wurden ausgelassen; an ihrem bisherigen Stand ändert sich "
        "nichts.",
        "Gibt es einen Grund, warum kein Wert da ist, tragen Sie das Zeichen ein: „-“ nichts "
        "vorhanden, „.“ geheim oder unbekannt, „/“ zu unsicher, „...“ kommt später.",
    ),
    "encoding_guessed": FindingKind(
        "note",
        "Zeichensatz angenommen",
        "Die Datei ist nicht in UTF-8; sie wurde als {hint} gelesen.",
        "Prüfen Sie in der Vorschau die Umlaute.",
    ),
    "sheet_chosen": FindingKind(
        "note",
        "Gelesenes Tabellenblatt",
        "Gelesen wurde das Blatt „{value}“. {hint}",
        "",
    ),
    "lines_left_out": FindingKind(
        "note",
        "Zeilen außerhalb der Tabelle",
        "{hint}",
        "",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `row` counts the lines of the file from 1 (the head)."""

    code: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    hint: str = ""

    @property
    def kind(self) -> FindingKind:
        """How this finding is told."""
        return KINDS[self.code]

    def detail(self) -> str:
        """What happened, in a sentence."""
        return self.kind.detail.format(value=self.value or "", hint=self.hint).strip()

    def remedy(self) -> str:
        """How to mend it; empty for a mere note."""
        return self.kind.remedy.format(value=self.value or "", hint=self.hint)


@dataclass(slots=True)
class FindingList:
    """The findings of a check: the first ones of each kind, and how many there are of all."""

    items: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    _faulty_rows: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Add one finding."""
        count = self.counts.get(finding.code, 0) + 1
        self.counts[finding.code] = count
        if count <= MAXIMUM_STORED_PER_CODE:
            self.items.append(finding)
        if finding.kind.severity == "error":
            # 0: of no row, but of the file as a whole
            self._faulty_rows.append(np.array([finding.row or 0]))

    def add_rows(self, code: str, column: str, rows: pl.DataFrame) -> None:
        """Add a finding for each row of a frame with `row`, `value` and, optionally, `hint`."""
        if rows.is_empty():
            return
        stored = rows.head(max(0, MAXIMUM_STORED_PER_CODE - self.counts.get(code, 0)))
        for item in stored.iter_rows(named=True):
            hint = str(item.get("hint") or "")
            self.items.append(Finding(code, item["row"], column, item["value"], hint))
        self.counts[code] = self.counts.get(code, 0) + rows.height
        if KINDS[code].severity == "error":
            self._faulty_rows.append(rows["row"].fill_null(0).to_numpy().astype(np.int64))

    @property
    def faulty_rows(self) -> NDArray[np.int64]:
        """The rows that an error speaks against, each once, also those not stored."""
        if not self._faulty_rows:
            return np.empty(0, dtype=np.int64)
        rows: NDArray[np.int64] = np.unique(np.concatenate(self._faulty_rows))
        return rows[rows > 0]

    @property
    def has_errors_of_the_file(self) -> bool:
        """Whether an error speaks against the file as a whole, not against a row of it."""
        return any(bool((rows == 0).any()) for rows in self._faulty_rows)

    @property
    def has_errors(self) -> bool:
        """Whether anything speaks against taking the delivery."""
        return any(KINDS[code].severity == "error" for code in self.counts)

    def summary(self) -> list[dict[str, str | int]]:
        """How many findings of which kind, the grave ones first."""
        order = {"error": 0, "warning": 1, "note": 2}
        kinds = sorted(self.counts.items(), key=lambda item: order[KINDS[item[0]].severity])
        return [
            {
                "code": code,
                "severity": KINDS[code].severity,
                "title": KINDS[code].title,
                "count": count,
            }
            for code, count in kinds
        ]
