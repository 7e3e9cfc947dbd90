"""Rules of streets and house numbers; no input or output.

A directory names buildings. Street names are folded to compare them, and kept as they are
written.
"""

import re
from unicodedata import normalize

LONGEST_RANGE = 2000

# ---- Columns ------------------------------------------------------------------------------

# What a head may call a column, after `folded_head`.
COLUMN_NAMES = {
    "street": ("street", "strasse", "str", "strassenname", "strname"),
    "house_number": ("housenumber", "hausnummer", "hausnr", "hsnr", "hnr", "nr", "nummer"),
    "suffix": ("suffix", "zusatz", "hausnummernzusatz", "hausnummerzusatz", "hausnrzusatz", "hnrz"),
    "postcode": ("postcode", "plz", "postleitzahl"),
    "unit": (
        "unit", "einheit", "gebiet", "gebietsschluessel", "gebietsnummer", "raumeinheit",
        "quartier", "quartiersschluessel", "statistischerbezirk", "stadtteil", "baublock",
    ),
    "from": ("from", "von", "hausnummervon", "hausnrvon"),
    "to": ("to", "bis", "hausnummerbis", "hausnrbis"),
    "parity": ("parity", "seite", "geradeungerade", "gerade", "strassenseite"),
}  # fmt: skip
_COLUMN_OF = {name: column for column, names in COLUMN_NAMES.items() for name in names}

# Columns about people: whoever sends one has taken the wrong file.
_PERSON_WORDS = (
    "vorname", "nachname", "familienname", "geburtsname", "rufname", "geburt", "gebdat", "gebjahr",
    "geschlecht", "staatsang", "nationalitaet", "familienstand", "religion", "konfession",
    "kundennummer", "kundennr", "bgnummer", "bgnr", "aktenzeichen", "versicherung", "svnummer",
    "rentennummer", "steuerid", "idnr", "steuernummer", "ausweis", "telefon", "handy", "mobil",
    "email", "mail", "iban", "konto", "bewohner", "mieter", "eigentuemer", "haushaltsvorstand",
    "person", "einkommen", "leistungsart",
)  # fmt: skip
_PERSON_NAMES = frozenset({"name", "namen", "alter", "titel", "anrede", "geb", "kunde", "klient"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_NO_WORD = re.compile(r"[\W_]+")


def folded_head(name: str) -> str:
    """The name of a column as it is compared: „Haus-Nr.“ and „hausnr“ are the same."""
    folded = normalize("NFC", name).casefold().translate(_UMLAUTS)
    return _NO_WORD.sub("", folded)


def column_of(name: str) -> str | None:
    """Which column a head means, or None for one that the directory does not know."""
    return _COLUMN_OF.get(folded_head(name))


def is_about_persons(name: str) -> bool:
    """Whether a column holds data about people: refused, and not even looked at."""
    folded = folded_head(name)
    return folded in _PERSON_NAMES or any(word in folded for word in _PERSON_WORDS)


# ---- Streets ------------------------------------------------------------------------------

_STREET = re.compile(r"(?=.*[^\W\d_])[\w .,'’()/-]+")
_LONGEST_STREET = 100


def is_street(text: str) -> bool:
    """Whether a text can be the name of a street."""
    return len(text) <= _LONGEST_STREET and _STREET.fullmatch(text) is not None


def street_key(name: str) -> str:
    """The street as it is compared: case, ß, blanks, hyphens, „Str.“ and „Pl.“ are levelled.

    Umlauts stay: Bauer and Baur are two streets.
    """
    folded = _NO_WORD.sub(" ", normalize("NFC", name).casefold()).strip()
    folded = re.sub(r"^(sankt|st) ", "st", folded)
    folded = re.sub(r"strasse\b", "str", folded)
    folded = re.sub(r"platz$", "pl", folded)
    return folded.replace(" ", "")


# ---- House numbers --------------------------------------------------------------------------

_NUMBER = re.compile(r"0*([1-9]\d{0,3})\s*([A-Za-zÄÖÜäöü]?(?:\s*[/.]\s*\d{1,2})?)")
_SUFFIX = re.compile(r"[a-zäöü]?(?:/\d{1,2})?")
_RANGE = re.compile(r"0*([1-9]\d{0,3})\s*(?:-|–|bis)\s*0*([1-9]\d{0,3})(?:\s+(\w+\.?))?")
_PARITIES = {
    "ungerade": 1, "u": 1, "ungerad": 1, "ug": 1, "odd": 1,
    "gerade": 0, "g": 0, "ger": 0, "even": 0,
    "alle": None, "beide": None, "durchgehend": None, "fortlaufend": None, "all": None,
}  # fmt: skip


def house_number(text: str, suffix: str = "") -> tuple[int, str] | None:
    """Number and suffix („12“, „12a“, „12 A“, „12/2“), or None if it cannot be read.

    A suffix in the number and another beside it cannot both be meant.
    """
    found = _NUMBER.fullmatch(text.strip())
    beside = clean_suffix(suffix)
    if found is None or beside is None:
        return None
    within = clean_suffix(found[2])
    if within is None or (within and beside and within != beside):
        return None
    return int(found[1]), within or beside


def clean_suffix(text: str) -> str | None:
    """A suffix in lower case without blanks („ A “ is „a“, „1/2“ stays „/2“), None if none."""
    folded = re.sub(r"[\s.]", "", normalize("NFC", text)).lower().replace("-", "/")
    if folded.isdigit() and len(folded) <= 2:
        folded = f"/{folded}"
    return folded if _SUFFIX.fullmatch(folded) else None


def number_range(text: str) -> tuple[str, str, str] | None:
    """From, to and parity in a cell such as „1–15 ungerade“, or None if it is no range."""
    found = _RANGE.fullmatch(text.strip())
    return None if found is None else (found[1], found[2], found[3] or "")


def numbers_in_range(first: str, last: str, parity: str) -> list[int] | str:
    """All house numbers of a range, or the code of what is wrong with it.

    Without a parity „2–6“ may mean one building or one or both sides of the street.
    """
    start, end = house_number(first), house_number(last)
    if start is None or end is None or start[1] or end[1]:
        return "number_unreadable"
    word = parity.strip().rstrip(".").casefold()
    if word not in _PARITIES:
        return "parity_missing" if not word else "parity_unknown"
    if start[0] > end[0] or end[0] - start[0] > LONGEST_RANGE:
        return "range_reversed" if start[0] > end[0] else "range_too_long"
    side = _PARITIES[word]
    numbers = [n for n in range(start[0], end[0] + 1) if side is None or n % 2 == side]
    if not numbers or (side is not None and (numbers[0], numbers[-1]) != (start[0], end[0])):
        return "range_of_other_parity"
    return numbers
