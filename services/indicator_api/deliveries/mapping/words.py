"""Words that heads and cells of German tables use, and what they stand for."""

import re

from services.indicator_api.areas.rules import fold
from services.indicator_api.deliveries.reading.datencsv_layout import KNOWN_ATTRIBUTES, TOTALS

_MORE_ATTRIBUTES = {
    "m": ("GES", "GESM"),
    "w": ("GES", "GESW"),
    "manner": ("GES", "GESM"),
    "frauen": ("GES", "GESW"),
    "mannliche": ("GES", "GESM"),
    "weibliche": ("GES", "GESW"),
    "divers": ("GES", "GESD"),
    "nichtdeutsche": ("NAT", "NATA"),
    "nichtdeutsch": ("NAT", "NATA"),
    "auslanderinnen und auslander": ("NAT", "NATA"),
}
ATTRIBUTES = {fold(text): code for text, code in KNOWN_ATTRIBUTES.items()} | _MORE_ATTRIBUTES
TOTAL_WORDS = {fold(text) for text in TOTALS} | {
    "gesamt", "summe", "alle", "gesamtzahl", "gesamtstadt", "stadt gesamt", "stadt insgesamt",
    "gemeinde gesamt", "gemeinde insgesamt", "kreis gesamt", "kreis insgesamt",
}  # fmt: skip
# Words by which a column tells what it is; searched in its folded name.
AREA_NAMES = re.compile(
    r"\b(ags|ars|rs|arsrs|gebiet\w*|raum\w*|kennziffer|gemeinde\w*|kreis\w*|stadtteil\w*"
    r"|stadtbezirk\w*|bezirk\w*|quartier\w*|ortsteil\w*|sozialraum\w*|viertel|area|key|region\w*"
    r"|amtlicher\w*|gkz|regionalschlussel|land)\b"
)
PERIOD_NAMES = re.compile(
    r"\b(jahr\w*|zeit\w*|datum|stichtag\w*|monat\w*|quartal\w*|stand|berichts\w*|period\w*|year"
    r"|time|date|schuljahr\w*)\b"
)
STATUS_NAMES = re.compile(r"^(status|zeichen|statuszeichen)$")
QUALITY_NAMES = re.compile(r"^(qualitat\w*|value q|quality|qualitatszeichen)$")
# Numbers that number rows and lists, not figures.
IDENTIFIER_NAMES = re.compile(
    r"(\b|_)(id|nr|lfd|lfd nr|nummer|code|schlussel|zei id|objectid|fid)\b"
)
IN_THOUSANDS = re.compile(r"\b(in 1 ?000|in tsd|in tausend|1 000 personen|tsd)\b")
# Statistics by their number in the offices' uniform register (EVAS), which tables and file names
# carry, and what their best known figure counts.
STATISTICS = {
    "12411": "Einwohner",
    "12612": "Lebendgeborene",
    "12613": "Gestorbene",
    "13211": "Arbeitslose",
}
_SYNONYMS = {
    "bevolkerung": "einwohner",
    "einwohnerinnen": "einwohner",
    "einwohnerzahl": "einwohner",
    "bevolkerungszahl": "einwohner",
    "bewohner": "einwohner",
    "ew": "einwohner",
    "hauptwohnsitz": "hauptwohnung",
    "arbeitslosenzahl": "arbeitslose",
    "geburten": "lebendgeborene",
    "sterbefalle": "gestorbene",
}
_SILENT = frozenset(
    {
        "von", "bis", "mit", "der", "die", "das", "des", "in", "im", "am", "an", "und", "jahr",
        "jahre", "jahren", "anzahl", "zahl", "nach", "je", "absolut", "personen", "insgesamt",
        "gesamt", "aller", "alle", "zum", "stand",
    }
)  # fmt: skip


def attribute_of(text: str) -> tuple[str, str] | None:
    """Variable and code of a well-known attribute („weiblich“)."""
    return ATTRIBUTES.get(fold(text))


def is_total(text: str) -> bool:
    """Whether a text means all together."""
    return fold(text) in TOTAL_WORDS


def tokens_of(text: str) -> frozenset[str]:
    """The words that carry a text's meaning, synonyms made one."""
    words = fold(text).split()
    # „EinwohnerInnen“, „Einwohner/-innen“
    words = [word.removesuffix("innen") if len(word) > 9 else word for word in words]
    meant = (_SYNONYMS.get(word, word) for word in words if word not in ("innen", "inn"))
    return frozenset(word for word in meant if word not in _SILENT)


def variable_of(text: str) -> str:
    """A variable's code from a heading: `ALTER` for „Einwohner nach Alter“."""
    for word in (" nach ", " mit "):
        _, found, rest = text.rpartition(word)
        if found:
            text = rest
            break
    return fold(text).replace(" ", "_").upper()[:40] or "MERKMAL"
