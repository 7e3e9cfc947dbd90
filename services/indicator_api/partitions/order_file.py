"""The file with which figures for self-defined areas are ordered from a statistics office.

The Statistik der Bundesagentur für Arbeit evaluates areas below the municipality by street
lists that name each address once, without overlap, and asks for a minimum number of residents
in each area (Auswertungen nach kleinräumiger Gliederung, statistik.arbeitsagentur.de).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

HEAD = (
    "Gemeindeschluessel",
    "Strasse",
    "Hausnummer",
    "Zusatz",
    "PLZ",
    "Gebietsschluessel",
    "Gebietsname",
)
CAUTION = (
    "Die Statistik der Bundesagentur für Arbeit wertet nur Gebiete mit einer Mindestzahl von "
    "Einwohnern aus. Klären Sie vor der Bestellung, ob die kleinen Einheiten sie erreichen, und "
    "fassen Sie sie sonst zusammen."
)


def order_text(municipality: str, rows: Iterable[Sequence[Any]]) -> str:
    """The lines of the file: semicolons, CRLF, one address a line.

    `rows` are street, house number, suffix, postcode, unit's key, unit's name, in order.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows([municipality, *row[:6]] for row in rows)
    return text.getvalue()


def not_in_windows_1252(text: str) -> str:
    """The signs of a text that Windows-1252 does not have, each once."""
    return "".join(
        sorted({sign for sign in set(text) if not sign.encode("cp1252", errors="ignore")})
    )
