"""What of a definition changed from one version to the next. Pure: no database, no HTTP."""

from collections.abc import Mapping
from typing import Any

LABELS = {
    "name": "Name",
    "short_name": "Kurzname",
    "question": "Frage",
    "explanation": "Erläuterung",
    "kind": "Art",
    "numerator_text": "Zähler in Worten",
    "denominator_text": "Nenner in Worten",
    "numerator": "Messgröße des Zählers",
    "denominator": "Messgröße des Nenners",
    "unit": "Einheit",
    "factor": "Faktor",
    "decimals": "Nachkommastellen",
    "polarity": "Richtung",
    "dimension": "Dimension",
    "legal_basis": "Rechtsgrundlage",
    "confidentiality_rule": "Geheimhaltung",
    "denominator_basis_note": "Grundlage des Nenners",
    "usual_source": "Übliche Quelle",
    "definition_source": "Quelle der Definition",
    "applies_to": "Räumlicher Bezug",
    "smallest_level": "Kleinste Ebene",
    "is_checked": "Prüfung",
    "note": "Anmerkung",
    "breaks": "Brüche in der Reihe",
    "number": "Nummer",
    "variant": "Teil",
    "is_key_indicator": "Leitindikator",
}


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The fields in which two definitions differ, in the order in which they are told.

    Both map the names in `LABELS` to plain values; what one lacks counts as None.
    """
    return [name for name in LABELS if before.get(name) != after.get(name)]


def change_in_words(fields: list[str]) -> str:
    """„Geändert: Nenner in Worten, Einheit.“ for fields of `LABELS`; empty for none."""
    return f"Geändert: {', '.join(LABELS[name] for name in fields)}." if fields else ""
