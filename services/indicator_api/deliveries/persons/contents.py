"""Columns about single persons by what stands in them, whatever they are called.

Each test asks for enough values of the shape, with a check digit where there is one, so that keys
of areas, dates of reports and figures are not taken for data of persons.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date

import polars as pl

from services.indicator_api.deliveries.persons.headers import PersonTrait

_LEAST = 3
_MANY = 20
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
_INSURANCE = re.compile(r"\d{2} ?(\d{2})(\d{2})\d{2} ?[A-Z] ?\d{3}")
_HEALTH = re.compile(r"[A-Z]\d{9}")
_TAX = re.compile(r"[1-9]\d{10}")
# Numbers of the Bundesagentur für Arbeit: of a Bedarfsgemeinschaft and of a customer.
_CASE = re.compile(r"\d{5}(?://|BG)\d{7}|\d{3}[A-Z]\d{6}")
_MAIL = re.compile(r"[^@\s;,]+@[^@\s;,]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?:\+49|0049|0)[ /(]*[1-9]\d{1,4}\)?[ /-]+\d[\d -]{3,}")
# in two steps: one pattern for both takes the cube of a long text's length
_HOUSE = re.compile(r"(\D*) \d{1,4} ?[a-z]?")
_WORD = re.compile(r"[A-Za-zÄÖÜäöüß.]{3}")
_STREET = re.compile(r"(?i)(str(\.|aße|asse)|weg|platz|allee|gasse|ring|ufer|damm)\b")
_FULL_NAME = re.compile(r"[A-ZÄÖÜ][\w'-]+(?: [A-ZÄÖÜ][\w'-]+)?, ?([A-ZÄÖÜ][a-zäöüß-]+)(?: \w+)?")
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?")
# The commonest first names of those living in Germany (Gesellschaft für deutsche Sprache, lists
# of the most frequent names by decade).
_COMMON_NAMES = (
    "peter michael thomas andreas wolfgang klaus juergen hans heinz karl werner gerhard helmut "
    "walter guenter horst manfred dieter bernd uwe frank stefan stephan christian martin alexander "
    "daniel markus matthias sebastian tobias jan tim lukas leon finn jonas paul felix noah elias "
    "ben mohammed mehmet mustafa ali ahmed maria ursula monika petra elisabeth sabine renate helga "
    "karin brigitte ingrid erika gisela christa gabriele barbara susanne andrea birgit claudia "
    "anna julia katharina sandra stefanie nicole lena laura lea sarah lisa marie sophie emma mia "
    "hannah emilia fatma ayse emine"
)
_FIRST_NAMES = frozenset(_COMMON_NAMES.split())
_FIGURE = r"^\s*([\d.,]{1,7}|[-–./x*]|\.\.\.)?\s*$"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def trait_of_values(values: pl.Series) -> PersonTrait | None:
    """What the texts of a column say of single persons; None if nothing."""
    filled = values.str.strip_chars()
    texts = filled.filter(filled != "").to_list()
    if len(texts) < _LEAST:
        return None
    for test, trait in _TESTS:
        if test(texts):
            return trait
    return None


def are_figures(values: pl.Series) -> bool:
    """Whether a column holds nothing but short numbers and signs for missing ones."""
    return bool(values.str.contains(_FIGURE).all())


def _mostly(texts: Sequence[str], fits: Callable[[str], bool], share: float = 0.5) -> bool:
    # the first ones tell whether the others are worth a look
    if len(texts) > _MANY * 2 and not any(fits(text) for text in texts[: _MANY * 2]):
        return False
    count = sum(1 for text in texts if fits(text))
    return count >= max(_LEAST, share * len(texts))


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN with right check digits (ISO 13616, ISO 7064 mod 97-10)."""
    if not _IBAN.fullmatch(text):
        return False
    plain = text.replace(" ", "")
    digits = "".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])
    return int(digits) % 97 == 1


