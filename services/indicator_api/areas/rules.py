"""Rules of area keys and names; no input or output."""

import re
from unicodedata import normalize

FEDERAL_CODE = "DG"
LAND_CODE = "05"
_FOLDS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "è": "e"})
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_NOT_WORD = re.compile(r"[^a-z0-9]+")


def fold(name: str) -> str:
    """A name as it is searched: „Köln“, „Koeln“ and „KOLN“ become the same."""
    # a letter and its mark may be two characters, as in names that a Mac wrote
    folded = normalize("NFC", name).lower().translate(_FOLDS)
    for digraph, letter in _DIGRAPHS:
        folded = folded.replace(digraph, letter)
    return _NOT_WORD.sub(" ", folded).strip()


def candidates_for_lost_zero(key: str) -> str | None:
    """The key with the leading zero that a spreadsheet may have cut off, or None.

    Official keys have 2 (Land), 3 (Regierungsbezirk), 5 (Kreis), 8 (Gemeinde, AGS) or 12 (ARS)
    digits; a key of digits that is one shorter has lost its zero.
    """
    if key.isdigit() and len(key) + 1 in (2, 3, 5, 8, 12):
        return "0" + key
    return None


def ags_of_ars(key: str) -> str | None:
    """The AGS (8 digits) in an ARS (12 digits: Land, Bezirk, Kreis, Verband, Gemeinde), or None.

    A municipality that joined another Gemeindeverband keeps its AGS, while its ARS changes.
    """
    return key[:5] + key[9:] if len(key) == 12 and key.isdigit() else None
