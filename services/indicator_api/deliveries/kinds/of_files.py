"""Findings about a file as a whole: its format, its sheets, its mapping."""

from services.indicator_api.deliveries.kinds.kind import FindingKind

OF_FILES: dict[str, FindingKind] = {
    "no_table": FindingKind(
        "error",
        "Die Datei ist keine Tabelle",
        "Die Datei ließ sich nicht als Tabelle lesen. {hint}",
        "Speichern Sie die Tabelle als CSV (UTF-8, durch Semikolon getrennt) oder liefern "
        "Sie JSON.",
        "The file is not a table",
        "The file could not be read as a table. {hint}",
        "Save the table as CSV (UTF-8, separated by semicolons) or deliver JSON.",
    ),
    "header_unknown": FindingKind(
        "error",
        "Die Kopfzeile passt zu keinem bekannten Format",
        "{hint}",
        "Gebraucht werden die Spalten area;period;measure;value, oder die Spalten einer "
        "GENESIS-Flat-File-CSV ab 2025.",
        "The header fits no known format",
        "{hint}",
        "The columns area;period;measure;value are needed, or the columns of a GENESIS flat"
        " file CSV since 2025.",
    ),
    "genesis_too_large": FindingKind(
        "error",
        "Die Datei ist eine Antwort von GENESIS, keine Tabelle",
        "GENESIS meldet (Code {value}): „{hint}“",
        "Rufen Sie die Tabelle mit job=true ab und liefern Sie das Ergebnis, sobald es "
        "fertig ist, oder fragen Sie weniger Jahre oder Gebiete auf einmal ab.",
        "The file is a reply of GENESIS, not a table",
        "GENESIS reports (code {value}): “{hint}”",
        "Request the table with job=true and deliver the result as soon as it is ready, or "
        "ask for fewer years or areas at a time.",
    ),
    "genesis_job_created": FindingKind(
        "error",
        "Die Datei ist eine Antwort von GENESIS, keine Tabelle",
        "GENESIS meldet (Code {value}): „{hint}“",
        "Rufen Sie nach einigen Minuten das Ergebnis unter dem genannten Namen ab und "
        "liefern Sie diese Datei.",
        "The file is a reply of GENESIS, not a table",
        "GENESIS reports (code {value}): “{hint}”",
        "Fetch the result after some minutes under the name given there, and deliver that file.",
    ),
    "genesis_refused": FindingKind(
        "error",
        "Die Datei ist eine Antwort von GENESIS, keine Tabelle",
        "GENESIS meldet (Code {value}): „{hint}“",
        "Beheben Sie, was GENESIS meldet, rufen Sie die Tabelle erneut ab und liefern Sie "
        "dann die Tabelle.",
        "The file is a reply of GENESIS, not a table",
        "GENESIS reports (code {value}): “{hint}”",
        "Mend what GENESIS reports, request the table again and deliver the table.",
    ),
    "area_not_given": FindingKind(
        "error",
        "Die Datei nennt kein Gebiet",
        "Die Tabelle hat keine Spalte mit Gebieten, und auch ihr Titel sagt nicht, wofür sie gilt.",
        "Geben Sie bei der Lieferung an, für welches Gebiet die Datei gilt („area“).",
        "The file names no area",
        "The table has no column of areas, and its title does not say for which area it holds.",
        "Say with the delivery for which area the file holds (“area”).",
    ),
    "sheet_unknown": FindingKind(
        "error",
        "Das Tabellenblatt gibt es nicht",
        "In der Arbeitsmappe gibt es kein Blatt „{value}“. {hint}",
        "Geben Sie den Namen eines vorhandenen Blatts an, oder lassen Sie ihn weg.",
        "There is no such sheet",
        "The workbook has no sheet “{value}”. {hint}",
        "Name a sheet that is there, or leave the name out.",
    ),
    "row_malformed": FindingKind(
        "error",
        "Zeilen mit falscher Spaltenzahl",
        "{hint}",
        "Prüfen Sie Trennzeichen und Anführungszeichen in dieser Zeile.",
        "Rows with a wrong number of columns",
        "{hint}",
        "Check separators and quotation marks in this line.",
    ),
    "mapping_incomplete": FindingKind(
        "error",
        "Die Zuordnung der Spalten ist unvollständig",
        "{hint}",
        "Ergänzen Sie die Zuordnung.",
        "The mapping of the columns is incomplete",
        "{hint}",
        "Complete the mapping.",
    ),
    "mapping_column_missing": FindingKind(
        "error",
        "Die Zuordnung passt nicht zu dieser Datei",
        "{hint}",
        "Ändern Sie die Zuordnung, oder liefern Sie die Tabelle mit denselben Spalten wie zuvor.",
        "The mapping does not fit this file",
        "{hint}",
        "Change the mapping, or deliver the table with the same columns as before.",
    ),
    "mapping_unknown": FindingKind(
        "error",
        "Diese Zuordnung gibt es nicht",
        "Unter dem Namen „{value}“ ist keine Zuordnung gespeichert. {hint}",
        "Wählen Sie eine gespeicherte Zuordnung, oder lassen Sie den Namen weg und ordnen "
        "Sie die Spalten zu.",
        "There is no such mapping",
        "No mapping is saved under the name “{value}”. {hint}",
        "Choose a saved mapping, or leave the name out and map the columns.",
    ),
    "mapping_remembered": FindingKind(
        "note",
        "Wie beim letzten Mal gelesen",
        "Die Kopfzeile ist dieselbe wie bei der gespeicherten Zuordnung „{value}“; sie "
        "wurde angewandt.",
        "Soll die Datei anders gelesen werden, ändern Sie die Zuordnung dieser Lieferung.",
        "Read as last time",
        "The header is that of the saved mapping “{value}”; it was applied.",
        "If the file is to be read otherwise, change the mapping of this delivery.",
    ),
    "columns_unread": FindingKind(
        "note",
        "Spalten, die nicht gelesen wurden",
        "Die Zuordnung „{value}“ sagt nichts über diese Spalten: {hint}.",
        "Sollen sie gelesen werden, ergänzen Sie die Zuordnung und speichern Sie sie neu.",
        "Columns that were not read",
        "The mapping “{value}” says nothing about these columns: {hint}.",
        "If they are to be read, complete the mapping and save it anew.",
    ),
    "nothing_delivered": FindingKind(
        "error",
        "Die Tabelle enthält keine einzige Angabe",
        "Nach der Zuordnung bleibt keine Zeile mit einem Wert oder Zeichen.",
        "Tragen Sie Zahlen ein, oder prüfen Sie, ob die Zuordnung die richtigen Spalten und "
        "Zeilen nennt.",
        "The table holds no figure at all",
        "By the mapping no row with a value or a sign is left.",
        "Enter figures, or check whether the mapping names the right columns and rows.",
    ),
    "template_damaged": FindingKind(
        "error",
        "Die Vorlage ist nicht mehr zu erkennen",
        "Die Datei war eine Vorlage von Quartierblick. {hint}",
        "Laden Sie die Vorlage neu herunter und übertragen Sie die Zahlen, oder liefern Sie die "
        "Tabelle allein als neue Datei und ordnen Sie die Spalten zu.",
        "The template is not recognised any more",
        "The file was a template of Quartierblick. {hint}",
        "Download the template again and copy the figures into it, or deliver the table alone in "
        "a new file and map its columns.",
    ),
    "template_without_period": FindingKind(
        "error",
        "In der Vorlage fehlt der Zeitraum",
        "Oben auf dem Blatt steht neben „Zeitraum:“ nichts.",
        "Wählen Sie dort den Zeitraum, für den die Zahlen gelten, und liefern Sie die Vorlage "
        "noch einmal.",
        "The template lacks the period",
        "There is nothing beside “Zeitraum:” at the top of the sheet.",
        "Choose there the period that the figures are for, and deliver the template again.",
    ),
    "template_other_dataset": FindingKind(
        "warning",
        "Die Vorlage ist für einen anderen Datenbestand gemacht",
        "Sie wurde für „{value}“ heruntergeladen und wird jetzt für „{hint}“ geliefert.",
        "Bestätigen Sie das mit einer Begründung, oder liefern Sie sie für „{value}“.",
        "The template was made for another dataset",
        "It was downloaded for “{value}” and is delivered for “{hint}” now.",
        "Confirm this with a reason, or deliver it for “{value}”.",
    ),
    "cells_empty": FindingKind(
        "note",
        "Leere Zellen gelten als nicht geliefert",
        "{hint} Zellen ohne Wert wurden ausgelassen; an ihrem bisherigen Stand ändert sich nichts.",
        "Gibt es einen Grund, warum kein Wert da ist, tragen Sie das Zeichen ein: „-“ "
        "nichts vorhanden, „.“ geheim oder unbekannt, „/“ zu unsicher, „...“ kommt später.",
        "Empty cells count as not delivered",
        "{hint} cells without a value were left out; what stood for them before stays.",
        "If there is a reason why there is no value, enter the sign: “-” nothing, “.” "
        "secret or unknown, “/” too uncertain, “...” comes later.",
    ),
    "encoding_guessed": FindingKind(
        "note",
        "Zeichensatz angenommen",
        "Die Datei ist nicht in UTF-8; sie wurde als {hint} gelesen.",
        "Prüfen Sie in der Vorschau die Umlaute.",
        "Encoding assumed",
        "The file is not in UTF-8; it was read as {hint}.",
        "Check the umlauts in the preview.",
    ),
    "sheet_chosen": FindingKind(
        "note",
        "Gelesenes Tabellenblatt",
        "Gelesen wurde das Blatt „{value}“. {hint}",
        "",
        "Sheet that was read",
        "The sheet “{value}” was read. {hint}",
        "",
    ),
    "lines_left_out": FindingKind(
        "note",
        "Zeilen außerhalb der Tabelle",
        "{hint}",
        "",
        "Lines outside the table",
        "{hint}",
        "",
    ),
}
