"""Kinds of areas from large to small, in words."""

PLURALS: dict[str, str] = {
    "bund": "Deutschland",
    "land": "Länder",
    "regierungsbezirk": "Regierungsbezirke",
    "kreis": "Kreise und kreisfreie Städte",
    "gemeinde": "Gemeinden",
    "stadtbezirk": "Stadtbezirke",
    "stadtteil": "Stadtteile",
    "statistischer_bezirk": "Statistische Bezirke",
    "sozialraum": "Sozialräume",
    "foerdergebiet": "Fördergebiete",
    "schuleinzugsgebiet": "Schuleinzugsgebiete",
    "quartier": "Quartiere",
    "baublock": "Baublöcke",
}

SINGULARS: dict[str, str] = {
    "land": "Land",
    "regierungsbezirk": "Regierungsbezirk",
    "kreis": "Kreis",
    "gemeinde": "Gemeinde",
    "stadtbezirk": "Stadtbezirk",
    "stadtteil": "Stadtteil",
    "statistischer_bezirk": "Statistischer Bezirk",
    "sozialraum": "Sozialraum",
    "foerdergebiet": "Fördergebiet",
    "schuleinzugsgebiet": "Schuleinzugsgebiet",
    "quartier": "Quartier",
    "baublock": "Baublock",
}

FROM_LARGE_TO_SMALL = tuple(PLURALS)


def plural(kind: str) -> str:
    """The kind in the plural; its code where it is a new one."""
    return PLURALS.get(kind, kind)
