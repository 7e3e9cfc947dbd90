"""The phases of integrated strategic social planning; topics are kept in the database."""

from typing import Literal

Phase = Literal["einleitung", "aufbau", "umsetzung", "begleitung"]

# Phases as the advisory team works by them: initiate, build up, carry out, accompany.
PHASE_LABELS: dict[str, str] = {
    "einleitung": "Einleitung",
    "aufbau": "Aufbau",
    "umsetzung": "Umsetzung",
    "begleitung": "Begleitung",
}
PHASE_DESCRIPTIONS: dict[str, str] = {
    "einleitung": "Auftrag klären, Beteiligte gewinnen, Ausgangslage sichten.",
    "aufbau": "Strukturen, Daten und Arbeitsweisen der Sozialplanung aufbauen.",
    "umsetzung": "Ziele und Maßnahmen umsetzen.",
    "begleitung": "Ergebnisse verstetigen, überprüfen und weiterentwickeln.",
}
