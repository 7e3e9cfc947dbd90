"""What the kinds of missingness and of quality mean, in words for people.

Source: Zeichenerklärung of the statistical offices of the Bund and the Länder.
"""

STATUS_WORDS = {
    "value": "Wert",
    "nothing": "nichts vorhanden",
    "unknown": "unbekannt oder geheim",
    "unreliable": "zu unsicher",
    "blocked": "gesperrt",
    "later": "folgt später",
    "not_available": "keine Angabe",
    "hidden": "geheim",
    "missing": "keine Angabe",
}
STATUS_LEGEND = {
    "value": "Eine Zahl liegt vor.",
    "nothing": "Genau null: Es gibt keinen Fall (Zeichen „-“ der amtlichen Statistik).",
    "unknown": "Der Wert ist unbekannt oder wird von der Quelle geheim gehalten (Zeichen „.“). "
    "Er ist nicht null.",
    "unreliable": "Die Quelle weist keine Angabe aus, weil sie nicht sicher genug ist (Zeichen "
    "„/“).",
    "blocked": "Das Tabellenfach ist gesperrt, weil eine Angabe dort nicht sinnvoll wäre (Zeichen "
    "„x“).",
    "later": "Die Angabe fällt später an (Zeichen „...“).",
    "not_available": "Zu diesem Gebiet und Zeitraum liegt keine Angabe vor.",
    "hidden": "Die Zahl wird zum Schutz der Betroffenen nicht gezeigt, weil sie zu klein ist oder "
    "weil ein Teil der Summe geheim ist. Sie ist nicht null, und Summen über sie sind unbekannt.",
}
QUALITY_WORDS = {
    "limited": "eingeschränkt",
    "provisional": "vorläufig",
    "estimated": "geschätzt",
    "revised": "berichtigt",
    "final": "endgültig",
}
DERIVATION_WORDS = {
    "sum": "Summe der Teile",
    "set": "Zusammengesetzt aus Einheiten",
    "key_change": "Übernommen, Schlüssel geändert",
    "merge": "Summe der Vorgänger",
    "estimate": "Schätzung nach Anteilen",
    "rolling3": "Dreijahresmittel",
    "change": "Veränderung",
    "growth": "Wachstum",
}
INVENTED = "Erfundene Zahlen: Sie zeigen, wie die Plattform arbeitet, und beschreiben keinen Ort."
