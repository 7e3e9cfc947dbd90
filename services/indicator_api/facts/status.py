"""Kinds of missingness and quality, as the statistical offices write them.

Source: Zeichenerklärung of the statistical offices of the Bund and the Länder („-“ nichts
vorhanden, „.“ Zahlenwert unbekannt oder geheim zu halten, „/“ keine Angabe, da nicht sicher
genug, „x“ Tabellenfach gesperrt, „...“ Angabe fällt später an, „()“ Aussagewert eingeschränkt).
"""

from enum import IntEnum, IntFlag


class Status(IntEnum):
    """What a cell holds; only VALUE and NOTHING carry a number (NOTHING is exactly zero)."""

    VALUE = 0
    NOTHING = 1
    UNKNOWN = 2
    UNRELIABLE = 3
    BLOCKED = 4
    LATER = 5
    NOT_AVAILABLE = 6
    HIDDEN = 7


class Quality(IntFlag):
    """What is to be known about a value."""

    LIMITED = 1
    PROVISIONAL = 2
    ESTIMATED = 4
    REVISED = 8
    FINAL = 16


SIGNS: dict[str, Status] = {
    "-": Status.NOTHING,
    "–": Status.NOTHING,
    ".": Status.UNKNOWN,
    "·": Status.UNKNOWN,
    "*": Status.UNKNOWN,
    "/": Status.UNRELIABLE,
    "x": Status.BLOCKED,
    "X": Status.BLOCKED,
    "...": Status.LATER,
    "…": Status.LATER,
}
STATUS_NAMES: dict[Status, str] = {
    Status.VALUE: "value",
    Status.NOTHING: "nothing",
    Status.UNKNOWN: "unknown",
    Status.UNRELIABLE: "unreliable",
    Status.BLOCKED: "blocked",
    Status.LATER: "later",
    Status.NOT_AVAILABLE: "not_available",
    Status.HIDDEN: "hidden",
}
QUALITY_SIGNS: dict[str, Quality] = {
    "()": Quality.LIMITED,
    "p": Quality.PROVISIONAL,
    "s": Quality.ESTIMATED,
    "r": Quality.REVISED,
    "e": Quality.FINAL,
}
QUALITY_NAMES: dict[Quality, str] = {
    Quality.LIMITED: "limited",
    Quality.PROVISIONAL: "provisional",
    Quality.ESTIMATED: "estimated",
    Quality.REVISED: "revised",
    Quality.FINAL: "final",
}

# The same names for PostgreSQL, which makes the JSON of observations itself.
STATUS_SQL = (
    "(ARRAY[" + ", ".join(f"'{STATUS_NAMES[status]}'" for status in Status) + "])[{column} + 1]"
)
QUALITY_SQL = (
    "array_remove(ARRAY["
    + ", ".join(
        f"CASE WHEN {{column}} & {quality.value} > 0 THEN '{name}' END"
        for quality, name in QUALITY_NAMES.items()
    )
    + "], NULL)"
)
