"""Why a cell of a release is hidden; the numbers are what `release_hidden_cell.reason` holds."""

MINIMUM_COUNT = 1
MINIMUM_DENOMINATOR = 2
MINIMUM_RESIDENTS = 3
COMPLEMENT = 4
EXTREMES = 5
DOMINANCE = 6
FEW_UNITS = 7
# hidden to protect others: nobody outside can tell it from those
SECONDARY = 8
# hidden before, and its value would give away what changed
HIDDEN_BEFORE = 9
# a rate whose decimals would give back a hidden numerator
RATE_OF_HIDDEN = 10

CODES: dict[int, str] = {
    MINIMUM_COUNT: "minimum_count",
    MINIMUM_DENOMINATOR: "minimum_denominator",
    MINIMUM_RESIDENTS: "minimum_residents",
    COMPLEMENT: "complement",
    EXTREMES: "extremes",
    DOMINANCE: "dominance",
    FEW_UNITS: "few_units",
    SECONDARY: "secondary",
    HIDDEN_BEFORE: "hidden_before",
    RATE_OF_HIDDEN: "rate_of_hidden",
}
TEXTS: dict[int, str] = {
    MINIMUM_COUNT: "Unter der Mindestfallzahl",
    MINIMUM_DENOMINATOR: "Zu kleiner Nenner",
    MINIMUM_RESIDENTS: "Gebiet mit zu wenigen Einwohnern",
    COMPLEMENT: "Zu wenige fehlen bis zum Nenner",
    EXTREMES: "0 % oder 100 %",
    DOMINANCE: "Wenige tragen fast alles bei",
    FEW_UNITS: "Zu wenige Einheiten dahinter",
    SECONDARY: "Schützt andere verborgene Werte",
    HIDDEN_BEFORE: "War schon verborgen",
    RATE_OF_HIDDEN: "Quote eines verborgenen Zählers",
}
