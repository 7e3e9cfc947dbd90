"""Columns about single persons by what they are called, German and English."""

import re
from enum import StrEnum


class PersonTrait(StrEnum):
    """What a column says of a person; how it is told is in `searching`."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    HOME_ADDRESS = "home_address"
    NUMBER = "number"
    ACCOUNT = "account"
    CONTACT = "contact"
    ADDRESS = "address"
    STREET = "street"
    HOUSE_NUMBER = "house_number"


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e"})
_CAMEL = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])")
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
# Words that say nothing of what a column holds, some of them that it is about a person.
_LITTLE_WORDS = "der des die das den von vom zu zur of the lfd"
_PERSONS = (
    "klient klientin kunde kundin person personen leistungsberechtigte leistungsberechtigter "
    "antragsteller antragstellerin kind kindes kinder mutter vater eltern betroffene betroffener "
    "betroffenen bewohner bewohnerin schueler schuelerin patient patientin mitglied empfaenger "
    "empfaengerin client customer child resident applicant beneficiary"
)
_PERSON_WORDS = frozenset(_PERSONS.split())
_FILLERS = _PERSON_WORDS | frozenset(_LITTLE_WORDS.split())
# Counting words: „Anzahl Bedarfsgemeinschaften“ is a figure, whatever stands behind it.
_COUNTING = re.compile(
    r"^(anzahl|zahl|summe|quote|anteil|haeufigkeit|number of|count|share|rate)\b"
)

_PLAIN: dict[PersonTrait, str] = {
    PersonTrait.NAME: (
        "vorname|vornamen|rufname|nachname|nachnamen|familienname|zuname|geburtsname|maedchenname|"
        "vor und nachname|vor und zuname|vorname nachname|nachname vorname|name vorname|"
        "vorname name|name und vorname|kundenname|personenname|vn nn|"
        "first name|firstname|last name|lastname|surname|given name|given names|family name|"
        "full name|fullname|forename|maiden name|middle name"
    ),
    PersonTrait.BIRTH_DATE: (
        "geburtsdatum|geburtstag|geburtsdat|geb datum|geb dat|gebdat|gebdatum|geb tag|gebtag|"
        "geburts datum|geboren am|geb am|date of birth|birth date|birthdate|birthday|dob|"
        "day of birth"
    ),
    PersonTrait.HOME_ADDRESS: (
        "wohnanschrift|wohnadresse|privatanschrift|privatadresse|heimatanschrift|meldeanschrift|"
        "meldeadresse|home address|residential address|private address"
    ),
    PersonTrait.NUMBER: (
        "kundennummer|kundennr|kunden nr|kunden nummer|kdnr|kd nr|kundenid|kunden id|"
        "bg nummer|bgnummer|bg nr|bgnr|bg id|bedarfsgemeinschaftsnummer|"
        "bedarfsgemeinschaftsnr|nummer bedarfsgemeinschaft|nr bedarfsgemeinschaft|"
        "aktenzeichen|fallnummer|fallnr|fall nr|fall id|fallakte|"
        "versicherungsnummer|versichertennummer|versichertennr|versicherungsnr|sv nummer|svnummer|"
        "sv nr|svnr|sozialversicherungsnummer|rentenversicherungsnummer|rv nummer|rvnr|rv nr|vsnr|"
        "krankenversichertennummer|krankenversicherungsnummer|kvnr|kv nummer|kv nr|"
        "steuer id|steueridentifikationsnummer|steuerid|steuernummer|"
        "ausweisnummer|ausweisnr|personalausweisnummer|passnummer|reisepassnummer|azr nummer|"
        "personalnummer|personalnr|personennummer|personennr|personen id|personenid|"
        "matrikelnummer|schuelernummer|schuelerid|mitgliedsnummer|"
        "customer number|customer no|customer id|client number|client id|case number|case id|"
        "insurance number|insurance no|social security number|ssn|national insurance number|"
        "passport number|tax id|person id|personal id|patient id"
    ),
    PersonTrait.ACCOUNT: (
        "iban|bic|kontonummer|kontonr|konto nr|konto nummer|bankverbindung|account number|"
        "bank account"
    ),
    PersonTrait.CONTACT: (
        "e mail|email|mail|mailadresse|e mail adresse|email adresse|emailadresse|"
        "telefon|telefonnummer|telefonnr|telefon nr|tel|tel nr|telnr|mobil|mobilnummer|"
        "mobiltelefon|handy|handynummer|handynr|fax|faxnummer|rufnummer|"
        "phone|phone number|telephone|mobile|mobile number|email address|e mail address"
    ),
    PersonTrait.STREET: (
        "strasse|str|strassenname|strasse hausnummer|strasse hausnr|strasse nr|"
        "strasse und hausnummer|strasse hnr|anschrift|adresse|street|street name|street address|"
        "address"
    ),
    PersonTrait.HOUSE_NUMBER: (
        "hausnummer|hausnr|haus nr|hnr|hsnr|hausnummernzusatz|hausnr zusatz|house number|"
        "house no|street number"
    ),
}
_TRAITS = {name: trait for trait, names in _PLAIN.items() for name in names.split("|")}
# Parts that tell even within a longer name: „Geburtsdatum Kind 1“, „Mutter Vorname“.
_WITHIN = (
    (re.compile(r"\b(vorname|nachname|familienname|geburtsname)n?\b"), PersonTrait.NAME),
    (re.compile(r"\bgeb(urts)? ?(datum|dat)\b|\bdate of birth\b"), PersonTrait.BIRTH_DATE),
    (
        re.compile(r"\b(kunden|bg|versicherten|versicherungs|sozialversicherungs) ?(nummer|nr)\b"),
        PersonTrait.NUMBER,
    ),
    (re.compile(r"\biban\b"), PersonTrait.ACCOUNT),
)


def plain_name(header: str) -> str:
    """A column's name in small letters without umlauts, signs and abbreviating points."""
    spread = _CAMEL.sub(" ", header).lower().translate(_UMLAUTS)
    return _NO_LETTERS.sub(" ", spread).strip()


def trait_of(header: str) -> PersonTrait | None:
    """What a column with this name says of single persons; None if nothing.

    `name` alone says nothing: areas have names.
    """
    plain = plain_name(header)
    if not plain or _COUNTING.match(plain):
        return None
    trait = _TRAITS.get(plain) or _TRAITS.get(plain.replace(" ", ""))
    if trait is not None:
        return trait
    words = plain.rstrip("0123456789 ").split()
    about_persons = [word for word in words if word in _PERSON_WORDS]
    rest = " ".join(word for word in words if word not in _FILLERS)
    trait = _TRAITS.get(rest)
    if trait is None and rest == "name" and about_persons:
        trait = PersonTrait.NAME
    if trait is PersonTrait.STREET and about_persons:
        return PersonTrait.HOME_ADDRESS
    if trait is not None:
        return trait
    return next((found for pattern, found in _WITHIN if pattern.search(plain)), None)