def is_insurance_number(text: str) -> bool:
    """Whether the text is a Versicherungsnummer of the pension insurance (§ 147 SGB VI, VKVV § 2).

    Office, day of birth, initial of the name at birth, serial number, check digit.
    """
    match = _INSURANCE.fullmatch(text)
    if match is None or not 1 <= int(match[2]) <= 12 or not 1 <= int(match[1]) % 50 <= 31:
        return False
    plain = text.replace(" ", "")
    digits = plain[:8] + f"{ord(plain[8]) - 64:02}" + plain[9:11]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    products = (int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return sum(product // 10 + product % 10 for product in products) % 10 == int(plain[11])


def is_health_number(text: str) -> bool:
    """Whether the text is a Krankenversichertennummer (§ 290 SGB V), check digit as of a card."""
    if not _HEALTH.fullmatch(text):
        return False
    digits = f"{ord(text[0]) - 64:02}" + text[1:9]
    products = (int(digit) * (1 + place % 2) for place, digit in enumerate(digits))
    return sum(product // 10 + product % 10 for product in products) % 10 == int(text[9])


def is_tax_number(text: str) -> bool:
    """Whether the text is a Steuer-Identifikationsnummer (§ 139b AO), ISO 7064 mod 11,10."""
    if not _TAX.fullmatch(text):
        return False
    product = 10
    for digit in text[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(text[10])


def _are_health_numbers(texts: Sequence[str]) -> bool:
    return len(set(texts)) >= 10 and _mostly(texts, is_health_number, 0.9)


def _are_tax_numbers(texts: Sequence[str]) -> bool:
    return len(set(texts)) >= 10 and _mostly(texts, is_tax_number, 0.95)


def _are_mails(texts: Sequence[str]) -> bool:
    return _mostly(texts, lambda text: _MAIL.fullmatch(text) is not None, 0.2)


def _are_phones(texts: Sequence[str]) -> bool:
    return len(set(texts)) > len(texts) / 3 and _mostly(
        texts, lambda text: _PHONE.fullmatch(text) is not None
    )


def _are_full_names(texts: Sequence[str]) -> bool:
    """„Nachname, Vorname“; „Köln, Stadt“ is written so as well, but with few words behind."""
    behind = [match[1] for text in texts if (match := _FULL_NAME.fullmatch(text))]
    return (
        len(behind) >= max(10, 0.8 * len(texts))
        and len(set(behind)) >= max(5, 0.2 * len(behind))
        and sum(1 for name in behind if _is_first_name(name)) >= 0.1 * len(behind)
    )


def _are_first_names(texts: Sequence[str]) -> bool:
    known = [text.split(" ")[0] for text in texts if _is_first_name(text.split(" ")[0])]
    return len(known) >= max(6, 0.3 * len(texts)) and len(set(known)) >= 5


def _is_first_name(word: str) -> bool:
    return word.lower().translate(_UMLAUTS) in _FIRST_NAMES


def _are_birth_dates(texts: Sequence[str]) -> bool:
    """Days spread over decades and over the month, hardly one twice: no reporting dates."""
    days = [day for text in texts[:500] if (day := _day(text)) is not None]
    if len(days) < max(_MANY, 0.8 * min(len(texts), 500)):
        return False
    distinct = set(days)
    return (
        len(distinct) >= 0.6 * len(days)
        and (max(days) - min(days)).days >= 10 * 365
        and len({day.day for day in distinct}) >= 10
    )


def _day(text: str) -> date | None:
    german, iso = _GERMAN_DAY.fullmatch(text), _ISO_DAY.fullmatch(text)
    try:
        if german is not None:
            return date(int(german[3]), int(german[2]), int(german[1]))
        if iso is not None:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
    except ValueError:
        return None
    return None


def _are_addresses(texts: Sequence[str]) -> bool:
    """Streets with house numbers, a different one in most rows."""
    with_street = [text for text in texts if _STREET.search(text)]
    return (
        len(with_street) >= max(5, 0.3 * len(texts))
        and len(set(texts)) >= 0.5 * len(texts)
        and _mostly(texts, _has_house_number, 0.7)
    )


def _has_house_number(text: str) -> bool:
    match = _HOUSE.fullmatch(text)
    return match is not None and _WORD.search(match[1]) is not None


_TESTS: tuple[tuple[Callable[[Sequence[str]], bool], PersonTrait], ...] = (
    (lambda texts: _mostly(texts, is_iban, 0.2), PersonTrait.ACCOUNT),
    (lambda texts: _mostly(texts, is_insurance_number, 0.2), PersonTrait.NUMBER),
    (lambda texts: _mostly(texts, lambda text: _CASE.fullmatch(text) is not None),
     PersonTrait.NUMBER),
    (_are_health_numbers, PersonTrait.NUMBER),
    (_are_tax_numbers, PersonTrait.NUMBER),
    (_are_mails, PersonTrait.CONTACT),
    (_are_phones, PersonTrait.CONTACT),
    (_are_birth_dates, PersonTrait.BIRTH_DATE),
    (_are_full_names, PersonTrait.NAME),
    (_are_first_names, PersonTrait.NAME),
    (_are_addresses, PersonTrait.ADDRESS),
)  # fmt: skip
