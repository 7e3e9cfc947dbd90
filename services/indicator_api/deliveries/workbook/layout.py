"""How the workbook is laid out: names that writing and recognising it share."""

SHEET = "Eingabe"
GUIDE_SHEET = "Anleitung"
HIDDEN_SHEET = "quartierblick"
# the first cell of the hidden sheet; raised when a workbook could be misread by its mapping
MARK = "quartierblick-vorlage"
VERSION = "1"
KEY_HEAD = "Schlüssel"
NAME_HEAD = "Gebiet"
SIGN_HEAD = "Zeichen zu: {heading}"
PERIOD_LABEL = "Zeitraum:"
# rows and columns from 0
TITLE_ROW, HINT_ROW, PERIOD_ROW, HEAD_ROW = 0, 1, 2, 4
PERIOD_COLUMN = 1
# of how many characters a cell holds 32,767 at most: the mapping is cut into pieces
PIECE = 30_000
# No „-“: an area with nothing else would count as not available; nothing is the number 0.
SIGNS = {
    ".": "unbekannt oder geheim zu halten",
    "/": "keine Angabe, da nicht sicher genug",
    "x": "gesperrt, eine Angabe ist nicht sinnvoll",
    "...": "die Angabe fällt später an",
}
