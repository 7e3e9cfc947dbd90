"""Which characters of a text a file can show, and what stands for those it cannot.

No character vanishes: one that cannot be shown stands as its number, „[U+202E]“. That holds for
control characters and characters that would turn the text around in every file, and in the PDF
and in charts also for characters the typeface lacks. HTML leaves the latter to the reader's fonts.
"""

import unicodedata
from collections.abc import Callable
from string import whitespace

from services.shared.typesetting.typeface import covered

# Soft hyphen, zero-width space, (non-)joiner, word joiner: they govern lines and letters, no more.
_HARMLESS_FORMATS = "\u00ad\u200b\u200c\u200d\u2060"
_HARMLESS_CONTROLS = "\t\n"
# Unicode's other blanks (categories Zs, Zl, Zp).
_BLANKS = (
    "\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)


def printable(text: str) -> str:
    """`text` with numbers for what no document may hold or what would mislead its reader."""
    return _shown(text, _is_printable)


def settable(text: str) -> str:
    """`text` with numbers for what the report's typeface cannot set."""
    return _shown(text, _is_settable)


def is_blank(text: str) -> bool:
    """Whether `text` shows nothing: blanks, and what only governs lines and letters."""
    return not printable(text).strip(f"{whitespace}{_HARMLESS_FORMATS}{_BLANKS}")


def _shown(text: str, is_shown: Callable[[str], bool]) -> str:
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n")
    if unbroken.isascii() and unbroken.isprintable():
        return unbroken
    return "".join(c if is_shown(c) else f"[U+{ord(c):04X}]" for c in unbroken)


def _is_printable(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cc":
        return character in _HARMLESS_CONTROLS
    if category == "Cf":
        return character in _HARMLESS_FORMATS
    return category not in {"Cs", "Co"} and not _is_noncharacter(ord(character))


def _is_noncharacter(code: int) -> bool:
    """The 66 code points that Unicode keeps free of characters (Unicode 15, 23.7)."""
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _is_settable(character: str) -> bool:
    if not _is_printable(character):
        return False
    is_drawn_without_glyph = (
        character in _HARMLESS_CONTROLS + _HARMLESS_FORMATS
        or unicodedata.category(character) == "Zs"
    )
    return is_drawn_without_glyph or ord(character) in covered()
