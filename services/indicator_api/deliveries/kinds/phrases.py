"""Reasons that readers of files give, in English: a pattern of the German sentence each.

Names of columns, sheets and signs within a sentence stay as they stand in the file.
"""

import re

_PHRASES: tuple[tuple[str, str], ...] = (
    (r"Sie enthält keine Zeilen\.", "It has no rows."),
    (r"Sie enthält Binärdaten\.", "It holds binary data."),
    (r"Die Datei ist leer\.", "The file is empty."),
    (r"Die erste Zeile ist leer\.", "The first line is empty."),
    (r"In der ersten Zeile steht kein Trennzeichen\.", "The first line has no separator."),
    (r"Die Tabelle hat mehr als (\d+) Spalten\.", r"The table has more than \1 columns."),
    (r"Es ist ein PDF\.", "It is a PDF."),
    (r"Es ist ein Bild\.", "It is an image."),
    (r"Es ist ein 7z-Archiv; gelesen werden ZIP-Archive\.", "It is a 7z archive; ZIP is read."),
    (r"Es ist ein RAR-Archiv; gelesen werden ZIP-Archive\.", "It is a RAR archive; ZIP is read."),
    (r"Es ist eine Parquet-Datei\.", "It is a Parquet file."),
    (r"Es ist eine Internetseite\.", "It is a web page."),
    (r"Es ist eine XML-Datei\.", "It is an XML file."),
    (
        r"Es ist eine binäre Arbeitsmappe \(XLSB\); speichern Sie sie als XLSX\.",
        "It is a binary workbook (XLSB); save it as XLSX.",
    ),
    (
        r"Es ist ein Office-Dokument, aber keine Arbeitsmappe\.",
        "It is an Office document, but no workbook.",
    ),
    (r"Es ist ein OpenDocument, aber keine Tabelle\.", "It is an OpenDocument, but no table."),
    (
        r"Das Archiv ist beschädigt oder verschlüsselt\.",
        "The archive is damaged or encrypted.",
    ),
    (r"Das Archiv ist beschädigt\.", "The archive is damaged."),
    (r"In dem Archiv steckt wieder ein Archiv\.", "The archive holds yet another archive."),
    (
        r"Das Archiv enthält (\d+) Dateien statt einer\.",
        r"The archive holds \1 files instead of one.",
    ),
    (r"Die Datei im Archiv ist zu groß\.", "The file in the archive is too large."),
    (
        r"Die Arbeitsmappe ist mit einem Kennwort geschützt\.",
        "The workbook is protected by a password.",
    ),
    (
        r"Die Arbeitsmappe ist beschädigt oder geschützt\.",
        "The workbook is damaged or protected.",
    ),
    (r"Die Arbeitsmappe ist beschädigt\.", "The workbook is damaged."),
    (r"Ein Name hat mehr als (\d+) Zeichen\.", r"A name has more than \1 signs."),
    (
        r"Das Archiv enthält mehr als ([\d.]+) Dateien\.",
        r"The archive holds more than \1 files.",
    ),
    (r"Die Kopfzeile mit „(.+)“ fehlt\.", r"The header with “\1” is missing."),
    (
        r"Das ausgeblendete Blatt, an dem sie erkannt wird, wurde verändert\.",
        "The hidden sheet by which it is recognised was changed.",
    ),
    (
        r"Das Blatt „(.*)“ fehlt, oder die Vorlage ist für eine andere Fassung gemacht\.",
        r"The sheet “\1” is missing, or the template was made for another version.",
    ),
    (
        r"Die Arbeitsmappe braucht beim Lesen zu viel Speicher oder Zeit: .+",
        "Reading the workbook takes too much memory or time: it is damaged or too large. Open and "
        "save it anew, or save the table as CSV.",
    ),
    (
        r"Das Tabellenblatt ist zu groß, um als Arbeitsmappe gelesen zu werden\. .+",
        "The sheet is too large to be read as a workbook. Delete empty rows and columns where "
        "something is left far outside, or save it as CSV.",
    ),
    (
        r"Beim Lesen brach das Programm ab; vermutlich ist sie beschädigt\. .+",
        "The program broke off while reading it; it is probably damaged. Open and save it anew, "
        "or save the table as CSV.",
    ),
    (r"Das Verzeichnis des Archivs ist zu groß\.", "The directory of the archive is too large."),
    (
        r"Das Verzeichnis der Arbeitsmappe ist zu groß\.",
        "The directory of the workbook is too large.",
    ),
    (
        r"Eine Zeile des Tabellenblatts nimmt kein Ende\.",
        "A row of the sheet does not come to an end.",
    ),
    (
        r"Ein Text enthält ein halbes Schriftzeichen .+",
        "A text holds half a character (a surrogate without its counterpart).",
    ),
    (
        r"Für Gebiet, Zeit, Messgröße oder Aufgliederung stehen in einer Spalte mehr als "
        r"500\.000 verschiedene Angaben; wahrscheinlich ist eine andere Spalte gemeint\.",
        "For area, time, measure or breakdown a column holds more than 500,000 different entries; "
        "another column is probably meant.",
    ),
    (
        r"Unter den übersprungenen Zeilen steht keine Kopfzeile\.",
        "There is no header below the lines that are skipped.",
    ),
    (
        r"In dem Blatt steht keine Tabelle mit mindestens zwei Spalten\.",
        "The sheet holds no table of at least two columns.",
    ),
    (
        r"Es ist keine Tabelle mit mindestens zwei Spalten: es fehlt das Trennzeichen\.",
        "It is no table of at least two columns: the separator is missing.",
    ),
    (
        r"Anführungszeichen oder Trennzeichen sind ab Zeile (\d+) nicht paarig\.",
        r"Quotation marks or separators do not match from line \1 on.",
    ),
    (
        r"Ein Anführungszeichen in Zeile (\d+) wird nicht geschlossen\.",
        r"A quotation mark in line \1 is never closed.",
    ),
    (
        r"Zeile (\d+) hat (\d+) Spalten, die Kopfzeile (\d+)\.",
        r"Line \1 has \2 columns, the header \3.",
    ),
    (
        r"Die Einträge haben mehr als (\d+) verschiedene Namen\.",
        r"The entries have more than \1 different names.",
    ),
    (
        r"Erwartet wird eine Liste von Objekten, auch unter „rows“\.",
        "A list of objects is expected, also under “rows”.",
    ),
    (
        r"Das JSON ist fehlerhaft: (.+) in Zeile (\d+)\.",
        r"The JSON is faulty (\1) in line \2.",
    ),
    (
        r"Der GENESIS-Tabelle fehlen die Spalten: vier je Merkmal\.",
        "The GENESIS table lacks columns: four for each variable.",
    ),
    (
        r"Der GENESIS-Tabelle fehlen die Spalten: (.+)\.",
        r"The GENESIS table lacks the columns: \1.",
    ),
    (r"Vorhanden sind: (.+)\.", r"There are: \1."),
    (r"Gespeichert sind: (.+)\.", r"Saved are: \1."),
    (r"Nicht gelesen: (.+)\.", r"Not read: \1."),
    (
        r"Nicht zur Tabelle gehören Zeilen mit Titeln oder Anmerkungen: (.+)\.",
        r"Lines with titles or notes are not part of the table: \1.",
    ),
    (r"Noch offen: (.+)\.", r"Still open: \1."),
    (
        r"In der Datei fehlt: (.+)\. Ihre Spalten sind: (.+)\.",
        r"The file lacks: \1. Its columns are: \2.",
    ),
)
_COMPILED = tuple((re.compile(german, re.DOTALL), english) for german, english in _PHRASES)
_WORDS = {
    "(ausgeblendet)": "(hidden)",
    "über der Tabelle und": "above the table and",
    "über der Tabelle": "above the table",
    "unter ihr": "below it",
    "das Gebiet": "the area",
    "der Zeitraum": "the period",
    "die Messgröße": "the measure",
    "mindestens eine Spalte mit Werten": "at least one column of values",
}


def in_english(reason: str) -> str:
    """The reason in English; what is no known sentence (a key, a name, a number) as it stands."""
    for german, english in _COMPILED:
        match = german.fullmatch(reason)
        if match is not None:
            told = match.expand(english)
            for word, translated in _WORDS.items():
                told = told.replace(word, translated)
            return told
    return reason
